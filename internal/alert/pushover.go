package alert

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"buzzproof/internal/secret"
)

// PushoverConfig is an application that writes to a user or a group.
// https://pushover.net/api
type PushoverConfig struct {
	Common
	// URL of the interface. Default https://api.pushover.net.
	URL string `toml:"url"`
	// Token of the application.
	Token secret.Text `toml:"token"`
	// User is the key of who is told.
	User secret.Text `toml:"user"`
}

type pushover struct {
	PushoverConfig
	url string
}

func (c *PushoverConfig) open() (Channel, error) {
	url, err := base(c.URL, "https://api.pushover.net")
	if c.Token.IsZero() || c.User.IsZero() {
		return nil, errors.New("pushover wants a token and a user")
	}
	return &pushover{*c, url}, err
}

// Send posts with a low, usual or high priority: the highest would ring until
// somebody answers it.
func (p *pushover) Send(ctx context.Context, m Message) error {
	const mostTitle, mostText, mostLink = 250, 1024, 512 // characters
	form := url.Values{
		"token": {p.Token.Reveal()}, "user": {p.User.Reveal()}, "priority": {[]string{"-1", "0", "1"}[m.Voice]},
		"title": {cut(m.Title, mostTitle)}, "message": {cut(m.Text, mostText)},
	}
	if m.Link != "" && len(m.Link) <= mostLink {
		form.Set("url", m.Link)
	}
	r := request{
		service: "pushover", url: p.url + "/1/messages.json", header: http.Header{},
		kind: "application/x-www-form-urlencoded", body: []byte(form.Encode()), secrets: []secret.Text{p.Token, p.User},
	}
	return r.send(ctx)
}
