package alert

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"buzzproof/internal/secret"
	"buzzproof/internal/site"
)

// WebhookConfig is any HTTP address. It is asked with POST and a payload, and
// answers 2xx when it has taken it.
type WebhookConfig struct {
	Common
	// URL that is asked, which may be a secret.
	URL secret.Text `toml:"url"`
	// Key signs what is sent: any text, or whsec_ and base64. Without it
	// anybody could pretend to be buzzproof.
	Key secret.Text `toml:"key"`
}

type webhook struct {
	WebhookConfig
	key []byte
}

func (c *WebhookConfig) open() (Channel, error) {
	if err := secretURL(c.URL, "url"); err != nil {
		return nil, err
	}
	w := &webhook{*c, []byte(c.Key.Reveal())}
	if coded, ok := strings.CutPrefix(c.Key.Reveal(), "whsec_"); ok {
		var err error
		if w.key, err = base64.StdEncoding.DecodeString(coded); err != nil {
			return nil, fmt.Errorf("key begins with whsec_ but is no base64 behind it")
		}
	}
	return w, nil
}

// A payload is what programs are told.
type payload struct {
	Schema int          `json:"schema"`
	ID     string       `json:"id"` // the same at every try
	Voice  site.Voice   `json:"voice"`
	Title  string       `json:"title"`
	Short  string       `json:"short"`
	Text   string       `json:"text"`
	Link   string       `json:"link,omitempty"`
	Events []site.Event `json:"events"`
}

func payloadOf(m Message) payload {
	return payload{1, m.ID, m.Voice, m.Title, m.Short, m.Text, m.Link, m.Events}
}

// Send signs as the Standard Webhooks say, for which there are libraries in
// most languages: https://www.standardwebhooks.com
func (w *webhook) Send(ctx context.Context, m Message) error {
	r, err := jsonRequest("webhook", w.URL.Reveal(), payloadOf(m), w.URL, w.Key)
	if err != nil {
		return err
	}
	at := strconv.FormatInt(time.Now().Unix(), 10)
	r.header.Set("Webhook-Id", m.ID)
	r.header.Set("Webhook-Timestamp", at)
	if len(w.key) > 0 {
		r.header.Set("Webhook-Signature", sign(w.key, m.ID, at, r.body))
	}
	return r.send(ctx)
}

// sign is HMAC-SHA256 over identity, time and body, joined by dots.
func sign(key []byte, id, at string, body []byte) string {
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "%s.%s.%s", id, at, body)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))
}
