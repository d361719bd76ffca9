package check

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// Names is what the name service says of the host.
type Names struct {
	Host string `json:"host"`
	// Known is false where nobody could be asked; Why says so.
	Known bool   `json:"known"`
	Why   string `json:"why,omitempty"`
	// TTL is for how many seconds others remember an address. By says who was
	// asked: "authority", or "resolver", which may have remembered it for a
	// while.
	TTL   uint32 `json:"ttl"`
	By    string `json:"by,omitempty"`
	A     int    `json:"a"`
	AAAA  int    `json:"aaaa"`
	HTTPS int    `json:"https"`
	Alias string `json:"alias,omitempty"` // a CNAME
}

// nameWait bounds each question, and all of them together.
const (
	nameWait  = 2 * time.Second
	namesWait = 10 * time.Second
)

var errNoName = errors.New("the name server has no answer")

// lookUp asks for the addresses of a host. That nobody answers is no failure.
func lookUp(ctx context.Context, servers nameServers, host string) *Names {
	n := &Names{Host: host}
	switch {
	case net.ParseIP(host) != nil:
		n.Why = "it is an address, not a name"
		return n
	case !strings.Contains(host, ".") || strings.HasSuffix(host, ".localhost"):
		n.Why = "it is a name of this machine only"
		return n
	case len(servers.resolvers) == 0:
		n.Why = "no name server is known"
		return n
	}
	ctx, stop := context.WithTimeout(ctx, namesWait)
	defer stop()
	q := &questions{ctx: ctx, nameServers: servers}
	name := dns.Fqdn(host)
	if err := n.ask(q, name); err != nil {
		n.Why = "its name server did not answer: " + err.Error()
		return n
	}
	n.Known = true
	if ttl, ok := q.fromAuthority(name); ok {
		n.TTL, n.By = ttl, "authority"
	}
	return n
}

// ask counts the records of each kind.
func (n *Names) ask(q *questions, name string) error {
	n.By = "resolver"
	for _, kind := range []uint16{dns.TypeA, dns.TypeAAAA, dns.TypeHTTPS} {
		answer, err := q.recursive(name, kind)
		if err != nil {
			return err
		}
		for _, rr := range answer {
			switch rr := rr.(type) {
			case *dns.A:
				n.A++
			case *dns.AAAA:
				n.AAAA++
			case *dns.HTTPS:
				n.HTTPS++
			case *dns.CNAME:
				n.Alias = strings.TrimSuffix(rr.Target, ".")
			}
			if t := rr.Header().Rrtype; t == dns.TypeA || t == dns.TypeAAAA {
				n.TTL = max(n.TTL, rr.Header().Ttl)
			}
		}
	}
	return nil
}

// nameServers are whom to ask.
type nameServers struct {
	resolvers []string // host:port
	port      string   // of the zones' own servers
}

// questions are those of one check.
type questions struct {
	ctx context.Context
	nameServers
}

func (q *questions) recursive(name string, kind uint16) ([]dns.RR, error) {
	var failed error
	for _, server := range q.resolvers {
		m, err := q.exchange(server, name, kind, true)
		if err == nil {
			return m.Answer, nil
		}
		failed = err
	}
	return nil, failed
}

// exchange asks one server, by TCP when the answer does not fit a packet.
func (q *questions) exchange(server, name string, kind uint16, recurse bool) (*dns.Msg, error) {
	m := new(dns.Msg)
	m.SetQuestion(name, kind)
	m.RecursionDesired = recurse
	m.SetEdns0(1232, false)
	answer, _, err := (&dns.Client{Timeout: nameWait}).ExchangeContext(q.ctx, m, server)
	if err == nil && answer.Truncated {
		answer, _, err = (&dns.Client{Net: "tcp", Timeout: nameWait}).ExchangeContext(q.ctx, m, server)
	}
	if err != nil {
		return nil, err
	}
	if answer.Rcode != dns.RcodeSuccess && answer.Rcode != dns.RcodeNameError {
		return nil, errNoName
	}
	return answer, nil
}

// fromAuthority asks the zone's own server, which says the whole TTL.
func (q *questions) fromAuthority(name string) (uint32, bool) {
	for zone := name; zone != "."; {
		servers, err := q.recursive(zone, dns.TypeNS)
		if err != nil {
			return 0, false
		}
		for _, rr := range servers {
			if ns, ok := rr.(*dns.NS); ok {
				return q.ttlAt(ns.Ns, name)
			}
		}
		at, end := dns.NextLabel(zone, 0)
		if end {
			return 0, false
		}
		zone = zone[at:]
	}
	return 0, false
}

func (q *questions) ttlAt(server, name string) (uint32, bool) {
	found, err := q.recursive(server, dns.TypeA)
	if err != nil {
		return 0, false
	}
	for _, rr := range found {
		a, ok := rr.(*dns.A)
		if !ok {
			continue
		}
		m, err := q.exchange(net.JoinHostPort(a.A.String(), q.port), name, dns.TypeA, false)
		if err != nil {
			return 0, false
		}
		ttl, any := uint32(0), false
		for _, rr := range m.Answer {
			if rr.Header().Rrtype == dns.TypeA || rr.Header().Rrtype == dns.TypeCNAME {
				ttl, any = max(ttl, rr.Header().Ttl), true
			}
		}
		return ttl, any
	}
	return 0, false
}
