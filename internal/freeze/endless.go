package freeze

import (
	"hash/maphash"
	"slices"
	"strings"

	"buzzproof/internal/site"
)

// An endless space is a set of pages that a program makes up as they are asked
// for: the months of a calendar, the combinations of a shop's filters. What
// gives it away is not any page but the way to it: one leads to the next, and
// but for digits none says or shows what was not said or shown before. Pages
// that the rest of the site links to are never part of it, however alike they
// are: they are as many as somebody once wrote links.
type endless struct {
	seed   maphash.Seed
	known  []uint64 // Bloom filter over texts, two bits each
	shapes map[string]*shape
	stale  map[string]int // by path: combined queries in a row that brought nothing new

	trimmed map[string]bool      // shapes of which something was refused
	before  map[string]bool      // the same, of the freeze before
	knew    func(a address) bool // whether the freeze before held an address
}

// A shape is what is remembered of the pages whose addresses differ in digits
// and query values only.
type shape struct {
	dated  bool            // the addresses end in a date
	sets   map[uint64]bool // what such pages said and showed
	echoes int             // pages in a row that said and showed what another did
}

// A trail says how a page was reached.
type trail struct {
	path  string // of the page, without its query
	shape string
	echo  int // pages on the way to this one, itself included, that were echoes of others
}

const (
	// longestEcho is how many pages, each reached through the one before, may
	// be echoes. The months of a calendar are new by name for a year; more than
	// another year of nothing is not worth the asking.
	longestEcho = 16
	// mostDated is how many pages in a row with a date for an address may be
	// echoes: more than a month of empty days.
	mostDated = 40
	// mostStale is how many combinations of filters may show nothing new.
	mostStale = 100
	// deepest is how many folders deep an address may lie, and mostTwins how
	// often one folder may stand in it: a relative link gone wrong repeats
	// itself for ever.
	deepest   = 32
	mostTwins = 3
	// setsKept bounds the memory of one shape: 4096 sets of 8 bytes and their
	// map are about 100 KB.
	setsKept = 4096
	// bloomWords holds 2^25 bits, 4 MB: 1 % false alarms at 1.7 M texts.
	bloomWords = 1 << 19
)

func newEndless(before map[string]bool, knew func(a address) bool) *endless {
	return &endless{
		seed: maphash.MakeSeed(), known: make([]uint64, bloomWords), shapes: map[string]*shape{}, stale: map[string]int{},
		trimmed: map[string]bool{}, before: before, knew: knew,
	}
}

// shapeOf is an address with its digits and query values taken out. It is
// empty for an address that has neither: one of a kind.
func shapeOf(a address) string {
	path, query := site.SplitKey(a)
	if query == "" && !strings.ContainsAny(path, "0123456789") {
		return ""
	}
	var b strings.Builder
	inDigits := false
	for _, c := range []byte(path) {
		digit := '0' <= c && c <= '9'
		if !digit {
			b.WriteByte(c)
		} else if !inDigits {
			b.WriteByte('0')
		}
		inDigits = digit
	}
	if query == "" {
		return b.String()
	}
	names := queryNames(query)
	return b.String() + "?" + strings.Join(names, "&")
}

func queryNames(query string) []string {
	var names []string
	for pair := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// refuses reports whether an address found on a page with the given trail
// leads further into an endless space.
func (e *endless) refuses(a address, from trail) bool {
	if strays(a) {
		return true
	}
	name := shapeOf(a)
	if name == "" {
		return false
	}
	// Which pages of an endless space come first depends on how fast the
	// origin answers. Where the last freeze drew the line inside of it, this
	// one does too: a site that did not change must not get another name.
	if e.before[name] && e.before[from.shape] {
		e.trim(name, from.shape)
		return !e.knew(a)
	}
	if !e.leadsOn(a, name, from) {
		return false
	}
	e.trim(name, from.shape)
	return true
}

// trim remembers shapes between which the line was drawn.
func (e *endless) trim(shapes ...string) {
	for _, name := range shapes {
		if name != "" {
			e.trimmed[name] = true
		}
	}
}

// leadsOn reports whether the way to an address has proven to be endless.
func (e *endless) leadsOn(a address, name string, from trail) bool {
	if from.echo >= longestEcho {
		return true
	}
	if s := e.shapes[name]; s != nil && s.dated && s.echoes >= mostDated && from.echo > 0 {
		return true
	}
	path, query := site.SplitKey(a)
	return path == from.path && isCombined(query) && e.stale[path] >= mostStale
}

// isCombined tells ?colour=red&size=m from ?id=7.
func isCombined(query string) bool { return strings.Contains(query, "&") }

// strays recognises addresses that a wrong relative link makes longer at every
// step.
func strays(a address) bool {
	path, _ := site.SplitKey(a)
	if strings.Count(path, "/") > deepest {
		return true
	}
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if segment == "" {
			continue
		}
		twins := 0
		for _, other := range segments[i:] {
			if other == segment {
				twins++
			}
		}
		if twins > mostTwins {
			return true
		}
	}
	return false
}

