package alert

import (
	"context"
	"strings"

	"buzzproof/internal/secret"
)

// DiscordConfig is a webhook of a Discord channel.
// https://docs.discord.com/developers/resources/webhook#execute-webhook
type DiscordConfig struct {
	Common
	// Webhook is the address that Discord gave, which is a secret.
	Webhook secret.Text `toml:"webhook"`
}

type discord struct{ DiscordConfig }

func (c *DiscordConfig) open() (Channel, error) { return &discord{*c}, secretURL(c.Webhook, "webhook") }

// discordPlain keeps strangers from writing links under other words, and leaves
// alone what addresses are made of.
var discordPlain = strings.NewReplacer("[", `\[`, "]", `\]`, "`", "\\`", "*", `\*`, "|", `\|`)

// Send posts without previews of links, and without calling anybody: the name
// of a referrer may be @everyone.
func (d *discord) Send(ctx context.Context, m Message) error {
	const most, suppressEmbeds = 2000, 1 << 2
	r, err := jsonRequest("discord", d.Webhook.Reveal(), map[string]any{
		"content":          cut(discordPlain.Replace(m.Title+"\n"+m.Text), most),
		"allowed_mentions": map[string]any{"parse": []string{}}, "flags": suppressEmbeds,
	}, d.Webhook)
	if err != nil {
		return err
	}
	return r.send(ctx)
}
