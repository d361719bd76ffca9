package health

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/miekg/dns"
)

// DNSConfig asks a name server.
type DNSConfig struct {
	Common
	// Name that is asked for.
	Name string `toml:"name"`
	// Type of the records: A, AAAA, CNAME, MX, TXT and so on. Default A.
	Type string `toml:"type"`
	// Server is HOST:PORT. Default: the first of the system's.
	Server string `toml:"server"`
	// Want is what must be among the answers. Default: anything.
	Want string `toml:"want"`
	// MostTTL is how many seconds may be left of the TTL: more cannot be moved in
	// time. Default: any.
	MostTTL uint32 `toml:"most_ttl"`
}

func (c *DNSConfig) check() error {
	if c.Name == "" {
		return errors.New("dns wants a name")
	}
	if c.Type != "" && dns.StringToType[strings.ToUpper(c.Type)] == 0 {
		return fmt.Errorf("type = %q is no type of records", c.Type)
	}
	return nil
}

func (c *DNSConfig) server() (string, error) {
	if c.Server != "" {
		if _, _, err := net.SplitHostPort(c.Server); err != nil {
			return net.JoinHostPort(c.Server, "53"), nil
		}
		return c.Server, nil
	}
	system, err := dns.ClientConfigFromFile("/etc/resolv.conf")
	if err != nil || len(system.Servers) == 0 {
		return "", errors.New("the system names no name server: set server")
	}
	return net.JoinHostPort(system.Servers[0], system.Port), nil
}

func (c *DNSConfig) probe(ctx context.Context) (string, error) {
	server, err := c.server()
	if err != nil {
		return "", err
	}
	kind := dns.TypeA
	if c.Type != "" {
		kind = dns.StringToType[strings.ToUpper(c.Type)]
	}
	question := new(dns.Msg).SetQuestion(dns.Fqdn(c.Name), kind)
	answer, err := dns.ExchangeContext(ctx, question, server)
	if err == nil && answer.Truncated {
		answer, _, err = (&dns.Client{Net: "tcp"}).ExchangeContext(ctx, question, server)
	}
	if err != nil {
		return "", err
	}
	if answer.Rcode != dns.RcodeSuccess {
		return "", fmt.Errorf("the name server says %s", dns.RcodeToString[answer.Rcode])
	}
	return c.judge(answer.Answer, kind)
}

func (c *DNSConfig) judge(records []dns.RR, kind uint16) (string, error) {
	var data []string
	ttl := uint32(0)
	for _, r := range records {
		if r.Header().Rrtype == kind {
			data = append(data, strings.TrimPrefix(r.String(), r.Header().String()))
			ttl = max(ttl, r.Header().Ttl)
		}
	}
	switch {
	case len(data) == 0:
		return "", errors.New("there is no such record")
	case c.Want != "" && !slices.ContainsFunc(data, func(d string) bool { return strings.Trim(d, `."`) == strings.Trim(c.Want, `."`) }):
		return "", fmt.Errorf("%s is not among %s", c.Want, strings.Join(data, ", "))
	case c.MostTTL != 0 && ttl > c.MostTTL:
		return "", fmt.Errorf("the TTL is %d s, more than %d", ttl, c.MostTTL)
	}
	return fmt.Sprintf("%s, for %d s", strings.Join(data, ", "), ttl), nil
}
