package guard

import (
	"hash/maphash"
	"net/netip"
	"strings"
	"sync"

	"buzzproof/internal/ban"
	"buzzproof/internal/site"
)

// A trace is what a client has done lately. There is one for each address and
// agent, since many people may share an address, and one for each address,
// since one machine may change its agent with every request.
type trace struct {
	key  uint64 // 0 for a free place
	last int64  // second of the last hit
	from int64  // second of the first

	pages, assets, feeds, fails uint32
	links                       uint32 // pages reached from a page whose assets were loaded
	attacks                     uint32
	asked                       uint64 // pages asked for, a bit for the hash of each
	probes                      few    // different ones
	products                    uint64 // products they were after, by number

	missed     few // pages that were not there, in the window
	missedFrom int64
	tries      uint16 // passwords tried, in the window
	triesFrom  int64

	home   uint32 // hash of the host whose pages loaded assets
	claim  claim
	proof  proof
	caught Why  // what a window showed that is over
	gentle bool // a preview or a feed reader has come from here
}

// The windows of a trace.
const (
	forgotten    = 60 * 60 // s: who comes back later begins anew
	missesWindow = 10      // s, and 10 misses in it: what CrowdSec takes for probing
	missesLimit  = 10
	triesWindow  = 60 // s: nobody mistypes a password ten times a minute
	triesLimit   = 10
)

// A few are up to ten different paths, by their hashes.
type few struct {
	n      uint8
	hashes [missesLimit]uint32
}

func (f *few) add(path uint64) {
	h := uint32(path)
	for i := range f.n {
		if f.hashes[i] == h {
			return
		}
	}
	if int(f.n) < len(f.hashes) {
		f.hashes[f.n] = h
		f.n++
	}
}

// begin makes a place a trace of its own, or of the same client that was
// forgotten.
func (t *trace) begin(key uint64, at int64) {
	if t.key == key && apart(at, t.last) <= forgotten {
		return
	}
	*t = trace{key: key, from: at, last: at}
}

// apart is the distance of two seconds. Logs are not quite in order.
func apart(a, b int64) int64 {
	if a < b {
		return b - a
	}
	return a - b
}

// note takes in a hit. A machine that says so may follow dead links for ever:
// what it misses is not held against its address.
func (t *trace) note(h *hit) {
	t.last = max(t.last, h.at)
	gone := h.status >= 400 && h.status < 500
	switch h.sort {
	case anAsset:
		if !gone {
			t.assets++
			t.home = h.referer
		}
		return
	case aFeed:
		t.feeds++
		return
	case aCourtesy:
		return
	case anAttack:
		t.attacks++
	case aProbe, aSecret:
		t.probes.add(h.path)
		t.products |= 1 << h.product
	}
	t.pages++
	t.asked |= 1 << (h.path & 63)
	if h.referer != 0 && h.referer == t.home {
		t.links++
	}
	if gone && !h.honest {
		t.fails++
		t.miss(h.path, h.at)
	}
	if h.tries {
		t.try(h.at)
	}
}

func (t *trace) miss(path uint64, at int64) {
	if apart(at, t.missedFrom) > missesWindow {
		t.missed, t.missedFrom = few{}, at
	}
	t.missed.add(path)
	if t.missed.n >= missesLimit && t.caught == WhyNothing {
		t.caught = WhyMisses
	}
}

func (t *trace) try(at int64) {
	if apart(at, t.triesFrom) > triesWindow {
		t.tries, t.triesFrom = 0, at
	}
	if t.tries++; t.tries >= triesLimit {
		t.caught = WhyTries
	}
}

// A hit is a request as a trace sees it.
type hit struct {
	look
	at      int64
	path    uint64 // hash
	referer uint32 // hash of its host, 0 for none
	status  int
	honest  bool // a machine that says so
	gentle  bool // a preview or a feed reader
	tries   bool // tries a password, in vain as far as one can tell
}

// A table holds traces in places that are made once. A key may lie in one set
// of places only; when all are taken, the client that was quiet for longest
// gives way, so that memory is bounded and strangers cost each other nothing
// but memory of the past.
type table struct {
	seed   maphash.Seed
	shards [shards]struct {
		sync.Mutex
		sets [][ways]trace
	}
}

const (
	shards = 64
	ways   = 8
)

// newTable makes room for some clients: an address and an agent have a place each.
func newTable(clients int) *table {
	t := &table{seed: maphash.MakeSeed()}
	sets := max(1, clients*2/(shards*ways))
	for i := range t.shards {
		t.shards[i].sets = make([][ways]trace, sets)
	}
	return t
}

// update runs do on the trace of a key.
func (t *table) update(key uint64, at int64, do func(*trace)) {
	shard := &t.shards[key%shards]
	shard.Lock()
	defer shard.Unlock()
	place := t.place(key, shard.sets)
	place.begin(key, at)
	do(place)
}

// find returns a copy of the trace of a key, if there is one.
func (t *table) find(key uint64) (trace, bool) {
	shard := &t.shards[key%shards]
	shard.Lock()
	defer shard.Unlock()
	place := t.place(key, shard.sets)
	return *place, place.key == key
}

func (t *table) place(key uint64, sets [][ways]trace) *trace {
	set := &sets[(key/shards)%uint64(len(sets))]
	oldest := &set[0]
	for i := range set {
		if set[i].key == key {
			return &set[i]
		}
		if set[i].key == 0 && oldest.key != 0 || set[i].last < oldest.last {
			oldest = &set[i]
		}
	}
	return oldest
}

// ofAddr is the key of an address and of all that is banned with it.
func (t *table) ofAddr(a netip.Addr) uint64 {
	b := ban.Of(a).Addr().As16()
	return maphash.Bytes(t.seed, b[:]) | 1
}

// ofName is the key of a client as a log names it, by address or by host.
func (t *table) ofName(client string) uint64 {
	if strings.IndexByte(client, ':') >= 0 {
		if a, err := netip.ParseAddr(client); err == nil {
			return t.ofAddr(a)
		}
	}
	return maphash.String(t.seed, client) | 1
}

// with is the key of a client and its agent.
func (t *table) with(client uint64, agent string) uint64 {
	return (client*0x9E3779B97F4A7C15 ^ maphash.String(t.seed, agent)) | 1
}

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

// gentle reports whether a class is never slowed or banned.
func gentle(c claim) bool { return c == claim(site.Preview) || c == claim(site.Feed) }

// honest reports whether a claim is that of a machine that says who it is.
func honest(c claim) bool {
	return gentle(c) || c == claim(site.Search) || c == claim(site.AI) || c == claim(site.Monitor)
}
