package sketch

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestPairsAreCountedExactlyBelowTheLimit(t *testing.T) {
	s, r := NewSeen(200_000), rand.New(rand.NewPCG(1, 2))
	hashes := make([]uint64, 100_000)
	for i := range hashes {
		hashes[i] = r.Uint64()
	}
	sum := 0.0
	for range 3 {
		for _, h := range hashes {
			sum += s.Add(h)
		}
	}
	if sum != 100_000 {
		t.Errorf("100,000 pairs, each added three times, count as %v", sum)
	}
}

func TestPairsPastTheLimitAreCountedWithinOnePercent(t *testing.T) {
	for _, times := range []int{2, 4, 10} {
		const limit = 100_000
		s, r := NewSeen(limit), rand.New(rand.NewPCG(3, 4))
		items := make([]float64, 20) // item i gets twice the pairs of item i+1... none below 1,000
		want := make([]float64, len(items))
		hashes := make([]uint64, limit*times)
		for i := range hashes {
			hashes[i] = r.Uint64()
		}
		for range 2 {
			for i, h := range hashes {
				items[i%len(items)] += s.Add(h)
			}
		}
		for i := range hashes {
			want[i%len(items)]++
		}
		worst := 0.0
		for i := range items {
			worst = max(worst, math.Abs(items[i]-want[i])/want[i])
		}
		t.Logf("%d times the limit: the worst of %d items of %v pairs is off by %.2f %%", times, len(items), want[0], 100*worst)
		if times <= 4 && worst > 0.01 {
			t.Errorf("%d times the limit: an item of %v pairs is off by %.2f %%", times, want[0], 100*worst)
		}
	}
}
