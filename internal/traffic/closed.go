package traffic

import "math/bits"

// A closed is what closed visits leave behind, by day. Somebody may come back
// on a day that was closed, and must not count again; but a log in order never
// goes back to a day. So pairs are put aside as they are, which is cheap, and
// those of a day go into the set of what was seen when it is asked for that
// day, or all when they take too much.
type closed struct {
	days  map[int32][]batch // a day that was closed stays in it without any
	bytes int               // of memory
}

// A batch is what was put aside at once.
type batch struct {
	visitors [][2]uint64 // hash of a visit, and its bits
	kept     []uint8     // how many of the pairs are each visit's
	pairs    []uint32
}

// bytes is what a batch takes in memory.
func (b *batch) bytes() int { return 16*cap(b.visitors) + cap(b.kept) + 4*cap(b.pairs) }

// holds reports whether visits of a day may have been closed.
func (c *closed) holds(day int32) bool {
	_, ok := c.days[day]
	return ok
}

// note puts visits aside. Those that do not count have no pairs.
func (c *closed) note(open []visit, closes func(*visit) bool) {
	if c.days == nil {
		c.days = map[int32][]batch{}
	}
	sizes := map[int32]*struct{ visitors, pairs int }{}
	for i := range open {
		v := &open[i]
		if !closes(v) {
			continue
		}
		if sizes[v.day] == nil {
			sizes[v.day] = &struct{ visitors, pairs int }{}
		}
		if v.counted {
			sizes[v.day].visitors++
			sizes[v.day].pairs += int(v.kept)
		}
	}
	for day, n := range sizes { // as large as they will be: memory is short
		b := batch{make([][2]uint64, 0, n.visitors), make([]uint8, 0, n.visitors), make([]uint32, 0, n.pairs)}
		c.days[day] = append(c.days[day], b)
		c.bytes += b.bytes()
	}
	for i := range open {
		v := &open[i]
		if !v.counted || !closes(v) {
			continue
		}
		b := &c.days[v.day][len(c.days[v.day])-1]
		b.visitors = append(b.visitors, [2]uint64{v.hash, v.did})
		b.kept = append(b.kept, v.kept)
		b.pairs = append(b.pairs, v.pairs[:v.kept]...)
	}
}

// maxPairs is how many pairs a visit makes at most: the visitor himself, his
// bits, and those it has kept.
const maxPairs = 1 + 64 + len(visit{}.pairs)

// recall puts what was put aside of a day into the set.
func (s *shard) recall(day int32) {
	for _, b := range s.closed.days[day] {
		s.recallBatch(b)
		s.closed.bytes -= b.bytes()
	}
	s.closed.days[day] = nil
}

func (s *shard) recallBatch(b batch) {
	var room [1024]uint64
	pairs := room[:0]
	for i, c := range b.visitors {
		if len(pairs) > len(room)-maxPairs {
			s.seen.AddAll(pairs)
			pairs = pairs[:0]
		}
		pairs = append(pairs, mix(c[0], visitorSalt))
		for did := c[1]; did != 0; did &= did - 1 {
			pairs = append(pairs, pairOf(c[0], printOf(s.bitHash[bits.TrailingZeros64(did)])))
		}
		for _, print := range b.pairs[:b.kept[i]] {
			pairs = append(pairs, pairOf(c[0], print))
		}
		b.pairs = b.pairs[b.kept[i]:]
	}
	s.seen.AddAll(pairs)
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
	s.judged(s.totals.classes[:], s.dayOf, keeps)
	s.closed.note(open, func(v *visit) bool { return !keeps(v) })
	left := open[:0]
	for i := range open {
		if keeps(&open[i]) {
			left = append(left, open[i])
		} else {
			s.tell(&open[i])
		}
	}
	s.visits.open = left
	s.visits.reindex(len(s.visits.index))
	if !s.seen.Exact() || s.seen.Bytes()+s.closed.bytes > s.seen.Room() {
		for day := range s.closed.days {
			s.recall(day)
		}
	}
}
