package buzz

import (
	"slices"
	"time"

	"buzzproof/internal/site"
)

// A Moment is what came in one second, or in a longer span of an old trace.
// What is not known stays zero.
type Moment struct {
	At   time.Time     // its end
	Span time.Duration // whole seconds; 0 is one

	// Visits are the pages that people asked for. The tallies are of the same
	// visits.
	Visits   int
	Sources  []Tally // sites that sent them, or the app that their agent names; "" are those of whom neither is known
	Links    []Tally // pages that sent them, where the referrer says so
	Pages    []Tally // pages on which visits from elsewhere landed
	Networks []Group // people by network; nil when it is not known
	Deeds    Deeds

	Hits     [site.Scanner + 1]int // answered requests by class
	Previews []Tally               // pages of which previews were fetched
	Machines []Group               // requests of machines other than previews, by network
	Refused  int                   // visitors who were refused

	Line   Line
	Origin Origin
	Quota  Quota
}

// A Tally is how many visits had something in common.
type Tally struct {
	Name string
	N    int
}

// A Group is how many visits came from one network, a /24 or a /48, known by
// its hash alone.
type Group struct {
	Network uint64
	N       int
}

// Deeds are what people did whose page was given to them shortly before.
// Only those to whom pages with assets were given count.
type Deeds struct {
	Known    bool // false if nobody looked
	Assets   int  // visits that asked for a first asset
	Followed int  // visits that came by a link of the site's own
	Failed   int  // visits that asked for what there is not (4xx)
}

// A Line is the state of the uplink, in bytes and bytes per second.
type Line struct {
	Rate     float64               // 0 if it has no limit worth minding
	Used     float64               // what is on it
	Machines float64               // the part of Used that others than people take
	Visit    [site.Refused]float64 // what a visit costs in each rung; 0 if there is none
	Rung     site.Rung             // the ladder's now
}

// An Origin is how the living CMS does.
type Origin struct {
	Asked   float64       // requests per second that reached it
	Latency time.Duration // of an answer; 0 if none came
}

// A Quota is a bound on what may be sent in a period.
type Quota struct {
	Used, Limit float64 // bytes; a limit of 0 is none
	Ends        time.Time
}

const (
	longest = time.Hour // that one moment may span
	nameLen = 300       // bytes of a name that are kept
	most    = 1_000_000 // of anything in a moment
)

// tidy bounds what a moment says, so that nothing that follows has to.
func (m Moment) tidy() Moment {
	m.Span = min(max(m.Span.Truncate(time.Second), time.Second), longest)
	m.Visits = min(max(m.Visits, 0), most)
	for _, tallies := range []*[]Tally{&m.Sources, &m.Links, &m.Pages, &m.Previews} {
		*tallies = tidyTallies(*tallies)
	}
	return m
}

func tidyTallies(tallies []Tally) []Tally {
	odd := func(t Tally) bool { return t.N <= 0 || t.N > most || len(t.Name) > nameLen }
	if !slices.ContainsFunc(tallies, odd) {
		return tallies
	}
	kept := make([]Tally, 0, len(tallies))
	for _, t := range tallies {
		if t.N > 0 {
			kept = append(kept, Tally{t.Name[:min(len(t.Name), nameLen)], min(t.N, most)})
		}
	}
	return kept
}

// forget drops the tallies: what is kept of a moment are its states.
func (m *Moment) forget() {
	m.Sources, m.Links, m.Pages, m.Previews, m.Networks, m.Machines = nil, nil, nil, nil, nil, nil
}
