package buzz

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"buzzproof/internal/site"
)

// A season is a made-up site's traffic, drawn from a seed: how it breathes by
// day and week, how people leaf, who sends them, and which crawlers leak into
// what is taken for people. Nothing in it is a Poisson process but the
// arrivals within one hour.
type season struct {
	rng  *rand.Rand
	mean float64 // people's visits per second, over a week
	at   time.Time
	tick int

	pagesEach  float64 // of a session
	think      float64 // seconds between two pages
	swing      float64 // of the day, 0 to 1
	weekend    float64
	peakHour   float64
	daySpread  float64 // of a day's level, as a sigma of logarithms
	hourSpread float64
	deedShare  float64 // of people who load assets
	leaks      float64 // crawlers a day that are taken for people
	bare       bool    // nothing is known but counts

	other *otherShape // how the level wanders, where it does otherwise

	day, hour float64 // levels of now
	soon      [4096][]visit
	flows     []*flow
	leaking   *flow
	names     []string
	sources   []string
}

// A visit is one page that one person asks for.
type visit struct {
	network       uint64
	source, page  string
	lands, assets bool
	failed        bool
}

// A flow is what comes beside the usual: a crowd, an attack, a crawler.
type flow struct {
	from, till int // ticks
	rate       func(second float64) float64
	sources    []Tally // by weight
	page       string  // "" are pages at random, each another
	networks   int     // 0: everyone has his own
	assets     float64
	failed     float64
	leafs      bool // goes on to other pages, as people do
}

func newSeason(seed uint64, mean float64) *season {
	rng := rand.New(rand.NewPCG(seed, 0x5eed))
	s := &season{
		rng: rng, mean: mean, at: time.Date(2025, 2, 3, 0, 0, 0, 0, time.UTC).Add(time.Duration(rng.IntN(200*86400)) * time.Second),
		pagesEach: 1 + 4*rng.Float64(), think: 8 + 60*rng.Float64(), swing: 0.2 + 0.7*rng.Float64(),
		weekend: 0.4 + 0.8*rng.Float64(), peakHour: 24 * rng.Float64(),
		daySpread: 0.05 + 0.25*rng.Float64(), hourSpread: 0.05 + 0.25*rng.Float64(),
		deedShare: 0.5 + 0.45*rng.Float64(), leaks: 2 * rng.Float64(),
		day: 1, hour: 1,
	}
	for i := range 20 + rng.IntN(200) {
		s.names = append(s.names, fmt.Sprintf("/post-%d/", i))
	}
	for i := range 5 + rng.IntN(40) {
		s.sources = append(s.sources, fmt.Sprintf("site-%d.example", i))
	}
	return s
}

// zipf draws from a list whose first members are the likeliest.
func zipf(rng *rand.Rand, list []string) string {
	return list[int(math.Exp(rng.Float64()*math.Log(float64(len(list)+1)))-1)]
}

// An otherShape is a site whose hours of the week have nothing to do with a
// cosine, whose level wanders all the time instead of leaping at the full hour,
// and on which something small is up now and then.
type otherShape struct {
	rng    *rand.Rand
	week   [hours]float64
	keep   float64 // of the level, from minute to minute
	sigma  float64 // of its logarithm
	wander float64 // standard normal
	up     float64 // times as many until a tick
	until  int
}

// otherwise lets the level of a season go in the other shape.
func (s *season) otherwise(seed uint64) {
	o := &otherShape{rng: rand.New(rand.NewPCG(seed, 0x07e5)), up: 1}
	o.keep = math.Exp(-1 / (20 + 400*o.rng.Float64())) // minutes
	o.sigma = 0.05 + 0.3*o.rng.Float64()
	jagged, sum := 0.4*o.rng.Float64(), 0.0
	night, opens := o.rng.Float64(), o.rng.IntN(24)
	for i := range o.week {
		o.week[i] = math.Exp(jagged * o.rng.NormFloat64())
		if (i+opens)%24 < 8 {
			o.week[i] *= night
		}
		sum += o.week[i]
	}
	for i := range o.week {
		o.week[i] *= hours / sum
	}
	s.other = o
}

func (o *otherShape) level(s *season) float64 {
	if s.tick%60 == 0 {
		o.wander = o.keep*o.wander + math.Sqrt(1-o.keep*o.keep)*o.rng.NormFloat64()
	}
	if s.tick >= o.until {
		o.up = 1
		if o.rng.Float64() < 2.0/daySeconds {
			o.up, o.until = 1+0.8*o.rng.Float64(), s.tick+60+o.rng.IntN(1800)
		}
	}
	hour := int(s.at.Weekday())*24 + s.at.Hour()
	return s.mean * o.week[hour] * math.Exp(o.sigma*o.wander) * o.up
}

