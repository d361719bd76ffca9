package traffic

import "math/bits"

// A closed is what closed visits leave behind. Somebody may come back on a day
// that was closed, and must not count again; but a log in order never goes
// back to a day. So pairs are put aside as they are, which is cheap, and go
// into the set of those that were seen when it is asked for such a day, or
// when they take too much.
type closed struct {
	low, high int32 // the days that closed visits were of, if there are any
	any       bool
	visitors  [][2]uint64 // hash of a visit, and its bits
	pairs     []uint64
}

// holds reports whether visits of a day may have been closed.
func (c *closed) holds(day int32) bool { return c.any && c.low <= day && day <= c.high }

// bytes is what is put aside in memory.
func (c *closed) bytes() int { return cap(c.visitors)*16 + cap(c.pairs)*8 }

// note puts a visit aside. One that does not count has no pairs.
func (c *closed) note(v *visit) {
	if !c.any {
		c.low, c.high, c.any = v.day, v.day, true
	}
	c.low, c.high = min(c.low, v.day), max(c.high, v.day)
	if v.counted {
		c.visitors = append(c.visitors, [2]uint64{v.hash, v.did})
		c.pairs = append(c.pairs, v.pairs[:v.kept]...)
	}
}

// maxPairs is how many pairs bits make at most, with the visitor himself.
const maxPairs = 1 + 64

// recall puts what was put aside into the set.
func (s *shard) recall() {
	var room [1024]uint64
	pairs := room[:0]
	for _, c := range s.closed.visitors {
		if len(pairs) > len(room)-maxPairs {
			s.seen.AddAll(pairs)
			pairs = pairs[:0]
		}
		pairs = append(pairs, mix(c[0], visitorSalt))
		for did := c[1]; did != 0; did &= did - 1 {
			pairs = append(pairs, mix(c[0], s.bitHash[bits.TrailingZeros64(did)]))
		}
	}
	s.seen.AddAll(pairs)
	s.seen.AddAll(s.closed.pairs)
	s.closed.visitors, s.closed.pairs = nil, nil
}

// fold closes visits to make room, those of a day but the last if that is
// enough: their classes are as judged now.
func (s *shard) fold(last int32) {
	open := s.visits.open
	kept := 0
	for i := range open {
		if open[i].day == last {
			kept++
		}
	}
	if kept > len(open)/2 {
		kept = 0
	}
	keeps := func(v *visit) bool { return kept > 0 && v.day == last }
	s.judged(s.totals.classes[:], func(v *visit) *day { return s.dayOf(v.day) }, keeps)
	left := open[:0]
	for i := range open {
		if v := &open[i]; keeps(v) {
			left = append(left, *v)
		} else {
			s.closed.note(v)
		}
	}
	s.visits.open = left
	s.visits.reindex(len(s.visits.index))
	if !s.seen.Exact() || s.seen.Bytes()+s.closed.bytes() > s.seen.Room() {
		s.recall()
	}
}
