package app

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"buzzproof/internal/dns"
	"buzzproof/internal/evacuate"
	"buzzproof/internal/refuge"
	"buzzproof/internal/settings"
)

// A kind makes one member of a family of plug-ins: its empty configuration,
// and from a full one the member itself.
type kind[T any] struct {
	config func() any
	open   func(config any) (T, error)
}

// by is the kind that a constructor makes.
func by[C, T any](open func(C) (T, error)) kind[T] {
	return kind[T]{
		config: func() any { return new(C) },
		open:   func(config any) (T, error) { return open(*config.(*C)) },
	}
}

// refugeKinds are all places to flee to.
var refugeKinds = map[string]kind[refuge.Refuge]{
	"bucket": by(refuge.NewBucket),
	"ec2":    by(refuge.NewEC2),
	"folder": by(refuge.NewFolder),
	"host":   by(refuge.NewHost),
}

// dnsKinds are all who can move a name.
var dnsKinds = map[string]kind[dns.Zone]{
	"cloudflare":   by(dns.NewCloudflare),
	"digitalocean": by(dns.NewDigitalOcean),
	"gandi":        by(dns.NewGandi),
	"hand":         by(func(c evacuate.HandConfig) (dns.Zone, error) { return evacuate.NewHand(c) }),
	"hetzner":      by(dns.NewHetzner),
	"ovh":          by(dns.NewOVH),
	"powerdns":     by(dns.NewPowerDNS),
	"rfc2136":      by(dns.NewRFC2136),
	"route53":      by(dns.NewRoute53),
}

// family is the section of the configuration for members of these kinds.
func family[T any](kinds map[string]kind[T]) *settings.Family {
	f := &settings.Family{Kinds: map[string]func() any{}}
	for name, k := range kinds {
		f.Kinds[name] = k.config
	}
	return f
}

// member opens the member of a family that is named, or the only one.
func member[T any](section, name string, kinds map[string]kind[T], f *settings.Family) (string, T, error) {
	var none T
	names := slices.Sorted(maps.Keys(f.Members))
	switch {
	case len(names) == 0:
		return "", none, fmt.Errorf("there is no [%s.NAME]\nsee: docs/evacuation.md", section)
	case name == "" && len(names) > 1:
		return "", none, fmt.Errorf("which of %s? say it: [evacuate] %s = \"%s\"", strings.Join(names, ", "), section, names[0])
	case name == "":
		name = names[0]
	case !slices.Contains(names, name):
		return "", none, fmt.Errorf("there is no [%s.%s], only %s", section, name, strings.Join(names, ", "))
	}
	m := f.Members[name]
	opened, err := kinds[m.Kind].open(m.Config)
	if err != nil {
		return "", none, fmt.Errorf("[%s.%s]: %w", section, name, err)
	}
	return name, opened, nil
}
