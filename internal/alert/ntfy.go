package alert

import (
	"cmp"
	"context"
	"errors"

	"buzzproof/internal/secret"
)

// NtfyConfig is a topic of ntfy.sh or of an ntfy server of one's own.
// https://docs.ntfy.sh/publish/#publish-as-json
type NtfyConfig struct {
	Common
	// URL of the server. Default https://ntfy.sh.
	URL string `toml:"url"`
	// Topic that the phone subscribes to.
	Topic string `toml:"topic"`
	// Token of the server, where it wants one.
	Token secret.Text `toml:"token"`
}

type ntfy struct {
	NtfyConfig
	url string
}

func (c *NtfyConfig) open() (Channel, error) {
	url, err := base(c.URL, "https://ntfy.sh")
	if err != nil {
		return nil, err
	}
	if c.Topic == "" {
		return nil, errors.New("ntfy wants a topic")
	}
	return &ntfy{*c, url}, nil
}

// Send publishes as JSON: header fields hold ASCII alone.
func (n *ntfy) Send(ctx context.Context, m Message) error {
	const most = 4096 // bytes of a message; more becomes an attachment
	r, err := jsonRequest("ntfy", n.url, map[string]any{
		"topic": n.Topic, "title": m.Title, "message": cutBytes(cmp.Or(m.Text, m.Title), most),
		"priority": []int{2, 4, 5}[m.Voice], "click": m.Link,
	}, n.Token)
	if err != nil {
		return err
	}
	if !n.Token.IsZero() {
		r.header.Set("Authorization", "Bearer "+n.Token.Reveal())
	}
	return r.send(ctx)
}
