// Package tally holds what a span of time adds up to: a minute, an hour, a day.
//
// A tally is counts alone, and counts add up. So a tally of five seconds, of an
// hour and of a year are the same thing, what is on disk can be added to what
// is in memory, and nothing in it leads back to a visitor: of him it only says
// that there was one more.
package tally

import "time"

// Classes and Rungs are how many there are of each in package site, by whose
// values what is about them is indexed.
const (
	Classes = 7
	Rungs   = 5
	person  = 0
)

// A Source is where an answer came from.
type Source uint8

// The sources.
const (
	Frozen Source = iota // the snapshot
	Live                 // the origin, through the shield
	Away                 // a refuge
	Sources
)

var sourceNames = [Sources]string{"frozen", "live", "away"}

// String returns the name of the source in statistics and JSON.
func (s Source) String() string { return sourceNames[s%Sources] }

// A Count is what one class did.
type Count struct {
	Hits     uint64
	Bytes    uint64
	Visitors float64 // distinct (address, agent, day); estimated past a limit
}

func (c *Count) add(o Count) {
	c.Hits += o.Hits
	c.Bytes += o.Bytes
	c.Visitors += o.Visitors
}

// A ClassCount is what one class did, in more detail.
type ClassCount struct {
	Count
	Visits   uint64 // pages that were shown
	NotFound uint64 // status 404
	Failed   uint64 // status 400 and above
}

// A Tally is what happened from a moment on. The zero value is one of nothing.
type Tally struct {
	At      time.Time // when it begins
	Classes [Classes]ClassCount
	Rungs   [Rungs]uint64   // pages that people got, by rung
	Sources [Sources]uint64 // pages that people got, by source
	Refused uint64          // connections, before TLS
	Dropped uint64          // hits that there was no room to record
	Took    Histogram       // that pages took
	Panels  [Panels]Table
}

// Merge adds another tally to this one, which keeps its moment.
func (t *Tally) Merge(o *Tally) {
	t.MergeCounts(o)
	for p := range t.Panels {
		t.Panels[p].Merge(&o.Panels[p])
	}
}

// MergeCounts adds all of another tally but its panels.
func (t *Tally) MergeCounts(o *Tally) {
	for i := range t.Classes {
		to, from := &t.Classes[i], &o.Classes[i]
		to.Count.add(from.Count)
		to.Visits += from.Visits
		to.NotFound += from.NotFound
		to.Failed += from.Failed
	}
	for i, n := range o.Rungs {
		t.Rungs[i] += n
	}
	for i, n := range o.Sources {
		t.Sources[i] += n
	}
	t.Refused += o.Refused
	t.Dropped += o.Dropped
	t.Took.Merge(&o.Took)
}

// Total is what all classes did together.
func (t *Tally) Total() (sum ClassCount) {
	for i := range t.Classes {
		c := &t.Classes[i]
		sum.Count.add(c.Count)
		sum.Visits += c.Visits
		sum.NotFound += c.NotFound
		sum.Failed += c.Failed
	}
	return sum
}

// Empty reports whether nothing happened.
func (t *Tally) Empty() bool {
	return t.Total().Hits == 0 && t.Refused == 0 && t.Dropped == 0
}
