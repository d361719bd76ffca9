package buzz

import (
	"math"
	"slices"
	"time"

	"buzzproof/internal/site"
)

// A crowd is an episode of attention: a buzz, or an attack that looks like one
// until it is told apart.
type crowd struct {
	Since  time.Time `json:"since"`
	Start  int64     `json:"start"` // tick of the first second
	Found  int64     `json:"found"` // tick at which it was found
	Known  float64   `json:"known"` // seconds that were watched and learnt before
	Attack bool      `json:"attack"`
	Phase  string    `json:"phase"` // "" until something was said
	Said   []string  `json:"said"`  // kinds and phases that were

	Got      sample  `json:"got"`      // since then
	Expected float64 `json:"expected"` // visits that would have come anyway
	Growth   series  `json:"growth"`   // visits over time, since the wave began

	Most    float64    `json:"most"`    // visits per second beyond the usual, at the peak of the wave
	Highest int64      `json:"highest"` // tick when it was last surpassed
	Low     float64    `json:"low"`     // the least since it faded
	Below   int64      `json:"below"`   // seconds for which it was far below the peak
	Again   int64      `json:"again"`   // seconds for which it was far above the low
	Calm    int64      `json:"calm"`    // seconds for which there was next to nothing
	Day     [2]float64 `json:"day"`     // visits, and expected ones, of the last day or so
}

// begin opens an episode that began so many seconds ago.
func (d *Detector) begin(m *Moment, since int) {
	d.crowd = &crowd{
		Since: m.At.Add(-time.Duration(since) * time.Second),
		Start: d.tick - int64(since) + 1, Found: d.tick, Highest: d.tick,
		Known: d.usual.Total, Got: *d.sample(since), Expected: d.usual.expected() * float64(since),
	}
	d.crowd.Growth = d.growth(since)
	d.doubt(int64(since))
}

// watch looks for a surge, or follows the one under way.
func (d *Detector) watch(m *Moment) []site.Event {
	if d.crowd != nil {
		d.follow(m)
	} else if since, found := d.scan(m); found {
		d.begin(m, since)
	}
	d.forecast()
	if d.crowd == nil {
		return nil
	}
	return d.tell(m)
}

// follow takes a moment of an episode in.
func (d *Detector) follow(m *Moment) {
	c, span := d.crowd, int64(m.Span/time.Second)
	expected := d.usual.expected() * float64(span)
	c.Got.note(m)
	c.Expected += expected
	c.Growth.add(d.tick, float64(m.Visits), d.usual.expected(), span)
	c.Day[0] += float64(m.Visits) - c.Day[0]*float64(span)/daySeconds
	c.Day[1] += expected - c.Day[1]*float64(span)/daySeconds
	d.strange.To = d.tick
	c.timers(d, span)
}

const (
	// A peak has not been surpassed for as long as it took to get there, within
	// bounds: front pages last for hours, television for a minute.
	peakLeast, peakMost = 180, 1800 // seconds
	surpass             = 1.05
	// Fading is well below the peak, for a while.
	fadedPart, fadedFor = 0.6, 300
	// A second wave is well above the low, and no small thing, for a while.
	waveTimes, wavePart, waveFor = 2, 0.3, 60
	// It is over when next to nothing has come for a quarter of the time that it
	// lasted, within bounds: people sleep.
	calmRate, calmPart        = 0.05, 0.3 // visits per second, part of the expected
	calmShare                 = 4
	calmLeast, calmMost int64 = 900, 6 * 3600
	// What lasts two weeks is what to expect, and so is what lasts longer than
	// all that was known before: a site that is watched since ten minutes and
	// has a visit a second all the time has no buzz.
	lastingLeast, lastingMost = 1800, 14 * daySeconds
	// Smoothing needs so many visits, else it takes longer.
	smoothVisits = 100
)

// beyond is how many visits per second come more than usual, smoothed.
func (d *Detector) beyond() float64 {
	window := window300
	if d.people.sums[window120] >= smoothVisits {
		window = window120
	}
	return d.people.rate(window) - d.usual.expected()
}

func (c *crowd) timers(d *Detector, span int64) {
	x := d.beyond()
	count := func(timer *int64, holds bool) {
		*timer += span
		if !holds {
			*timer = 0
		}
	}
	if x > c.Most*surpass {
		c.Most, c.Highest = x, d.tick
	}
	count(&c.Below, x < fadedPart*c.Most)
	count(&c.Calm, x <= max(calmRate, calmPart*d.usual.expected()))
	if c.Phase != site.PhaseFading {
		return
	}
	c.Low = min(c.Low, max(x, 0))
	few := 5 * math.Sqrt(d.people.sums[window120]+1) / 120
	count(&c.Again, x > max(waveTimes*c.Low, c.Low+few, wavePart*c.Most))
}

// next is the phase that follows from what was seen, and whether it is
// another than before.
func (c *crowd) next(d *Detector) (phase string, moved bool) {
	age := d.tick - c.Start
	calm := min(max(age/calmShare, calmLeast), calmMost)
	switch {
	case c.Calm >= calm || age >= c.lasting():
		return site.PhaseOver, true
	case c.Attack:
		return c.Phase, false
	case c.Phase == site.PhaseRising || c.Phase == site.PhaseWave:
		rise := c.Highest - c.Growth.Begun
		return site.PhasePeak, d.tick-c.Highest >= min(max(rise, peakLeast), peakMost)
	case c.Phase == site.PhasePeak:
		if c.Highest == d.tick && c.Most > 0 {
			// It grows after all; nobody is told twice.
			return site.PhaseRising, true
		}
		return site.PhaseFading, c.Below >= fadedFor
	case c.Phase == site.PhaseFading:
		return site.PhaseWave, c.Again >= waveFor
	}
	return c.Phase, false
}

// lasting is after how many seconds the episode is what to expect.
func (c *crowd) lasting() int64 {
	return min(max(int64(c.Known), lastingLeast), lastingMost)
}

// enter begins a phase.
func (d *Detector) enter(phase string) {
	c := d.crowd
	c.Phase = phase
	switch phase {
	case site.PhaseFading:
		c.Low, c.Again = c.Most, 0
	case site.PhaseWave:
		c.Most, c.Highest, c.Below = max(d.beyond(), 0), d.tick, 0
		c.Growth = d.growth(waveFor)
	}
}

// growth are the visits of the last seconds.
func (d *Detector) growth(seconds int) series {
	s := series{Begun: d.tick - int64(seconds), Width: firstWidth}
	for i := seconds - 1; i >= 0; i-- {
		if n, watched := d.people.ago(i); watched {
			s.add(d.tick-int64(i), n, d.usual.expected(), 1)
		}
	}
	return s
}

// say reports whether something was not said before, and notes that it is.
func (c *crowd) say(kind site.Kind, phase string) bool {
	if c.said(kind, phase) {
		return false
	}
	c.Said = append(c.Said, string(kind)+" "+phase)
	return true
}

func (c *crowd) said(kind site.Kind, phase string) bool {
	return slices.Contains(c.Said, string(kind)+" "+phase)
}
