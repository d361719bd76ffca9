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
	sites, referrers, landings, previews tally.Table
	networks, machines                   map[uint64]uint64
	pages                                map[string]*tally.Page
	took                                 tally.Histogram
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
	if r.kind == Page {
		s.took.Add(uint64(r.took / 1000))
	}
}

// shown notes a page that a person was shown.
func (s *running) shown(r *record, key []byte) {
	page := s.pages[string(key)]
	if page == nil {
		if len(s.pages) >= listed {
			return
		}
		if s.pages == nil {
			s.pages = map[string]*tally.Page{}
		}
		page = &tally.Page{Key: string(key)}
		s.pages[page.Key] = page
	}
	page.Visits++
	page.Took += time.Duration(r.took)
}

// arrive notes a person's visit that comes from elsewhere.
func (s *running) arrive(site, referrer, landing string, network uint64) {
	s.Arrivals++
	bump(&s.sites, cmp.Or(site, tally.Direct))
	if referrer != "" {
		bump(&s.referrers, referrer)
	}
	bump(&s.landings, landing)
	if !bumpNetwork(&s.networks, network) {
		s.Elsewhere++
	}
}

// machine notes what a machine asked for.
func (s *running) machine(r *record, key string, network uint64) {
	if site.Class(r.class) != site.Preview {
		bumpNetwork(&s.machines, network)
	} else if r.visit() {
		bump(&s.previews, key)
	}
}

// bumpNetwork counts a network; false when there is no room for another.
func bumpNetwork(counts *map[uint64]uint64, network uint64) bool {
	if *counts == nil {
		*counts = map[uint64]uint64{}
	}
	if _, known := (*counts)[network]; !known && len(*counts) >= networks {
		return false
	}
	(*counts)[network]++
	return true
}

func bump(t *tally.Table, name string) { t.At(name).Classes[site.Person].Hits++ }

// end returns the second with its lists drawn up.
func (s *running) end() *tally.Second {
	s.Sites, s.Referrers, s.Landings = listOf(&s.sites), listOf(&s.referrers), listOf(&s.landings)
	s.Second.Previews = listOf(&s.previews)
	s.Networks, s.Machines = networksOf(s.networks), networksOf(s.machines)
	for _, page := range s.pages {
		s.Pages = append(s.Pages, *page)
	}
	slices.SortFunc(s.Pages, func(a, b tally.Page) int {
		return cmp.Or(cmp.Compare(b.Visits, a.Visits), cmp.Compare(a.Key, b.Key))
	})
	us := func(share float64) time.Duration { return time.Duration(s.took.Percentile(share)) * time.Microsecond }
	s.P50, s.P95, s.P99 = us(0.50), us(0.95), us(0.99)
	s.Slowest = time.Duration(s.took.Slowest) * time.Microsecond
	done := s.Second
	return &done
}

func networksOf(counts map[uint64]uint64) (list []tally.Network) {
	for hash, n := range counts {
		list = append(list, tally.Network{Hash: hash, Visits: n})
	}
	slices.SortFunc(list, func(a, b tally.Network) int {
		return cmp.Or(cmp.Compare(b.Visits, a.Visits), cmp.Compare(a.Hash, b.Hash))
	})
	return list
}

func listOf(t *tally.Table) tally.List {
	l := tally.List{Other: t.Other[site.Person].Hits, ShortOf: t.ShortOf}
	for i, it := range t.Top(t.Len()) {
		if n := it.Total().Hits; i < listed {
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
