package dns_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/dns"
	"buzzproof/internal/dns/dnstest"
	"buzzproof/internal/site"
)

func openCloudflare(address string, ok bool) (dns.Zone, error) {
	return dns.NewCloudflare(dns.CloudflareConfig{Common: dns.Common{Zone: dnstest.Apex}, Token: credentials(ok), URL: "http://" + address + "/client/v4"})
}

func withoutDot(kind, data string) string {
	if kind == "CNAME" {
		return strings.TrimSuffix(data, ".")
	}
	return data
}

func cloudflarePeer(t testing.TB) (dnstest.Peer, *store) {
	s := newStore(withoutDot)
	return s.peer(s.serve(t, s.cloudflare), openCloudflare), s
}

func TestNamesAreMovedAtCloudflare(t *testing.T) {
	dnstest.Suite(t, func(t *testing.T) dnstest.Peer { p, _ := cloudflarePeer(t); return p })
}

type flareRecord struct {
	ID       string         `json:"id,omitempty"`
	Name     string         `json:"name"`
	Type     string         `json:"type"`
	Content  string         `json:"content,omitempty"`
	Data     *flareData     `json:"data,omitempty"`
	TTL      uint32         `json:"ttl"`
	Proxied  bool           `json:"proxied"`
	Comment  *string        `json:"comment,omitempty"`
	Tags     []string       `json:"tags,omitempty"`
	Settings map[string]any `json:"settings,omitempty"`
}

type flareData struct {
	Priority int    `json:"priority"`
	Target   string `json:"target"`
	Value    string `json:"value"`
}

func flareError(w http.ResponseWriter, status, code int, message string) {
	reply(w, status, map[string]any{"success": false, "errors": []any{map[string]any{"code": code, "message": message}}, "result": nil})
}

// cloudflare speaks the part of the API that is needed: two records a page, and
// a batch in the order deletes, puts, posts, whole or not at all.
func (s *store) cloudflare(w http.ResponseWriter, r *http.Request) {
	const records = "/client/v4/zones/023e105f/dns_records"
	switch {
	case r.Header.Get("Authorization") != "Bearer "+planted:
		flareError(w, 403, 10000, "Authentication error")
	case r.Method == http.MethodGet && r.URL.Path == "/client/v4/user/tokens/verify" && s.token != nil:
		reply(w, 200, map[string]any{"success": true, "result": s.token})
	case r.Method == http.MethodGet && r.URL.Path == "/client/v4/zones" && r.URL.Query().Get("name") == "":
		own := map[string]any{"id": "023e105f", "permissions": append([]string{"#dns_records:edit", "#dns_records:read", "#zone:read"}, s.may...)}
		reply(w, 200, map[string]any{"success": true, "result": []any{own}, "result_info": map[string]any{"total_count": 1 + s.others}})
	case r.Method == http.MethodGet && r.URL.Path == "/client/v4/zones":
		list := []any{}
		if r.URL.Query().Get("name")+"." == dnstest.Apex {
			list = append(list, map[string]any{"id": "023e105f"})
		}
		reply(w, 200, map[string]any{"success": true, "result": list})
	case r.Method == http.MethodGet && r.URL.Path == records:
		s.flareList(w, r)
	case r.Method == http.MethodPost && r.URL.Path == records+"/batch":
		s.flareBatch(w, r)
	default:
		flareError(w, 404, 7003, "Could not route to "+r.URL.Path)
	}
}

func (s *store) flareList(w http.ResponseWriter, r *http.Request) {
	var all []map[string]any
	for _, row := range s.rows {
		if strings.TrimSuffix(row.name, ".") != r.URL.Query().Get("name") {
			continue
		}
		// What the API adds and does not take back.
		out := map[string]any{
			"id": strconv.FormatInt(row.id, 10), "name": strings.TrimSuffix(row.name, "."), "type": row.kind, "content": row.data, "ttl": row.ttl,
			"proxied": false, "comment": nil, "tags": []string{}, "settings": map[string]any{}, "meta": map[string]any{},
			"proxiable": true, "created_on": "2026-01-01T00:00:00Z", "modified_on": "2026-01-01T00:00:00Z",
		}
		for name, value := range row.more {
			out[name] = value
		}
		all = append(all, out)
	}
	const size = 2
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	from, to := min(len(all), (page-1)*size), min(len(all), page*size)
	reply(w, 200, map[string]any{
		"success": true, "result": slices.Concat([]map[string]any{}, all[from:to]),
		"result_info": map[string]any{"page": page, "total_pages": (len(all) + size - 1) / size, "total_count": len(all)},
	})
}

