package dns_test

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/dns"
	"buzzproof/internal/dns/dnstest"
	"buzzproof/internal/site"
)

func openOVH(address string, ok bool) (dns.Zone, error) {
	return dns.NewOVH(dns.OVHConfig{
		Common: dns.Common{Zone: dnstest.Apex}, ApplicationKey: right, ApplicationSecret: credentials(ok), ConsumerKey: right, URL: "http://" + address + "/1.0",
	})
}

func openOcean(address string, ok bool) (dns.Zone, error) {
	return dns.NewDigitalOcean(dns.DigitalOceanConfig{Common: dns.Common{Zone: dnstest.Apex}, Token: credentials(ok), URL: "http://" + address + "/v2"})
}

func ovhPeer(t testing.TB) (dnstest.Peer, *store) {
	s := newStore(asIs)
	return s.peer(s.serve(t, s.ovh()), openOVH), s
}

func oceanPeer(t testing.TB) (dnstest.Peer, *store) {
	s := newStore(func(kind, data string) string {
		if kind == "CNAME" && data == dnstest.Apex {
			return "@"
		}
		return withoutDot(kind, strings.Trim(data, `"`))
	}, "HTTPS", "SVCB")
	p := s.peer(s.serve(t, s.ocean), openOcean)
	p.Lacks = []string{"HTTPS", "SVCB"}
	return p, s
}

func TestNamesAreMovedAtOVH(t *testing.T) {
	dnstest.Suite(t, func(t *testing.T) dnstest.Peer { p, _ := ovhPeer(t); return p })
}

func TestNamesAreMovedAtDigitalOcean(t *testing.T) {
	dnstest.Suite(t, func(t *testing.T) dnstest.Peer { p, _ := oceanPeer(t); return p })
}

type ovhBody struct {
	FieldType string  `json:"fieldType"`
	SubDomain string  `json:"subDomain"`
	Target    string  `json:"target"`
	TTL       *uint32 `json:"ttl"`
}

// ovh speaks the part of the API that is needed. What was changed counts only
// once it is told to refresh: a zone that is never refreshed is put back.
func (s *store) ovh() http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sum := sha1.Sum([]byte(strings.Join([]string{planted, r.Header.Get("X-Ovh-Consumer"), r.Method, "http://" + r.Host + r.URL.RequestURI(), string(body), r.Header.Get("X-Ovh-Timestamp")}, "+")))
		stamp, _ := strconv.ParseInt(r.Header.Get("X-Ovh-Timestamp"), 10, 64)
		if r.Header.Get("X-Ovh-Signature") != "$1$"+hex.EncodeToString(sum[:]) || time.Since(time.Unix(stamp, 0)).Abs() > time.Minute {
			reply(w, 400, map[string]any{"message": "Invalid signature", "errorCode": "INVALID_SIGNATURE"})
			return
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		rest, ok := strings.CutPrefix(r.URL.Path, "/1.0/domain/zone/blog.example.org")
		id, single := strings.CutPrefix(rest, "/record/")
		switch {
		case ok && r.Method == http.MethodGet && rest == "/record":
			ids := []int64{}
			for _, row := range s.rows {
				if short(row.name, "") == r.URL.Query().Get("subDomain") {
					ids = append(ids, row.id)
				}
			}
			reply(w, 200, ids)
		case ok && single:
			s.ovhRecord(w, r, id)
		case ok && r.Method == http.MethodPost && rest == "/record":
			s.ovhPost(w, r)
		case ok && r.Method == http.MethodPost && rest == "/refresh":
			s.last += 1000 // seen by a test
			reply(w, 200, nil)
		default:
			reply(w, 404, map[string]any{"message": "This service does not exist"})
		}
	}
}

func (s *store) ovhRecord(w http.ResponseWriter, r *http.Request, id string) {
	i := slices.IndexFunc(s.rows, func(r row) bool { return strconv.FormatInt(r.id, 10) == id })
	if i < 0 {
		reply(w, 404, map[string]any{"message": "The requested object (id = " + id + ") does not exist"})
		return
	}
	switch r.Method {
	case http.MethodGet:
		row := s.rows[i]
		reply(w, 200, map[string]any{"id": row.id, "zone": "blog.example.org", "fieldType": row.kind, "subDomain": short(row.name, ""), "target": row.data, "ttl": row.ttl})
	case http.MethodPut:
		var b ovhBody
		if err := read(r, &b); err != nil || b.FieldType != "" || b.TTL == nil {
			reply(w, 400, map[string]any{"message": fmt.Sprint("bad request ", err)})
			return
		}
		s.answer(w, s.try(func(rows []row) ([]row, string) {
			rows[i].name, rows[i].data, rows[i].ttl = long(b.SubDomain), b.Target, *b.TTL
			return rows, ""
		}), 200)
	case http.MethodDelete:
		s.answer(w, s.try(func(rows []row) ([]row, string) { return slices.Delete(rows, i, i+1), "" }), 200)
	}
}

