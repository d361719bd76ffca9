package traffic

import (
	"hash/maphash"
	"math"
	"math/bits"
	"time"

	"buzzproof/internal/accesslog"
	"buzzproof/internal/site"
)

// A shard counts all hits of some clients. Only one goroutine at a time may
// use it.
type shard struct {
	seed     maphash.Seed
	judge    Judge
	where    Locator
	classes  map[site.Class]bool // only these are counted; nil for all
	learning bool                // hits go to the judge alone
	learned  bool                // the judge has heard of all hits
	panels   [panelCount]table
	visits   visits
	seen     *seen
	days     map[int32]*day
	today    *day // the day of the last hit
	totals   totals
	agents   cache // by hash of an agent
	sources  cache // by hash of a referrer
	places   []place
	room     int // bytes left for items before some must be forgotten

	statusAt   [600]uint32 // items of statuses, and one
	methodAt   map[string]uint8
	protocolAt map[string]uint8
	nextBit    uint8
	bitHash    [64]uint64
}

// A place is where a host is, as items and one; 0 means not looked up.
type place struct{ country, network uint32 }

func newShard(o *Options, seed maphash.Seed, exact, shards int) *shard {
	s := &shard{
		seed: seed, where: o.Where, days: map[int32]*day{}, seen: newSeen(exact),
		methodAt: map[string]uint8{}, protocolAt: map[string]uint8{}, nextBit: 24,
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
		s.panels[Hours].items[at].bit = uint8(hour + 1)
		s.bitHash[hour] = s.panels[Hours].items[at].hash
	}
	for i, m := range accesslog.Methods {
		s.methodAt[m] = uint8(i + 1)
	}
	for i, p := range accesslog.Protocols {
		s.protocolAt[p] = uint8(i + 1)
	}
	return s
}

// itemRoom is what the items of all shards may take.
const itemRoom = 20 << 20

// shrink makes room when items take too much: the panel that takes most
// forgets. Only between two hits may items move.
func (s *shard) shrink() {
	if s.today == nil || s.totals.hits&0xff != 0 {
		return
	}
	largest, sum := Pages, 0
	for p := range s.panels {
		sum += s.panels[p].bytes
		if s.panels[p].bytes > s.panels[largest].bytes {
			largest = Panel(p)
		}
	}
	if sum < s.room {
		return
	}
	s.fold() // visits refer to items
	s.panels[largest].forget()
	clear(s.agents)
	clear(s.sources)
	if largest == Hosts || largest == Countries || largest == Networks {
		s.places = s.places[:0]
	}
}

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

// A source is what an agent or a referrer leads to: items of three panels.
// None stands for none.
type source struct {
	hash    uint64
	a, b, c uint32
}

const none = math.MaxUint32

// A cache spares looking at the same string twice. It forgets what it has no
// room for.
type cache []source

const cacheSize = 1 << 12

func (c *cache) slot(hash uint64) *source {
	if *c == nil {
		*c = make(cache, cacheSize)
	}
	return &(*c)[hash>>20%cacheSize]
}

// agent returns the items of an agent: itself, its browser, its system.
func (s *shard) agent(agent string) *source {
	hash := s.hash(Agents, agent)
	c := s.agents.slot(hash)
	if c.hash != hash {
		a := s.panels[Agents].find(hash, agent)
		*c = source{hash, a, s.item(Browsers, browserOf(agent)), s.item(Systems, systemOf(agent))}
	}
	return c
}

// referrer returns the items of a referrer: itself, its site, a phrase.
func (s *shard) referrer(referrer string) *source {
	hash := s.hash(Referrers, referrer)
	c := s.sources.slot(hash)
	if c.hash == hash {
		return c
	}
	phrase, counted := phraseOf(referrer)
	*c = source{hash, s.item(Referrers, counted), none, none}
	if host := siteOf(referrer); host != "" {
		c.b = s.item(Sites, host)
	}
	if phrase != "" {
		c.c = s.item(Phrases, phrase)
	}
	return c
}

