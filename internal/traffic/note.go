package traffic

import (
	"buzzproof/internal/accesslog"
	"buzzproof/internal/hints"
)

// what counts the page, the file, or what was not there.
func (s *shard) what(v *visit, h *accesslog.Hit, k *keys, counts bool) {
	switch k.panel {
	case NotFound:
		v.missing++
	case Pages:
		v.pages++
	}
	at := s.panels[k.panel].find(k.what, h.Path)
	it := s.panels[k.panel].item(at)
	it.method, it.protocol = k.method, k.protocol
	new := 0.0
	if counts {
		new, _ = s.pair(v, k.what, k.panel, at)
	}
	s.bump(k.panel, at, it, h, new)
	s.listed(Methods, s.methodAt, k.method, h.Method, v, h, counts)
	s.listed(Protocols, s.protocolAt, k.protocol, h.Protocol, v, h, counts)
}

// placeOf is the place of a name in a list and one, 0 for none. The names that
// nearly all hits have come first in theirs.
func placeOf(list []string, name string) uint8 {
	for i, known := range list {
		if known == name {
			return uint8(i + 1)
		}
	}
	return 0
}

// listed counts an item whose name has a place in a list; at is where the items
// of those are.
func (s *shard) listed(p Panel, at []low, place uint8, name string, v *visit, h *accesslog.Hit, counts bool) {
	if place == 0 {
		return
	}
	if at[place].item == nil {
		at[place] = s.lowOf(p, s.item(p, name))
	}
	s.low(p, at[place], v, h, counts)
}

// whence counts where a visitor came from.
func (s *shard) whence(v *visit, h *accesslog.Hit, k *keys, counts bool) {
	if h.Referrer == "" {
		return
	}
	if h.Referrer == "-" {
		s.low(Referrers, s.lowOf(Referrers, s.panels[Referrers].find(k.referrer, "-")), v, h, counts)
		return
	}
	c := s.referrer(k.referrer, h.Referrer)
	known := false // a visitor known to a page of a site is known to the site
	for _, item := range [...]struct {
		panel Panel
		at    uint32
	}{{Referrers, c.page}, {Sites, c.site}, {Phrases, c.phrase}} {
		if item.at == none {
			continue
		}
		new, it := 0.0, s.panels[item.panel].item(item.at)
		if counts && !known {
			var sure bool
			new, sure = s.pair(v, it.hash, item.panel, item.at)
			known = item.panel == Referrers && sure && new == 0
		}
		s.bump(item.panel, item.at, it, h, new)
	}
}

// how counts what has few values: status, hour, site, TLS and the like.
func (s *shard) how(v *visit, h *accesslog.Hit, counts bool) {
	if h.Status >= 0 {
		at := &s.statusAt[h.Status]
		if at.item == nil {
			*at = s.lowOf(Statuses, s.item(Statuses, statusName(h.Status)))
		}
		s.low(Statuses, *at, v, h, counts)
	}
	s.low(Hours, s.lowOf(Hours, uint32(h.Second/3600)%24), v, h, counts)
	for _, few := range [...]struct {
		panel Panel
		name  string
	}{{VHosts, h.VHost}, {TLS, h.TLS}, {MIME, h.MIME}, {Cache, h.Cache}} {
		if few.name != "" {
			s.low(few.panel, s.lowOf(few.panel, s.item(few.panel, few.name)), v, h, counts)
		}
	}
}

// A low is an item of which there are few, so that a bit in the visit says
// whether the visitor is known to it.
type low struct {
	*item
	at uint32
}

func (s *shard) lowOf(p Panel, at uint32) low { return low{s.panels[p].item(at), at} }

// low counts such an item.
func (s *shard) low(p Panel, it low, v *visit, h *accesslog.Hit, counts bool) {
	new := 0.0
	if counts && !v.knows(it.item) {
		new = s.fresh(v, p, it)
	}
	s.bump(p, it.at, it.item, h, new)
}

// knows reports whether a bit says that a visitor is known to an item.
func (v *visit) knows(it *item) bool { return it.bit != 0 && v.did>>(it.bit-1)&1 != 0 }

func (s *shard) fresh(v *visit, p Panel, it low) float64 {
	if it.bit == 0 && s.nextBit < 64 {
		s.bitHash[s.nextBit] = it.hash
		s.nextBit++
		it.bit = s.nextBit
	}
	if it.bit != 0 {
		if v.knows(it.item) {
			return 0
		}
		v.did |= 1 << (it.bit - 1)
		if v.first {
			return 1
		}
		return s.seen.Add(pairOf(v.hash, printOf(it.hash)))
	}
	new, _ := s.pair(v, it.hash, p, it.at)
	return new
}

// pair returns what it stands for that a visitor did something: nothing if he
// did it before that day. The first few pairs of a visit lie in the visit
// itself, which is at hand anyway; most visits are short. Of others it is not
// sure yet: what they stand for is added to their item later.
func (s *shard) pair(v *visit, what uint64, p Panel, at uint32) (new float64, sure bool) {
	print := printOf(what)
	if !v.first {
		s.later(pairOf(v.hash, print), p, at)
		return 0, false
	}
	for _, known := range v.pairs[:v.kept] {
		if known == print {
			return 0, true
		}
	}
	if int(v.kept) < len(v.pairs) {
		v.pairs[v.kept] = print
		v.kept++
		return 1, true
	}
	s.later(pairOf(v.hash, print), p, at)
	return 0, false
}

// printOf is as much of an item's hash as tells the items apart that one
// visitor has to do with: for a hundred of them to have two alike is a matter
// of one in a million.
func printOf(hash uint64) uint32 { return uint32(hash >> 32) }

// pairOf is the hash of a pair, of a visit and the print of an item.
func pairOf(visit uint64, print uint32) uint64 { return mix(visit, uint64(print)) }

// minute counts a visitor once for each minute he is there. As long as his
// hits are in order, or in the opposite one, that takes no memory; where they
// are not, he may count twice for a minute.
func (s *shard) minute(v *visit, h *accesslog.Hit, counts bool) {
	m := int16(h.Second / 60 % minutesADay)
	new := 0.0
	switch {
	case !counts || v.minute == m:
	case m > v.late || m < v.early:
		new = 1
	default:
		new = s.seen.Add(mix(v.hash, uint64(m)|1<<40))
	}
	if counts {
		v.minute, v.early, v.late = m, min(v.early, m), max(v.late, m)
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
			country = hints.Other
		}
		at.country = s.item(Countries, country) + 1
		if network != "" {
			at.network = s.item(Networks, network) + 1
		}
	}
	s.bumpAt(Countries, at.country-1, h, first)
	if at.network != 0 {
		s.bumpAt(Networks, at.network-1, h, first)
	}
}

func statusName(status int32) string {
	return string([]byte{byte('0' + status/100), byte('0' + status/10%10), byte('0' + status%10)})
}
