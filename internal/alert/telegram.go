package alert

import (
	"context"
	"errors"
	"net/url"

	"buzzproof/internal/secret"
	"buzzproof/internal/site"
)

// TelegramConfig is a bot that writes to a chat.
// https://core.telegram.org/bots/api#sendmessage
type TelegramConfig struct {
	Common
	// URL of the interface. Default https://api.telegram.org.
	URL string `toml:"url"`
	// Token of the bot.
	Token secret.Text `toml:"token"`
	// Chat is its number, or @name of a channel.
	Chat string `toml:"chat"`
}

type telegram struct {
	TelegramConfig
	url string
}

func (c *TelegramConfig) open() (Channel, error) {
	url, err := base(c.URL, "https://api.telegram.org")
	switch {
	case err != nil:
		return nil, err
	case c.Token.IsZero() || c.Chat == "":
		return nil, errors.New("telegram wants a token and a chat")
	}
	return &telegram{*c, url}, nil
}

// Send posts plain text: without a parse mode nothing in it has a meaning.
func (t *telegram) Send(ctx context.Context, m Message) error {
	const most = 4096 / 2 // UTF-16 units; a character has two of them at most
	r, err := jsonRequest("telegram", t.url+"/bot"+url.PathEscape(t.Token.Reveal())+"/sendMessage", map[string]any{
		"chat_id": t.Chat, "text": cut(m.Title+"\n"+m.Text, most), "disable_notification": m.Voice == site.Ears,
		"link_preview_options": map[string]any{"is_disabled": true},
	}, t.Token)
	if err != nil {
		return err
	}
	return r.send(ctx)
}
