package dns

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"buzzproof/internal/secret"
	"buzzproof/internal/site"
)

// CloudflareConfig is a zone at Cloudflare.
type CloudflareConfig struct {
	Common
	// Token is an API token that may edit the DNS of this zone and nothing else.
	Token secret.Text `toml:"token"`
	// ZoneID is the zone's ID, from its overview. Default: found by its name.
	ZoneID string `toml:"zone_id"`
	// URL is where the API is. Default https://api.cloudflare.com/client/v4.
	URL string `toml:"url"`
}

const (
	// autoTTL is what Cloudflare answers with for a TTL of 1, "automatic".
	autoTTL = 300
	// cloudPages bounds how long the records of a name may be listed.
	cloudPages = 50
)

// cloudflare is a zone at Cloudflare.
//
// A batch is one transaction of its database, but its name servers learn of
// each record by itself, so a resolver may see half of a change for a moment:
// it is not atomic. A record that somebody removed makes the batch fail; one
// that he changed within the time of one request is not noticed.
type cloudflare struct {
	api      *api
	apex, id string
}

// NewCloudflare opens a zone at Cloudflare.
func NewCloudflare(c CloudflareConfig) (Zone, error) {
	a, err := caller(c.URL, "https://api.cloudflare.com/client/v4")
	if err != nil {
		return nil, err
	}
	if c.Token.IsZero() {
		return nil, errors.New("token: want env:NAME or file:PATH")
	}
	a.sign = bearer(c.Token.Reveal())
	p := &cloudflare{api: a, id: c.ZoneID}
	z, err := named(c.Zone, p)
	if err != nil {
		return nil, err
	}
	p.apex, z.alias = z.apex, aliasType
	return z, nil
}

type cloudRecord struct {
	ID       string         `json:"id,omitempty"`
	Name     string         `json:"name"`
	Type     string         `json:"type"`
	Content  string         `json:"content,omitempty"`
	Data     *cloudService  `json:"data,omitempty"`
	TTL      uint32         `json:"ttl"`
	Proxied  bool           `json:"proxied"`
	Comment  string         `json:"comment,omitempty"`
	Tags     []string       `json:"tags,omitempty"`
	Settings map[string]any `json:"settings,omitempty"`
}

// A cloudService is an HTTPS or SVCB record, which is not written as one text.
type cloudService struct {
	Priority int    `json:"priority"`
	Target   string `json:"target"`
	Value    string `json:"value"`
}

func (p *cloudflare) zonePath(ctx context.Context) (string, error) {
	if p.id != "" {
		return "/zones/" + url.PathEscape(p.id), nil
	}
	var found struct {
		Result []struct {
			ID string `json:"id"`
		} `json:"result"`
	}
	name := strings.TrimSuffix(p.apex, ".")
	if err := p.api.call(ctx, http.MethodGet, "/zones?name="+url.QueryEscape(name), nil, &found); err != nil {
		return "", fmt.Errorf("find the zone: %w", err)
	}
	if len(found.Result) != 1 {
		return "", errors.New("the token can see no such zone")
	}
	return "/zones/" + url.PathEscape(found.Result[0].ID), nil
}

func (p *cloudflare) read(ctx context.Context, keys []key) ([]Set, error) {
	path, err := p.zonePath(ctx)
	if err != nil {
		return nil, err
	}
	list, err := p.list(ctx, path, keys)
	if err != nil {
		return nil, err
	}
	return gather(p.apex, keys, cloudText, list)
}

// list asks for the records of each name.
func (p *cloudflare) list(ctx context.Context, path string, keys []key) ([]record, error) {
	var list []record
	seen := map[string]bool{}
	for _, k := range keys {
		for page := 1; !seen[k.name]; page++ {
			var answer struct {
				Result []cloudRecord `json:"result"`
				Info   struct {
					Pages int `json:"total_pages"`
				} `json:"result_info"`
			}
			query := url.Values{"name": {strings.TrimSuffix(k.name, ".")}, "per_page": {"100"}, "page": {strconv.Itoa(page)}}
			if err := p.api.call(ctx, http.MethodGet, path+"/dns_records?"+query.Encode(), nil, &answer); err != nil {
				return nil, err
			}
			for _, r := range answer.Result {
				found, err := p.record(r)
				if err != nil {
					return nil, err
				}
				list = append(list, found)
			}
			seen[k.name] = page >= min(answer.Info.Pages, cloudPages)
		}
	}
	return list, nil
}

