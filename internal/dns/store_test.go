package dns_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"buzzproof/internal/dns"
	"buzzproof/internal/dns/dnstest"
	"buzzproof/internal/secret"
)

// planted must be in nothing that is said.
const planted = "planted-secret"

var right = secret.Of(planted)

func credentials(ok bool) secret.Text {
	if ok {
		return right
	}
	return secret.Of("wrong")
}

// A row is one record of an imitated provider.
type row struct {
	id         int64
	name, kind string // fully qualified
	data       string // as the provider spells it
	ttl        uint32
	more       map[string]any
}

// A store is what imitated providers keep. Each provider speaks its own API
// over it, as strictly as its documentation says.
type store struct {
	mu     sync.Mutex
	rows   []row
	last   int64
	spell  func(kind, data string) string
	bare   bool                     // a name once led nowhere
	broken func(*http.Request) bool // answers 500 instead, before doing anything

	others int            // zones that the credentials reach beside this one
	may    []string       // what they may do beside changing records
	token  map[string]any // what is told of them; nil for nothing
}

// newStore has the zone of the suite, without the types that a provider lacks.
func newStore(spell func(kind, data string) string, lacks ...string) *store {
	s := &store{spell: spell}
	for _, set := range dnstest.Zone() {
		if !slices.Contains(lacks, set.Type) {
			s.meddle(set)
		}
	}
	return s
}

func asIs(_, data string) string { return data }

// meddle makes a set what somebody likes.
func (s *store) meddle(set dns.Set) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows = slices.DeleteFunc(s.rows, func(r row) bool { return r.name == set.Name && r.kind == set.Type })
	for _, data := range set.Data {
		s.add(row{name: set.Name, kind: set.Type, data: s.spell(set.Type, data), ttl: set.TTL})
	}
}

// add is called with the lock held.
func (s *store) add(r row) int64 {
	s.last++
	r.id = s.last
	s.rows = append(s.rows, r)
	return r.id
}

// clash says why a zone cannot be as the rows are.
func clash(rows []row) string {
	for i, a := range rows {
		for j, b := range rows {
			if i != j && a.name == b.name && a.kind == "CNAME" {
				return a.name + " has a CNAME and " + b.kind
			}
			if i < j && a.name == b.name && a.kind == b.kind && a.data == b.data {
				return a.name + " " + a.kind + " " + a.data + " is there already"
			}
		}
	}
	return ""
}

// try makes a change of the rows, if what comes of it can be.
func (s *store) try(change func(rows []row) ([]row, string)) string {
	rows, why := change(slices.Clone(s.rows))
	if why == "" {
		why = clash(rows)
	}
	if why != "" {
		return why
	}
	s.rows = rows
	if !slices.ContainsFunc(rows, func(r row) bool { return r.name == dnstest.Apex && (r.kind == "A" || r.kind == "AAAA") }) {
		s.bare = true
	}
	return ""
}

func (s *store) dump() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := make([]string, len(s.rows))
	for i, r := range s.rows {
		more, _ := json.Marshal(r.more)
		if len(r.more) == 0 {
			more = nil
		}
		lines[i] = fmt.Sprintf("%s %d %s %s %s", r.name, r.ttl, r.kind, r.data, more)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// serve answers for a provider until the test ends.
func (s *store) serve(t testing.TB, handler http.HandlerFunc) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.broken != nil && s.broken(r) {
			http.Error(w, "it is broken", http.StatusInternalServerError)
			return
		}
		handler(w, r)
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

func (s *store) peer(address string, open func(address string, ok bool) (dns.Zone, error)) dnstest.Peer {
	return dnstest.Peer{
		Open: func(address string, ok bool) dns.Zone {
			z, err := open(address, ok)
			if err != nil {
				panic(err)
			}
			return z
		},
		Address: address, Proxy: dnstest.HTTP, Dump: s.dump, Meddle: s.meddle, Secrets: []string{planted},
	}
}

// reply answers in JSON.
func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if v != nil {
		_ = json.NewEncoder(w).Encode(v)
	}
}

// read takes a JSON body without unknown members.
func read(r *http.Request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("more than one value")
	}
	return nil
}

// short is a name as most providers write it.
func short(name, apex string) string {
	if name == dnstest.Apex {
		return apex
	}
	return strings.TrimSuffix(name, "."+dnstest.Apex)
}

func long(name string) string {
	if name == "" || name == "@" {
		return dnstest.Apex
	}
	return name + "." + dnstest.Apex
}
