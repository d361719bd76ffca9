package dns

import "fmt"

// kinds is every kind of provider there is, by its name in the configuration:
// its empty configuration, and what opens a zone by a full one.
var kinds = map[string]kind{
	"cloudflare":   by(NewCloudflare),
	"digitalocean": by(NewDigitalOcean),
	"gandi":        by(NewGandi),
	"hetzner":      by(NewHetzner),
	"ovh":          by(NewOVH),
	"powerdns":     by(NewPowerDNS),
	"rfc2136":      by(NewRFC2136),
	"route53":      by(NewRoute53),
}

type kind struct {
	config func() any
	open   func(config any) (Zone, error)
}

func by[C any](open func(C) (Zone, error)) kind {
	return kind{
		config: func() any { return new(C) },
		open:   func(config any) (Zone, error) { return open(*config.(*C)) },
	}
}

// Kinds makes an empty configuration for each kind, for a family of sections
// [dns.NAME].
func Kinds() map[string]func() any {
	all := make(map[string]func() any, len(kinds))
	for name, k := range kinds {
		all[name] = k.config
	}
	return all
}

// Open opens the zone of a configuration that Kinds made. It asks nobody.
func Open(name string, config any) (Zone, error) {
	k, ok := kinds[name]
	if !ok {
		return nil, fmt.Errorf("there is no provider of kind %q", name)
	}
	return k.open(config)
}
