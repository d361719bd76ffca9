package traffic

import (
	"hash/maphash"
	"math"
	"math/bits"

	"buzzproof/internal/accesslog"
	"buzzproof/internal/hints"
	"buzzproof/internal/site"
	"buzzproof/internal/sketch"
)

// A shard counts all hits of some clients. Only one goroutine at a time may
// use it.
type shard struct {
	seed     maphash.Seed
	judge    Judge
	who      site.Asker // the one the judge is told of
	where    Locator
	classes  map[site.Class]bool // only these are counted; nil for all
	learning bool                // hits go to the judge alone
	learned  bool                // the judge has heard of all hits
	panels   [panelCount]table
	visits   visits
	closed   closed
	seen     *sketch.Seen
	days     map[int32]*day
	today    *day // the day of the last hit
	totals   totals
	kin      []kin // by item of an agent
	sources  cache // by hash of a referrer
	places   []place
	room     int // bytes left for items before some must be forgotten

	statusAt   [600]low
	methodAt   []low // by places in accesslog.Methods and one
	protocolAt []low
	late       []latePair
	touched    uint64 // nothing, but the compiler cannot know
	nextBit    uint8
	bitHash    [64]uint64
}

// A place is where a host is, as items and one; 0 means not looked up.
type place struct{ country, network uint32 }

// Kin are the items that an agent leads to.
type kin struct{ browser, system uint32 }

func newShard(o *Options, seed maphash.Seed, exact, shards int) *shard {
	s := &shard{
		seed: seed, where: o.Where, days: map[int32]*day{}, seen: sketch.NewSeen(exact),
		methodAt: make([]low, len(accesslog.Methods)+1), protocolAt: make([]low, len(accesslog.Protocols)+1), nextBit: 24,
	}
	if o.Judge != nil {
		s.judge = o.Judge()
	}
	if len(o.Filter.Classes) > 0 {
		s.classes = o.Filter.Classes
	}
	s.visits.limit = max(1, maxVisits/shards)
	s.room = itemRoom / shards
	for hour := range 24 {
		name := string([]byte{byte('0' + hour/10), byte('0' + hour%10)})
		at := s.item(Hours, name)
		it := s.panels[Hours].item(at)
		it.bit, s.bitHash[hour] = uint8(hour+1), it.hash
	}
	return s
}

// itemRoom is what the items of all shards may take.
const itemRoom = 16 << 20

// shrinkEvery is how many hits there are from one look at the room to the next.
const shrinkEvery = 256

// shrink makes room when items take too much: the panel that takes most
// forgets, of those that a log can fill. Only between two hits may items move.
func (s *shard) shrink() {
	largest, sum := Pages, 0
	for p := range Panel(panelCount) {
		sum += s.panels[p].bytes
		if !p.few() && s.panels[p].bytes > s.panels[largest].bytes {
			largest = p
		}
	}
	if sum < s.room {
		return
	}
	s.fold(noDay) // visits refer to items
	s.settle()
	s.panels[largest].forget()
	s.kin = s.kin[:0]
	clear(s.sources)
	if largest == Hosts || largest == Countries || largest == Networks {
		s.places = s.places[:0]
	}
}

// few reports whether a panel has so few items, a hundred at most, that all are kept:
// where they lie is known for good.
func (p Panel) few() bool { return p == Statuses || p == Methods || p == Protocols || p == Hours }

// mix makes one hash of two.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^0x9E3779B97F4A7C15, b^0xD1B54A32D192ED03)
	return hi ^ lo
}

func (s *shard) hash(p Panel, name string) uint64 {
	return mix(maphash.String(s.seed, name), uint64(p)+1)
}

func (s *shard) item(p Panel, name string) uint32 {
	return s.panels[p].find(s.hash(p, name), name)
}

// A source is what a referrer leads to: items of three panels. None stands for
// none.
type source struct {
	hash               uint64
	page, site, phrase uint32
}

const none = math.MaxUint32

// noDay is the day of no visit.
const noDay = math.MinInt32

// A cache spares looking at the same string twice. It forgets what it has no
// room for.
type cache []source

const cacheSize = 1 << 13 // sources, of 24 bytes each

