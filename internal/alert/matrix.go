package alert

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"buzzproof/internal/secret"
)

// MatrixConfig is a room of Matrix, without encryption: make one for alerts.
// https://spec.matrix.org/latest/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid
type MatrixConfig struct {
	Common
	// URL of the home server: https://matrix.example.org.
	URL string `toml:"url"`
	// Token of the account that writes.
	Token secret.Text `toml:"token"`
	// Room is its identifier, such as !abc:example.org, not its alias.
	Room string `toml:"room"`
}

type matrix struct {
	MatrixConfig
	url string
}

func (c *MatrixConfig) open() (Channel, error) {
	url, err := base(c.URL, "https://matrix.example.org")
	switch {
	case c.URL == "" || c.Token.IsZero() || c.Room == "":
		return nil, errors.New("matrix wants a url, a token and a room")
	case c.Room[0] != '!':
		return nil, errors.New("room wants an identifier such as !abc:example.org; the settings of the room show it")
	}
	return &matrix{*c, url}, err
}

// Send puts the message under its identity: the server drops a repeat. It
// calls nobody.
func (x *matrix) Send(ctx context.Context, m Message) error {
	const most = 32 << 10 // bytes; an event has 64 KB
	to := x.url + "/_matrix/client/v3/rooms/" + url.PathEscape(x.Room) + "/send/m.room.message/" + m.ID
	r, err := jsonRequest("matrix", to, map[string]any{
		"msgtype": "m.text", "body": cutBytes(m.Title+"\n"+m.Text, most), "m.mentions": map[string]any{},
	}, x.Token)
	if err != nil {
		return err
	}
	r.method = http.MethodPut
	r.header.Set("Authorization", "Bearer "+x.Token.Reveal())
	return r.send(ctx)
}
