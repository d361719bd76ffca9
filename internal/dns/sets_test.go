package dns_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"buzzproof/internal/dns"
	"buzzproof/internal/dns/dnstest"
)

func openGandi(address string, ok bool) (dns.Zone, error) {
	return dns.NewGandi(dns.GandiConfig{Common: dns.Common{Zone: dnstest.Apex}, Token: credentials(ok), URL: "http://" + address})
}

func openHetzner(address string, ok bool) (dns.Zone, error) {
	return dns.NewHetzner(dns.HetznerConfig{Common: dns.Common{Zone: dnstest.Apex}, Token: credentials(ok), URL: "http://" + address})
}

func gandiPeer(t testing.TB) (dnstest.Peer, *store) {
	s := newStore(asIs)
	p := s.peer(s.serve(t, s.gandi), openGandi)
	p.Least = 300
	return p, s
}

func hetznerPeer(t testing.TB) (dnstest.Peer, *store) {
	s := newStore(asIs)
	return s.peer(s.serve(t, s.hetzner), openHetzner), s
}

func TestNamesAreMovedAtHetzner(t *testing.T) {
	dnstest.Suite(t, func(t *testing.T) dnstest.Peer { p, _ := hetznerPeer(t); return p })
}

func TestNamesAreMovedAtGandi(t *testing.T) {
	dnstest.Suite(t, func(t *testing.T) dnstest.Peer { p, _ := gandiPeer(t); return p })
}

// replaceSet is what providers that know sets do.
func (s *store) replaceSet(name, kind string, ttl uint32, more []map[string]any, values []string) string {
	return s.try(func(rows []row) ([]row, string) {
		rows = slices.DeleteFunc(rows, func(r row) bool { return r.name == name && r.kind == kind })
		for i, v := range values {
			s.last++
			r := row{id: s.last, name: name, kind: kind, data: v, ttl: ttl}
			if more != nil {
				r.more = more[i]
			}
			rows = append(rows, r)
		}
		return rows, ""
	})
}

func (s *store) has(name, kind string) bool {
	return slices.ContainsFunc(s.rows, func(r row) bool { return r.name == name && r.kind == kind })
}

func (s *store) gandi(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+planted {
		reply(w, 401, map[string]any{"code": 401, "message": "The server could not verify that you authorized to access the document you requested.", "object": "HTTPUnauthorized"})
		return
	}
	rest, ok := strings.CutPrefix(r.URL.Path, "/domains/blog.example.org/records")
	parts := strings.Split(strings.Trim(rest, "/"), "/")
	switch {
	case ok && r.Method == http.MethodGet && rest == "":
		list := []map[string]any{}
		for _, row := range s.rows {
			name := short(row.name, "@")
			i := slices.IndexFunc(list, func(m map[string]any) bool { return m["rrset_name"] == name && m["rrset_type"] == row.kind })
			if i >= 0 {
				list[i]["rrset_values"] = append(list[i]["rrset_values"].([]string), row.data)
				continue
			}
			list = append(list, map[string]any{"rrset_name": name, "rrset_type": row.kind, "rrset_ttl": row.ttl, "rrset_values": []string{row.data}, "rrset_href": "https://..."})
		}
		reply(w, 200, list)
	case ok && r.Method == http.MethodPut && len(parts) == 2:
		var b struct {
			TTL    uint32   `json:"rrset_ttl"`
			Values []string `json:"rrset_values"`
		}
		if err := read(r, &b); err != nil || b.TTL < 300 || len(b.Values) == 0 {
			reply(w, 400, map[string]any{"message": fmt.Sprint("bad request ", err)})
			return
		}
		s.answer(w, s.replaceSet(long(parts[0]), parts[1], b.TTL, nil, b.Values), 201)
	case ok && r.Method == http.MethodDelete && len(parts) == 2 && s.has(long(parts[0]), parts[1]):
		s.answer(w, s.replaceSet(long(parts[0]), parts[1], 0, nil, nil), 204)
	default:
		reply(w, 404, map[string]any{"code": 404, "message": "The resource could not be found."})
	}
}

type cloudSet struct {
	Name    string            `json:"name"`
	Type    string            `json:"type"`
	TTL     *uint32           `json:"ttl"`
	Labels  map[string]string `json:"labels"`
	Records []struct {
		Value   string `json:"value"`
		Comment string `json:"comment"`
	} `json:"records"`
}