func (s *store) ovhPost(w http.ResponseWriter, r *http.Request) {
	var b ovhBody
	if err := read(r, &b); err != nil || b.FieldType == "" || b.TTL == nil {
		reply(w, 400, map[string]any{"message": fmt.Sprint("bad request ", err)})
		return
	}
	s.answer(w, s.try(func(rows []row) ([]row, string) {
		s.last++
		return append(rows, row{id: s.last, name: long(b.SubDomain), kind: b.FieldType, data: b.Target, ttl: *b.TTL}), ""
	}), 200)
}

func (s *store) answer(w http.ResponseWriter, why string, status int) {
	if why != "" {
		reply(w, 422, map[string]any{"message": why})
		return
	}
	reply(w, status, nil)
}

type oceanBody struct {
	Type string `json:"type"`
	Name string `json:"name"`
	Data string `json:"data"`
	TTL  uint32 `json:"ttl"`
}

// ocean speaks the part of the API that is needed: it takes names with the dot
// at their end and shows them without.
func (s *store) ocean(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+planted {
		reply(w, 401, map[string]any{"id": "Unauthorized", "message": "Unable to authenticate you"})
		return
	}
	rest, ok := strings.CutPrefix(r.URL.Path, "/v2/domains/blog.example.org/records")
	i := slices.IndexFunc(s.rows, func(row row) bool { return "/"+strconv.FormatInt(row.id, 10) == rest })
	if !ok || rest != "" && i < 0 {
		reply(w, 404, map[string]any{"id": "not_found", "message": "The resource you were accessing could not be found."})
		return
	}
	var b oceanBody
	if r.Method == http.MethodPost || r.Method == http.MethodPut {
		if err := read(r, &b); err != nil || b.Type == "CNAME" && b.Data != "@" && !strings.HasSuffix(b.Data, ".") || b.TTL < 30 {
			reply(w, 422, map[string]any{"id": "unprocessable_entity", "message": fmt.Sprint("Data needs to end with a dot (.) ", err)})
			return
		}
		b.Data = s.spell(b.Type, b.Data)
	}
	made := row{name: long(b.Name), kind: b.Type, data: b.Data, ttl: b.TTL}
	switch r.Method {
	case http.MethodGet:
		list := []any{}
		for _, row := range s.rows {
			if strings.TrimSuffix(row.name, ".") == r.URL.Query().Get("name") && r.URL.Query().Get("page") == "1" {
				list = append(list, map[string]any{"id": row.id, "type": row.kind, "name": short(row.name, "@"), "data": row.data, "ttl": row.ttl, "priority": nil, "flags": nil})
			}
		}
		reply(w, 200, map[string]any{"domain_records": list})
	case http.MethodPost:
		s.answer(w, s.try(func(rows []row) ([]row, string) { s.last++; made.id = s.last; return append(rows, made), "" }), 201)
	case http.MethodPut:
		s.answer(w, s.try(func(rows []row) ([]row, string) { made.id = rows[i].id; rows[i] = made; return rows, "" }), 200)
	case http.MethodDelete:
		s.answer(w, s.try(func(rows []row) ([]row, string) { return slices.Delete(rows, i, i+1), "" }), 204)
	}
}

func TestARefreshIsNeverMissed(t *testing.T) {
	p, s := ovhPeer(t)
	was := dnstest.Zone()[0]
	now := dns.Set{Name: was.Name, Type: "A", TTL: 60, Data: []string{"198.51.100.7"}}
	c := dns.Change{Before: []dns.Set{was}, After: []dns.Set{now}}
	s.broken = func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/refresh") }
	if err := p.Open(p.Address, true).Apply(t.Context(), c); err == nil || !strings.Contains(err.Error(), "refresh") {
		t.Errorf("the refresh failed: %v", err)
	}
	s.broken = nil
	if err := p.Open(p.Address, true).Apply(t.Context(), c); err != nil || s.last < 1000 {
		t.Errorf("asked again: %v, refreshed %v", err, s.last >= 1000)
	}
}

