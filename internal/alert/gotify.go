package alert

import (
	"context"
	"errors"

	"buzzproof/internal/secret"
)

// GotifyConfig is an application on a Gotify server.
// https://gotify.net/docs/pushmsg
type GotifyConfig struct {
	Common
	// URL of the server: https://gotify.example.org.
	URL string `toml:"url"`
	// Token of the application.
	Token secret.Text `toml:"token"`
}

type gotify struct {
	GotifyConfig
	url string
}

func (c *GotifyConfig) open() (Channel, error) {
	url, err := base(c.URL, "https://gotify.example.org")
	if c.URL == "" || c.Token.IsZero() {
		return nil, errors.New("gotify wants a url and a token")
	}
	return &gotify{*c, url}, err
}

// Send posts with the token in a header field: addresses end in logs.
func (g *gotify) Send(ctx context.Context, m Message) error {
	body := map[string]any{"title": m.Title, "message": m.Text, "priority": []int{2, 6, 9}[m.Voice]}
	if m.Link != "" {
		body["extras"] = map[string]any{"client::notification": map[string]any{"click": map[string]any{"url": m.Link}}}
	}
	r, err := jsonRequest("gotify", g.url+"/message", body, g.Token)
	if err != nil {
		return err
	}
	r.header.Set("X-Gotify-Key", g.Token.Reveal())
	return r.send(ctx)
}
