// Package sketch holds structures that say about what they were shown more than
// they have room for, with a known error.
package sketch

import "math/bits"

// A Seen tells new pairs (of a visitor and what he did) from old ones.
//
// It begins as an exact set of fingerprints. When that has used up its memory
// it turns into a Bloom filter over the same bytes, with the same members. A
// filter takes some new pairs for old ones, at a rate known from how full it
// is, so each pair it finds new counts for slightly more than one: sums stay
// right on average, at any number of pairs (compare Cohen, "All-distances
// sketches", 2014, on such estimates).
type Seen struct {
	segments [segmentCount]segment
	members  int
	limit    int // members that are kept exactly
	filter   bool
	touched  uint32 // see AddAll
}

// A fingerprint is the segment's number (12 bits) and 32 bits more. Two of a
// million pairs share one with a probability of 3 %.
const (
	segmentBits  = 12
	segmentCount = 1 << segmentBits
)

// A segment is an open-addressing set, or the bits of a filter.
type segment struct {
	slots []uint32
	used  int // members of a set, or bits set in a filter
}

// pairBytes is what a pair takes, about: 4 and room to grow.
const pairBytes = 6

// Bytes is what the set takes in memory, about.
func (s *Seen) Bytes() int { return s.members * pairBytes }

// Room is what it takes at most, about.
func (s *Seen) Room() int { return s.limit * pairBytes }

// NewSeen returns a set that keeps up to limit pairs exactly and never takes
// more than about 5.5 bytes for each of them.
func NewSeen(limit int) *Seen { return &Seen{limit: limit} }

// Exact reports whether pairs are still counted rather than estimated.
func (s *Seen) Exact() bool { return !s.filter }

// Add puts a pair in and returns how many new pairs that stands for: none for
// one that was there.
func (s *Seen) Add(hash uint64) float64 {
	at, print := &s.segments[hash>>(64-segmentBits)], uint32(hash>>16)
	if print == 0 {
		print = 1 // zero marks a free slot
	}
	if s.filter {
		return at.mark(print)
	}
	if !at.insert(print) {
		return 0
	}
	if s.members++; s.members >= s.limit {
		s.filter = true
		for i := range s.segments {
			s.segments[i].blur()
		}
	}
	return 1
}

// AddAll puts many pairs in. Each lies somewhere else in memory, so all of a
// batch are asked for before the first is waited for: that is twice as fast.
func (s *Seen) AddAll(hashes []uint64) {
	const batch = 32
	for len(hashes) > 0 {
		some := hashes[:min(batch, len(hashes))]
		hashes = hashes[len(some):]
		for _, hash := range some {
			s.Reach(hash)
		}
		for _, hash := range some {
			s.Add(hash)
		}
	}
}

// Reach asks for the place of a pair in memory, which takes long, and does not
// wait for it.
func (s *Seen) Reach(hash uint64) {
	if at := &s.segments[hash>>(64-segmentBits)]; len(at.slots) > 0 {
		s.touched |= at.slots[at.home(uint32(hash>>16))]
	}
}

func (s *segment) insert(print uint32) bool {
	if s.used*5 >= len(s.slots)*4 {
		s.grow()
	}
	i := s.home(print)
	for s.slots[i] != 0 {
		if s.slots[i] == print {
			return false
		}
		if i++; i == len(s.slots) {
			i = 0
		}
	}
	s.slots[i] = print
	s.used++
	return true
}

func (s *segment) home(print uint32) int {
	return int(uint64(print) * uint64(len(s.slots)) >> 32)
}

// grow makes room a third at a time once it matters: all segments fill alike,
// so doubling would double the whole.
func (s *segment) grow() {
	old := s.slots
	room := max(32, 2*len(old))
	if len(old) >= 128 {
		room = (len(old)*4/3 + lineWords - 1) &^ (lineWords - 1)
	}
	s.slots = make([]uint32, room)
	s.used = 0
	for _, print := range old {
		if print != 0 {
			s.insert(print)
		}
	}
}

// blur turns the set into a filter in place.
func (s *segment) blur() {
	members := make([]uint32, 0, s.used)
	for _, print := range s.slots {
		if print != 0 {
			members = append(members, print)
		}
	}
	if len(s.slots) == 0 {
		s.slots = make([]uint32, lineWords)
	}
	clear(s.slots)
	s.used = 0
	for _, print := range members {
		s.mark(print)
	}
}

const (
	lineWords = 16 // a cache line: all bits of a pair lie in one
	marks     = 5  // bits for each pair, the best where there are seven of them
)

// mark sets the bits of a pair and returns what it stands for if one of them
// was not set before.
func (s *segment) mark(print uint32) float64 {
	lines := uint64(len(s.slots) / lineWords)
	line := s.slots[uint64(print)*lines>>32*lineWords:][:lineWords]
	h := uint64(print) * 0x9E3779B97F4A7C15
	fresh, full := 0, 0
	for range marks {
		word, bit := h>>60, uint32(1)<<(h>>55&31)
		if line[word]&bit == 0 {
			line[word] |= bit
			fresh++
		}
		h = bits.RotateLeft64(h, 9)
	}
	if fresh == 0 {
		return 0
	}
	for _, w := range line {
		full += bits.OnesCount32(w)
	}
	s.used += fresh
	// The chance that a new pair finds all its bits set in a line this full,
	// the line as it was before.
	f := float64(full-fresh) / (lineWords * 32)
	return 1 / (1 - f*f*f*f*f)
}
