package recorder

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"buzzproof/internal/site"
	"buzzproof/internal/tally"
)

// What a second holds at most, whatever strangers send.
const (
	listed   = 64
	networks = 1024
)

// A running second is being counted.
type running struct {
	tally.Second
	sites, referrers, landings tally.Table
	networks                   map[uint64]uint64
	took                       tally.Histogram
}

func (s *running) note(r *record) {
	c := &s.Classes[r.class]
	c.Hits++
	c.Bytes += uint64(r.bytes)
	if r.visit() {
		c.Visits++
		if r.person() {
			s.Rungs[r.rung]++
			s.Sources[r.source]++
		}
	}
	if r.status == 404 {
		c.NotFound++
	}
	if r.status >= 400 {
		c.Failed++
	}
	s.Status[min(int(r.status/100), len(s.Status)-1)]++
	s.took.Add(uint64(r.took / 1000))
}

// arrive notes a person's visit that comes from elsewhere.
func (s *running) arrive(site, referrer, landing string, network uint64) {
	s.Arrivals++
	bump(&s.sites, cmp.Or(site, tally.Direct))
	if referrer != "" {
		bump(&s.referrers, referrer)
	}
	bump(&s.landings, landing)
	if s.networks == nil {
		s.networks = map[uint64]uint64{}
	}
	if _, known := s.networks[network]; known || len(s.networks) < networks {
		s.networks[network]++
	} else {
		s.Elsewhere++
	}
}

func bump(t *tally.Table, name string) { t.At(name).Classes[site.Person].Hits++ }

// end returns the second with its lists drawn up.
func (s *running) end() *tally.Second {
	s.Sites, s.Referrers, s.Landings = listOf(&s.sites), listOf(&s.referrers), listOf(&s.landings)
	for hash, visits := range s.networks {
		s.Networks = append(s.Networks, tally.Network{Hash: hash, Visits: visits})
	}
	slices.SortFunc(s.Networks, func(a, b tally.Network) int {
		return cmp.Or(cmp.Compare(b.Visits, a.Visits), cmp.Compare(a.Hash, b.Hash))
	})
	us := func(share float64) time.Duration { return time.Duration(s.took.Percentile(share)) * time.Microsecond }
	s.P50, s.P95, s.P99 = us(0.50), us(0.95), us(0.99)
	s.Slowest = time.Duration(s.took.Slowest) * time.Microsecond
	done := s.Second
	return &done
}

func listOf(t *tally.Table) tally.List {
	l := tally.List{Other: t.Other[site.Person].Hits, ShortOf: t.ShortOf}
	for i, it := range t.Top(t.Len()) {
		if n := it.Classes[site.Person].Hits; i < listed {
			l.Items = append(l.Items, tally.Named{Name: it.Key, Visits: n})
		} else {
			l.Other += n
		}
	}
	return l
}

// networkOf cuts an address to the network of who has it: a /24, or a /48 of
// IPv6.
func networkOf(a netip.Addr) netip.Prefix {
	size := 48
	if a.Is4() {
		size = 24
	}
	p, _ := a.Prefix(size) // fails for no address, and then there is no network
	return p
}