func (s *store) flareBatch(w http.ResponseWriter, r *http.Request) {
	var batch struct {
		Deletes []struct {
			ID string `json:"id"`
		} `json:"deletes"`
		Puts  []flareRecord `json:"puts"`
		Posts []flareRecord `json:"posts"`
	}
	if err := read(r, &batch); err != nil {
		flareError(w, 400, 9207, err.Error())
		return
	}
	last := s.last
	why := s.try(func(rows []row) ([]row, string) {
		find := func(id string) int {
			return slices.IndexFunc(rows, func(r row) bool { return strconv.FormatInt(r.id, 10) == id })
		}
		for _, d := range batch.Deletes {
			i := find(d.ID)
			if i < 0 {
				return nil, "Record does not exist."
			}
			rows = slices.Delete(rows, i, i+1)
		}
		for _, p := range batch.Puts {
			i := find(p.ID)
			if i < 0 {
				return nil, "Record does not exist."
			}
			row, why := p.row(rows[i].id)
			if why != "" {
				return nil, why
			}
			rows[i] = row
		}
		for _, p := range batch.Posts {
			last++
			row, why := p.row(last)
			if why != "" || p.ID != "" {
				return nil, "invalid record: " + why
			}
			rows = append(rows, row)
		}
		return rows, ""
	})
	switch {
	case why == "":
		s.last = last
		reply(w, 200, map[string]any{"success": true, "result": map[string]any{}})
	case strings.Contains(why, "does not exist"):
		flareError(w, 404, 81044, why)
	case strings.Contains(why, "CNAME"):
		flareError(w, 400, 81054, why)
	default:
		flareError(w, 400, 9005, why)
	}
}

func (f flareRecord) row(id int64) (row, string) {
	r := row{id: id, name: f.Name + ".", kind: f.Type, data: f.Content, ttl: f.TTL, more: map[string]any{}}
	if strings.HasSuffix(f.Name, ".") || f.TTL != 1 && f.TTL < 60 {
		return r, "name or ttl"
	}
	if service := f.Type == "HTTPS" || f.Type == "SVCB"; service != (f.Data != nil) || service == (f.Content != "") {
		return r, "content or data"
	}
	if f.Data != nil {
		r.data = strconv.Itoa(f.Data.Priority) + " " + f.Data.Target + " " + f.Data.Value
	}
	if f.Proxied {
		r.more["proxied"] = true
	}
	if f.Comment != nil {
		r.more["comment"] = *f.Comment
	}
	if len(f.Tags) > 0 {
		r.more["tags"] = f.Tags
	}
	if len(f.Settings) > 0 {
		r.more["settings"] = f.Settings
	}
	return r, ""
}

func TestWhatCloudflareKnowsBesideTheRecordComesBack(t *testing.T) {
	p, s := cloudflarePeer(t)
	s.rows[0].ttl, s.rows[0].more = 1, map[string]any{
		"proxied": true, "comment": "home, since 2016", "tags": []string{"owner:me", "box:attic"}, "settings": map[string]any{"ipv4_only": true},
	}
	before, z := s.dump(), p.Open(p.Address, true)
	found, err := z.Sets(t.Context(), []string{dnstest.Apex})
	if err != nil || found[0].Direct() || found[0].TTL != 300 {
		t.Fatalf("%+v, %v", found, err)
	}
	text, err := json.Marshal(found[0]) // as a journal keeps it
	if err != nil {
		t.Fatal(err)
	}
	var kept dns.Set
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	away := dns.Set{Name: dnstest.Apex, Type: "A", TTL: 60, Data: []string{"198.51.100.7"}}
	there := dns.Change{Before: []dns.Set{kept}, After: []dns.Set{away}}
	if err := z.Apply(t.Context(), there); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(s.dump(), "attic") {
		t.Errorf("what was home's is the refuge's in\n%s", s.dump())
	}
	if err := z.Apply(t.Context(), there.Undo()); err != nil {
		t.Fatal(err)
	}
	if after := s.dump(); after != before {
		t.Errorf("taken back\n%s\nbefore\n%s", after, before)
	}
	s.rows[0].more["proxied"] = false
	if err := z.Apply(t.Context(), there); err == nil {
		t.Error("somebody switched the proxy off, and nobody noticed")
	}
}

