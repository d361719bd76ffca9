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

// GandiConfig is a zone at Gandi's LiveDNS.
type GandiConfig struct {
	Common
	// Token is a personal access token that may manage the technical
	// configuration of this domain.
	Token secret.Text `toml:"token"`
	// URL is where the API is. Default https://api.gandi.net/v5/livedns.
	URL string `toml:"url"`
}

const (
	gandiLeast = 300 // seconds
	gandiPage  = 500
	// gandiPages bounds how many records a zone may have.
	gandiPages = 50
)

// gandi is a zone at Gandi's LiveDNS, whose API knows sets.
type gandi struct {
	api  *api
	apex string
	path string
}

// NewGandi opens a zone at Gandi's LiveDNS.
func NewGandi(c GandiConfig) (Zone, error) {
	a, err := caller(c.URL, "https://api.gandi.net/v5/livedns")
	if err != nil {
		return nil, err
	}
	if c.Token.IsZero() {
		return nil, errors.New("token: want env:NAME or file:PATH")
	}
	a.sign = bearer(c.Token.Reveal())
	g := &gandi{api: a}
	z, err := inSteps(c.Zone, g, asIs, gandiLeast)
	if err != nil {
		return nil, err
	}
	g.apex = z.apex
	g.path = "/domains/" + url.PathEscape(strings.TrimSuffix(z.apex, ".")) + "/records"
	z.alias = aliasType
	return z, nil
}

type gandiSet struct {
	Name   string   `json:"rrset_name,omitempty"`
	Type   string   `json:"rrset_type,omitempty"`
	TTL    uint32   `json:"rrset_ttl"`
	Values []string `json:"rrset_values"`
}

// list reads the whole zone: a name without records would look like a zone
// that does not exist.
func (g *gandi) list(ctx context.Context, _ []key) ([]record, error) {
	var list []record
	for page := range gandiPages {
		var sets []gandiSet
		query := "?per_page=" + strconv.Itoa(gandiPage) + "&page=" + strconv.Itoa(page+1)
		err := g.api.call(ctx, http.MethodGet, g.path+query, nil, &sets)
		if refused(err, http.StatusNotFound) {
			return nil, errors.New("the account has no such zone")
		}
		if err != nil {
			return nil, err
		}
		for _, s := range sets {
			for _, v := range s.Values {
				list = append(list, record{name: under(s.Name, g.apex), kind: s.Type, ttl: s.TTL, text: v, data: v})
			}
		}
		if len(sets) < gandiPage {
			return list, nil
		}
	}
	return nil, errors.New("the zone has too many records")
}

func (g *gandi) replace(ctx context.Context, _ []record, _, after Set) error {
	path := g.path + "/" + url.PathEscape(at(after.Name, g.apex)) + "/" + after.Type
	if len(after.Data) == 0 {
		return g.api.call(ctx, http.MethodDelete, path, nil, nil)
	}
	s := gandiSet{TTL: after.TTL}
	for _, r := range after.records() {
		s.Values = append(s.Values, r.spelling(asIs))
	}
	return g.api.call(ctx, http.MethodPut, path, s, nil)
}

// publish has nothing to do: changes are visible at once.
func (g *gandi) publish(context.Context) error { return nil }