// A sight is what a page says and shows.
type sight struct {
	texts []uint64  // digests of its texts, without digits
	leads []address // all it refers to
	fresh int       // how many of those were not known before
}

// visit learns from a page and returns its trail. The page was found on one
// with the trail from.
func (e *endless) visit(a address, from trail, saw sight) trail {
	path, query := site.SplitKey(a)
	here := trail{path: path, shape: shapeOf(a)}
	newTexts, set := e.learn(saw.texts)
	if isCombined(query) {
		e.stale[path] = runOf(e.stale[path], newTexts == 0 && saw.fresh == e.freshWithin(path, saw))
	}
	if here.shape == "" {
		return here
	}
	s := e.shapes[here.shape]
	if s == nil {
		s = &shape{dated: isDated(a), sets: map[uint64]bool{}}
		e.shapes[here.shape] = s
	}
	set ^= e.leadsTo(saw.leads, here.shape)
	echo := s.sets[set]
	if len(s.sets) < setsKept {
		s.sets[set] = true
	}
	s.echoes = runOf(s.echoes, echo)
	if echo {
		here.echo = from.echo + 1
	}
	return here
}

// freshWithin counts the new addresses that are only more of the same path.
func (e *endless) freshWithin(path string, saw sight) int {
	within := 0
	for _, a := range saw.leads[len(saw.leads)-saw.fresh:] {
		if p, _ := site.SplitKey(a); p == path {
			within++
		}
	}
	return within
}

// leadsTo names the set of what a page refers to besides its own kind. Dates
// and values of queries are made up as easily as pages, so of those only the
// shape counts.
func (e *endless) leadsTo(leads []address, own string) (set uint64) {
	seen := map[string]bool{}
	for _, a := range leads {
		name := shapeOf(a)
		if name == own {
			continue
		}
		if strings.Contains(a, "?") || name != "" && isDated(a) {
			a = name
		}
		if !seen[a] {
			seen[a] = true
			set ^= maphash.String(e.seed, a)
		}
	}
	return set
}

func runOf(run int, again bool) int {
	if again {
		return run + 1
	}
	return 0
}

// learn adds texts to the filter and returns how many were new and a name for
// the set of them.
func (e *endless) learn(texts []uint64) (fresh int, set uint64) {
	for _, t := range texts {
		set ^= t * 0x9e3779b97f4a7c15
		first, second := t%(bloomWords*64), (t>>32|t<<32)%(bloomWords*64)
		if !e.has(first) || !e.has(second) {
			fresh++
		}
		e.known[first/64] |= 1 << (first % 64)
		e.known[second/64] |= 1 << (second % 64)
	}
	return fresh, set
}

func (e *endless) has(bit uint64) bool { return e.known[bit/64]&(1<<(bit%64)) != 0 }

// texts digests what stands between the tags of a document, without digits and
// spaces, each text once.
func texts(seed maphash.Seed, doc []byte) []uint64 {
	var all []uint64
	buf := make([]byte, 0, 512)
	inTag := false
	flush := func() {
		if len(buf) > 2 {
			all = append(all, maphash.Bytes(seed, buf))
		}
		buf = buf[:0]
	}
	for _, c := range doc {
		switch {
		case c == '<':
			flush()
			inTag = true
		case c == '>' && inTag:
			inTag = false
		case inTag || c <= ' ' || '0' <= c && c <= '9' || len(buf) == cap(buf):
		default:
			buf = append(buf, c)
		}
	}
	flush()
	slices.Sort(all)
	return slices.Compact(all)
}
