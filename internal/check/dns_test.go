package check

import (
	"context"
	"net"
	"testing"

	"github.com/miekg/dns"
)

// nameServer answers from a table of "name TYPE" on loopback and returns its
// address. What is not in the table it does not know.
func nameServer(t *testing.T, authority bool, table map[string][]string) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	started := make(chan struct{})
	server := &dns.Server{PacketConn: conn, NotifyStartedFunc: func() { close(started) }, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg)
		m.SetReply(q)
		for _, line := range table[q.Question[0].Name+" "+dns.TypeToString[q.Question[0].Qtype]] {
			if line == "SERVFAIL" {
				m.Rcode = dns.RcodeServerFailure
				continue
			}
			rr, err := dns.NewRR(line)
			if err != nil {
				t.Errorf("bad record %q: %v", line, err)
				continue
			}
			m.Answer = append(m.Answer, rr)
		}
		if authority && q.RecursionDesired {
			t.Errorf("the authority was asked to ask others for %s", q.Question[0].Name)
		}
		_ = w.WriteMsg(m)
	})}
	done := make(chan error, 1)
	go func() { done <- server.ActivateAndServe() }()
	<-started
	t.Cleanup(func() {
		if err := server.Shutdown(); err != nil {
			t.Error(err)
		}
		<-done
	})
	return conn.LocalAddr().String()
}

func TestNamesAreLookedUp(t *testing.T) {
	resolver := nameServer(t, false, map[string][]string{
		"blog.a.example. A":     {"blog.a.example. 120 IN A 192.0.2.1"},
		"blog.a.example. HTTPS": {"blog.a.example. 60 IN HTTPS 1 . alpn=h2"},
		"a.example. NS":         {"a.example. 60 IN NS ns.a.example."},
		"ns.a.example. A":       {"ns.a.example. 60 IN A 127.0.0.1"},
	})
	authority := nameServer(t, true, map[string][]string{"blog.a.example. A": {"blog.a.example. 3600 IN A 192.0.2.1"}})
	_, port, _ := net.SplitHostPort(authority)
	got := lookUp(context.Background(), nameServers{resolvers: []string{resolver}, port: port}, "blog.a.example")
	want := Names{Host: "blog.a.example", Known: true, TTL: 3600, By: "authority", A: 1, HTTPS: 1}
	if *got != want {
		t.Errorf("found %+v, want %+v", *got, want)
	}
}

func TestWhereTheAuthorityIsSilentTheResolverCounts(t *testing.T) {
	resolver := nameServer(t, false, map[string][]string{
		"a.example. A":    {"a.example. 900 IN A 192.0.2.1", "a.example. 900 IN A 192.0.2.2"},
		"a.example. AAAA": {"a.example. 900 IN AAAA 2001:db8::1"},
	})
	got := lookUp(context.Background(), nameServers{resolvers: []string{resolver}, port: "1"}, "a.example")
	if !got.Known || got.TTL != 900 || got.By != "resolver" || got.A != 2 || got.AAAA != 1 || got.HTTPS != 0 {
		t.Errorf("found %+v", *got)
	}
}

func TestANameThatCannotBeLookedUpIsNotKnown(t *testing.T) {
	broken := nameServer(t, false, map[string][]string{"a.example. A": {"SERVFAIL"}})
	for _, c := range []struct {
		name, host string
		resolvers  []string
	}{
		{"an address is no name", "192.0.2.1", []string{broken}},
		{"nor is this machine", "localhost", []string{broken}},
		{"there is nobody to ask", "a.example", nil},
		{"who is asked fails", "a.example", []string{broken}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := lookUp(context.Background(), nameServers{resolvers: c.resolvers, port: "1"}, c.host)
			if got.Known || got.Why == "" {
				t.Errorf("found %+v, want a reason why it is not known", *got)
			}
		})
	}
}
