package integration

import (
	"cmp"

	"buzzproof/internal/dns"
	"buzzproof/internal/secret"
)

// A zoneSpec is a zone that another process can open.
type zoneSpec struct {
	Kind, Server string
	Key          string // instead of the right one
}

func (z zoneSpec) open() dns.Zone {
	opened, err := z.zone()
	if err != nil {
		panic(err)
	}
	return opened
}

func (z zoneSpec) zone() (dns.Zone, error) {
	common := dns.Common{Zone: flownZone}
	if z.Kind == "bind" {
		return dns.NewRFC2136(dns.RFC2136Config{Common: common, Server: z.Server, Key: keyName, Secret: secret.Of(cmp.Or(z.Key, keySecret))})
	}
	return dns.NewPowerDNS(dns.PowerDNSConfig{Common: common, URL: z.Server, Key: secret.Of(cmp.Or(z.Key, apiKey))})
}

// awayBy is the change from these sets to the refuge's address.
func awayBy(sets []dns.Set) dns.Change {
	away := dns.Set{Name: flownZone, Type: "A", TTL: 60, Data: []string{refugeAddress}}
	c := dns.Change{Before: sets}
	for _, s := range sets {
		after := dns.Set{Name: s.Name, Type: s.Type}
		if s.Type == "A" {
			after = away
		}
		c.After = append(c.After, after)
	}
	return c
}
