package buzz

import (
	"time"

	"buzzproof/internal/site"
)

// A stream is machines of some classes, watched for a surge of their own.
type stream struct {
	counts ring
	Usual  float64   `json:"usual"` // requests per second, over days
	Since  time.Time `json:"since,omitzero"`
	Quiet  int64     `json:"quiet"` // seconds since the surge was last seen
}

// A streamKind is what a stream is of, and how much of it is worth a word.
type streamKind struct {
	kind    site.Kind
	classes []site.Class
	// Requests in a minute and in five that make a surge, whatever is usual.
	minute, five float64
	over         bool // its end is said too
}

// A server of the fediverse fetches a preview when one of its people sees the
// link: a popular post brings 500 to 5,000 in a few minutes. A scan of some
// hundred paths is every day's weather; five requests a second are not, nor
// are two that do not end.
var streamKinds = [...]streamKind{
	{site.KindPreview, []site.Class{site.Preview}, 30, 60, false},
	{site.KindAttack, []site.Class{site.Scanner, site.AI, site.Search}, 300, 600, true},
}

const (
	streamTimes = 5          // what is usual, at least
	streamQuiet = 600        // seconds without, after which a surge is over
	streamKeeps = 3 * 86400  // seconds that what is usual is an average of
	streamFirst = 1.0 / 3600 // usual before anything is known, per second
)

func (s *stream) step(d *Detector, kind streamKind, m *Moment) []site.Event {
	n := 0
	for _, class := range kind.classes {
		n += m.Hits[class]
	}
	span := int64(m.Span / time.Second)
	for range span {
		s.next(float64(n) / float64(span))
	}
	switch surging := s.surges(kind); {
	case surging && s.Since.IsZero():
		s.Since, s.Quiet = m.At.Add(-time.Duration(s.counts.onset(s.Usual))*time.Second), 0
		return []site.Event{s.event(d, kind, m, site.PhaseRising)}
	case surging:
		s.Quiet = 0
	case !s.Since.IsZero():
		return s.calm(d, kind, m, span)
	}
	return nil
}

// next begins a second and learns the one that leaves.
func (s *stream) next(n float64) {
	if leaving, watched := s.counts.ago(horizon - 1); watched && s.Since.IsZero() {
		s.Usual += (leaving - s.Usual) / streamKeeps
	}
	s.counts.push(n, true)
}

func (s *stream) surges(kind streamKind) bool {
	usual := max(s.Usual, streamFirst) * streamTimes
	one, five := s.counts.sums[window60], s.counts.sums[window300]
	return one >= max(kind.minute, usual*60) || five >= max(kind.five, usual*horizon)
}

// calm lets a surge end.
func (s *stream) calm(d *Detector, kind streamKind, m *Moment, span int64) []site.Event {
	if s.Quiet += span; s.Quiet < streamQuiet {
		return nil
	}
	e := s.event(d, kind, m, site.PhaseOver)
	s.Since = time.Time{}
	if !kind.over {
		return nil
	}
	return []site.Event{e}
}

func (s *stream) event(d *Detector, kind streamKind, m *Moment, phase string) site.Event {
	e := site.Event{At: m.At, Voice: site.Ears, Kind: kind.kind, About: about(kind.classes[0].String(), s.Since), Phase: phase}
	e.Facts = d.lineFacts()
	e.Facts.Since, e.Facts.Rate, e.Facts.Expected = s.Since, s.counts.rate(window60), s.Usual
	if phase == site.PhaseOver {
		return e
	}
	if kind.kind == site.KindPreview {
		e.Facts.Why = []string{site.WhyFollowed}
		e.Facts.Pages = d.previewed()
		return e
	}
	e.Facts.Why = append([]string{site.WhyMachines}, d.machinesWhy()...)
	if e.Facts.LineUse > busy {
		e.Voice = site.Bark
	}
	return e
}

// busy is the part of the line from which on machines are in people's way.
const busy = 0.5

// previewed are the pages of which previews were fetched in the last minutes.
func (d *Detector) previewed() []site.Part {
	counts := map[string]float64{}
	for i := range horizon {
		for _, t := range d.lately.ago(i).Previews {
			counts[t.Name] += float64(t.N)
		}
	}
	usual := shares{}
	return usual.excess(counts, 0)
}

// machinesWhy says from how many networks the machines of the last minutes come.
func (d *Detector) machinesWhy() []string {
	var networks map[uint64]float64
	for i := range horizon {
		for _, g := range d.lately.ago(i).Machines {
			add(&networks, g.Network, float64(g.N))
		}
	}
	switch most, _ := top(networks); {
	case len(networks) == 0:
		return nil
	case most >= oneOfMany:
		return []string{site.WhyOneNetwork}
	}
	return []string{site.WhyManyNetworks}
}
