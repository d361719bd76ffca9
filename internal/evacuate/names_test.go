package evacuate

import (
	"errors"
	"net/netip"
	"testing"

	"buzzproof/internal/dns"
	"buzzproof/internal/refuge"
)

func TestEverythingThatLeadsVisitorsIsReplaced(t *testing.T) {
	addr := func(texts ...string) (list []netip.Addr) {
		for _, a := range texts {
			list = append(list, netip.MustParseAddr(a))
		}
		return list
	}
	v4 := refuge.Place{Addrs: addr("203.0.113.9")}
	both := refuge.Place{Addrs: addr("203.0.113.9", "2001:db8:9::9", "203.0.113.8")}
	named := refuge.Place{Name: "site.cdn.example.net."}
	a := func(name, data string, ttl uint32) dns.Set {
		return dns.Set{Name: name, Type: "A", TTL: ttl, Data: []string{data}}
	}
	cname := func(name, data string, ttl uint32) dns.Set {
		return dns.Set{Name: name, Type: "CNAME", TTL: ttl, Data: []string{data}}
	}
	for _, c := range []struct {
		name  string
		was   []dns.Set
		place refuge.Place
		apex  Apex
		want  []dns.Set
		err   error
	}{
		{
			"AAAA and HTTPS go when the refuge has IPv4 only", homeSets(), v4,
			Apex{Name: apexName},
			[]dns.Set{a(apexName, "203.0.113.9", 60), cname(wwwName, apexName, 86400)},
			nil,
		},
		{
			"both families, more than one address, sorted", homeSets()[:1], both,
			Apex{Name: apexName},
			[]dns.Set{
				{Name: apexName, Type: "A", TTL: 60, Data: []string{"203.0.113.8", "203.0.113.9"}},
				{Name: apexName, Type: "AAAA", TTL: 60, Data: []string{"2001:db8:9::9"}},
				{Name: wwwName, Type: "A", TTL: 60, Data: []string{"203.0.113.8", "203.0.113.9"}},
				{Name: wwwName, Type: "AAAA", TTL: 60, Data: []string{"2001:db8:9::9"}},
			},
			nil,
		},
		{
			"a www with an address of its own",
			[]dns.Set{a(apexName, "192.0.2.1", 5), a(wwwName, "192.0.2.1", 5)},
			v4,
			Apex{},
			[]dns.Set{a(apexName, "203.0.113.9", 60), a(wwwName, "203.0.113.9", 60)},
			nil,
		},
		{
			"a www that follows somebody else",
			[]dns.Set{a(apexName, "192.0.2.1", 5), cname(wwwName, "home.dyndns.example.", 5)},
			v4,
			Apex{},
			[]dns.Set{a(apexName, "203.0.113.9", 60), a(wwwName, "203.0.113.9", 60)},
			nil,
		},
		{"an apex cannot be a CNAME", homeSets(), named, Apex{Name: apexName}, nil, ErrApex},
		{
			"unless the provider has aliases", homeSets(), named,
			Apex{Name: apexName, Alias: "ALIAS"},
			[]dns.Set{{Name: apexName, Type: "ALIAS", TTL: 60, Data: []string{named.Name}}, cname(wwwName, apexName, 86400)},
			nil,
		},
		{
			"names below the apex",
			[]dns.Set{a(apexName, "192.0.2.1", 5)},
			named,
			Apex{Name: "org."},
			[]dns.Set{cname(apexName, named.Name, 60), cname(wwwName, named.Name, 60)},
			nil,
		},
		{
			"names that did not exist", nil, v4,
			Apex{},
			[]dns.Set{a(apexName, "203.0.113.9", 60), a(wwwName, "203.0.113.9", 60)},
			nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Target(c.was, c.place, []string{apexName, wwwName}, 60, c.apex)
			if !errors.Is(err, c.err) || !same(got, c.want) {
				t.Errorf("got %v, %v; want %v, %v", said(got), err, said(c.want), c.err)
			}
		})
	}
	if _, err := Target(nil, refuge.Place{}, []string{apexName}, 60, Apex{}); err == nil {
		t.Error("a refuge that is nowhere was accepted")
	}
}
