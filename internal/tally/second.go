package tally

import "time"

// A Second is what happened in one: what was answered by its end. It is not
// changed once it is handed out.
type Second struct {
	At      time.Time // when it began
	Classes [Classes]Counts
	Rungs   [Rungs]uint64   // pages that people got, by rung
	Sources [Sources]uint64 // pages that people got, by source
	Status  [6]uint64       // answers by the hundred of their status
	Refused uint64          // connections, before TLS
	Dropped uint64          // hits that there was no room to record

	// Arrivals are people's visits that came from elsewhere, or said nothing
	// of where from. What follows is about them.
	Arrivals  uint64
	Sites     List      // where from: the site, the app, or Direct
	Referrers List      // the pages that link here, without their query
	Landings  List      // the pages that were come to
	Networks  []Network // that they came from, most visits first
	Elsewhere uint64    // arrivals from networks that are not listed

	// Opened is how many arrivals have asked for a first thing that their page
	// shows; Followed are people's visits that came from a page of the site.
	Opened, Followed uint64

	Pages []Page // that people were shown, most visits first

	Previews List      // pages that previews were made of
	Machines []Network // that hits of machines other than previews came from

	P50, P95, P99, Slowest time.Duration // that pages took
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
func (s *Second) People() Counts { return s.Classes[person] }

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

// A Page is one that people were shown.
type Page struct {
	Key    string
	Visits uint64
	Took   time.Duration // until it was sent, all visits together
}

// A Network is a /24, or a /48 of IPv6, by a hash that nobody can tell it from
// and that is another after a restart.
type Network struct {
	Hash   uint64
	Visits uint64
}