// hetzner speaks the part of the API that is needed. A change is under way at
// first and has happened when it is asked for.
func (s *store) hetzner(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer "+planted {
		reply(w, 401, map[string]any{"error": map[string]any{"code": "unauthorized", "message": "unable to authenticate"}})
		return
	}
	rest, ok := strings.CutPrefix(r.URL.Path, "/zones/blog.example.org")
	parts := strings.Split(strings.Trim(rest, "/"), "/")
	switch {
	case r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/actions/"):
		reply(w, 200, map[string]any{"action": map[string]any{"id": 7, "status": "success", "error": nil}})
	case ok && r.Method == http.MethodGet && rest == "":
		reply(w, 200, map[string]any{"zone": map[string]any{"id": 1, "name": "blog.example.org", "ttl": 10800, "mode": "primary"}})
	case ok && r.Method == http.MethodGet && rest == "/rrsets":
		s.hetznerList(w, r)
	case ok && r.Method == http.MethodPost && rest == "/rrsets":
		s.hetznerChange(w, r, "", "", "create")
	case ok && len(parts) >= 3 && !s.has(long(parts[1]), parts[2]), !ok:
		reply(w, 404, map[string]any{"error": map[string]any{"code": "not_found", "message": "rrset not found"}})
	case r.Method == http.MethodDelete && len(parts) == 3:
		s.under(w, s.replaceSet(long(parts[1]), parts[2], 0, nil, nil))
	case r.Method == http.MethodPut && len(parts) == 3:
		var b struct {
			Labels map[string]string `json:"labels"`
		}
		if err := read(r, &b); err != nil {
			reply(w, 422, nil)
			return
		}
		for i, row := range s.rows {
			if row.name == long(parts[1]) && row.kind == parts[2] {
				if delete(s.rows[i].more, "labels"); len(b.Labels) > 0 {
					s.rows[i].more["labels"] = b.Labels
				}
			}
		}
		reply(w, 200, map[string]any{"rrset": nil})
	case r.Method == http.MethodPost && len(parts) == 5:
		s.hetznerChange(w, r, parts[1], parts[2], parts[4])
	default:
		reply(w, 405, nil)
	}
}

func (s *store) under(w http.ResponseWriter, why string) {
	if why != "" {
		reply(w, 422, map[string]any{"error": map[string]any{"code": "invalid_input", "message": why}})
		return
	}
	reply(w, 201, map[string]any{"action": map[string]any{"id": 7, "status": "running", "error": nil}})
}

func (s *store) hetznerList(w http.ResponseWriter, r *http.Request) {
	list := []map[string]any{}
	for _, row := range s.rows {
		name := short(row.name, "@")
		if name != r.URL.Query().Get("name") {
			continue
		}
		i := slices.IndexFunc(list, func(m map[string]any) bool { return m["type"] == row.kind })
		if i < 0 {
			i = len(list)
			set := map[string]any{"id": name + "/" + row.kind, "name": name, "type": row.kind, "ttl": row.ttl, "labels": map[string]string{}, "records": []any{}, "protection": map[string]bool{"change": false}}
			if row.ttl == 0 {
				set["ttl"] = nil
			}
			if labels := row.more["labels"]; labels != nil {
				set["labels"] = labels
			}
			list = append(list, set)
		}
		list[i]["records"] = append(list[i]["records"].([]any), map[string]any{"value": row.data, "comment": row.more["comment"]})
	}
	reply(w, 200, map[string]any{"rrsets": list, "meta": map[string]any{"pagination": map[string]any{"next_page": nil}}})
}

func (s *store) hetznerChange(w http.ResponseWriter, r *http.Request, name, kind, action string) {
	var b cloudSet
	err := read(r, &b)
	bad := err != nil || b.TTL != nil && *b.TTL < 60 || action != "change_ttl" && len(b.Records) == 0
	if action == "create" {
		name, kind = b.Name, b.Type
		bad = bad || s.has(long(name), kind)
	}
	if bad {
		reply(w, 422, map[string]any{"error": map[string]any{"code": "invalid_input", "message": fmt.Sprint("invalid input ", err)}})
		return
	}
	var ttl uint32
	var values []string
	var more []map[string]any
	for _, row := range s.rows {
		if row.name == long(name) && row.kind == kind {
			ttl, values, more = row.ttl, append(values, row.data), append(more, row.more)
		}
	}
	if action != "set_records" {
		ttl = 0
		if b.TTL != nil {
			ttl = *b.TTL
		}
	}
	if action != "change_ttl" {
		labels := any(nil)
		if len(more) > 0 {
			labels = more[0]["labels"]
		} else if len(b.Labels) > 0 {
			labels = b.Labels
		}
		values, more = nil, nil
		for _, r := range b.Records {
			m := map[string]any{}
			if r.Comment != "" {
				m["comment"] = r.Comment
			}
			if labels != nil {
				m["labels"] = labels
			}
			values, more = append(values, r.Value), append(more, m)
		}
	}
	s.under(w, s.replaceSet(long(name), kind, ttl, more, values))
}

// Labels, comments and a TTL that is the zone's come back, when the set was
// changed and when it was away.
func TestWhatHetznerKnowsBesideTheRecordComesBack(t *testing.T) {
	for name, after := range map[string]dns.Set{
		"changed": {Name: "mail." + dnstest.Apex, Type: "A", TTL: 60, Data: []string{"198.51.100.7"}},
		"away":    {Name: "mail." + dnstest.Apex, Type: "A"},
	} {
		t.Run(name, func(t *testing.T) {
			p, s := hetznerPeer(t)
			i := slices.IndexFunc(s.rows, func(r row) bool { return r.name == "mail."+dnstest.Apex })
			s.rows[i].ttl, s.rows[i].more = 0, map[string]any{"comment": "the attic", "labels": map[string]string{"owner": "me"}}
			before, z := s.dump(), p.Open(p.Address, true)
			found, err := z.Sets(t.Context(), []string{"mail." + dnstest.Apex})
			if err != nil || len(found) != 1 || found[0].TTL != 10800 {
				t.Fatalf("%+v, %v", found, err)
			}
			there := dns.Change{Before: found, After: []dns.Set{after}}
			for _, c := range []dns.Change{there, there.Undo()} {
				if err := z.Apply(t.Context(), c); err != nil {
					t.Fatal(err)
				}
			}
			if after := s.dump(); after != before {
				t.Errorf("taken back\n%s\nbefore\n%s", after, before)
			}
		})
	}
}
