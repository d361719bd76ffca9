package tally

import (
	"math"
	"testing"
)

func TestPercentilesAreWithinOnePercent(t *testing.T) {
	var g Histogram
	for us := range uint64(100_000) {
		g.Add(us * us / 1000)
	}
	for _, share := range []float64{0.01, 0.5, 0.95, 0.99, 1} {
		n := math.Min(share*100_000, 99_999)
		want := n * n / 1000
		if got := float64(g.Percentile(share)); math.Abs(got-want) > 0.01*want+1 {
			t.Errorf("%v of all took at most %v, want %v", share, got, want)
		}
	}
	var one Histogram
	one.Add(math.MaxInt64)
	if got := one.Percentile(0.5); float64(got) < 0.99*math.MaxInt64 {
		t.Errorf("the longest duration there is comes out as %d", got)
	}
}
