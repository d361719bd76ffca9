package buzz

import (
	"fmt"
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

var bases = []struct {
	name string
	mean float64
}{{"1 visit/h", 1.0 / 3600}, {"10 visits/h", 10.0 / 3600}, {"100 visits/h", 100.0 / 3600}, {"1 visit/s", 1}}

// quiet replays a season in which nothing happens.
func quiet(s *season, days int) (alarms int, when []string) {
	d := New(time.UTC)
	for range days * daySeconds {
		for _, e := range d.Step(s.next()) {
			if e.Phase == site.PhaseRising && e.Kind == site.KindBuzz {
				alarms++
				when = append(when, fmt.Sprintf("day %d %+v", s.tick/86400, e.Facts))
			}
		}
	}
	return alarms, when
}

func TestNothingIsSaidWhenNothingHappens(t *testing.T) {
	days := 14
	for _, base := range bases {
		for _, bare := range []bool{false, true} {
			alarms, all := 0, 0
			for seed := range uint64(seasons()) {
				s := newSeason(seed+1000, base.mean)
				s.bare = bare
				if bare {
					s.leaks = 0
				}
				n, when := quiet(s, days)
				alarms, all = alarms+n, all+days
				for _, w := range when {
					t.Log(base.name, bare, seed, w, s.pagesEach, s.think)
				}
			}
			t.Logf("%s bare=%v: %d alarms in %d days", base.name, bare, alarms, all)
		}
	}
}

func TestOneMoreASecondIsFound(t *testing.T) {
	for _, base := range bases {
		for _, bare := range []bool{false, true} {
			var delays []float64
			missed := 0
			for seed := range uint64(seasons()) {
				s := newSeason(seed+2000, base.mean)
				s.bare = bare
				if bare {
					s.leaks = 0
				}
				d, m := inject(s, 14, func(s *season) *flow {
					return &flow{
						from: s.tick + 1, till: s.tick + 181, rate: func(float64) float64 { return 1 }, page: "/new/",
						sources: []Tally{{"news.example", 5}, {"", 3}, {"t.example", 2}}, leafs: false, assets: s.deedShare,
					}
				})
				delays, missed = append(delays, d...), missed+m
			}
			slices.Sort(delays)
			t.Logf("%s bare=%v: %d found, %d missed, p50 %.0f p95 %.0f", base.name, bare, len(delays), missed, part(delays, .5), part(delays, .95))
		}
	}
}

func part(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return -1
	}
	return sorted[min(len(sorted)-1, int(p*float64(len(sorted))))]
}

// inject adds a flow every few hours from the third day on and measures how
// long it takes to be said.
func inject(s *season, days int, flows func(*season) *flow) (delays []float64, missed int) {
	d := New(time.UTC)
	next := 3*daySeconds + s.rng.IntN(20000)
	var now *flow
	for range days * daySeconds {
		if s.tick >= next && d.crowd == nil {
			now = flows(s)
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
