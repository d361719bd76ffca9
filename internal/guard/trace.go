package guard

import "buzzproof/internal/site"

// A trace is what a client has done lately. There is one for each address and
// agent, since many people may share an address, and one for each address,
// since one machine may change its agent with every request.
//
// It takes two lines of the processor's cache; what nearly every hit changes
// lies in the first.
type trace struct {
	last int64 // second of the last hit
	from int64 // second of the first

	pages, assets, feeds, fails uint32
	links                       uint32 // pages reached from a page whose assets were loaded
	attacks                     uint32
	asked                       uint64 // pages asked for, a bit for the hash of each

	home   uint32 // hash of the host whose pages loaded assets
	claim  claim
	proof  proof
	caught Why  // what a window showed that is over
	bad    Why  // what speaks against it now
	past   Why  // what spoke against it before it was forgotten
	gentle bool // a preview or a feed reader has come from here

	probes   few    // different ones
	missed   few    // pages that were not there, in the window
	tries    uint16 // passwords tried, in the window
	products uint64 // products that probes were after, by number

	missedFrom, triesFrom int64 // seconds when the windows began
}

// The windows of a trace.
const (
	forgotten    = 60 * 60 // s: who comes back later begins anew
	missesWindow = 10      // s, and 10 misses in it: what CrowdSec takes for probing
	missesLimit  = 10
	triesWindow  = 60 // s: nobody mistypes a password ten times a minute
	triesLimit   = 10
)

// A few are up to ten different paths, by so much of their hashes that two of
// ten are taken for one in one of 1,500 cases.
type few struct {
	n      uint8
	hashes [missesLimit]uint16
}

func (f *few) add(path uint64) {
	h := uint16(path >> 48)
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

// gentle reports whether a class is never slowed or banned.
func gentle(c claim) bool { return c == claim(site.Preview) || c == claim(site.Feed) }

// honest reports whether a claim is that of a machine that says who it is.
func honest(c claim) bool {
	return gentle(c) || c == claim(site.Search) || c == claim(site.AI) || c == claim(site.Monitor)
}
