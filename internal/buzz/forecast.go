package buzz

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"time"

	"buzzproof/internal/site"
)

// A Capacity is what the line carries in one rung, in visits per second, and
// when that many will come. It is zero for a rung that the site does not have.
type Capacity struct {
	Visits float64        `json:"visits"`
	Full   *site.Forecast `json:"full,omitempty"`
}

const (
	forecastEvery = 5              // seconds
	farthest      = 24 * time.Hour // beyond, nobody knows
	farthestTimes = 10             // nor how it is when so many times as many come
	latencyKeeps  = 2000           // answers that the quiet latency is an average of
	originFull    = 0.9            // use of an origin at which answers take ten times as long
	quotaSwing    = 1.5            // by which tomorrow's bytes may differ from today's
)

// A guess is one way in which the crowd may go on: how many visits per second
// beyond the usual there are now, and how that grows.
type guess struct {
	now    float64
	shape  shape
	weight float64
}

// A shape is growth relative to now: a power of the time since the onset, or
// a doubling in so many seconds.
type shape struct {
	age, power float64
	doubling   float64
	prior      float64
}

// at is the rate so many seconds from now, relative to now.
func (s shape) at(seconds float64) float64 {
	if s.doubling > 0 {
		return math.Exp2(seconds / s.doubling)
	}
	return math.Pow(max(0, 1+seconds/s.age), s.power)
}

// reaches is in how many seconds the rate is so many times that of now.
func (s shape) reaches(times float64) float64 {
	switch {
	case times <= 1:
		return 0
	case s.doubling > 0:
		return s.doubling * math.Log2(times)
	case s.power == 0:
		return math.Inf(1)
	}
	return s.age * (math.Pow(times, 1/s.power) - 1)
}

// shapes are those that growth may have. The onset is known to a fifth or so.
func shapes(age float64) []shape {
	var all []shape
	for _, p := range []struct{ power, prior float64 }{{0, 2}, {0.5, 1}, {0.75, 1}, {1, 2}, {1.5, 1}, {2, 1}, {3, 0.5}} {
		for _, off := range []float64{0.85, 1, 1.2} {
			all = append(all, shape{age: age * off, power: p.power, prior: p.prior / 3})
		}
	}
	for doubling := 20.0; doubling < 8000; doubling *= 1.4 {
		all = append(all, shape{doubling: doubling, prior: 0.15})
	}
	return all
}

// guesses weighs every way to go on by how well it explains what came.
func (d *Detector) guesses() []guess {
	c := d.crowd
	age := max(float64(d.tick-c.Growth.Begun), 10)
	scatter := d.usual.Scatter[window10].factor()
	var all []guess
	best := math.Inf(-1)
	for _, s := range shapes(age) {
		for _, g := range c.Growth.fit(s, d.tick, scatter) {
			best = max(best, g.weight)
			all = append(all, g)
		}
	}
	for i := range all {
		all[i].weight = math.Exp(all[i].weight - best)
	}
	return all
}

// fit tries levels of a shape about the one that gives as many visits as
// came. The weights are logarithms.
func (s *series) fit(sh shape, tick int64, scatter float64) []guess {
	n, full := 0.0, 0.0
	grown := make([]float64, len(s.Bins))
	for i, b := range s.Bins {
		middle := float64(s.Begun-tick) + (float64(i)+0.5)*float64(s.Width)
		grown[i] = sh.at(min(middle, 0)) * b.Secs
		n, full = n+b.N-b.Usual, full+grown[i]
	}
	n = max(n, 1)
	var all []guess
	for step := -3.0; step <= 3; step++ {
		now := n / full * math.Exp(0.7*step*math.Sqrt(scatter/n))
		log := math.Log(sh.prior)
		for i, b := range s.Bins {
			if mu := b.Usual + now*grown[i]; mu > 0 {
				log += (b.N*math.Log(mu) - mu) / scatter
			}
		}
		all = append(all, guess{now, sh, log})
	}
	return all
}

