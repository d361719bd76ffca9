// Package buzz sees a crowd begin, and says what it is.
//
// It is told once a second what came, and answers with what the owner should
// know: that many people come, since when, from where, how it goes on and when
// the line will be full. Nothing here sleeps, logs, locks or asks the time, so
// any season of traffic can be replayed in a test.
//
// The one idea is surprise: how many more came than this hour of the week
// usually brings, measured as a likelihood ratio that takes into account how
// steady the site is. It is taken over windows of
// ten seconds to five minutes, of all people and of those who share a page or
// a referrer: a hundred who come for one page stand out where a hundred more
// among thousands do not. What surprises is learnt with care, and a week later.
package buzz

import (
	"time"

	"buzzproof/internal/site"
)

// A Detector knows what is usual and sees what is not. The zero value is of no
// use: call New. It is for one goroutine.
type Detector struct {
	zone *time.Location

	usual   usual          // what the hours of the week bring
	shares  [facets]shares // who usually sends people, and where they land
	deeds   deeds          // what they usually do
	latency float64        // of the origin in calm, seconds

	people  ring     // visits of the last five minutes
	lately  evidence // what came with them
	crowd   *crowd   // the buzz or attack under way; nil when there is none
	streams [len(streamKinds)]stream
	ladder  ladder
	strange strange

	now     Moment // the last one, without its tallies
	tick    int64  // seconds, of which a gap has horizon at most: the detector's own time
	watched int64  // seconds since the start, and the visits in them
	visits  float64
	rungs   [site.Refused]Capacity
	full    []site.Forecast
}

// strange are the seconds, by tick, of which nothing is learnt but for next week.
type strange struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// New returns a detector for an owner who lives in the given zone: nights and
// weekends are his.
func New(zone *time.Location) *Detector {
	d := &Detector{zone: zone}
	d.usual.start()
	for f := range d.shares {
		d.shares[f].start()
	}
	return d
}

// Step takes in what came since the last moment and returns what the owner
// should know. It is meant to be called once a second.
func (d *Detector) Step(m Moment) []site.Event {
	m = m.tidy()
	d.pass(&m)
	var events []site.Event
	for i := range d.streams {
		events = append(events, d.streams[i].step(d, streamKinds[i], &m)...)
	}
	events = append(events, d.watch(&m)...)
	return append(events, d.ladder.step(d, &m)...)
}

// pass lets the time of a moment go by: what leaves the ring is learnt, unless
// it is strange.
func (d *Detector) pass(m *Moment) {
	d.skip(d.gap(m))
	span := int64(m.Span / time.Second)
	each := float64(m.Visits) / float64(span)
	for range span {
		d.next(each, true)
	}
	d.watched, d.visits = d.watched+span, d.visits+float64(m.Visits)
	d.lately.replace(*m)
	d.now = *m
	d.now.forget()
	d.usual.at(m.At.In(d.zone))
}

// gap is how many seconds nobody watched before a moment: the program was
// down, or the clock was set. A clock that went back has no gap: its seconds
// are taken as the next ones.
func (d *Detector) gap(m *Moment) int64 {
	if d.now.At.IsZero() {
		return 0
	}
	return min(max(int64((m.At.Sub(d.now.At)-m.Span)/time.Second), 0), horizon)
}

func (d *Detector) skip(seconds int64) {
	for range seconds {
		d.next(0, false)
		for i := range d.streams {
			d.streams[i].counts.push(0, false)
		}
	}
}

// next begins a second and learns the one that leaves.
func (d *Detector) next(visits float64, watched bool) {
	leaving, seen := d.people.ago(horizon - 1)
	at := d.tick - horizon + 1
	switch {
	case !seen:
	case at < d.strange.From || at > d.strange.To:
		d.learn(leaving, d.lately.ago(horizon-1))
	default:
		// One crowd makes little usual. What comes at this hour day after day does.
		d.usual.setAside(min(d.people.rate(window300), plain*d.usual.expected()))
	}
	d.people.push(visits, watched)
	d.lately.push()
	d.tick++
	if d.tick%daySeconds == 0 {
		for f := range d.shares {
			d.shares[f].fade()
		}
	}
}

func (d *Detector) learn(visits float64, m *Moment) {
	d.usual.learn(visits)
	d.deeds.learn(m)
	for f := range d.shares {
		d.shares[f].learn(of(m, facet(f)), visits)
	}
	if took := m.Origin.Latency.Seconds(); took > 0 {
		d.latency += (took - d.latency) / latencyKeeps
	}
}
