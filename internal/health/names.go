package health

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// DNSConfig asks for the records of a name.
type DNSConfig struct {
	Common
	// Name that is asked for.
	Name string `toml:"name"`
	// Type of the records: A, AAAA, CNAME, MX, TXT, NS and so on. Default A.
	Type string `toml:"type"`
	// Want are the records that there must be, and no others, as a zone file
	// has them. Default: any.
	Want []string `toml:"want"`
	// MostTTL is the longest time, in seconds, that others may remember them:
	// what a move to a refuge would take. Default: any. Ask a name server of
	// the zone for it: others count down.
	MostTTL uint32 `toml:"most_ttl"`
	// Resolver is the name server, HOST:PORT. Default: the system's.
	Resolver string `toml:"resolver"`
}

type names struct {
	DNSConfig
	kind uint16
}

func (c *DNSConfig) open() (Check, error) {
	n := &names{*c, dns.TypeA}
	if _, ok := dns.IsDomainName(c.Name); !ok || c.Name == "" {
		return nil, errors.New("dns wants a name such as blog.example.org")
	}
	if c.Type != "" {
		var ok bool
		if n.kind, ok = dns.StringToType[strings.ToUpper(c.Type)]; !ok {
			return nil, fmt.Errorf("type = %q: there is no such record", c.Type)
		}
	}
	if c.Resolver != "" {
		if _, _, err := net.SplitHostPort(c.Resolver); err != nil {
			return nil, errors.New("resolver wants HOST:PORT, such as 9.9.9.9:53")
		}
	}
	return n, nil
}

func (n *names) Look(ctx context.Context) (Outcome, error) {
	server := n.Resolver
	if server == "" {
		system, err := dns.ClientConfigFromFile("/etc/resolv.conf")
		if err != nil || len(system.Servers) == 0 {
			return Outcome{}, errors.New("this system names no resolver; name one: resolver = \"9.9.9.9:53\"")
		}
		server = net.JoinHostPort(system.Servers[0], system.Port)
	}
	began := time.Now()
	answer, err := n.ask(ctx, server)
	took := time.Since(began)
	if err != nil {
		return down(took, err), nil
	}
	if answer.Rcode != dns.RcodeSuccess {
		return down(took, fmt.Errorf("%s says %s", server, dns.RcodeToString[answer.Rcode])), nil
	}
	return n.judge(answer, took), nil
}

// ask asks over UDP, and again over TCP where the answer did not fit.
func (n *names) ask(ctx context.Context, server string) (*dns.Msg, error) {
	question := new(dns.Msg).SetQuestion(dns.Fqdn(n.Name), n.kind)
	answer, _, err := new(dns.Client).ExchangeContext(ctx, question, server)
	if err == nil && answer.Truncated {
		answer, _, err = (&dns.Client{Net: "tcp"}).ExchangeContext(ctx, question, server)
	}
	return answer, err
}

func (n *names) judge(answer *dns.Msg, took time.Duration) Outcome {
	var got []string
	var longest uint32
	for _, rr := range answer.Answer {
		if rr.Header().Rrtype == n.kind {
			got = append(got, strings.TrimPrefix(rr.String(), rr.Header().String()))
			longest = max(longest, rr.Header().Ttl)
		}
	}
	slices.Sort(got)
	want := slices.Sorted(slices.Values(n.Want))
	switch {
	case len(got) == 0:
		return down(took, fmt.Errorf("there is no %s record", dns.TypeToString[n.kind]))
	case len(want) > 0 && !slices.Equal(got, want):
		return down(took, fmt.Errorf("it is %s, want %s", strings.Join(got, ", "), strings.Join(want, ", ")))
	case n.MostTTL > 0 && longest > n.MostTTL:
		return down(took, fmt.Errorf("others remember it for %d s, want at most %d s", longest, n.MostTTL))
	}
	return works(took, n.slow(), fmt.Sprintf("%s, for %d s", strings.Join(got, ", "), longest))
}
