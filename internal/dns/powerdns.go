package dns

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"buzzproof/internal/secret"
	"buzzproof/internal/site"
)

// PowerDNSConfig is a zone at an authoritative PowerDNS, changed by its HTTP API.
type PowerDNSConfig struct {
	Common
	// URL is where the API is, such as "http://127.0.0.1:8081". The key goes
	// along with every request: over a network, use https or a tunnel.
	URL string `toml:"url"`
	// Key is the api-key of the server.
	Key secret.Text `toml:"key"`
	// Server is the server's id. Default "localhost", which is what every
	// PowerDNS calls itself.
	Server string `toml:"server"`
	// Alias says that the server runs with expand-alias=yes, so that the apex
	// can be made an alias.
	Alias bool `toml:"alias"`
}

// powerdns is a zone at a PowerDNS.
//
// A PATCH is one transaction of its backend: all of it or nothing. It has no
// condition, though: between the look and the PATCH lies the time of one
// request, in which somebody else's change of the same sets would be lost.
type powerdns struct {
	api  *api
	path string
}

// NewPowerDNS opens a zone at a PowerDNS.
func NewPowerDNS(c PowerDNSConfig) (Zone, error) {
	a, err := caller(c.URL, "http://127.0.0.1:8081")
	if err != nil {
		return nil, err
	}
	if c.Key.IsZero() {
		return nil, errors.New("key: want env:NAME or file:PATH")
	}
	a.sign = func(r *http.Request, _ []byte) { r.Header.Set("X-API-Key", c.Key.Reveal()) }
	p := &powerdns{api: a}
	z, err := named(c.Zone, p)
	if err != nil {
		return nil, err
	}
	if c.Server == "" {
		c.Server = "localhost"
	}
	p.path = "/api/v1/servers/" + url.PathEscape(c.Server) + "/zones/" + url.PathEscape(z.apex)
	z.whole = true
	if c.Alias {
		z.alias = aliasType
	}
	return z, nil
}

// examine warns of a key that everybody on the way can read.
func (p *powerdns) examine(context.Context) []site.Finding {
	u, err := url.Parse(p.api.base)
	if ip := net.ParseIP(u.Hostname()); err == nil && u.Scheme == "http" && u.Hostname() != "localhost" && !ip.IsLoopback() {
		return []site.Finding{{
			About: "credentials", Found: "the key of the server travels without encryption to " + u.Host,
			Mend: "ssh -N -L 8081:127.0.0.1:8081 " + u.Hostname() + " and url = \"http://127.0.0.1:8081\", or put TLS before the API",
		}}
	}
	return []site.Finding{{About: "credentials", OK: true, Found: "they work; a PowerDNS has one key for everything: kind = \"rfc2136\" can be narrower"}}
}

type powerSet struct {
	Name    string        `json:"name"`
	Type    string        `json:"type"`
	TTL     uint32        `json:"ttl,omitempty"`
	Change  string        `json:"changetype,omitempty"`
	Records []powerRecord `json:"records"`
}

type powerRecord struct {
	Content  string `json:"content"`
	Disabled bool   `json:"disabled"`
}

type powerZone struct {
	Name string     `json:"name"`
	Sets []powerSet `json:"rrsets"`
}

// load asks for the whole zone, so that all sets are of one moment.
func (p *powerdns) load(ctx context.Context) (powerZone, error) {
	var z powerZone
	err := p.api.call(ctx, http.MethodGet, p.path, nil, &z)
	if refused(err, http.StatusNotFound, http.StatusUnprocessableEntity) {
		return z, errors.New("the server does not have the zone")
	}
	return z, err
}

func (p *powerdns) read(ctx context.Context, keys []key) ([]Set, error) {
	z, err := p.load(ctx)
	if err != nil {
		return nil, err
	}
	return gather(z.Name, keys, powerText, z.records())
}

// records are those that are served.
func (z powerZone) records() []record {
	var list []record
	for _, s := range z.Sets {
		for _, r := range s.Records {
			if !r.Disabled {
				list = append(list, record{name: s.Name, kind: s.Type, ttl: s.TTL, text: r.Content, data: r.Content})
			}
		}
	}
	return list
}

// write replaces every set that changes. Records that are kept but not served,
// and comments, stay with their set; an empty REPLACE leaves both alone, which
// a DELETE would not.
func (p *powerdns) write(ctx context.Context, c Change, _ map[key]Set) error {
	z, err := p.load(ctx)
	if err != nil {
		return err
	}
	kept := map[key][]powerRecord{}
	for _, s := range z.Sets {
		for _, r := range s.Records {
			if r.Disabled {
				kept[key{s.Name, s.Type}] = append(kept[key{s.Name, s.Type}], r)
			}
		}
	}
	now, err := gather(z.Name, keysOf(c.Before), powerText, z.records())
	if err != nil {
		return err
	}
	if !holds(byKey(now), c.Before) {
		return errRaced
	}
	return p.patch(ctx, c, kept)
}

// patch sends what changes. The server looks at one set after the other, so
// those that go come first: a CNAME conflicts with what stands beside it.
func (p *powerdns) patch(ctx context.Context, c Change, kept map[key][]powerRecord) error {
	var patch struct {
		Sets []powerSet `json:"rrsets"`
	}
	for i, after := range c.After {
		if after.same(c.Before[i]) {
			continue
		}
		s := powerSet{Name: after.Name, Type: after.Type, TTL: after.TTL, Change: "REPLACE", Records: []powerRecord{}}
		for _, r := range after.records() {
			s.Records = append(s.Records, powerRecord{Content: r.spelling(powerText)})
		}
		s.Records = append(s.Records, kept[after.key()]...)
		if len(after.Data) > 0 {
			patch.Sets = append(patch.Sets, s)
			continue
		}
		s.TTL = c.Before[i].TTL
		patch.Sets = slices.Insert(patch.Sets, 0, s)
	}
	if len(patch.Sets) == 0 {
		return nil
	}
	return p.api.call(ctx, http.MethodPatch, p.path, patch, nil)
}

// powerText is how PowerDNS spells data: it takes no quotes around the
// parameters of HTTPS and SVCB records that do not need them.
func powerText(kind, data string) string {
	if (kind == "HTTPS" || kind == "SVCB") && !strings.ContainsAny(data, `\;()`) {
		return strings.ReplaceAll(data, `"`, "")
	}
	return data
}
