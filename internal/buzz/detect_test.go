package buzz

import (
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"buzzproof/internal/site"
)

// seasons is how many are drawn for each figure: one in every change's test,
// and as many as BUZZPROOF_SEASONS says for the table in the docs.
func seasons() int {
	n, _ := strconv.Atoi(os.Getenv("BUZZPROOF_SEASONS"))
	return max(n, 1)
}

// A base is how many visits a site usually has, and for how many days it is
// replayed in every change's test.
type base struct {
	name string
	mean float64
	days int
}

var bases = []base{{"1 visit/h", 1.0 / 3600, 10}, {"10 visits/h", 10.0 / 3600, 8}, {"100 visits/h", 100.0 / 3600, 6}, {"1 visit/s", 1, 5}}

// replayed are the bases that there is time for.
func replayed() []base {
	if raced { // what is raced about does not depend on the base
		return bases[:1]
	}
	return bases
}

// season is the n-th that is drawn of a base, from a seed: every second one is
// of the other shape.
func (b base) season(n, seed uint64) *season {
	s := newSeason(n+seed, b.mean)
	if n%2 == 1 {
		s.otherwise(n + seed)
	}
	return s
}

// learnt is after how many days a site is known well enough for its alarms to
// be counted: on the first day anything is new.
const learnt = 1

// long is how often as many days are replayed where there is time for it.
func long() int { return min(seasons(), 5) }

func TestNothingIsSaidWhenNothingHappens(t *testing.T) {
	t.Parallel()
	for _, base := range replayed() {
		alarms, days := 0, 0
		for seed := range uint64(seasons()) {
			s, d := base.season(seed, 1000), New(time.UTC)
			for range base.days * long() * daySeconds {
				for _, e := range d.Step(s.next()) {
					if e.Phase == site.PhaseRising && e.Kind == site.KindBuzz && s.tick > learnt*daySeconds {
						alarms++
						t.Logf("%s, seed %d, day %d: %+v", base.name, seed, s.tick/daySeconds, e.Facts)
					}
				}
			}
			days += base.days * long()
		}
		t.Logf("bar: false alarms  %-12s %d in %d days, at most 1 a month", base.name, alarms, days)
		if alarms > max(1, days/30) {
			t.Errorf("%s: %d false alarms in %d days", base.name, alarms, days)
		}
	}
}

// front is what sends a crowd, and where its visitors land.
func (s *season) front(rate func(float64) float64, length int) *flow {
	return &flow{
		from: s.tick + 1, till: s.tick + 1 + length, rate: rate, page: "/new/",
		sources: []Tally{{"news.example", 5}, {"", 3}, {"t.example", 2}}, assets: s.deedShare,
	}
}

func TestOneMoreASecondIsFoundWithinTwentySeconds(t *testing.T) {
	t.Parallel()
	for _, base := range replayed() {
		var delays []float64
		missed := 0
		for seed := range uint64(seasons()) {
			s := base.season(seed, 2000)
			found, m := inject(s, base.days, func() *flow { return s.front(func(float64) float64 { return 1 }, 180) })
			delays, missed = append(delays, found...), missed+m
		}
		slices.Sort(delays)
		t.Logf("bar: found within  %-12s %d times, %d missed, half in %.0f s, 95 %% in %.0f s, at most 20", base.name, len(delays), missed, part(delays, .5), part(delays, .95))
		if len(delays) < 10 || missed*20 > len(delays) || part(delays, .95) > 20 {
			t.Errorf("%s: %d found, %d missed, 95 %% in %.0f s", base.name, len(delays), missed, part(delays, .95))
		}
	}
}

func TestASlowRampIsSeenBeforeItIsHalfAVisitASecond(t *testing.T) {
	t.Parallel()
	for _, base := range replayed()[:min(3, len(replayed()))] {
		var rates []float64
		missed := 0
		ramp := func(second float64) float64 { return 1.5 * second / 600 }
		for seed := range uint64(seasons()) {
			s := base.season(seed, 3000)
			found, m := inject(s, base.days, func() *flow { return s.front(ramp, 600) })
			for _, delay := range found {
				rates = append(rates, ramp(delay))
			}
			missed += m
		}
		slices.Sort(rates)
		t.Logf("bar: slow ramp     %-12s %d times, %d missed, 95 %% before %.2f/s, at most 0.5", base.name, len(rates), missed, part(rates, .95))
		if len(rates) < 10 || missed > 0 || part(rates, .95) > 0.5 {
			t.Errorf("%s: %d found, %d missed, 95 %% before %.2f/s", base.name, len(rates), missed, part(rates, .95))
		}
	}
}

func part(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return -1
	}
	return sorted[min(len(sorted)-1, int(p*float64(len(sorted))))]
}

// inject adds a flow every few hours from the second day on and measures how
// many seconds it takes to be said.
func inject(s *season, days int, flows func() *flow) (delays []float64, missed int) {
	d := New(time.UTC)
	next := 2*daySeconds + s.rng.IntN(20000)
	var now *flow
	for range days * daySeconds {
		if s.tick >= next && d.crowd == nil {
			now = flows()
			s.flows = []*flow{now}
			next = s.tick + 7200 + s.rng.IntN(7200)
		}
		for _, e := range d.Step(s.next()) {
			if e.Phase == site.PhaseRising && now != nil {
				delays = append(delays, float64(s.tick-now.from+1))
				now = nil
			}
		}
		if now != nil && s.tick > now.till+60 {
			missed++
			now = nil
		}
	}
	return delays, missed
}
