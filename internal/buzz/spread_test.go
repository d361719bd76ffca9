package buzz

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"buzzproof/internal/site"
)

// days plays whole days by the minute, of so many visits a second at each, and
// returns on which days a buzz began.
func days(t *testing.T, d *Detector, rng *rand.Rand, n int, rate func(day, minute int) float64) (begun []int) {
	t.Helper()
	if raced {
		t.Skip("what is learnt in weeks does not depend on races")
	}
	start := time.Date(2025, 3, 3, 0, 0, 0, 0, time.UTC)
	for day := range n {
		for minute := range 24 * 60 {
			at := start.AddDate(0, 0, day).Add(time.Duration(minute+1) * time.Minute)
			for _, e := range d.Step(Moment{At: at, Span: time.Minute, Visits: poisson(rng, 60*rate(day, minute))}) {
				if e.Kind == site.KindBuzz && e.Phase == site.PhaseRising && day > 0 {
					begun = append(begun, day)
				}
			}
		}
	}
	return begun
}

func TestHowSteadyASiteIsIsLearnt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		sigma       float64 // of the logarithm of an hour's level
		least, most float64 // what the spread may be
	}{
		{"a site that is as steady as its visits are many", 0, spreadLeast, spreadLeast},
		{"hours that differ by a tenth", 0.1, spreadLeast, 0.03},
		{"hours that differ by a third", 0.3, 0.06, 0.25},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d, rng := New(time.UTC), rand.New(rand.NewPCG(10000, 0))
			level := 1.0
			days(t, d, rng, 28, func(_, minute int) float64 {
				if minute%60 == 0 {
					level = math.Exp(c.sigma * rng.NormFloat64())
				}
				return level
			})
			if v := 1 / d.usual.Spread[watchedBefore].shape(); v < c.least || v > c.most {
				t.Errorf("the levels of hours have a variance of %.3f, want %.2f to %.2f", v, c.least, c.most)
			}
		})
	}
}

func TestWhatIsSurprisingDependsOnHowSteadyTheSiteIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		sigma float64
		times float64
		found bool
	}{
		{"three times as many on a steady site", 0.05, 3, true},
		{"three times as many where an hour in a hundred is like that", 0.4, 3, false},
		{"twelve times as many there", 0.4, 12, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			const last = 21
			d, rng := New(time.UTC), rand.New(rand.NewPCG(11000, 0))
			level := 1.0
			begun := days(t, d, rng, last+1, func(day, minute int) float64 {
				if minute%60 == 0 {
					level = math.Exp(c.sigma * rng.NormFloat64())
				}
				if day == last && minute >= 600 && minute < 630 {
					return c.times
				}
				return level
			})
			if found := len(begun) > 0 && begun[len(begun)-1] == last; found != c.found {
				t.Errorf("a buzz began on the days %v; on day %d: want %v", begun, last, c.found)
			}
		})
	}
}

// A newsletter, a broadcast, a game: one day it is a crowd, on the twentieth it
// is three o'clock.
func TestASurgeThatComesEveryDayIsUsualInTheEnd(t *testing.T) {
	t.Parallel()
	d, rng := New(time.UTC), rand.New(rand.NewPCG(12000, 0))
	begun := days(t, d, rng, 42, func(day, minute int) float64 {
		if day >= 7 && minute >= 3*60 && minute < 4*60 {
			return 0.5
		}
		return 0.05
	})
	if len(begun) == 0 || begun[0] != 7 {
		t.Errorf("a buzz began on the days %v: not on the first day of it", begun)
	}
	if len(begun) > 0 && begun[len(begun)-1] >= 28 {
		t.Errorf("a buzz began on the days %v: still after three weeks of it", begun)
	}
}

// Whoever takes page after page has many visits, and is nobody more for it.
func TestTwoCrawlersAreNoCrowd(t *testing.T) {
	t.Parallel()
	for seed := range uint64(rounds(4)) {
		s, d := warm(seed+13000, 1.0/3600, 1)
		s.flows = []*flow{{from: s.tick + 1, till: s.tick + 1201, networks: 2, rate: func(float64) float64 { return 1.9 }}}
		if kinds := kindsOf(play(s, d, 1200, nil)); kinds[site.KindBuzz] > 0 {
			t.Errorf("seed %d: said %v", seed, kinds)
		}
	}
}
