package traffic

import "math/bits"

// A histogram keeps durations in buckets of one part in 64 of their size, so
// that a percentile is off by 1 % at most.
type histogram struct {
	counts  []uint64
	sum     uint64
	total   uint64
	slowest uint64
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

func (g *histogram) add(us uint64) {
	b := bucket(us)
	for len(g.counts) <= b {
		g.counts = append(g.counts, make([]uint64, 64)...)
	}
	g.counts[b]++
	g.sum += us
	g.total++
	g.slowest = max(g.slowest, us)
}

func (g *histogram) merge(other *histogram) {
	for len(g.counts) < len(other.counts) {
		g.counts = append(g.counts, 0)
	}
	for b, n := range other.counts {
		g.counts[b] += n
	}
	g.sum += other.sum
	g.total += other.total
	g.slowest = max(g.slowest, other.slowest)
}

// percentile returns the duration that a share of all are no longer than.
func (g *histogram) percentile(share float64) uint64 {
	rank, seen := uint64(share*float64(g.total)), uint64(0)
	for b, n := range g.counts {
		if seen += n; n > 0 && seen > min(rank, g.total-1) {
			return middle(b)
		}
	}
	return 0
}