// add counts a hit.
func (s *shard) add(h *accesslog.Hit, clientHash uint64) {
	if s.judge != nil && !s.learned {
		s.judge.Hit(h.Client, h.Agent, h.Method, h.Path, int(h.Status), time.Unix(stamp(h.Day, h.Second), 0).UTC())
	}
	if s.learning {
		return
	}
	if s.classes != nil && !s.classes[s.classOf(h.Client, h.Agent)] {
		s.totals.filtered++
		return
	}
	s.shrink()
	agent := s.agent(h.Agent)
	host := s.panels[Hosts].find(mix(clientHash, uint64(Hosts)+1), h.Client)
	v := s.visits.find(s, mix(mix(clientHash, agent.hash), uint64(h.Day)), host, agent.a, h.Day)
	s.today = s.dayOf(h.Day)
	s.totals.note(h)

	// Answers to mistakes make nobody a visitor, as in GoAccess.
	counts := h.Status/100 != 4
	first := 0.0
	if counts && !v.counted {
		v.counted = true
		first = 1
		if s.visits.folds > 0 {
			first = s.seen.add(mix(v.hash, visitorSalt))
		}
		v.first = first > 0
	}
	v.note(h)
	s.today.note(h, first)
	s.totals.visitors += first
	s.bump(Hosts, host, h, first)
	s.bump(Agents, agent.a, h, first)
	s.bump(Browsers, agent.b, h, first)
	s.bump(Systems, agent.c, h, first)
	if s.where != nil {
		s.place(host, h, first)
	}
	s.minute(v, h, counts)
	s.what(v, h, counts)
	s.whence(v, h, counts)
	s.how(v, h, counts)
}

// visitorSalt tells a visitor from what he did.
const visitorSalt = 0x7669736974

func (s *shard) classOf(client, agent string) site.Class {
	if s.judge == nil {
		return site.Person
	}
	return s.judge.ClassOf(client, agent)
}

func (s *shard) bump(p Panel, at uint32, h *accesslog.Hit, visitors float64) {
	it := &s.panels[p].items[at]
	it.hits++
	it.bytes += uint64(h.Bytes)
	it.visitors += visitors
	if h.Took > 0 {
		s.panels[p].timed(at, uint64(h.Took))
	}
}

// what counts the page, the file, or what was not there.
func (s *shard) what(v *visit, h *accesslog.Hit, counts bool) {
	p := Pages
	switch {
	case h.Status == 404:
		p = NotFound
		v.missing++
	case isStatic(h.Path):
		p = Static
	default:
		v.pages++
	}
	method, protocol := s.methodAt[h.Method], s.protocolAt[h.Protocol]
	hash := mix(maphash.String(s.seed, h.Path), uint64(p)<<16|uint64(method)<<8|uint64(protocol)|1<<32)
	t := &s.panels[p]
	at := t.find(hash, h.Path)
	t.items[at].method, t.items[at].protocol = method, protocol
	new := 0.0
	if counts {
		new = s.pair(v, hash)
	}
	s.bump(p, at, h, new)
	if h.Method != "" {
		s.low(Methods, h.Method, v, h, counts)
	}
	if h.Protocol != "" {
		s.low(Protocols, h.Protocol, v, h, counts)
	}
}

// whence counts where a visitor came from.
func (s *shard) whence(v *visit, h *accesslog.Hit, counts bool) {
	if h.Referrer == "" {
		return
	}
	if h.Referrer == "-" {
		s.low(Referrers, "-", v, h, counts)
		return
	}
	c := s.referrer(h.Referrer)
	known := true // a visitor known to a page of a site is known to the site
	for _, item := range [...]struct {
		panel Panel
		at    uint32
	}{{Referrers, c.a}, {Sites, c.b}, {Phrases, c.c}} {
		if item.at == none {
			continue
		}
		new := 0.0
		if counts && (item.panel == Referrers || !known || s.seen.filter) {
			new = s.pair(v, s.panels[item.panel].items[item.at].hash)
		}
		if item.panel == Referrers {
			known = new == 0
		}
		s.bump(item.panel, item.at, h, new)
	}
}

