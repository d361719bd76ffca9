package buzz

import (
	"slices"

	"buzzproof/internal/site"
)

// limit is what no count, rate or second that is kept can be more than.
const limit = 1e15

// sound reports whether what was read back can be worked with: a file may have
// been cut, edited, or written by who knows what.
func (k *kept) sound() bool {
	if k.Usual == nil || slices.Contains(k.Streams[:], nil) || !within(k.Latency, float64(k.Tick)) {
		return false
	}
	for f := range k.Shares {
		if !k.Shares[f].sound() {
			return false
		}
	}
	for _, s := range k.Streams {
		if !within(s.Usual, float64(s.Quiet)) {
			return false
		}
	}
	d, l := k.Deeds, k.Ladder
	return k.Usual.sound() && within(d.Visits, d.Assets, d.Followed) &&
		l.Worst >= site.Full && l.Worst <= site.Refused && within(l.Lately, float64(l.Worse), float64(l.Rich), float64(l.None)) &&
		(k.Crowd == nil || k.Crowd.sound(k.Tick))
}

func within(numbers ...float64) bool {
	for _, n := range numbers {
		if !(n >= 0 && n <= limit) {
			return false
		}
	}
	return true
}

func (u *usual) sound() bool {
	for _, s := range u.Scatter {
		if !within(s.Squares) || !(s.Expected > 1e-6 && s.Expected <= limit) {
			return false
		}
	}
	for _, s := range u.Spread {
		if !within(s.Squares) || !(s.Weight > 1e-6 && s.Weight <= limit) {
			return false
		}
	}
	for _, aside := range u.Aside {
		if !within(aside[:]...) {
			return false
		}
	}
	return within(u.N[:]...) && within(u.Secs[:]...) && within(u.Today[:]...) && within(u.Total)
}

func (s *shares) sound() bool {
	if s.N == nil || len(s.N) > 2*sharesMost || !within(s.Sum, s.Visits) {
		return false
	}
	return soundCounts(s.N)
}

func soundCounts(counts map[string]float64) bool {
	for _, n := range counts {
		if !within(n) {
			return false
		}
	}
	return len(counts) <= 2*namesMost
}

func (c *crowd) sound(tick int64) bool {
	for _, counts := range c.Got.Counts {
		if !soundCounts(counts) {
			return false
		}
	}
	for _, b := range c.Growth.Bins {
		if !within(b.N, b.Secs, b.Usual) {
			return false
		}
	}
	g, s := c.Growth, c.Got
	return within(float64(c.Start), float64(c.Found), float64(c.Highest), float64(g.Begun)) &&
		max(c.Start, c.Found, c.Highest, g.Begun) <= tick && g.Width > 0 && g.Width <= limit && len(g.Bins) <= binsMost &&
		within(s.Visits, s.Rich, s.Assets, s.Followed, s.Failed, s.Refused, c.Known, c.Expected, c.Most, c.Low) &&
		within(float64(c.Below), float64(c.Again), float64(c.Calm), c.Day[0], c.Day[1]) && len(c.Said) <= 32
}
