package evacuate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"buzzproof/internal/dns"
	"buzzproof/internal/refuge"
)

// ErrApex says that the refuge has only a name and the zone's own name is to
// lead there: an apex cannot be a CNAME (RFC 1034 section 3.6.2).
var ErrApex = errors.New("the name of the zone itself cannot be a CNAME")

// An Apex is the name of a zone and the type of record by which the provider
// makes it an alias of another; none if it cannot.
type Apex struct{ Name, Alias string }

// An Aliaser is a zone whose provider can make its apex an alias.
type Aliaser interface {
	// AliasType is the type of such records: "ALIAS".
	AliasType() string
}

// LeastTTL is the shortest TTL that a provider keeps, in seconds; 0 if it does
// not say.
func LeastTTL(z dns.Zone) uint32 {
	if l, ok := z.(interface{ LeastTTL() uint32 }); ok {
		return l.LeastTTL()
	}
	return 0
}

// Target is what the records of these names should be while the site is at a
// place, when at home they are was.
//
// Every set that sends visitors somewhere is replaced: an AAAA or HTTPS record
// left behind leads every visitor home who has IPv6 or a new browser. Only a
// CNAME to another of the names stays, for it moves with that one.
func Target(was []dns.Set, place refuge.Place, names []string, ttl uint32, apex Apex) ([]dns.Set, error) {
	var target []dns.Set
	for _, name := range names {
		if s, ok := follower(was, name, names); ok {
			target = append(target, s)
			continue
		}
		sets, err := leads(name, place, ttl, apex)
		if err != nil {
			return nil, err
		}
		target = append(target, sets...)
	}
	return target, nil
}

// follower is the CNAME of a name that leads to another of the names.
func follower(was []dns.Set, name string, names []string) (dns.Set, bool) {
	for _, s := range was {
		if s.Name == name && s.Type == "CNAME" && len(s.Data) == 1 && slices.Contains(names, strings.ToLower(s.Data[0])) {
			return s, true
		}
	}
	return dns.Set{}, false
}

// leads are the sets that lead a name to a place.
func leads(name string, place refuge.Place, ttl uint32, apex Apex) ([]dns.Set, error) {
	if len(place.Addrs) > 0 {
		return addresses(name, place, ttl), nil
	}
	switch {
	case place.Name == "":
		return nil, errors.New("the refuge has neither an address nor a name")
	case name != apex.Name:
		return []dns.Set{{Name: name, Type: "CNAME", TTL: ttl, Data: []string{place.Name}}}, nil
	case apex.Alias != "":
		return []dns.Set{{Name: name, Type: apex.Alias, TTL: ttl, Data: []string{place.Name}}}, nil
	}
	return nil, fmt.Errorf("%s to %s: %w: choose a refuge with an address, or a provider with aliases", name, place.Name, ErrApex)
}

func addresses(name string, place refuge.Place, ttl uint32) []dns.Set {
	v4 := dns.Set{Name: name, Type: "A", TTL: ttl}
	v6 := dns.Set{Name: name, Type: "AAAA", TTL: ttl}
	for _, a := range place.Addrs {
		if a = a.Unmap(); a.Is4() {
			v4.Data = append(v4.Data, a.String())
		} else {
			v6.Data = append(v6.Data, a.String())
		}
	}
	var sets []dns.Set
	for _, s := range []dns.Set{v4, v6} {
		if len(s.Data) > 0 {
			slices.Sort(s.Data)
			sets = append(sets, s)
		}
	}
	return sets
}

// longest is the longest time that a resolver may keep one of these sets.
func longest(sets []dns.Set) time.Duration {
	var seconds uint32
	for _, s := range sets {
		seconds = max(seconds, s.TTL)
	}
	return time.Duration(seconds) * time.Second
}