// how counts what has few values: status, hour, site, TLS and the like.
func (s *shard) how(v *visit, h *accesslog.Hit, counts bool) {
	if h.Status >= 0 {
		if at := &s.statusAt[h.Status]; *at == 0 {
			*at = s.item(Statuses, statusName(h.Status)) + 1
		}
		s.lowAt(Statuses, s.statusAt[h.Status]-1, v, h, counts)
	}
	s.lowAt(Hours, uint32(h.Second/3600)%24, v, h, counts)
	for _, few := range [...]struct {
		panel Panel
		name  string
	}{{VHosts, h.VHost}, {TLS, h.TLS}, {MIME, h.MIME}, {Cache, h.Cache}} {
		if few.name != "" {
			s.low(few.panel, few.name, v, h, counts)
		}
	}
}

func (s *shard) low(p Panel, name string, v *visit, h *accesslog.Hit, counts bool) {
	s.lowAt(p, s.item(p, name), v, h, counts)
}

// lowAt counts an item of which there are few, so that a bit in the visit says
// whether the visitor is known to it.
func (s *shard) lowAt(p Panel, at uint32, v *visit, h *accesslog.Hit, counts bool) {
	new := 0.0
	if counts {
		new = s.fresh(v, &s.panels[p].items[at])
	}
	s.bump(p, at, h, new)
}

func (s *shard) fresh(v *visit, it *item) float64 {
	if it.bit == 0 && s.nextBit < 64 {
		s.bitHash[s.nextBit] = it.hash
		s.nextBit++
		it.bit = s.nextBit
	}
	if it.bit != 0 {
		bit := uint64(1) << (it.bit - 1)
		if v.did&bit != 0 {
			return 0
		}
		v.did |= bit
		if v.first {
			return 1
		}
		return s.seen.add(mix(v.hash, it.hash))
	}
	return s.pair(v, it.hash)
}

// pair returns what it stands for that a visitor did something: nothing if he
// did it before that day. The first few pairs of a visit lie in the visit
// itself, which is at hand anyway; most visits are short.
func (s *shard) pair(v *visit, what uint64) float64 {
	hash := mix(v.hash, what)
	if !v.first {
		return s.seen.add(hash)
	}
	for _, known := range v.pairs[:v.kept] {
		if known == hash {
			return 0
		}
	}
	if int(v.kept) < len(v.pairs) {
		v.pairs[v.kept] = hash
		v.kept++
		return 1
	}
	return s.seen.add(hash)
}

// minute counts a visitor once for each minute he is there, as long as his
// hits are in order.
func (s *shard) minute(v *visit, h *accesslog.Hit, counts bool) {
	m := int16(h.Second / 60)
	new := 0.0
	if counts && v.minute != m {
		v.minute = m
		new = 1
	}
	s.today.noteMinute(m, new)
}

func (s *shard) place(host uint32, h *accesslog.Hit, first float64) {
	for len(s.places) <= int(host) {
		s.places = append(s.places, place{})
	}
	at := &s.places[host]
	if at.country == 0 {
		country, network := s.where.Locate(h.Client)
		if country == "" {
			country = other
		}
		at.country = s.item(Countries, country) + 1
		if network != "" {
			at.network = s.item(Networks, network) + 1
		}
	}
	s.bump(Countries, at.country-1, h, first)
	if at.network != 0 {
		s.bump(Networks, at.network-1, h, first)
	}
}

func statusName(status int32) string {
	return string([]byte{byte('0' + status/100), byte('0' + status/10%10), byte('0' + status%10)})
}
