package evacuate

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	names "github.com/miekg/dns"

	"buzzproof/internal/dns"
)

// A server is a name server on loopback that says what the test lets it.
type server struct {
	address string
	mu      sync.Mutex
	sets    []dns.Set
	refuses bool
}

func newServer(t *testing.T, sets []dns.Set) *server {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{address: conn.LocalAddr().String(), sets: sets}
	d := &names.Server{PacketConn: conn, Handler: names.HandlerFunc(s.answer)}
	done := make(chan struct{})
	go func() { _ = d.ActivateAndServe(); close(done) }()
	t.Cleanup(func() { _ = conn.Close(); <-done })
	return s
}

func (s *server) say(sets []dns.Set) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sets = sets
}

func (s *server) refuse() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuses = true
}

func (s *server) answer(w names.ResponseWriter, q *names.Msg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := new(names.Msg)
	m.SetReply(q)
	if s.refuses {
		m.Rcode = names.RcodeRefused
	} else {
		s.put(m, q.Question[0].Name, q.Question[0].Qtype, q.RecursionDesired)
	}
	_ = w.WriteMsg(m) // who asked has gone
}

func (s *server) put(m *names.Msg, name string, kind uint16, recurse bool) {
	for _, set := range s.sets {
		if set.Name != name || set.Type != "CNAME" && set.Type != names.TypeToString[kind] {
			continue
		}
		for _, data := range set.Data {
			rr, err := names.NewRR(fmt.Sprintf("%s %d IN %s %s", name, set.TTL, set.Type, data))
			if err != nil {
				panic(err)
			}
			m.Answer = append(m.Answer, rr)
		}
		if set.Type == "CNAME" && recurse {
			s.put(m, set.Data[0], kind, recurse)
		}
	}
	if len(m.Answer) == 0 {
		soa, _ := names.NewRR("Example.org. 60 IN SOA ns.example.org. me.example.org. 1 60 60 60 60") // well formed
		m.Ns = []names.RR{soa}
	}
}

var bothNames = []string{apexName, wwwName}

func awaySets() []dns.Set {
	return []dns.Set{
		{Name: apexName, Type: "A", TTL: 60, Data: []string{"203.0.113.9"}},
		{Name: wwwName, Type: "CNAME", TTL: 86400, Data: []string{apexName}},
	}
}

func TestTheAuthorityIsWaitedFor(t *testing.T) {
	first, second := newServer(t, awaySets()), newServer(t, homeSets())
	o := &Observer{Zone: apexName, Authorities: []string{first.address, second.address}, Patience: 150 * time.Millisecond}
	err := o.Await(t.Context(), bothNames, awaySets())
	if err == nil || !strings.Contains(err.Error(), "1 of 2 name servers") || !strings.Contains(err.Error(), "192.0.2.1") {
		t.Fatalf("a server that lags: %v", err)
	}
	time.AfterFunc(100*time.Millisecond, func() { second.say(awaySets()) })
	o.Patience = 20 * time.Second
	if err := o.Await(t.Context(), bothNames, awaySets()); err != nil {
		t.Fatalf("a server that follows: %v", err)
	}
	// An HTTPS record that is left behind is seen, and so is one that differs.
	second.say(append(awaySets(), homeSets()[2]))
	o.Patience = 100 * time.Millisecond
	if err := o.Await(t.Context(), bothNames, awaySets()); err == nil || !strings.Contains(err.Error(), "alpn") {
		t.Fatalf("a record that was left behind: %v", err)
	}
	if err := o.Await(t.Context(), bothNames, homeSets()); err == nil {
		t.Fatal("records that differ were taken for those of home")
	}
}

func TestResolversThatLagAreNamed(t *testing.T) {
	honest, stale, broken := newServer(t, awaySets()), newServer(t, homeSets()), newServer(t, nil)
	broken.refuse()
	o := &Observer{Resolvers: []string{honest.address, stale.address, broken.address}, Settle: time.Millisecond}
	late := o.Late(t.Context(), bothNames, awaySets())
	if len(late) != 2 {
		t.Fatalf("late are %v, want two", late)
	}
	if h := late[0]; h.Server != stale.address || h.TTL != 3600 || !slices.Contains(h.Data, "192.0.2.1") {
		t.Errorf("the stale one is %+v", h)
	}
	if h := late[1]; h.Server != broken.address || h.TTL != 0 || h.Found != "REFUSED" {
		t.Errorf("the broken one is %+v", h)
	}
}

func TestTheZoneOfANameIsFound(t *testing.T) {
	s, refusing := newServer(t, nil), newServer(t, nil)
	refusing.refuse()
	for _, o := range []*Observer{
		{Authorities: []string{s.address}},
		{Resolvers: []string{refusing.address, s.address}},
	} {
		if zone, err := o.FindZone(t.Context(), "www.blog.example.org."); err != nil || zone != "example.org." {
			t.Errorf("the zone is %q, %v", zone, err)
		}
	}
	o := &Observer{Resolvers: []string{refusing.address}}
	if _, err := o.FindZone(t.Context(), apexName); err == nil {
		t.Error("nobody said it, and it was found")
	}
	if err := o.Await(t.Context(), bothNames, nil); !errors.Is(err, ErrNoAuthority) {
		t.Errorf("without an authority: %v, want %v", err, ErrNoAuthority)
	}
}
