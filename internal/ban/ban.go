// Package ban keeps who is shut out, why, and until when.
//
// A ban is the one place where an address is written down, so each has an end,
// and of what has ended a mark is left that tells of no address. One file says
// what holds: a program that serves and a command that lifts a ban change it
// one after the other.
package ban

import (
	"fmt"
	"net/netip"
	"time"
)

// A Ban shuts out an address, or all of one household's.
type Ban struct {
	Address netip.Prefix `json:"address"` // an IPv4 address, or the /64 of an IPv6 address
	Why     string       `json:"why"`     // in words, for the owner
	By      string       `json:"by"`      // who saw it: web, ssh or the owner
	From    time.Time    `json:"from"`
	Until   time.Time    `json:"until"`
}

// ByOwner marks the bans of the owner, which last as long as he says.
const ByOwner = "owner"

// A Pardon keeps an address from being banned again by what it did before.
type Pardon struct {
	Address netip.Prefix `json:"address"`
	Until   time.Time    `json:"until"`
}

// Of is what a ban of an address covers. A network gives a household a /64 at
// least, and machines in it change addresses at will.
func Of(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // of no address
	}
	return p
}

// spared are never banned: behind a proxy or a router that tells nothing of
// visitors, everybody has such an address, the owner too.
var spared = func() (all []netip.Prefix) {
	for _, s := range []string{
		"0.0.0.0/8", "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15", "169.254.0.0/16",
		"224.0.0.0/3",
		"::/127", "fe80::/10", "fc00::/7", "ff00::/8",
	} {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}()

// Spared reports whether nobody may be banned by this address: it is not one
// of the public network.
func Spared(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, p := range spared {
		if p.Contains(a) {
			return true
		}
	}
	return !a.IsValid()
}

// Parse reads an address, or what a ban covers as it is listed.
func Parse(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return Of(a), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil || p != Of(p.Addr()) {
		return netip.Prefix{}, fmt.Errorf("%q is neither an address nor the /64 of one", s)
	}
	return p, nil
}
