package dns

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"buzzproof/internal/secret"
)

// DigitalOceanConfig is a zone at DigitalOcean.
type DigitalOceanConfig struct {
	Common
	// Token is a token with the scopes domain:read and domain:update, create
	// and delete.
	Token secret.Text `toml:"token"`
	// URL is where the API is. Default https://api.digitalocean.com/v2.
	URL string `toml:"url"`
}

// oceanLeast is the shortest TTL there, in seconds.
const oceanLeast = 30

// digitalOcean is a zone at DigitalOcean, whose API knows single records. It has
// no HTTPS and no SVCB records.
type digitalOcean struct {
	api  *api
	apex string
	path string
}

// NewDigitalOcean opens a zone at DigitalOcean.
func NewDigitalOcean(c DigitalOceanConfig) (Zone, error) {
	a, err := caller(c.URL, "https://api.digitalocean.com/v2")
	if err != nil {
		return nil, err
	}
	if c.Token.IsZero() {
		return nil, errors.New("token: want env:NAME or file:PATH")
	}
	a.sign = bearer(c.Token.Reveal())
	o := &digitalOcean{api: a}
	z, err := inSteps(c.Zone, o, o.spell, oceanLeast)
	if err != nil {
		return nil, err
	}
	o.apex = z.apex
	o.path = "/domains/" + url.PathEscape(strings.TrimSuffix(z.apex, ".")) + "/records"
	return z, nil
}

type oceanRecord struct {
	ID   int64  `json:"id,omitempty"`
	Type string `json:"type"`
	Name string `json:"name"`
	Data string `json:"data"`
	TTL  uint32 `json:"ttl"`
}

// spell is how the API shows data: "@" for the zone itself, other names
// without the dot at their end.
func (o *digitalOcean) spell(kind, data string) string {
	switch {
	case kind == "CNAME" && data == o.apex:
		return "@"
	case kind == "CNAME":
		return strings.TrimSuffix(data, ".")
	case kind == "TXT":
		return strings.Trim(data, `"`)
	}
	return data
}

func (o *digitalOcean) list(ctx context.Context, keys []key) ([]record, error) {
	var list []record
	seen := map[string]bool{}
	for _, k := range keys {
		for page := 1; !seen[k.name]; page++ {
			var answer struct {
				Records []oceanRecord `json:"domain_records"`
			}
			query := url.Values{"name": {strings.TrimSuffix(k.name, ".")}, "per_page": {"200"}, "page": {strconv.Itoa(page)}}
			if err := o.api.call(ctx, http.MethodGet, o.path+"?"+query.Encode(), nil, &answer); err != nil {
				return nil, err
			}
			for _, r := range answer.Records {
				list = append(list, o.record(r))
			}
			seen[k.name] = len(answer.Records) < 200
		}
	}
	return list, nil
}

func (o *digitalOcean) record(r oceanRecord) record {
	out := record{id: strconv.FormatInt(r.ID, 10), name: under(r.Name, o.apex), kind: r.Type, ttl: r.TTL, text: r.Data, data: r.Data}
	switch {
	case r.Type == "CNAME" && r.Data == "@":
		out.data = o.apex
	case r.Type == "CNAME" || r.Type == "TXT":
		out.data = absolute(r.Type, r.Data)
	}
	return out
}

func (o *digitalOcean) replace(ctx context.Context, list []record, _, after Set) error {
	d := differ(list, after, o.spell)
	for _, r := range d.turned {
		if err := o.api.call(ctx, http.MethodPut, o.path+"/"+r.id, o.body(r), nil); err != nil {
			return err
		}
	}
	for _, r := range d.fresh {
		if err := o.api.call(ctx, http.MethodPost, o.path, o.body(r), nil); err != nil {
			return err
		}
	}
	for _, r := range d.gone {
		if err := o.api.call(ctx, http.MethodDelete, o.path+"/"+r.id, nil, nil); err != nil {
			return err
		}
	}
	return nil
}

// body is a record as the API takes it: here names have their dot.
func (o *digitalOcean) body(r record) oceanRecord {
	b := oceanRecord{Type: r.kind, Name: at(r.name, o.apex), Data: r.text, TTL: r.ttl}
	if r.kind == "CNAME" {
		b.Data = r.data
	}
	return b
}

// publish has nothing to do: changes are visible at once.
func (o *digitalOcean) publish(context.Context) error { return nil }
