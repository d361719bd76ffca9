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
	toldBytes   uint64 // that the items of host and agent know of; see shard.tell
	hits        uint32
	toldHits    uint32
	pages       uint32
	missing     uint32
	failed      uint32
	host, agent uint32 // items
	day         int32
	minute      int16      // of the last hit that counted
	early, late int16      // the first and the last minute that counted
	counted     bool       // as a visitor
	first       bool       // and was not before an earlier visit of the day was closed
	kept        uint8      // of pairs
	pairs       [12]uint32 // prints of the first pairs; see shard.pair
}

func (v *visit) note(h *accesslog.Hit) {
	v.hits++
	v.bytes += uint64(h.Bytes)
	if h.Status >= 400 {
		v.failed++
	}
}

const minutesADay = 24 * 60

// maxVisits is how many visits all shards together keep open, in 6.4 MB: 128
// bytes each. An open visit can still change its class.
const maxVisits = 50_000

// visits are those open now.
type visits struct {
	open  []visit
	index index
	limit int
}

// find returns the visit with a hash, nil if none is open.
func (vs *visits) find(hash uint64) *visit {
	if len(vs.index) == 0 {
		return nil
	}
	for i := vs.index.seek(hash, hash); vs.index[i] != 0; i = vs.index.seek(hash, i+1) {
		if v := &vs.open[vs.index.number(i)]; v.hash == hash {
			return v
		}
	}
	return nil
}

// make opens a visit, for which there must be room. Room for all is made at
// once: pages of it that no visit has used yet take no memory.
func (vs *visits) make(v visit) *visit {
	if vs.open == nil {
		vs.open = make([]visit, 0, vs.limit)
	}
	vs.open = append(vs.open, v)
	if len(vs.open)*2 > len(vs.index) {
		vs.reindex(max(64, 2*len(vs.index)))
	} else {
		vs.index.put(v.hash, uint32(len(vs.open)-1))
	}
	return &vs.open[len(vs.open)-1]
}

// reindex makes the index anew, of some size.
func (vs *visits) reindex(size int) {
	if size == len(vs.index) {
		clear(vs.index)
	} else {
		vs.index = make(index, size)
	}
	for at := range vs.open {
		vs.index.put(vs.open[at].hash, uint32(at))
	}
}

// visit returns the visit that a hit belongs to, opened if need be.
func (s *shard) visit(h *accesslog.Hit, k *keys) *visit {
	if v := s.visits.find(k.visit); v != nil {
		return v
	}
	if len(s.visits.open) >= s.visits.limit {
		s.fold(h.Day)
	}
	return s.visits.make(visit{
		hash: k.visit, host: s.panels[Hosts].find(k.host, h.Client), agent: s.agent(k.agent, h.Agent),
		day: h.Day, minute: -1, early: minutesADay, late: -1,
	})
}

// told are the items that a visit adds to as a whole, so that a hit need not
// find them: its host, its agent, and what that says.
func (s *shard) told(v *visit) [4]*item {
	kin := s.kin[v.agent]
	return [...]*item{s.panels[Hosts].item(v.host), s.panels[Agents].item(v.agent), s.panels[Browsers].item(kin.browser), s.panels[Systems].item(kin.system)}
}

// tell adds the hits of a visit to those items, as far as they have not been
// told of them.
func (s *shard) tell(v *visit) {
	hits, bytes := uint64(v.hits-v.toldHits), v.bytes-v.toldBytes
	v.toldHits, v.toldBytes = v.hits, v.bytes
	for _, it := range s.told(v) {
		it.hits += hits
		it.bytes += bytes
	}
}

// judged adds the open visits to the classes as they are judged now, but for
// those that stay open.
func (s *shard) judged(classes []ClassCount, dayOf func(int32) *day, stays func(*visit) bool) {
	var room [ahead]site.Asker
	number, today := int32(noDay), (*day)(nil)
	for open := s.visits.open; len(open) > 0; {
		some := open[:min(ahead, len(open))]
		open = open[len(some):]
		for i := range some {
			room[i] = s.asker(&some[i])
			if s.judge != nil {
				s.judge.Expect(&room[i])
			}
		}
		for i := range some {
			if v := &some[i]; !stays(v) {
				s.who = room[i]
				class := s.classOf()
				if v.day != number {
					number, today = v.day, dayOf(v.day)
				}
				classes[class].add(v)
				today.classes[class].add(v)
			}
		}
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
