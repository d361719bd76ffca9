package ban

import (
	"fmt"
	"hash/maphash"
	"maps"
	"net/netip"
	"time"
)

const (
	// longest is what a ban grows to at most: addresses change hands.
	longest = 4 * 7 * 24 * time.Hour
	// remembered is how long after its end a ban makes the next one longer.
	remembered = 3 * 7 * 24 * time.Hour
)

// Repeats are who was banned before, in memory alone and by hashes, since what
// has ended must not leave an address behind. They end with the program.
type repeats struct {
	seed  maphash.Seed
	known map[uint64]repeat
}

type repeat struct {
	times int // that he was banned
	until time.Time
}

func newRepeats() repeats { return repeats{maphash.MakeSeed(), map[uint64]repeat{}} }

func (r *repeats) hash(p netip.Prefix) uint64 { return maphash.Comparable(r.seed, p) }

// lengthen doubles a ban for each time that its address was banned before.
func (r *repeats) lengthen(n Ban) Ban {
	before := r.known[r.hash(n.Address)]
	if before.times == 0 || n.From.After(before.until) {
		return n
	}
	length := n.Until.Sub(n.From)
	for i := 0; i < before.times && length < longest; i++ {
		length = min(2*length, longest)
	}
	n.Until = n.From.Add(length)
	n.Why += "; banned before, " + times(before.times)
	return n
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// note remembers a ban. When there are as many as can hold at once, one by
// chance gives way.
func (r *repeats) note(n Ban) {
	key := r.hash(n.Address)
	before := r.known[key]
	if n.From.After(before.until) {
		before.times = 0
	}
	if _, known := r.known[key]; !known && len(r.known) >= Most {
		for other := range r.known {
			delete(r.known, other)
			break
		}
	}
	r.known[key] = repeat{before.times + 1, n.Until.Add(remembered)}
}

// forget drops what counts no longer.
func (r *repeats) forget(now time.Time) {
	maps.DeleteFunc(r.known, func(_ uint64, before repeat) bool { return now.After(before.until) })
}

// pardon forgets what an address was banned for.
func (r *repeats) pardon(p netip.Prefix) { delete(r.known, r.hash(p)) }
