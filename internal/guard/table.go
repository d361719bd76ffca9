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
//
// It is laid out by the lines of the processor's cache, of 64 bytes: a client
// costs the first two of them, and those where its trace is.
type set struct {
	prints [ways]uint32 // of keys; 0 for a free place
	last   [ways]clock  // of the last hit of each

	harm   [ways]Why // what will be remembered of each
	newest uint8     // the place that was asked for last
	past   records
	_      [32]byte

	traces [ways]trace
}

// Records are what remains of some traces: what spoke against them, and when.
type records struct {
	next   uint8 // the one that gives way to a new one
	why    [ways]Why
	prints [ways]uint32 // of their keys
	_      [8]byte      // up to the end of a line of the cache
	at     [ways]clock
}

// printOf is as much of a key as tells it from those few in a set.
func printOf(key uint64) uint32 { return max(1, uint32(key>>32)) }

// A clock is a second since 1970, as far as it tells moments apart that lie
// within 68 years.
type clock uint32

// since is how many seconds after another a moment is.
func (c clock) since(other clock) int64 { return int64(int32(c - other)) }

// apart is how many seconds lie between two moments.
func (c clock) apart(other clock) int64 { return max(c.since(other), other.since(c)) }

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
	s := t.set(key)
	i, _ := s.begin(key, at)
	do(&s.traces[i])
	s.weigh(i)
}

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
	if i := s.place(key); i >= 0 {
		return s.traces[i], true
	}
	why, _ := s.past.of(printOf(key))
	return trace{past: why}, false
}

// begin returns the place of a key's trace, and whether that is a new one: it
// had none, or it was forgotten.
func (s *set) begin(key uint64, at int64) (i int, new bool) {
	i = s.place(key)
	if i >= 0 && s.last[i].apart(clock(at)) <= forgotten {
		if clock(at).since(s.last[i]) > 0 {
			s.last[i] = clock(at)
		}
		return i, false
	}
	if i < 0 {
		i = s.oldest(clock(at))
	}
	s.renew(i, key, at)
	s.newest = uint8(i)
	return i, true
}

// place is where a key's trace is, -1 if it has none.
func (s *set) place(key uint64) int {
	print := printOf(key)
	if i := s.newest % ways; s.prints[i] == print { // hits of a client come one after the other
		return int(i)
	}
	for i, p := range s.prints {
		if p == print {
			s.newest = uint8(i)
			return i
		}
	}
	return -1
}

// renew makes a place that of a key, which has done nothing yet.
func (s *set) renew(i int, key uint64, at int64) {
	if s.harm[i] != WhyNothing {
		s.past.keep(s.prints[i], s.last[i], s.harm[i])
	}
	s.prints[i], s.last[i], s.harm[i], s.traces[i] = printOf(key), clock(at), WhyNothing, trace{from: at, last: at}
	if why, then := s.past.of(printOf(key)); why != WhyNothing && then.apart(clock(at)) <= grudge {
		s.traces[i].past = why
		s.weigh(i)
	}
}

// weigh writes down what will be remembered of a trace, where it is at hand when
// the trace is not.
func (s *set) weigh(i int) {
	t := &s.traces[i]
	s.harm[i] = t.bad
	if t.bad == WhyNothing && !t.human() {
		s.harm[i] = t.past
	}
}

// oldest is the place that is free, or of whoever was quiet for longest.
func (s *set) oldest(now clock) int {
	oldest := 0
	for i, p := range s.prints {
		if p == 0 {
			return i
		}
		if now.since(s.last[i]) > now.since(s.last[oldest]) {
			oldest = i
		}
	}
	return oldest
}

// keep writes down what speaks against a key whose trace is to go.
func (r *records) keep(print uint32, at clock, why Why) {
	i := slices.Index(r.prints[:], print)
	if i < 0 {
		i = int(r.next)
		r.next = (r.next + 1) % ways
	}
	r.prints[i], r.at[i], r.why[i] = print, at, why
}

// of returns what spoke against a key and when, if that is on record.
func (r *records) of(print uint32) (Why, clock) {
	for i, p := range r.prints {
		if p == print {
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