// From an A to an AAAA record and back, every provider that makes a change in
// steps keeps the name leading somewhere.
func TestNoNameLeadsNowhereInBetween(t *testing.T) {
	for name, peer := range map[string]func(testing.TB) (dnstest.Peer, *store){"OVH": ovhPeer, "DigitalOcean": oceanPeer, "Gandi": gandiPeer, "Hetzner": hetznerPeer} {
		t.Run(name, func(t *testing.T) {
			p, s := peer(t)
			s.meddle(dns.Set{Name: dnstest.Apex, Type: "AAAA"})
			c := dns.Change{
				Before: []dns.Set{dnstest.Zone()[0], {Name: dnstest.Apex, Type: "AAAA"}},
				After:  []dns.Set{{Name: dnstest.Apex, Type: "A"}, {Name: dnstest.Apex, Type: "AAAA", TTL: 300, Data: []string{"2001:db8:1::7"}}},
			}
			for _, c := range []dns.Change{c, c.Undo()} {
				if err := p.Open(p.Address, true).Apply(t.Context(), c); err != nil {
					t.Fatal(err)
				}
			}
			if s.bare {
				t.Error("for a moment the apex led nowhere")
			}
		})
	}
}

func TestATTLThatTheProviderDoesNotKeepIsRefused(t *testing.T) {
	p, s := gandiPeer(t)
	before, was := s.dump(), dnstest.Zone()[0]
	now := dns.Set{Name: was.Name, Type: "A", TTL: 60, Data: []string{"198.51.100.7"}}
	err := p.Open(p.Address, true).Apply(t.Context(), dns.Change{Before: []dns.Set{was}, After: []dns.Set{now}})
	if err == nil || !strings.Contains(err.Error(), "below 300 s") || s.dump() != before {
		t.Errorf("%v", err)
	}
}

// Every set is looked at once more right before it is changed.
func TestAStepIsNotTakenOnWhatSomebodyElseChanged(t *testing.T) {
	p, s := gandiPeer(t)
	his := dns.Set{Name: dnstest.Apex, Type: "A", TTL: 300, Data: []string{"203.0.113.9"}}
	looks := 0
	s.broken = func(r *http.Request) bool {
		if looks++; r.Method == http.MethodGet && looks == 2 {
			s.replaceSet(his.Name, his.Type, his.TTL, nil, his.Data)
		}
		return false
	}
	was := dnstest.Zone()[0]
	now := dns.Set{Name: was.Name, Type: "A", TTL: 600, Data: []string{"198.51.100.7"}}
	err := p.Open(p.Address, true).Apply(t.Context(), dns.Change{Before: []dns.Set{was}, After: []dns.Set{now}})
	if err == nil || !strings.Contains(err.Error(), "found "+dnstest.Apex+" 300 A 203.0.113.9") || !strings.Contains(s.dump(), "203.0.113.9") {
		t.Errorf("%v\n%s", err, s.dump())
	}
}

// A token does not travel to where somebody else points.
func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("asked with %q", r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	_, s := gandiPeer(t)
	address := s.serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, http.StatusFound) })
	z, err := openGandi(address, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Sets(t.Context(), []string{dnstest.Apex}); err == nil || !strings.Contains(err.Error(), "302") {
		t.Errorf("%v", err)
	}
}

// One that is busy is asked again, one that failed at a change is not: it may
// have made it.
func TestOnlyWhatWasNotDoneIsAskedAgain(t *testing.T) {
	p, s := gandiPeer(t)
	busy := 2
	address := s.serve(t, func(w http.ResponseWriter, r *http.Request) {
		if busy--; busy >= 0 {
			w.Header().Set("Retry-After", "0")
			reply(w, http.StatusTooManyRequests, nil)
			return
		}
		s.gandi(w, r)
	})
	if _, err := p.Open(address, true).Sets(t.Context(), []string{dnstest.Apex}); err != nil {
		t.Errorf("busy twice: %v", err)
	}
	puts := 0
	s.broken = func(r *http.Request) bool {
		if r.Method == http.MethodPut {
			puts++
		}
		return r.Method == http.MethodPut
	}
	was := dnstest.Zone()[0]
	now := dns.Set{Name: was.Name, Type: "A", TTL: 600, Data: []string{"198.51.100.7"}}
	err := p.Open(p.Address, true).Apply(t.Context(), dns.Change{Before: []dns.Set{was}, After: []dns.Set{now}})
	if err == nil || puts != 1 {
		t.Errorf("%v after %d requests", err, puts)
	}
}

func TestWhatTheTokenReachesIsTold(t *testing.T) {
	s := newStore(withoutDot)
	zones := 1
	address := s.serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/client/v4/zones" && r.URL.Query().Get("name") == "" {
			reply(w, 200, map[string]any{"result_info": map[string]any{"total_count": zones}})
			return
		}
		s.cloudflare(w, r)
	})
	z, err := openCloudflare(address, true)
	if err != nil {
		t.Fatal(err)
	}
	for zones = range 3 {
		found := z.(interface {
			Examine(context.Context) []site.Finding
		}).Examine(t.Context())
		if len(found) != 1 || found[0].OK != (zones < 2) {
			t.Errorf("%d zones: %+v", zones, found)
		}
	}
}
