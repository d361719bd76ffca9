package traffic

import (
	"hash/maphash"

	"buzzproof/internal/accesslog"
	"buzzproof/internal/hints"
	"buzzproof/internal/site"
)

// keys are the hashes of a hit, by which the tables know it.
type keys struct {
	host, agent, path, visit, what, referrer uint64
	panel                                    Panel // of the path
	method, protocol                         uint8 // see placeOf
	goesOn                                   bool  // its visit is that of the hit before
}

// ahead is how many hits are looked up before the first of them is counted.
// Most of what a hit costs is waiting for tables that no cache holds, and
// processors wait for many places at once if nothing hangs on the answer.
const ahead = 64

// addAll counts some hits.
func (s *shard) addAll(hits []parsed, which []uint32) {
	var all [ahead]keys
	for len(which) > 0 {
		some := which[:min(ahead, len(which))]
		which = which[len(some):]
		for i, at := range some {
			all[i].of(s, &hits[at].hit, hits[at].client)
			all[i].goesOn = i > 0 && all[i].visit == all[i-1].visit
		}
		for i, at := range some {
			s.touch(&all[i])
			if !all[i].goesOn {
				s.touchVisit(&hits[at].hit, &all[i])
			}
		}
		for i := range some {
			s.reach(&all[i])
			if !all[i].goesOn {
				s.reachVisit(&all[i])
			}
		}
		for i, at := range some {
			s.add(&hits[at].hit, &all[i])
		}
	}
	s.settle()
}

// of are the keys of a hit.
func (k *keys) of(s *shard, h *accesslog.Hit, client uint64) {
	k.host, k.agent, k.path = mix(client, uint64(Hosts)+1), s.hash(Agents, h.Agent), maphash.String(s.seed, h.Path)
	k.referrer = s.hash(Referrers, h.Referrer)
	k.method, k.protocol = placeOf(accesslog.Methods, h.Method), placeOf(accesslog.Protocols, h.Protocol)
	k.panel = Pages
	switch {
	case h.Status == 404:
		k.panel = NotFound
	case hints.IsStatic(h.Path):
		k.panel = Static
	}
	k.visit = mix(mix(client, k.agent), uint64(h.Day))
	k.what = mix(k.path, uint64(k.panel)<<16|uint64(k.method)<<8|uint64(k.protocol)|1<<32)
}

// touch asks for where the indexes of a hit's tables will be read.
func (s *shard) touch(k *keys) {
	s.touched += s.panels[k.panel].index.touch(k.what) + s.sources.slot(k.referrer).hash
	if s.judge != nil {
		s.judge.ExpectPath(k.path)
	}
}

// touchVisit does the same for what is known of the visitor.
func (s *shard) touchVisit(h *accesslog.Hit, k *keys) {
	s.touched += s.visits.index.touch(k.visit) + s.panels[Hosts].index.touch(k.host)
	if s.judge != nil {
		s.who = site.Asker{Client: h.Client, Agent: h.Agent, ClientHash: k.host, AgentHash: k.agent}
		s.judge.Expect(&s.who)
	}
}

// reach asks for what lies behind the indexes.
func (s *shard) reach(k *keys) {
	if at, ok := s.panels[k.panel].index.likely(k.what); ok {
		s.touched += s.panels[k.panel].item(at).hits
	}
	if c := s.sources.slot(k.referrer); c.hash == k.referrer {
		s.touched += s.panels[Referrers].item(c.page).hits
	}
}

// reachVisit does the same for what is known of the visitor.
func (s *shard) reachVisit(k *keys) {
	if at, ok := s.visits.index.likely(k.visit); ok {
		v := &s.visits.open[at]
		s.touched += v.hash + uint64(v.kept)
	} else if at, ok := s.panels[Hosts].index.likely(k.host); ok {
		s.touched += s.panels[Hosts].item(at).hits
	}
}

// A latePair waits to be looked up in the set of those that were seen.
type latePair struct {
	hash  uint64
	at    uint32 // the item whose visitor is new if the pair is
	panel Panel
}

// lateRoom is how many pairs wait: more than the processor has under way.
const lateRoom = 64

// later has a pair looked up along with others.
func (s *shard) later(hash uint64, p Panel, at uint32) {
	s.late = append(s.late, latePair{hash, at, p})
	if len(s.late) == lateRoom {
		s.settle()
	}
}

// settle looks up the pairs that wait. It comes before any item moves.
func (s *shard) settle() {
	for i := range s.late {
		s.seen.Reach(s.late[i].hash)
	}
	for i := range s.late {
		if new := s.seen.Add(s.late[i].hash); new > 0 {
			s.panels[s.late[i].panel].item(s.late[i].at).visitors += new
		}
	}
	s.late = s.late[:0]
}
