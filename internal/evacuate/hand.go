package evacuate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	names "github.com/miekg/dns"

	"buzzproof/internal/dns"
	"buzzproof/internal/settings"
)

// HandConfig describes a zone that nobody but its owner can change, by a form
// on the web or a file: he is told what to change, and the zone's own servers
// show when he has.
type HandConfig struct {
	// Zone is its name: "example.org".
	Zone string `toml:"zone"`
	// Servers are the zone's own, as HOST:PORT. Default: those that it names.
	Servers []string `toml:"servers"`
	// Patience is how long you may take. Default 30m.
	Patience settings.Duration `toml:"patience"`
}

// A Hand is a zone that is changed by hand.
type Hand struct {
	// Say tells the owner what to do.
	Say      func(lines []string)
	observer Observer
	patience time.Duration
}

const (
	handPatience = 30 * time.Minute
	handLook     = time.Second
)

// NewHand opens the zone. It asks nobody yet.
func NewHand(c HandConfig) (*Hand, error) {
	if c.Zone == "" {
		return nil, errors.New("hand: zone is missing: \"example.org\"")
	}
	return &Hand{
		Say:      func([]string) {},
		observer: Observer{Zone: Qualified(c.Zone), Authorities: c.Servers, Resolvers: SystemResolvers()},
		patience: c.Patience.Or(handPatience),
	}, nil
}

// Servers are the zone's own, as far as the configuration names them.
func (h *Hand) Servers() []string { return h.observer.Authorities }

// Atomic reports that resolvers can see half of what a person does.
func (h *Hand) Atomic() bool { return false }

// Patience is how long a change may take.
func (h *Hand) Patience() time.Duration { return h.patience }

// handTypes are what visitors ask for, and the one that stands for all.
var handTypes = []uint16{names.TypeA, names.TypeAAAA, names.TypeCNAME, names.TypeHTTPS, names.TypeSVCB}

// Sets asks the zone's own servers.
func (h *Hand) Sets(ctx context.Context, hosts []string) ([]dns.Set, error) {
	servers, err := h.observer.authorities(ctx)
	if err != nil {
		return nil, err
	}
	var sets []dns.Set
	for _, host := range hosts {
		for _, kind := range handTypes {
			answer, err := ask(ctx, servers[0], host, kind, false)
			if err != nil {
				return nil, fmt.Errorf("ask %s for %s: %w", servers[0], host, err)
			}
			if s := setOf(answer, host, kind); len(s.Data) > 0 {
				sets = append(sets, s)
			}
		}
	}
	return sets, nil
}

func setOf(answer []names.RR, host string, kind uint16) dns.Set {
	s := dns.Set{Name: host, Type: names.TypeToString[kind]}
	for _, rr := range answer {
		if rr.Header().Rrtype == kind && strings.EqualFold(rr.Header().Name, host) {
			s.TTL = rr.Header().Ttl
			s.Data = append(s.Data, rdata(rr))
		}
	}
	slices.Sort(s.Data)
	return s
}

// Apply tells what to change and waits until it is. Who changes one record
// after the other passes through states that are neither before nor after.
func (h *Hand) Apply(ctx context.Context, c dns.Change) error {
	var hosts []string
	for _, s := range c.Before {
		hosts = append(hosts, s.Name)
	}
	slices.Sort(hosts)
	hosts = slices.Compact(hosts)
	ctx, cancel := context.WithTimeout(ctx, h.patience)
	defer cancel()
	for told := false; ; told = true {
		found, err := h.Sets(ctx, hosts)
		switch {
		case err != nil && ctx.Err() == nil && told:
			// A server that reloads is silent for a moment.
		case err != nil:
			return err
		case same(found, c.After):
			return nil
		case !mixed([][]dns.Set{c.Before, c.After}, found):
			return &dns.Changed{Want: c.Before, Found: found}
		case !told:
			h.Say(Difference(c.Before, c.After))
		}
		if err := wait(ctx, handLook); err != nil {
			return fmt.Errorf("the zone's own servers do not say so yet: %w", err)
		}
	}
}

// publicResolvers are asked besides the system's, since most visitors use
// their like. They learn nothing but the name of the site.
var publicResolvers = []string{"1.1.1.1:53", "8.8.8.8:53", "9.9.9.9:53"}

// SystemResolvers are those of this machine and some public ones.
func SystemResolvers() []string {
	var list []string
	if c, err := names.ClientConfigFromFile("/etc/resolv.conf"); err == nil {
		for _, server := range c.Servers {
			list = append(list, net.JoinHostPort(server, cmp.Or(c.Port, "53")))
		}
	}
	return append(list, publicResolvers...)
}
