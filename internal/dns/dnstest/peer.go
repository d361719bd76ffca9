package dnstest

import (
	"slices"
	"testing"

	"buzzproof/internal/dns"
)

// Apex is the zone that every peer starts with.
const Apex = "blog.example.org."

// Idle is a name of the zone that has one address: what a non-ASCII name is.
const idle = "xn--bcher-kva." + Apex

// Zone is what is in it, apart from SOA and NS records.
func Zone() []dns.Set {
	return []dns.Set{
		{Name: Apex, Type: "A", TTL: 300, Data: []string{"192.0.2.1", "192.0.2.2"}},
		{Name: Apex, Type: "AAAA", TTL: 600, Data: []string{"2001:db8::1"}},
		{Name: Apex, Type: "HTTPS", TTL: 900, Data: []string{`1 . alpn="h2"`}},
		{Name: Apex, Type: "MX", TTL: 7200, Data: []string{"10 mail." + Apex}},
		{Name: Apex, Type: "TXT", TTL: 7200, Data: []string{`"v=spf1 -all"`}},
		{Name: "mail." + Apex, Type: "A", TTL: 7200, Data: []string{"192.0.2.25"}},
		{Name: "svc." + Apex, Type: "SVCB", TTL: 1200, Data: []string{`1 other.example.net. port="8443"`}},
		{Name: "www." + Apex, Type: "CNAME", TTL: 3600, Data: []string{Apex}},
		{Name: idle, Type: "A", TTL: 300, Data: []string{"192.0.2.3"}},
	}
}

// A Peer is a server with Zone in it.
type Peer struct {
	// Open opens the zone there, at the address HOST:PORT, with the right
	// credentials or with such as are wrong.
	Open func(address string, right bool) dns.Zone
	// Address is where the peer is, as HOST:PORT.
	Address string
	// Proxy stands before an address: HTTP or DNS.
	Proxy func(t testing.TB, address string, f Fault) string
	// Dump is everything in the zone but the serial, by other means than Open's.
	Dump func() string
	// Meddle is somebody else who makes a set what he likes.
	Meddle func(dns.Set)
	// Lacks are the types that it cannot hold.
	Lacks []string
	// Least is the shortest TTL that it keeps, if that is more than 60 seconds.
	Least uint32
	// Compares says that it compares while it writes: of two at once one wins.
	Compares bool
	// Secrets are what must be in no error.
	Secrets []string
}

// short is the TTL of what is put for a while.
func (p Peer) short() uint32 { return max(60, p.Least) }

func (p Peer) zone() dns.Zone { return p.Open(p.Address, true) }

func (p Peer) has(s dns.Set) bool { return !slices.Contains(p.Lacks, s.Type) }

// held is what the peer has of the fixture, for some names.
func (p Peer) held(names ...string) []dns.Set {
	return slices.DeleteFunc(Zone(), func(s dns.Set) bool {
		return !p.has(s) || !slices.Contains(names, s.Name) || s.Type == "MX" || s.Type == "TXT"
	})
}

// away is the change that leads apex and www elsewhere: sets that are replaced,
// removed, new, and of a name that can have only one of them.
func (p Peer) away() dns.Change {
	c := dns.Change{
		Before: []dns.Set{
			{Name: Apex, Type: "A", TTL: 300, Data: []string{"192.0.2.1", "192.0.2.2"}},
			{Name: Apex, Type: "AAAA", TTL: 600, Data: []string{"2001:db8::1"}},
			{Name: Apex, Type: "HTTPS", TTL: 900, Data: []string{`1 . alpn="h2"`}},
			{Name: "www." + Apex, Type: "A"},
			{Name: "www." + Apex, Type: "AAAA"},
			{Name: "www." + Apex, Type: "CNAME", TTL: 3600, Data: []string{Apex}},
		},
		After: []dns.Set{
			{Name: Apex, Type: "A", TTL: p.short(), Data: []string{"198.51.100.7"}},
			{Name: Apex, Type: "AAAA"},
			{Name: Apex, Type: "HTTPS"},
			{Name: "www." + Apex, Type: "A", TTL: p.short(), Data: []string{"198.51.100.7", "198.51.100.8"}},
			{Name: "www." + Apex, Type: "AAAA", TTL: p.short(), Data: []string{"2001:db8:1::7"}},
			{Name: "www." + Apex, Type: "CNAME"},
		},
	}
	lacks := func(s dns.Set) bool { return !p.has(s) }
	return dns.Change{Before: slices.DeleteFunc(c.Before, lacks), After: slices.DeleteFunc(c.After, lacks)}
}