// record is one in our words. A CNAME at the apex is an alias: Cloudflare
// answers with the addresses that it leads to.
func (p *cloudflare) record(c cloudRecord) (record, error) {
	name, err := Name(c.Name)
	if err != nil {
		return record{}, err
	}
	r := record{id: c.ID, name: name, kind: c.Type, ttl: c.TTL, text: c.Content, data: absolute(c.Type, c.Content), more: map[string]any{}}
	if name == p.apex && c.Type == "CNAME" {
		r.kind = aliasType
	}
	if c.TTL == 1 {
		r.ttl, r.more["auto"] = autoTTL, true
	}
	if c.Proxied {
		r.more["proxied"] = true
	}
	if c.Comment != "" {
		r.more["comment"] = c.Comment
	}
	if len(c.Tags) > 0 {
		r.more["tags"] = c.Tags
	}
	if len(c.Settings) > 0 {
		r.more["settings"] = c.Settings
	}
	return r, nil
}

// cloudText is how Cloudflare spells data: names without the dot at their end.
func cloudText(kind, data string) string {
	if kind == "CNAME" || kind == aliasType {
		return strings.TrimSuffix(data, ".")
	}
	return data
}

// absolute gives names that are spelled without the dot at their end one.
func absolute(kind, text string) string {
	switch kind {
	case "CNAME":
		return strings.TrimSuffix(text, ".") + "."
	case "HTTPS", "SVCB":
		parts := strings.SplitN(text, " ", 3)
		if len(parts) > 1 {
			parts[1] = strings.TrimSuffix(parts[1], ".") + "."
		}
		return strings.Join(parts, " ")
	case "TXT":
		if !strings.HasPrefix(text, `"`) {
			return strconv.Quote(text)
		}
	}
	return text
}

// examine asks about the token: what it reaches, and how long it holds.
func (p *cloudflare) examine(ctx context.Context) []site.Finding {
	return append(p.examineToken(ctx), p.examineReach(ctx))
}

// mendToken makes a token that can do what is needed and nothing else.
func (p *cloudflare) mendToken() string {
	return "make a token with the permission Zone / DNS / Edit for " + strings.TrimSuffix(p.apex, ".") + " only: https://dash.cloudflare.com/profile/api-tokens"
}

// examineReach looks which zones the token reaches, and what it may change in
// them, where the provider tells.
func (p *cloudflare) examineReach(ctx context.Context) site.Finding {
	var zones struct {
		Zones []struct {
			Permissions []string `json:"permissions"`
		} `json:"result"`
		Info struct {
			Total int `json:"total_count"`
		} `json:"result_info"`
	}
	if err := p.api.call(ctx, http.MethodGet, "/zones?per_page=5", nil, &zones); err != nil {
		return site.Finding{About: "credentials", OK: true, Found: "they work; what else they can could not be asked: " + err.Error()}
	}
	if zones.Info.Total > 1 {
		return site.Finding{About: "credentials", Found: fmt.Sprintf("they reach %d zones", zones.Info.Total), Mend: p.mendToken()}
	}
	var more []string
	for _, z := range zones.Zones {
		for _, may := range z.Permissions {
			if strings.HasSuffix(may, ":edit") && may != "#dns_records:edit" {
				more = append(more, may)
			}
		}
	}
	if len(more) > 0 {
		return site.Finding{About: "credentials", Found: "they may do more than change records: " + strings.Join(more, ", "), Mend: p.mendToken()}
	}
	return site.Finding{About: "credentials", OK: true, Found: "they work, and reach this zone only"}
}

// tokenEnds is how long before its end a token is told of.
const tokenEnds = 14 * 24 * time.Hour

// examineToken asks what the token is. One that belongs to an account and not
// to a user is not told of here.
func (p *cloudflare) examineToken(ctx context.Context) []site.Finding {
	var token struct {
		Result struct {
			Status  string    `json:"status"`
			Expires time.Time `json:"expires_on"`
		} `json:"result"`
	}
	if p.api.call(ctx, http.MethodGet, "/user/tokens/verify", nil, &token) != nil {
		return nil
	}
	f := site.Finding{About: "token", OK: true, Found: "it holds without an end"}
	left := time.Until(token.Result.Expires)
	switch {
	case token.Result.Status != "active":
		f.OK, f.Found, f.Mend = false, "it is "+token.Result.Status, p.mendToken()
	case !token.Result.Expires.IsZero():
		f.Found = fmt.Sprintf("it holds until %s", token.Result.Expires.Format(time.DateOnly))
		if left < tokenEnds {
			f.OK, f.Mend = false, "give it a later end, or none: https://dash.cloudflare.com/profile/api-tokens"
		}
	}
	return []site.Finding{f}
}