func (c *cache) slot(hash uint64) *source {
	if *c == nil {
		*c = make(cache, cacheSize)
	}
	return &(*c)[hash>>20%cacheSize]
}

// agent returns the item of an agent, whose kin are known from then on.
func (s *shard) agent(hash uint64, agent string) uint32 {
	at := s.panels[Agents].find(hash, agent)
	for len(s.kin) <= int(at) {
		name := string(s.panels[Agents].name(uint32(len(s.kin))))
		s.kin = append(s.kin, kin{s.item(Browsers, hints.Browser(name)), s.item(Systems, hints.System(name))})
	}
	return at
}

// referrer returns the items of a referrer: itself, its site, a phrase.
func (s *shard) referrer(hash uint64, referrer string) *source {
	c := s.sources.slot(hash)
	if c.hash == hash {
		return c
	}
	phrase, counted := hints.Phrase(referrer)
	*c = source{hash, s.item(Referrers, counted), none, none}
	if host := hints.Site(referrer); host != "" {
		c.site = s.item(Sites, host)
	}
	if phrase != "" {
		c.phrase = s.item(Phrases, phrase)
	}
	return c
}

// add counts a hit.
func (s *shard) add(h *accesslog.Hit, k *keys) {
	s.who = site.Asker{Client: h.Client, Agent: h.Agent, ClientHash: k.host, AgentHash: k.agent}
	if s.judge != nil && !s.learned {
		s.judge.Hit(&s.who, h.Method, h.Path, k.path, int(h.Status), stamp(h.Day, h.Second))
	}
	if s.learning {
		return
	}
	if s.classes != nil && !s.classes[s.classOf()] {
		s.totals.filtered++
		return
	}
	if s.totals.hits%shrinkEvery == shrinkEvery-1 {
		s.shrink()
	}
	s.count(h, s.visit(h, k), k)
}

// count adds a hit to a visit, the totals and every panel.
func (s *shard) count(h *accesslog.Hit, v *visit, k *keys) {
	s.today = s.dayOf(h.Day)
	s.totals.note(h)
	// Answers to mistakes make nobody a visitor, as in GoAccess.
	counts := h.Status/100 != 4
	first := 0.0
	if counts && !v.counted {
		first = s.arrive(v)
	}
	v.note(h)
	s.today.note(h, first)
	s.totals.visitors += first
	if h.Took > 0 {
		s.timed(v, uint64(h.Took))
	}
	if s.where != nil {
		s.place(v.host, h, first)
	}
	s.minute(v, h, counts)
	s.what(v, h, k, counts)
	s.whence(v, h, k, counts)
	s.how(v, h, counts)
}

// arrive makes a visit that of a visitor and returns how many new visitors
// that stands for: none for one whose earlier visit of the day was closed.
func (s *shard) arrive(v *visit) float64 {
	first := 1.0
	if s.closed.holds(v.day) {
		s.recall(v.day)
		first = s.seen.Add(mix(v.hash, visitorSalt))
	}
	v.counted, v.first = true, first > 0
	for _, it := range s.told(v) {
		it.visitors += first
	}
	return first
}

// timed notes how long an answer took, where a visit tells of its hits as a
// whole.
func (s *shard) timed(v *visit, us uint64) {
	kin := s.kin[v.agent]
	s.panels[Hosts].timed(v.host, us)
	s.panels[Agents].timed(v.agent, us)
	s.panels[Browsers].timed(kin.browser, us)
	s.panels[Systems].timed(kin.system, us)
}

// visitorSalt tells a visitor from what he did.
const visitorSalt = 0x7669736974

// classOf is the class of who.
func (s *shard) classOf() site.Class {
	if s.judge == nil {
		return site.Person
	}
	return s.judge.ClassOf(&s.who)
}

func (s *shard) bumpAt(p Panel, at uint32, h *accesslog.Hit, visitors float64) {
	s.bump(p, at, s.panels[p].item(at), h, visitors)
}

// bump adds a hit to an item.
func (s *shard) bump(p Panel, at uint32, it *item, h *accesslog.Hit, visitors float64) {
	it.hits++
	it.bytes += uint64(h.Bytes)
	it.visitors += visitors
	if h.Took > 0 {
		s.panels[p].timed(at, uint64(h.Took))
	}
}
