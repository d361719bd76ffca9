package tally

import "math/bits"

// A Histogram keeps durations in buckets of one part in 64 of their size, so
// that a percentile is off by 1 % at most.
type Histogram struct {
	Counts  []uint64 // by bucket
	Sum     uint64   // of all durations, in microseconds
	Total   uint64   // durations
	Slowest uint64   // microseconds
}

const fine = 6 // bits kept below the highest

func bucket(us uint64) int {
	if us < 1<<fine {
		return int(us)
	}
	shift := bits.Len64(us) - fine - 1
	return shift<<fine + int(us>>shift)
}

// middle is the duration in the middle of a bucket.
func middle(b int) uint64 {
	if b < 1<<(fine+1) {
		return uint64(b)
	}
	shift := b>>fine - 1
	return uint64(b-shift<<fine)<<shift + 1<<shift/2
}

// Add notes a duration in microseconds.
func (g *Histogram) Add(us uint64) {
	b := bucket(us)
	for len(g.Counts) <= b {
		g.Counts = append(g.Counts, make([]uint64, 64)...)
	}
	g.Counts[b]++
	g.Sum += us
	g.Total++
	g.Slowest = max(g.Slowest, us)
}

// Merge adds what another has noted.
func (g *Histogram) Merge(other *Histogram) {
	for len(g.Counts) < len(other.Counts) {
		g.Counts = append(g.Counts, 0)
	}
	for b, n := range other.Counts {
		g.Counts[b] += n
	}
	g.Sum += other.Sum
	g.Total += other.Total
	g.Slowest = max(g.Slowest, other.Slowest)
}

// Percentile returns the duration that a share of all are no longer than.
func (g *Histogram) Percentile(share float64) uint64 {
	rank, seen := uint64(share*float64(g.Total)), uint64(0)
	for b, n := range g.Counts {
		if seen += n; n > 0 && seen > min(rank, g.Total-1) {
			return middle(b)
		}
	}
	return 0
}

// Within returns the share of all that are no longer than a duration in
// microseconds; 1 of none.
func (g *Histogram) Within(us uint64) float64 {
	if g.Total == 0 {
		return 1
	}
	seen := uint64(0)
	for b, n := range g.Counts[:min(len(g.Counts), bucket(us)+1)] {
		if middle(b) <= us {
			seen += n
		}
	}
	return float64(seen) / float64(g.Total)
}
