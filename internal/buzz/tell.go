package buzz

import (
	"math"
	"time"

	"buzzproof/internal/site"
)

const (
	// A surge that looks like an attack in its first seconds may be people whose
	// browsers have not come round to ask for pictures.
	hold = 15 // seconds
	// The verdict is open for the first minutes.
	open = 600 // seconds
	// A line that will be full so soon is worth a bark.
	soonFull, soonFilling = time.Hour, 15 * time.Minute
)

// tell moves the episode to its next phase and returns what that is worth
// saying.
func (d *Detector) tell(m *Moment) []site.Event {
	c := d.crowd
	d.judge()
	if c.Phase == "" {
		if c.Attack && d.tick-c.Found < hold {
			return nil
		}
		d.enter(site.PhaseRising)
		return d.events(m, site.PhaseRising)
	}
	var events []site.Event
	if !c.Attack && d.filling(m) {
		events = d.events(m, site.PhaseFilling)
	}
	if !c.said(c.kind(), site.PhaseRising) { // the verdict has turned
		events = append(events, d.events(m, site.PhaseRising)...)
	}
	phase, moved := c.next(d)
	if !moved {
		return events
	}
	d.enter(phase)
	events = append(events, d.events(m, phase)...)
	if phase == site.PhaseOver {
		d.end()
	}
	return events
}

// judge tells an attack from a crowd, as long as the verdict is open.
func (d *Detector) judge() {
	c := d.crowd
	if age := d.tick - c.Found; c.Got.networks != nil && age <= open || age == 0 {
		unlike := c.Got.unlikePeople(d)
		// The site's usual people come all the while: that their part of the
		// sample grows when a machine leaves makes the machine no crowd.
		c.Attack = unlike || c.Attack && !d.crowded() && !c.Got.likePeople(d)
	}
}

func (c *crowd) kind() site.Kind {
	if c.Attack {
		return site.KindAttack
	}
	return site.KindBuzz
}

// filling reports whether the line will soon be full, of which the first word
// did not warn.
func (d *Detector) filling(m *Moment) bool {
	for _, f := range d.full {
		if f.What == site.FullLine && f.At.Sub(m.At) < soonFilling {
			return d.crowd.Phase == site.PhaseRising || d.crowd.Phase == site.PhaseWave
		}
	}
	return false
}

// events says a phase, if it was not said before.
func (d *Detector) events(m *Moment, phase string) []site.Event {
	c := d.crowd
	if !c.say(c.kind(), phase) {
		return nil
	}
	e := site.Event{At: m.At, Kind: c.kind(), About: about("", c.Since), Phase: phase, Facts: d.facts()}
	switch {
	case phase == site.PhaseFilling:
		e.Voice = site.Bark
	case phase == site.PhaseRising || phase == site.PhaseWave:
		if d.pressing(m) {
			e.Voice = site.Bark
			c.say(c.kind(), site.PhaseFilling) // that was it
		}
	case phase == site.PhaseOver && d.tick-c.Start >= c.lasting():
		e.Facts.Why = []string{site.WhyNewUsual}
	}
	return []site.Event{e}
}

// pressing reports whether the line is full, or will be within the hour.
func (d *Detector) pressing(m *Moment) bool {
	if d.now.Line.Rung > site.Full {
		return true
	}
	for _, f := range d.full {
		if f.What == site.FullLine && f.At.Sub(m.At) < soonFull {
			return true
		}
	}
	return false
}

// facts are what is known of the episode now.
func (d *Detector) facts() site.Facts {
	c, f := d.crowd, d.lineFacts()
	f.Since, f.Rate, f.Expected = c.Since, round(d.rateNow()), round(d.usual.told())
	f.Sources = d.shares[sources].excess(c.Got.Counts[sources], c.Expected)
	f.Links = d.shares[links].excess(c.Got.Counts[links], c.Expected)
	f.Pages = d.shares[pages].excess(c.Got.Counts[pages], c.Expected)
	f.Why = c.Got.why(d, c.Attack)
	f.Full = d.full
	f.Served = uint64(max(0, c.Got.Visits))
	f.Refused = uint64(max(0, c.Got.Refused))
	return f
}

// lineFacts are those of the line.
func (d *Detector) lineFacts() site.Facts {
	f := site.Facts{Rung: d.now.Line.Rung.String()}
	if d.now.Line.Rate > 0 {
		f.LineUse = round(min(1, d.now.Line.Used/d.now.Line.Rate))
	}
	return f
}

// rateNow is how many visits per second come now: of a young episode since its
// beginning, else of the last half minute.
func (d *Detector) rateNow() float64 {
	seconds := int(min(max(d.tick-d.crowd.Start+1, 5), 30))
	sum := 0.0
	for i := range seconds {
		n, _ := d.people.ago(i)
		sum += n
	}
	return sum / float64(seconds)
}

// end closes the episode. What has lasted is what to expect from now on.
func (d *Detector) end() {
	c := d.crowd
	switch age := d.tick - c.Start; {
	case age < c.lasting():
	case c.Known >= hours*3600: // the shape of a week is known
		d.usual.scale(c.Day[0] / max(c.Day[1], 1))
	default:
		d.usual.adopt(c.Day[0], daySeconds*(1-math.Exp(-float64(age)/daySeconds)))
	}
	d.crowd = nil
}

// about names an episode by its beginning.
func about(what string, since time.Time) string {
	stamp := since.UTC().Format(time.RFC3339)
	if what == "" {
		return stamp
	}
	return what + " " + stamp
}

func round(x float64) float64 { return math.Round(x*1000) / 1000 }
