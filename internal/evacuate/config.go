package evacuate

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"buzzproof/internal/dns"
	"buzzproof/internal/settings"
)

// Config is the section [evacuate] of the configuration.
type Config struct {
	// Store is the folder of the copy, as "freeze -o" made it.
	Store string `toml:"store"`
	// Refuge is which [refuge.NAME] to flee to; needed when there are several.
	Refuge string `toml:"refuge"`
	// DNS is which [dns.NAME] holds the names; needed when there are several.
	DNS string `toml:"dns"`
	// Names are all that is moved. Default: the site's own name, and the one
	// with or without www. if it leads to the same place.
	Names []string `toml:"names"`
	// Policy says what happens when the line cannot hold everybody even with
	// the lightest pages: "ask" (default) sends the owner a link, "auto" goes
	// at once, "never" stays.
	Policy string `toml:"policy"`
	// Cap is the most that being away may cost, in US dollars. At nine tenths
	// of it the refuge sends lite pages only, at the cap it is stopped. Default 10.
	Cap float64 `toml:"cap"`
	// TTL is for how long resolvers may keep the records of the refuge, and so
	// how soon visitors come home again. Default 60s.
	TTL settings.Duration `toml:"ttl"`
	// Linger is how long the refuge still answers when the names lead home
	// again. Default: an hour, for the resolvers that stretch TTLs.
	Linger settings.Duration `toml:"linger"`
	// Home is where home is asked whether it answers before the names come
	// back, as HOST:PORT. Default: the addresses of its records; many routers
	// do not let a home reach itself by those.
	Home string `toml:"home"`
	// Authorities are the zone's own name servers, as HOST:PORT. Default: those
	// that the zone names.
	Authorities []string `toml:"authorities"`
	// Resolvers are asked what visitors are told, as HOST:PORT. Default: the
	// system's and three public ones.
	Resolvers []string `toml:"resolvers"`
	// Redirect is the refuge's own address, such as https://d1234.cloudfront.net,
	// if visitors may see it: people whom old records lead home are sent there
	// while the site is away. Default: they get light pages from home.
	Redirect string `toml:"redirect"`
	// Patience is how long the authorities may take to answer with new records.
	// Default 2m.
	Patience settings.Duration `toml:"patience"`
}

// The policies.
const (
	Ask   = "ask"
	Auto  = "auto"
	Never = "never"
)

const (
	defaultCap    = 10.0 // US dollars: four days like those of 2016 at the dearest of the lists
	defaultTTL    = 60 * time.Second
	defaultLinger = time.Hour
	leastTTL      = time.Second
	mostTTL       = 24 * time.Hour
)

// Check refuses what cannot be meant and fills in what is left out.
func (c *Config) Check() error {
	c.Policy = cmp.Or(c.Policy, Ask)
	c.Cap = cmp.Or(c.Cap, defaultCap)
	c.TTL = settings.Duration(c.TTL.Or(defaultTTL))
	c.Linger = settings.Duration(c.Linger.Or(defaultLinger))
	ttl := time.Duration(c.TTL)
	switch {
	case !slices.Contains([]string{Ask, Auto, Never}, c.Policy):
		return fmt.Errorf("policy %q: want ask, auto or never", c.Policy)
	case c.Cap < 0:
		return fmt.Errorf("cap %v: want US dollars", c.Cap)
	case ttl < leastTTL || ttl > mostTTL || ttl%time.Second != 0:
		return fmt.Errorf("ttl %v: want whole seconds, a day at most", ttl)
	}
	for i, name := range c.Names {
		c.Names[i] = Qualified(name)
	}
	return c.checkRedirect()
}

// checkRedirect refuses what would lead nowhere, or home again.
func (c *Config) checkRedirect() error {
	if c.Redirect == "" {
		return nil
	}
	u, err := url.Parse(c.Redirect)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.Trim(u.Path, "/") != "" || u.RawQuery+u.Fragment != "" || u.User != nil {
		return fmt.Errorf("redirect %q: want an address such as https://d1234.cloudfront.net", c.Redirect)
	}
	if slices.Contains(c.Names, Qualified(u.Hostname())) {
		return fmt.Errorf("redirect %q: this name is moved itself, so it would lead home again", c.Redirect)
	}
	c.Redirect = u.Scheme + "://" + u.Host
	return nil
}

// Seconds is the TTL as records have it.
func (c *Config) Seconds() uint32 { return uint32(time.Duration(c.TTL) / time.Second) }

// Qualified is a name as this package spells it: in lower case, with its dot.
func Qualified(name string) string {
	return strings.TrimSuffix(strings.ToLower(name), ".") + "."
}

// Twin is the other name that most sites have: with www. or without.
func Twin(host string) string {
	host = Qualified(host)
	if rest, ok := strings.CutPrefix(host, "www."); ok {
		return rest
	}
	return "www." + host
}

// Together reports whether two names lead to the same place: by a CNAME from
// one to the other, or by the same addresses.
func Together(sets []dns.Set, a, b string) bool {
	of := keyed(sets)
	for _, pair := range [][2]string{{a, b}, {b, a}} {
		if c := of[key{pair[0], "CNAME"}]; len(c.Data) == 1 && strings.EqualFold(c.Data[0], pair[1]) {
			return true
		}
	}
	any := false
	for _, kind := range []string{"A", "AAAA", "CNAME"} {
		x, y := of[key{a, kind}].Data, of[key{b, kind}].Data
		if !slices.Equal(x, y) {
			return false
		}
		any = any || len(x) > 0
	}
	return any
}
