package guard

import (
	"math/bits"
	"strings"
	"sync/atomic"

	"buzzproof/internal/site"
)

// A Why is the reason for a verdict.
type Why uint8

// The reasons.
const (
	WhyNothing  Why = iota // nothing speaks against a person
	WhyAgent               // its agent says so
	WhyProved              // its address belongs to whom it says it does
	WhyImpostor            // its address does not
	WhyReads               // it reads feeds and nothing else
	WhyWatches             // it asks for one page again and again
	WhyProbes              // it asks for products that the site does not run
	WhyAttacks             // it asks for what only an attack asks for
	WhyMisses              // most of what it asks for is not there
	WhyTries               // it tries passwords
	WhyCopies              // it takes page after page, faster than one reads, and none of their assets
	WhyAddress             // others at its address do
)

var whyWords = [...]string{
	"nothing", "says so", "proved", "impostor", "reads feeds", "watches one page",
	"probes", "attacks", "misses", "tries passwords", "copies", "address",
}

// String returns the reason in a few words.
func (w Why) String() string {
	if int(w) >= len(whyWords) {
		return "unknown"
	}
	return whyWords[w]
}

// A Verdict is what somebody is taken for, and why.
type Verdict struct {
	Class site.Class
	Why   Why
	ban   bool // its address deserves one
}

// A Judge tells classes from what clients do, hit by hit, on a living site or
// over an old log. It allocates nothing once it is made. One goroutine may use
// it: logs are dealt to judges by client, and a lock for each line would cost
// as much as judging it. A Guard locks what it shares.
type Judge struct {
	table   *table
	paths   *pathMarks
	seen    looks
	claims  claims
	has     func(path string) bool
	touched uint64          // nothing, but the compiler cannot know
	runs    []atomic.Uint32 // how often an asset of a product was answered
	assets  atomic.Uint32   // how often any asset was: a site may have none
}

// Knowledge is what a Judge is told of the site.
type Knowledge struct {
	// Clients is how many clients are remembered at once. Optional: 32,768,
	// which take 10 MB.
	Clients int
	// Has reports whether the site has a path that looks like a probe. It is
	// asked about such paths alone. Optional: what is answered well and is no
	// secret then counts as the site's own.
	Has func(path string) bool
}

// NewJudge returns a judge who has seen nothing.
func NewJudge(k Knowledge) *Judge {
	if k.Clients == 0 {
		k.Clients = 1 << 15
	}
	p := paths()
	return &Judge{table: newTable(k.Clients), paths: p, has: k.Has, runs: make([]atomic.Uint32, len(p.products))}
}

// Hit takes in one line of a log. The path may have a query; pathHash is equal
// for equal paths, and second counts from 1970.
func (j *Judge) Hit(who *site.Asker, method, path string, pathHash uint64, status int, second int64) {
	key := j.table.ofAsker(who)
	h := hit{at: second, path: pathHash, status: status}
	j.look(&h, method, path)
	pairKey := with(key, who.AgentHash)
	pair := j.table.set(pairKey)
	i, new := pair.begin(pairKey, second)
	if new {
		pair.traces[i].claim = j.claims.of(who.AgentHash, who.Agent)
	}
	j.noteOf(&pair.traces[i], &h)
	pair.weigh(i)
	addr := j.table.set(key)
	i, _ = addr.begin(key, second)
	addr.traces[i].noteAll(&h)
	addr.weigh(i)
}

// Expect asks for what is known of a client, without waiting for it: memory that
// nobody has looked at lately is long in coming.
func (j *Judge) Expect(who *site.Asker) {
	key := j.table.ofAsker(who)
	j.touched += j.table.set(key).touch() + j.table.set(with(key, who.AgentHash)).touch()
}

// ExpectPath does the same for a path.
func (j *Judge) ExpectPath(hash uint64) { j.touched += j.seen.touch(hash) }

// touch reads from what is read of a set whatever it is asked for.
func (s *set) touch() uint64 { return uint64(s.prints[0] + s.past.prints[0]) }

// ClassOf returns what a client is taken for by now. Of a client that has not
// been seen lately, its agent decides.
func (j *Judge) ClassOf(who *site.Asker) site.Class {
	return j.Verdict(who).Class
}

// Verdict returns what a client is taken for by now, and why.
func (j *Judge) Verdict(who *site.Asker) Verdict {
	key := j.table.ofAsker(who)
	pair, known := j.table.find(with(key, who.AgentHash))
	if !known {
		pair.claim = j.claims.of(who.AgentHash, who.Agent)
	}
	addr, _ := j.table.find(key)
	return j.verdict(&pair, &addr)
}

// look tells what a request is, as far as it tells by itself.
func (j *Judge) look(h *hit, method, path string) {
	var known bool
	if h.look, known = j.seen.find(h.path); !known {
		h.look = j.paths.lookAt(path)
		j.seen.keep(h.path, h.look)
	}
	j.settle(h, method, path)
}

// noteOf takes in a hit of an agent whose claim is known.
func (j *Judge) noteOf(t *trace, h *hit) {
	h.honest, h.gentle = honest(t.claim), gentle(t.claim)
	t.note(h)
	t.bad = j.against(t)
}

