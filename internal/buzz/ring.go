package buzz

import "math"

// horizon is how many seconds are remembered one by one. What is older was
// learnt, or belongs to a buzz.
const horizon = 300

// windows are those in which people are counted, in seconds. Short ones see a
// leap at once, long ones a rise that is slow or small.
var windows = [...]int{10, 15, 20, 30, 60, 120, horizon}

const (
	window10 = iota
	window15
	window20
	window30
	window60
	window120
	window300
)

// A ring holds the counts of the last seconds and their sums over windows.
type ring struct {
	n       [horizon]float64
	watched [horizon]bool
	at      int // of the newest
	sums    [len(windows)]float64
	secs    [len(windows)]int // watched seconds in each
}

// push makes n the newest second's.
func (r *ring) push(n float64, watched bool) {
	for i, w := range windows {
		leaving := (r.at + 1 - w + horizon) % horizon
		r.sums[i] = max(0, r.sums[i]-r.n[leaving])
		if r.watched[leaving] {
			r.secs[i]--
		}
	}
	r.at = (r.at + 1) % horizon
	r.n[r.at], r.watched[r.at] = n, watched
	for i := range windows {
		r.sums[i] += n
		if watched {
			r.secs[i]++
		}
	}
}

// ago is the count of a second: 0 is the newest.
func (r *ring) ago(seconds int) (n float64, watched bool) {
	at := (r.at - seconds + horizon) % horizon
	return r.n[at], r.watched[at]
}

// rate is how many come per second of a window.
func (r *ring) rate(window int) float64 {
	if r.secs[window] == 0 {
		return 0
	}
	return r.sums[window] / float64(r.secs[window])
}

// surprise is the logarithm of how much likelier n is if the rate has changed
// than if mu was to be expected: that of a Poisson count against its best
// rate. By Chernoff's bound chance alone reaches it once in exp(surprise).
func surprise(n, mu float64) float64 {
	if n <= mu {
		return 0
	}
	return n*math.Log(n/mu) - n + mu
}

// onset is since how many seconds more come than at a rate.
func (r *ring) onset(rate float64) int { return onset(r.ago, rate) }

// onset finds since when more come: the second from which on the counts are
// the most surprising at a rate, the likeliest change.
func onset(ago func(seconds int) (n float64, watched bool), rate float64) (seconds int) {
	n, watched, best := 0.0, 0.0, 0.0
	for i := range horizon {
		count, seen := ago(i)
		if !seen {
			continue
		}
		n, watched = n+count, watched+1
		if count == 0 {
			continue // an onset has a first visit
		}
		if g := surprise(n, rate*watched); g > best {
			best, seconds = g, i+1
		}
	}
	return max(seconds, 1)
}
