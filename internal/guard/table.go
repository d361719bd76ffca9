package guard

import (
	"hash/maphash"
	"math/bits"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"buzzproof/internal/ban"
	"buzzproof/internal/site"
)

// A table holds traces in places that are made once. A key may lie in one set
// of places only; when all are taken, the client that was quiet for longest
// gives way, so that memory is bounded and strangers cost each other nothing
// but memory of the past. Of whoever did harm a line remains.
type table struct {
	seed   maphash.Seed
	shards [shards]struct {
		sync.Mutex
		sets []set
	}
	sixes [512]six
}

// A six is a client with an address of IPv6 and its key, kept since to read such
// an address takes longer than all else about a hit.
type six struct{ client, key uint64 }

const (
	shards = 64
	ways   = 8
)

// A set is the places of some keys, which stand together: to find one of them
// in memory that nobody has looked at lately is most of what a hit costs.
type set struct {
	keys   [ways]uint64 // 0 for a free place
	last   [ways]int64  // second of the last hit of each, side by side: all are asked for the oldest
	traces [ways]trace
	past   records
	_      [48]byte // so that sets are as long as 21 lines of the cache, and what lies in one line stays in one
}

// Records are what remains of some traces: what spoke against them, and when.
type records struct {
	keys [ways]uint64
	at   [ways]int64
	why  [ways]Why
	next uint64 // the one that gives way to a new one
}

// grudge is how long a record counts, in seconds: an address may have
// somebody else behind it tomorrow.
const grudge = 24 * 60 * 60

// newTable makes room for some clients: an address and an agent have a place each.
func newTable(clients int) *table {
	t := &table{seed: maphash.MakeSeed()}
	sets := max(1, clients*2/(shards*ways))
	for i := range t.shards {
		t.shards[i].sets = make([]set, sets)
	}
	return t
}

// update runs do on the trace of a key. Others may do so at the same time.
func (t *table) update(key uint64, at int64, do func(*trace)) {
	lock := &t.shards[key%shards].Mutex
	lock.Lock()
	defer lock.Unlock()
	do(t.begin(key, at))
}

// begin returns the trace of a key for whoever has the table to himself.
func (t *table) begin(key uint64, at int64) *trace { return t.set(key).begin(key, at) }

// set is the places that a key may lie in.
func (t *table) set(key uint64) *set {
	sets := t.shards[key%shards].sets
	// The upper half of a product divides more cheaply than a remainder.
	at, _ := bits.Mul64(key*0x9E3779B97F4A7C15, uint64(len(sets)))
	return &sets[at]
}

// look returns a copy of the trace of a key as find does. Others may use the
// table at the same time.
func (t *table) look(key uint64) (trace, bool) {
	lock := &t.shards[key%shards].Mutex
	lock.Lock()
	defer lock.Unlock()
	return t.find(key)
}

// find returns a copy of the trace of a key, or what remains of it. It is
// false for a key that has none.
func (t *table) find(key uint64) (trace, bool) {
	s := t.set(key)
	for i, k := range s.keys {
		if k == key {
			return s.traces[i], true
		}
	}
	why, _ := s.past.of(key)
	return trace{past: why}, false
}

// begin returns the trace of a key, a new one if it has none or was forgotten.
func (s *set) begin(key uint64, at int64) *trace {
	for i, k := range s.keys {
		if k != key {
			continue
		}
		if apart(at, s.last[i]) > forgotten {
			return s.renew(i, key, at)
		}
		s.last[i] = max(s.last[i], at)
		return &s.traces[i]
	}
	return s.renew(s.oldest(), key, at)
}

// renew makes a place that of a key, which has done nothing yet.
func (s *set) renew(i int, key uint64, at int64) *trace {
	t := &s.traces[i]
	s.remember(s.keys[i], t, s.last[i])
	s.keys[i], s.last[i], *t = key, at, trace{from: at, last: at}
	if why, then := s.past.of(key); why != WhyNothing && apart(at, then) <= grudge {
		t.past = why
	}
	return t
}

// oldest is the place that is free, or of whoever was quiet for longest.
func (s *set) oldest() int {
	oldest := 0
	for i, k := range s.keys {
		if k == 0 {
			return i
		}
		if s.last[i] < s.last[oldest] {
			oldest = i
		}
	}
	return oldest
}

// remember keeps what speaks against a trace that is to go.
func (s *set) remember(key uint64, t *trace, last int64) {
	why := t.bad
	if why == WhyNothing && !t.human() {
		why = t.past
	}
	if why != WhyNothing {
		s.past.keep(key, last, why)
	}
}

func (r *records) keep(key uint64, at int64, why Why) {
	i := slices.Index(r.keys[:], key)
	if i < 0 {
		i = int(r.next)
		r.next = (r.next + 1) % ways
	}
	r.keys[i], r.at[i], r.why[i] = key, at, why
}

// of returns what spoke against a key and when, if that is on record.
func (r *records) of(key uint64) (Why, int64) {
	for i, k := range r.keys {
		if k == key {
			return r.why[i], r.at[i]
		}
	}
	return WhyNothing, 0
}

// ofAddr is the key of an address and of all that is banned with it.
func (t *table) ofAddr(a netip.Addr) uint64 {
	b := ban.Of(a).Addr().As16()
	return keyOf(maphash.Bytes(t.seed, b[:]))
}

// ofAsker is the key of a client as a log names it, by address or by host. Only
// one goroutine at a time may ask.
func (t *table) ofAsker(who *site.Asker) uint64 {
	if strings.IndexByte(who.Client, ':') < 0 {
		return keyOf(who.ClientHash)
	}
	known := &t.sixes[who.ClientHash%uint64(len(t.sixes))]
	if known.client != who.ClientHash || known.key == 0 {
		*known = six{who.ClientHash, keyOf(who.ClientHash)}
		if a, err := netip.ParseAddr(who.Client); err == nil {
			known.key = t.ofAddr(a)
		}
	}
	return known.key
}

// with is the key of a client and the hash of its agent.
func with(client, agent uint64) uint64 { return keyOf(client*0x9E3779B97F4A7C15 ^ agent) }

// keyOf makes a hash a key: 0 is none.
func keyOf(hash uint64) uint64 { return max(1, hash) }

// refererHost is a hash of the host in a Referer header, 0 for none.
func (t *table) refererHost(referer string) uint32 {
	_, rest, ok := strings.Cut(referer, "://")
	if !ok {
		return 0
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	return uint32(maphash.String(t.seed, rest)) | 1
}