func (s *season) level() float64 {
	if s.other != nil {
		return s.other.level(s)
	}
	if s.tick%86400 == 0 {
		s.day = math.Exp(s.daySpread * s.rng.NormFloat64())
	}
	if s.tick%3600 == 0 {
		s.hour = math.Exp(s.hourSpread * s.rng.NormFloat64())
	}
	hour := float64(s.at.Unix()%86400) / 3600
	level := s.mean * s.day * s.hour * (1 + s.swing*math.Cos((hour-s.peakHour)*math.Pi/12))
	if d := s.at.Weekday(); d == time.Saturday || d == time.Sunday {
		level *= s.weekend
	}
	return level
}

// poisson draws a count.
func poisson(rng *rand.Rand, mean float64) int {
	if mean > 30 {
		return max(0, int(math.Round(mean+math.Sqrt(mean)*rng.NormFloat64())))
	}
	n, p := 0, rng.Float64()
	for bound := math.Exp(-mean); p > bound && bound > 0; n++ {
		p *= rng.Float64()
	}
	return n
}

// next is what comes in the next second.
func (s *season) next() Moment {
	s.at, s.tick = s.at.Add(time.Second), s.tick+1
	for range poisson(s.rng, s.level()/s.pagesEach) {
		v := visit{network: s.rng.Uint64(), page: zipf(s.rng, s.names), lands: true}
		if s.rng.Float64() < 0.5 {
			v.source = zipf(s.rng, s.sources)
		}
		s.session(v, true)
	}
	if s.leaking == nil && s.rng.Float64() < s.leaks/86400 {
		rate := 0.2 + 3*s.rng.Float64()
		s.leaking = &flow{from: s.tick, till: s.tick + 60 + s.rng.IntN(1200), networks: 1 + s.rng.IntN(2), rate: func(float64) float64 { return rate }}
	}
	if s.leaking != nil {
		s.play(s.leaking)
		if s.tick >= s.leaking.till {
			s.leaking = nil
		}
	}
	for _, f := range s.flows {
		s.play(f)
	}
	return s.moment()
}

// session lets a person come, and leaf.
func (s *season) session(v visit, leafs bool) {
	v.assets = s.rng.Float64() < s.deedShare
	s.put(0, v)
	wait := 0.0
	for leafs && s.rng.Float64() < 1-1/s.pagesEach {
		wait += s.think * s.rng.ExpFloat64()
		if wait > 3000 {
			return
		}
		s.put(int(wait), visit{network: v.network, page: zipf(s.rng, s.names), assets: v.assets})
	}
}

func (s *season) put(wait int, v visit) {
	at := (s.tick + wait) % len(s.soon)
	s.soon[at] = append(s.soon[at], v)
}

func (s *season) play(f *flow) {
	if s.tick < f.from || s.tick >= f.till {
		return
	}
	for range poisson(s.rng, f.rate(float64(s.tick-f.from))) {
		v := visit{network: s.rng.Uint64(), page: f.page, source: pick(s.rng, f.sources), lands: true}
		if f.networks > 0 {
			v.network = uint64(f.from)<<20 | uint64(s.rng.IntN(f.networks))
		}
		if f.page == "" {
			v.page = s.names[s.rng.IntN(len(s.names))] + fmt.Sprint(s.rng.IntN(50))
		}
		v.failed = s.rng.Float64() < f.failed
		if f.leafs {
			s.session(v, s.rng.Float64() < 0.3)
			continue
		}
		v.assets = s.rng.Float64() < f.assets
		s.put(0, v)
	}
}

func pick(rng *rand.Rand, list []Tally) string {
	all := 0
	for _, t := range list {
		all += t.N
	}
	if all == 0 {
		return ""
	}
	at := rng.IntN(all)
	for _, t := range list {
		if at -= t.N; at < 0 {
			return t.Name
		}
	}
	return ""
}

// moment tells what was put into this second. Assets are asked for a second
// or two after the page, which makes no difference here but to the first ones.
func (s *season) moment() Moment {
	now := &s.soon[s.tick%len(s.soon)]
	m := Moment{At: s.at, Visits: len(*now)}
	m.Hits[site.Person] = len(*now)
	if !s.bare {
		m.Deeds.Known = true
		for _, v := range *now {
			s.tell(&m, v)
		}
	}
	*now = (*now)[:0]
	return m
}

func (s *season) tell(m *Moment, v visit) {
	m.Networks = append(m.Networks, Group{v.network, 1})
	if v.lands {
		m.Sources = append(m.Sources, Tally{v.source, 1})
		m.Pages = append(m.Pages, Tally{v.page, 1})
	} else {
		m.Deeds.Followed++
	}
	if v.assets {
		m.Deeds.Assets++
	}
	if v.failed {
		m.Deeds.Failed++
	}
}
