package dns

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"buzzproof/internal/secret"
)

// HetznerConfig is a zone in a project of Hetzner's cloud.
type HetznerConfig struct {
	Common
	// Token is an API token of the project, with read and write: it reaches
	// everything in the project, so keep the zone in one of its own.
	Token secret.Text `toml:"token"`
	// URL is where the API is. Default https://api.hetzner.cloud/v1.
	URL string `toml:"url"`
}

const (
	hetznerLeast = 60 // seconds
	// hetznerPages bounds how long the sets of a name may be listed.
	hetznerPages = 20
	// hetznerPause is between two looks at whether something was done.
	hetznerPause = 200 * time.Millisecond
)

// hetzner is a zone in a project of Hetzner's cloud, whose API knows sets; the
// records of one and its TTL are changed apart.
type hetzner struct {
	api  *api
	apex string
	path string
}

// NewHetzner opens a zone in a project of Hetzner's cloud.
func NewHetzner(c HetznerConfig) (Zone, error) {
	a, err := caller(c.URL, "https://api.hetzner.cloud/v1")
	if err != nil {
		return nil, err
	}
	if c.Token.IsZero() {
		return nil, errors.New("token: want env:NAME or file:PATH")
	}
	a.sign = bearer(c.Token.Reveal())
	h := &hetzner{api: a}
	z, err := inSteps(c.Zone, h, asIs, hetznerLeast)
	if err != nil {
		return nil, err
	}
	h.apex = z.apex
	h.path = "/zones/" + url.PathEscape(strings.TrimSuffix(z.apex, "."))
	return z, nil
}

type hetznerSet struct {
	Name    string            `json:"name"`
	Type    string            `json:"type"`
	TTL     *uint32           `json:"ttl"`
	Labels  map[string]string `json:"labels,omitempty"`
	Records []hetznerRecord   `json:"records"`
}

type hetznerRecord struct {
	Value   string `json:"value"`
	Comment string `json:"comment,omitempty"`
}

func (h *hetzner) list(ctx context.Context, keys []key) ([]record, error) {
	var z struct {
		Zone struct {
			TTL uint32 `json:"ttl"`
		} `json:"zone"`
	}
	if err := h.api.call(ctx, http.MethodGet, h.path, nil, &z); err != nil {
		return nil, err
	}
	var list []record
	seen := map[string]bool{}
	for _, k := range keys {
		for page := 1; !seen[k.name] && page <= hetznerPages; page++ {
			var answer struct {
				Sets []hetznerSet `json:"rrsets"`
				Meta struct {
					Pagination struct {
						Next *int `json:"next_page"`
					} `json:"pagination"`
				} `json:"meta"`
			}
			query := url.Values{"name": {at(k.name, h.apex)}, "per_page": {"50"}, "page": {strconv.Itoa(page)}}
			if err := h.api.call(ctx, http.MethodGet, h.path+"/rrsets?"+query.Encode(), nil, &answer); err != nil {
				return nil, err
			}
			for _, s := range answer.Sets {
				list = append(list, h.records(s, z.Zone.TTL)...)
			}
			seen[k.name] = answer.Meta.Pagination.Next == nil
		}
	}
	return list, nil
}

// records are those of a set. One without a TTL has the zone's.
func (h *hetzner) records(s hetznerSet, usual uint32) []record {
	var list []record
	for _, r := range s.Records {
		out := record{name: under(s.Name, h.apex), kind: s.Type, ttl: usual, text: r.Value, data: r.Value, more: map[string]any{}}
		if s.TTL == nil {
			out.more["default"] = true
		} else {
			out.ttl = *s.TTL
		}
		if r.Comment != "" {
			out.more["comment"] = r.Comment
		}
		if len(s.Labels) > 0 {
			out.more["labels"] = s.Labels
		}
		list = append(list, out)
	}
	return list
}

func (h *hetzner) replace(ctx context.Context, _ []record, before, after Set) error {
	s, was := h.set(after), h.set(before)
	path := h.path + "/rrsets/" + url.PathEscape(s.Name) + "/" + s.Type
	switch {
	case len(after.Data) == 0:
		return h.do(ctx, http.MethodDelete, path, nil)
	case len(before.Data) == 0:
		return h.do(ctx, http.MethodPost, h.path+"/rrsets", s)
	}
	if err := h.do(ctx, http.MethodPost, path+"/actions/set_records", map[string]any{"records": s.Records}); err != nil {
		return err
	}
	if err := h.do(ctx, http.MethodPost, path+"/actions/change_ttl", map[string]any{"ttl": s.TTL}); err != nil {
		return err
	}
	if maps.Equal(s.Labels, was.Labels) {
		return nil
	}
	return h.api.call(ctx, http.MethodPut, path, map[string]any{"labels": s.Labels}, nil)
}

// set is one as the API wants it.
func (h *hetzner) set(s Set) hetznerSet {
	out := hetznerSet{Name: at(s.Name, h.apex), Type: s.Type, TTL: &s.TTL, Labels: map[string]string{}}
	for _, r := range s.records() {
		comment, _ := r.more["comment"].(string)
		out.Records = append(out.Records, hetznerRecord{Value: r.spelling(asIs), Comment: comment})
		if usual, _ := r.more["default"].(bool); usual {
			out.TTL = nil
		}
		labels, _ := r.more["labels"].(map[string]any)
		for name, value := range labels {
			out.Labels[name] = fmt.Sprint(value)
		}
	}
	return out
}

// do asks for a change and waits until it is made.
func (h *hetzner) do(ctx context.Context, method, path string, in any) error {
	var answer struct {
		Action struct {
			ID     int64     `json:"id"`
			Status string    `json:"status"`
			Error  complaint `json:"error"`
		} `json:"action"`
	}
	if err := h.api.call(ctx, method, path, in, &answer); err != nil {
		return err
	}
	for answer.Action.Status == "running" {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(hetznerPause):
		}
		if err := h.api.call(ctx, http.MethodGet, "/actions/"+strconv.FormatInt(answer.Action.ID, 10), nil, &answer); err != nil {
			return err
		}
	}
	if answer.Action.Status == "error" {
		return errors.New("the provider failed: " + answer.Action.Error.Message)
	}
	return nil
}

// publish has nothing to do: a change was waited for.
func (h *hetzner) publish(context.Context) error { return nil }
