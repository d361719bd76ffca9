package traffic

import (
	"math/bits"
	"unsafe"

	"buzzproof/internal/accesslog"
	"buzzproof/internal/site"
)

// A visit is what one visitor, an address with an agent, did in one day.
type visit struct {
	hash        uint64
	did         uint64 // bits of the items he is known to; see shard.fresh
	bytes       uint64
	hits        uint32
	pages       uint32
	missing     uint32
	failed      uint32
	host, agent uint32 // items
	day         int32
	minute      int16     // of the last hit that counted
	early, late int16     // the first and the last minute that counted
	counted     bool      // as a visitor
	first       bool      // and was not before an earlier visit of the day was closed
	kept        uint8     // of pairs
	pairs       [5]uint64 // hashes of the first pairs; see shard.pair
}

func (v *visit) note(h *accesslog.Hit) {
	v.hits++
	v.bytes += uint64(h.Bytes)
	if h.Status >= 400 {
		v.failed++
	}
}

const minutesADay = 24 * 60

// maxVisits is how many visits all shards together keep open, in 8 MB. An open visit can
// still change its class.
const maxVisits = 64_000

// visits are those open now.
type visits struct {
	open  []visit
	index []uint32 // visit and one
	limit int
	folds int
}

// find returns the visit of a visitor on a day, opened if need be.
func (vs *visits) find(s *shard, hash uint64, host, agent uint32, day int32) *visit {
	if len(vs.index) == 0 {
		vs.index = make([]uint32, 64)
	}
	mask := uint64(len(vs.index) - 1)
	i := hash & mask
	for vs.index[i] != 0 {
		if v := &vs.open[vs.index[i]-1]; v.hash == hash {
			return v
		}
		i = (i + 1) & mask
	}
	if len(vs.open) >= vs.limit {
		s.fold()
		return vs.find(s, hash, host, agent, day)
	}
	vs.open = append(vs.open, visit{hash: hash, host: host, agent: agent, day: day, minute: -1, early: minutesADay, late: -1})
	vs.index[i] = uint32(len(vs.open))
	if len(vs.open)*2 > len(vs.index) {
		vs.index = make([]uint32, 2*len(vs.index))
		mask = uint64(len(vs.index) - 1)
		for at := range vs.open {
			i := vs.open[at].hash & mask
			for vs.index[i] != 0 {
				i = (i + 1) & mask
			}
			vs.index[i] = uint32(at + 1)
		}
	}
	return &vs.open[len(vs.open)-1]
}

// fold closes all visits to make room: their classes are as judged now, and
// what their bits say moves to the pairs.
func (s *shard) fold() {
	s.judged(s.totals.classes[:], func(v *visit) *day { return s.dayOf(v.day) })
	var pairs [8192]uint64
	all := pairs[:0]
	for i := range s.visits.open {
		if len(all) > len(pairs)-maxPairs {
			s.seen.addAll(all)
			all = all[:0]
		}
		all = s.pairs(&s.visits.open[i], all)
	}
	s.seen.addAll(all)
	s.visits.open = s.visits.open[:0]
	clear(s.visits.index)
	s.visits.folds++
}

// maxPairs is how many pairs a visit has at most: himself, his bits and those
// that he keeps.
const maxPairs = 1 + 64 + 5

// pairs appends what a visitor is known for.
func (s *shard) pairs(v *visit, to []uint64) []uint64 {
	if v.counted {
		to = append(to, mix(v.hash, visitorSalt))
	}
	to = append(to, v.pairs[:v.kept]...)
	for did := v.did; did != 0; did &= did - 1 {
		to = append(to, mix(v.hash, s.bitHash[bits.TrailingZeros64(did)]))
	}
	return to
}

// judged adds the open visits to the classes as they are judged now.
func (s *shard) judged(classes []ClassCount, day func(*visit) *day) {
	for i := range s.visits.open {
		v := &s.visits.open[i]
		s.who = s.asker(v)
		class := s.classOf()
		classes[class].add(v)
		day(v).classes[class].add(v)
	}
}

// asker is whose visit it is.
func (s *shard) asker(v *visit) site.Asker {
	hosts, agents := &s.panels[Hosts], &s.panels[Agents]
	return site.Asker{
		Client: lent(hosts.name(v.host)), ClientHash: hosts.items[v.host].hash,
		Agent: lent(agents.name(v.agent)), AgentHash: agents.items[v.agent].hash,
	}
}

// lent is a name as a string for as long as the table stays as it is.
func lent(name []byte) string { return unsafe.String(unsafe.SliceData(name), len(name)) }
