package dns

import (
	"context"
	"crypto/sha1" // the API signs with it
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"buzzproof/internal/secret"
)

// OVHConfig is a zone at OVHcloud.
type OVHConfig struct {
	Common
	// ApplicationKey names the application that the token was made for.
	ApplicationKey secret.Text `toml:"application_key"`
	// ApplicationSecret belongs to it.
	ApplicationSecret secret.Text `toml:"application_secret"`
	// ConsumerKey is the token: who uses the application, and for what.
	ConsumerKey secret.Text `toml:"consumer_key"`
	// URL is where the API is. Default https://eu.api.ovh.com/1.0.
	URL string `toml:"url"`
}

const (
	ovhLeast = 60 // seconds
	// ovhDefault is the TTL of records that have none of their own.
	ovhDefault = 3600
)

// ovh is a zone at OVHcloud, whose API knows single records and shows the world
// nothing before it is told to.
type ovh struct {
	api  *api
	apex string
	path string
}

// NewOVH opens a zone at OVHcloud.
func NewOVH(c OVHConfig) (Zone, error) {
	a, err := caller(c.URL, "https://eu.api.ovh.com/1.0")
	if err != nil {
		return nil, err
	}
	if c.ApplicationKey.IsZero() || c.ApplicationSecret.IsZero() || c.ConsumerKey.IsZero() {
		return nil, errors.New("application_key, application_secret and consumer_key: want env:NAME or file:PATH for each")
	}
	a.sign = func(r *http.Request, body []byte) {
		now := strconv.FormatInt(time.Now().Unix(), 10)
		text := strings.Join([]string{c.ApplicationSecret.Reveal(), c.ConsumerKey.Reveal(), r.Method, r.URL.String(), string(body), now}, "+")
		sum := sha1.Sum([]byte(text)) // the API signs with it
		r.Header.Set("X-Ovh-Application", c.ApplicationKey.Reveal())
		r.Header.Set("X-Ovh-Consumer", c.ConsumerKey.Reveal())
		r.Header.Set("X-Ovh-Timestamp", now)
		r.Header.Set("X-Ovh-Signature", "$1$"+hex.EncodeToString(sum[:]))
	}
	o := &ovh{api: a}
	z, err := inSteps(c.Zone, o, asIs, ovhLeast)
	if err != nil {
		return nil, err
	}
	o.apex = z.apex
	o.path = "/domain/zone/" + url.PathEscape(strings.TrimSuffix(z.apex, "."))
	return z, nil
}

type ovhRecord struct {
	ID     int64  `json:"id,omitempty"`
	Type   string `json:"fieldType,omitempty"`
	Name   string `json:"subDomain"`
	Target string `json:"target"`
	TTL    uint32 `json:"ttl"`
}

// list asks which records a name has, and for each of them.
func (o *ovh) list(ctx context.Context, keys []key) ([]record, error) {
	var list []record
	seen := map[string]bool{}
	for _, k := range keys {
		if seen[k.name] {
			continue
		}
		seen[k.name] = true
		var ids []int64
		query := url.Values{"subDomain": {relative(k.name, o.apex)}}
		if err := o.api.call(ctx, http.MethodGet, o.path+"/record?"+query.Encode(), nil, &ids); err != nil {
			return nil, err
		}
		for _, id := range ids {
			var r ovhRecord
			if err := o.api.call(ctx, http.MethodGet, o.path+"/record/"+strconv.FormatInt(id, 10), nil, &r); err != nil {
				return nil, err
			}
			list = append(list, o.record(r))
		}
	}
	return list, nil
}

func (o *ovh) record(r ovhRecord) record {
	out := record{
		id: strconv.FormatInt(r.ID, 10), name: under(r.Name, o.apex), kind: r.Type,
		ttl: r.TTL, text: r.Target, data: r.Target, more: map[string]any{},
	}
	if r.TTL == 0 {
		out.ttl, out.more["default"] = ovhDefault, true
	}
	return out
}

func (o *ovh) replace(ctx context.Context, list []record, _, after Set) error {
	d := differ(list, after, asIs)
	for _, r := range d.turned {
		body := o.body(r)
		body.Type = ""
		if err := o.api.call(ctx, http.MethodPut, o.path+"/record/"+r.id, body, nil); err != nil {
			return err
		}
	}
	for _, r := range d.fresh {
		if err := o.api.call(ctx, http.MethodPost, o.path+"/record", o.body(r), nil); err != nil {
			return err
		}
	}
	for _, r := range d.gone {
		if err := o.api.call(ctx, http.MethodDelete, o.path+"/record/"+r.id, nil, nil); err != nil {
			return err
		}
	}
	return nil
}

func (o *ovh) body(r record) ovhRecord {
	b := ovhRecord{Type: r.kind, Name: relative(r.name, o.apex), Target: r.text, TTL: r.ttl}
	if usual, _ := r.more["default"].(bool); usual {
		b.TTL = 0
	}
	return b
}

// publish brings the records to the name servers.
func (o *ovh) publish(ctx context.Context) error {
	if err := o.api.call(ctx, http.MethodPost, o.path+"/refresh", nil, nil); err != nil {
		return fmt.Errorf("refresh: %w", err)
	}
	return nil
}