// when is the forecast of the moment at which so many visits per second come.
// ok is false if they probably never will.
func (d *Detector) when(outlook func() []guess, visits float64) (f site.Forecast, ok bool) {
	if visits > farthestTimes*d.rateNow() {
		return f, false
	}
	guesses := outlook()
	type moment struct{ in, weight float64 }
	beyond := visits - d.usual.expected()
	moments, all := make([]moment, len(guesses)), 0.0
	for i, g := range guesses {
		moments[i] = moment{g.shape.reaches(beyond / g.now), g.weight}
		all += g.weight
	}
	slices.SortFunc(moments, func(a, b moment) int { return cmp.Compare(a.in, b.in) })
	at := func(part float64) time.Time {
		sum := 0.0
		for _, m := range moments {
			if sum += m.weight; sum >= part*all {
				if m.in > farthest.Seconds() {
					return time.Time{}
				}
				return d.now.At.Add(time.Duration(m.in * float64(time.Second))).Round(time.Second)
			}
		}
		return time.Time{}
	}
	f = site.Forecast{At: at(0.5), Early: at(0.1), Late: at(0.9)}
	return f, !f.At.IsZero()
}

// forecast says when what will be full, every few seconds.
func (d *Detector) forecast() {
	d.capacities()
	if d.crowd != nil && d.tick%forecastEvery != 0 && d.tick != d.crowd.Found {
		return
	}
	d.full = nil
	if d.crowd != nil && !d.crowd.declining() {
		outlook := sync.OnceValue(d.guesses) // most of the work of a second with a crowd
		d.fillRungs(outlook)
		if f, ok := d.originFull(outlook); ok {
			d.full = append(d.full, f)
		}
	}
	if f, ok := d.quotaFull(); ok {
		d.full = append(d.full, f)
	}
	slices.SortFunc(d.full, func(a, b site.Forecast) int { return a.At.Compare(b.At) })
}

// declining reports whether the crowd has passed its peak.
func (c *crowd) declining() bool {
	return c.Phase == site.PhasePeak || c.Phase == site.PhaseFading
}

// capacities says what the line carries.
func (d *Detector) capacities() {
	line := d.now.Line
	for r := range d.rungs {
		visits := 0.0
		if line.Visit[r] > 0 && line.Rate > 0 {
			visits = max(0, line.Rate-line.Machines) / line.Visit[r]
		}
		d.rungs[r].Visits = visits
		if d.crowd == nil || visits == 0 || d.crowd.declining() {
			d.rungs[r].Full = nil
		}
	}
}

// fillRungs says when each rung's capacity is reached; that of the lightest is
// when the line is full.
func (d *Detector) fillRungs(outlook func() []guess) {
	lightest := -1
	for r := range d.rungs {
		rung := &d.rungs[r]
		rung.Full = nil
		if rung.Visits == 0 {
			continue
		}
		if lightest < 0 || rung.Visits > d.rungs[lightest].Visits {
			lightest = r
		}
		if f, ok := d.when(outlook, rung.Visits); ok {
			f.What = site.Rung(r).String()
			rung.Full = &f
		}
	}
	if lightest < 0 || d.rungs[lightest].Full == nil {
		return
	}
	f := *d.rungs[lightest].Full
	f.What = site.FullLine
	d.full = append(d.full, f)
}

// originFull takes the origin for one queue: answers that take twice as long
// as in calm mean that it is half in use.
func (d *Detector) originFull(outlook func() []guess) (site.Forecast, bool) {
	took := d.now.Origin.Latency.Seconds()
	if d.latency == 0 || took < 1.5*d.latency {
		return site.Forecast{}, false
	}
	use := 1 - d.latency/took
	f, ok := d.when(outlook, d.people.rate(window30)*originFull/use)
	f.What = site.FullOrigin
	return f, ok
}

// quotaFull goes by the bytes of now.
func (d *Detector) quotaFull() (site.Forecast, bool) {
	q, used := d.now.Quota, d.now.Line.Used
	if q.Limit <= 0 || used <= 0 {
		return site.Forecast{}, false
	}
	in := max(0, q.Limit-q.Used) / used // seconds
	after := func(seconds float64) time.Time {
		return d.now.At.Add(time.Duration(min(seconds, 1e9) * float64(time.Second))).Round(time.Second)
	}
	f := site.Forecast{What: site.FullQuota, At: after(in), Early: after(in / quotaSwing), Late: after(in * quotaSwing)}
	return f, q.Ends.IsZero() || f.At.Before(q.Ends)
}
