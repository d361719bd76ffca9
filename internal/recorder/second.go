package recorder

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"buzzproof/internal/site"
	"buzzproof/internal/sketch"
	"buzzproof/internal/tally"
)

// A Second is what happened in one: what was answered by its end. It is not
// changed once it is handed out.
type Second struct {
	At      time.Time // when it began
	Classes [tally.Classes]Counts
	Rungs   [tally.Rungs]uint64   // pages that people got, by rung
	Sources [tally.Sources]uint64 // pages that people got, by source
	Status  [6]uint64             // answers by the hundred of their status
	Refused uint64                // connections, before TLS
	Dropped uint64                // hits that there was no room to record

	// Arrivals are people's visits that came from elsewhere, or said nothing
	// of where from. What follows is about them.
	Arrivals  uint64
	Sites     List      // where from: the site, the app, or Direct
	Referrers List      // the pages that link here, without their query
	Landings  List      // the pages that were come to
	Networks  []Network // that they came from, most visits first
	Elsewhere uint64    // arrivals from networks that are not listed

	P50, P95, P99, Slowest time.Duration // that answers took
}

// Direct is where those came from who do not say.
const Direct = "direct"

// Counts are what one class did.
type Counts struct {
	Hits, Visits, Bytes uint64 // visits are pages that were shown
	NotFound, Failed    uint64 // status 404; status 400 and above
}

// Total is what all classes did together.
func (s *Second) Total() (sum Counts) {
	for _, c := range s.Classes {
		sum.Hits += c.Hits
		sum.Visits += c.Visits
		sum.Bytes += c.Bytes
		sum.NotFound += c.NotFound
		sum.Failed += c.Failed
	}
	return sum
}

// People is what people did.
func (s *Second) People() Counts { return s.Classes[site.Person] }

// A List is what arrivals add up to by name, most first.
type List struct {
	Items   []Named
	Other   uint64 // arrivals that are not listed
	ShortOf uint64 // arrivals that a listed item can lack for want of room
}

// A Named is one line of a list.
type Named struct {
	Name   string
	Visits uint64
}

// A Network is a /24, or a /48 of IPv6, by a hash that nobody can tell it from
// and that is another after a restart.
type Network struct {
	Hash   uint64
	Visits uint64
}

// What a second holds at most, whatever strangers send.
const (
	listed   = 64
	networks = 1024
)

// A running second is being counted.
type running struct {
	Second
	sites, referrers, landings tally.Table
	networks                   map[uint64]uint64
	took                       sketch.Histogram
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
	bump(&s.sites, cmp.Or(site, Direct))
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
func (s *running) end() *Second {
	s.Sites, s.Referrers, s.Landings = listOf(&s.sites), listOf(&s.referrers), listOf(&s.landings)
	for hash, visits := range s.networks {
		s.Networks = append(s.Networks, Network{hash, visits})
	}
	slices.SortFunc(s.Networks, func(a, b Network) int {
		return cmp.Or(cmp.Compare(b.Visits, a.Visits), cmp.Compare(a.Hash, b.Hash))
	})
	us := func(share float64) time.Duration { return time.Duration(s.took.Percentile(share)) * time.Microsecond }
	s.P50, s.P95, s.P99 = us(0.50), us(0.95), us(0.99)
	s.Slowest = time.Duration(s.took.Slowest) * time.Microsecond
	done := s.Second
	return &done
}

func listOf(t *tally.Table) List {
	l := List{Other: t.Other[site.Person].Hits, ShortOf: t.ShortOf}
	for i, it := range t.Top(t.Len()) {
		if n := it.Classes[site.Person].Hits; i < listed {
			l.Items = append(l.Items, Named{it.Key, n})
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
