package alert

import (
	"context"
	"strings"

	"buzzproof/internal/secret"
)

// SlackConfig is an incoming webhook of Slack, Mattermost or Rocket.Chat.
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
type SlackConfig struct {
	Common
	// Webhook is the address that Slack gave, which is a secret.
	Webhook secret.Text `toml:"webhook"`
}

type slack struct{ SlackConfig }

func (c *SlackConfig) open() (Channel, error) { return &slack{*c}, secretURL(c.Webhook, "webhook") }

// slackPlain takes their meaning from the three characters that have one.
var slackPlain = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// Send posts without previews of links: they would visit the site once more.
func (s *slack) Send(ctx context.Context, m Message) error {
	r, err := jsonRequest("slack", s.Webhook.Reveal(), map[string]any{
		"text": slackPlain.Replace(m.Title + "\n" + m.Text), "unfurl_links": false, "unfurl_media": false,
	}, s.Webhook)
	if err != nil {
		return err
	}
	return r.send(ctx)
}