// noteAll takes in a hit of whoever is at the address.
func (t *trace) noteAll(h *hit) {
	t.gentle = t.gentle || h.gentle
	if !h.gentle {
		t.note(h)
	}
}

// ownAssets is how many good answers show that a site runs a product: one
// could be a page that answers to every address.
const ownAssets = 3

// settle decides whether a probe is one, now that the answer is known.
func (j *Judge) settle(h *hit, method, path string) {
	good := h.status >= 200 && h.status < 400 && h.status != 301 && h.status != 308
	if h.sort == anAsset && good {
		j.assets.Add(1)
		if h.runs {
			j.runs[h.product].Add(1)
		}
	}
	if h.sort != aProbe && h.sort != aSecret {
		return
	}
	own := h.sort == aProbe && (j.runs[h.product].Load() >= ownAssets || good)
	if !own && j.has != nil {
		bare, _, _ := strings.Cut(path, "?")
		own = j.has(bare)
	}
	if own {
		h.sort = aPage
		// Whoever gets in is sent on; whoever does not sees the form again.
		h.tries = h.login && method == "POST" && h.status != 302 && h.status != 303
	}
}

// verdict weighs what one agent at an address did, and what all at it did.
func (j *Judge) verdict(pair, addr *trace) Verdict {
	switch c := pair.claim; {
	case gentle(c):
		return Verdict{Class: site.Class(c), Why: WhyAgent}
	case honest(c):
		return j.honestVerdict(pair, addr)
	case c == claim(site.Scanner):
		return Verdict{site.Scanner, WhyAgent, j.banworthy(addr)}
	}
	if pair.bad != WhyNothing {
		return Verdict{site.Scanner, pair.bad, j.banworthy(addr)}
	}
	if pair.past != WhyNothing && !pair.human() {
		return Verdict{Class: site.Scanner, Why: pair.past}
	}
	if !pair.human() && addr.hostile() {
		return Verdict{site.Scanner, WhyAddress, j.banworthy(addr)}
	}
	if pair.feeds >= 1 && pair.pages+pair.assets == 0 && (pair.feeds >= 3 || pair.claim != claimBrowser) {
		return Verdict{Class: site.Feed, Why: WhyReads}
	}
	if pair.claim == claimTool || pair.claim == claimStranger {
		return toolVerdict(pair)
	}
	return Verdict{Class: site.Person}
}

// toolVerdict is for programs that have done no harm.
func toolVerdict(t *trace) Verdict {
	switch {
	case t.human():
		return Verdict{Class: site.Person} // somebody drives a browser by a program
	case t.pages >= 10 && bits.OnesCount64(t.asked) == 1:
		return Verdict{Class: site.Monitor, Why: WhyWatches}
	}
	return Verdict{Class: site.Scanner, Why: WhyAgent}
}

// honestVerdict is for machines that say who they are. Search engines follow
// links that attackers lay out for them, so a little is forgiven.
func (j *Judge) honestVerdict(t, addr *trace) Verdict {
	switch {
	case t.proof == proved:
		return Verdict{Class: site.Class(t.claim), Why: WhyProved}
	case t.proof == refuted:
		return Verdict{site.Scanner, WhyImpostor, j.banworthy(addr)}
	case t.attacks >= 3 || t.probes.n >= 5:
		return Verdict{Class: site.Scanner, Why: WhyProbes}
	}
	return Verdict{Class: site.Class(t.claim), Why: WhyAgent}
}

// human reports whether pages came with what they are made of, and, where that
// can be seen, links were followed.
func (t *trace) human() bool {
	return t.pages > 0 && t.assets >= 2 && (t.links > 0 || t.home == 0)
}

// hostile reports whether an address has done so much that an agent who comes
// from it with nothing to show is taken for one more of its agents.
func (t *trace) hostile() bool {
	return t.attacks >= 10 || !t.human() && (t.attacks >= 3 || t.probes.n >= 3)
}

// against returns what speaks against a client. Who behaves as people do may meet
// a few dead links and be curious once or twice.
func (j *Judge) against(t *trace) Why {
	switch {
	case t.caught == WhyTries:
		return WhyTries
	case t.attacks >= 3:
		return WhyAttacks
	case t.probes.n >= 8:
		return WhyProbes
	case t.human():
		return WhyNothing
	case t.attacks >= 1:
		return WhyAttacks
	case t.probes.n >= 1:
		return WhyProbes
	case t.caught != WhyNothing:
		return t.caught
	case t.fails >= 15 && t.fails*10 >= t.pages*6:
		return WhyMisses
	case t.pages >= 20 && t.assets == 0 && t.last-t.from < 2*int64(t.pages) && j.assets.Load() >= ownAssets:
		return WhyCopies
	}
	return WhyNothing
}

// banworthy reports whether an address has done enough for a ban, and nobody
// at it would be hit who should not be.
func (j *Judge) banworthy(addr *trace) bool {
	if addr.gentle {
		return false
	}
	if addr.caught == WhyTries || addr.attacks >= 10 {
		return true
	}
	return !addr.human() && (addr.attacks >= 3 || addr.probes.n >= 4 || addr.caught == WhyMisses)
}