func TestAnApexAtCloudflareCanBeAnAlias(t *testing.T) {
	p, s := cloudflarePeer(t)
	z := p.Open(p.Address, true)
	found, err := z.Sets(t.Context(), []string{dnstest.Apex})
	if err != nil {
		t.Fatal(err)
	}
	s.meddle(dns.Set{Name: dnstest.Apex, Type: "MX"}) // the imitation lets no CNAME stand beside others
	s.meddle(dns.Set{Name: dnstest.Apex, Type: "TXT"})
	before := s.dump()
	there := dns.Change{Before: append(found, dns.Set{Name: dnstest.Apex, Type: "ALIAS"})}
	for _, f := range found {
		there.After = append(there.After, dns.Set{Name: f.Name, Type: f.Type})
	}
	there.After = append(there.After, dns.Set{Name: dnstest.Apex, Type: "ALIAS", TTL: 60, Data: []string{"bucket.example.net."}})
	if err := z.Apply(t.Context(), there); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(s.dump(), dnstest.Apex+" 60 CNAME bucket.example.net") {
		t.Errorf("there is no alias in\n%s", s.dump())
	}
	if err := z.Apply(t.Context(), there.Undo()); err != nil {
		t.Fatal(err)
	}
	if after := s.dump(); after != before {
		t.Errorf("taken back\n%s\nbefore\n%s", after, before)
	}
}

func TestWhatATokenOfCloudflareCanIsTold(t *testing.T) {
	in := func(days int) string { return time.Now().AddDate(0, 0, days).UTC().Format(time.RFC3339) }
	for _, c := range []struct {
		name   string
		token  map[string]any
		others int
		may    []string
		wrong  string // of which finding and how; "" if none
	}{
		{"as narrow as can be", map[string]any{"status": "active"}, 0, nil, ""},
		{"for some months", map[string]any{"status": "active", "expires_on": in(90)}, 0, nil, ""},
		{"one of an account, of which nothing is told", nil, 0, nil, ""},
		{"for some days", map[string]any{"status": "active", "expires_on": in(3)}, 0, nil, "token: it holds until"},
		{"past its end", map[string]any{"status": "expired", "expires_on": in(-3)}, 0, nil, "token: it is expired"},
		{"switched off", map[string]any{"status": "disabled"}, 0, nil, "token: it is disabled"},
		{"for other zones too", map[string]any{"status": "active"}, 2, nil, "credentials: they reach 3 zones"},
		{"for settings of the zone", map[string]any{"status": "active"}, 0, []string{"#zone_settings:edit"}, "credentials: they may do more than change records: #zone_settings:edit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, s := cloudflarePeer(t)
			s.token, s.others, s.may = c.token, c.others, c.may
			expectWidth(t, p, c.wrong)
		})
	}
}

// expectWidth examines credentials and wants one thing to be wrong, or none.
func expectWidth(t *testing.T, p dnstest.Peer, wrong string) {
	t.Helper()
	told := ""
	for _, f := range p.Open(p.Address, true).(interface {
		Examine(context.Context) []site.Finding
	}).Examine(t.Context()) {
		if !f.OK {
			told += f.About + ": " + f.Found
		}
		if f.OK == (f.Mend != "") {
			t.Errorf("%+v: what is wrong has what mends it, and nothing else", f)
		}
	}
	if !strings.HasPrefix(told, wrong) || (told == "") != (wrong == "") {
		t.Errorf("told %q, want %q", told, wrong)
	}
}
