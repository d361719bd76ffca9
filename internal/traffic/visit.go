package traffic

import (
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
		s.fold(day)
		return vs.find(s, hash, host, agent, day)
	}
	vs.open = append(vs.open, visit{hash: hash, host: host, agent: agent, day: day, minute: -1, early: minutesADay, late: -1})
	vs.index[i] = uint32(len(vs.open))
	if len(vs.open)*2 > len(vs.index) {
		vs.reindex(2 * len(vs.index))
	}
	return &vs.open[len(vs.open)-1]
}

// reindex makes the index anew, of some size.
func (vs *visits) reindex(size int) {
	if size == len(vs.index) {
		clear(vs.index)
	} else {
		vs.index = make([]uint32, size)
	}
	mask := uint64(size - 1)
	for at := range vs.open {
		i := vs.open[at].hash & mask
		for vs.index[i] != 0 {
			i = (i + 1) & mask
		}
		vs.index[i] = uint32(at + 1)
	}
}

// judged adds the open visits to the classes as they are judged now, but for
// those that stay open.
func (s *shard) judged(classes []ClassCount, day func(*visit) *day, stays func(*visit) bool) {
	for i := range s.visits.open {
		v := &s.visits.open[i]
		if stays(v) {
			continue
		}
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
		Client: lent(hosts.name(v.host)), ClientHash: hosts.item(v.host).hash,
		Agent: lent(agents.name(v.agent)), AgentHash: agents.item(v.agent).hash,
	}
}

// lent is a name as a string for as long as the table stays as it is.
func lent(name []byte) string { return unsafe.String(unsafe.SliceData(name), len(name)) }
