package style

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// The work that matching may cost, in looks at an element. A theme with 3,000
// selectors on a page of 1,000 elements takes 300,000. What is left when the
// work is used up is kept.
const (
	workAll = 20_000_000
	workOne = 500_000
)

// A matcher tells what selectors could match in a document.
type matcher struct {
	doc     *document
	scripts words
	said    map[string]bool    // by the text of a selector
	moving  map[attribute]bool // what moves said
	all     int                // work left
	one     int                // work left for this selector
}

func newMatcher(doc *document, scripts words) *matcher {
	return &matcher{doc: doc, scripts: scripts, said: map[string]bool{}, moving: map[attribute]bool{}, all: workAll}
}

// could tells whether the selector could match an element in some state.
func (m *matcher) could(s selector) bool {
	key := write(s.toks)
	if said, ok := m.said[key]; ok {
		return said
	}
	m.one = workOne
	said := m.find(s)
	m.said[key] = said
	return said
}

func (m *matcher) find(s selector) bool {
	moves := false
	for _, c := range s.parts {
		has, dynamic := m.names(c)
		if !has {
			return false
		}
		moves = moves || dynamic
	}
	if moves { // a script may put it anywhere
		return true
	}
	last := len(s.parts) - 1
	for _, at := range m.candidates(s.parts[last]) {
		if m.matches(s, last, at) {
			return true
		}
	}
	return m.spent()
}

// spent tells whether the work is used up, so that nothing can be told.
func (m *matcher) spent() bool { return m.one <= 0 || m.all <= 0 }

// names tells whether the page has every name in c, and whether a script could
// give one of them to any element.
func (m *matcher) names(c compound) (has, dynamic bool) {
	has = true
	look := func(name string, inPage bool) {
		moves := m.scripts.may(name)
		has, dynamic = has && (inPage || moves), dynamic || moves
	}
	if c.tag != "" {
		moves := m.scripts.makes(c.tag)
		has, dynamic = moves || len(m.doc.byTag[c.tag]) > 0, moves
	}
	for _, id := range c.ids {
		look(id, len(m.doc.byID[m.doc.fold(id)]) > 0)
	}
	for _, class := range c.classes {
		look(class, len(m.doc.byClass[m.doc.fold(class)]) > 0)
	}
	for _, a := range c.attrs {
		moves := m.moves(a)
		has, dynamic = has && (moves || m.doc.attrs[a.name]), dynamic || moves
	}
	for _, list := range c.anyOf {
		someHas := false
		for _, s := range list {
			hasAll, moves := true, false
			for _, part := range s.parts {
				h, d := m.names(part)
				hasAll, moves = hasAll && h, moves || d
			}
			someHas, dynamic = someHas || hasAll, dynamic || hasAll && moves
		}
		has = has && someHas
	}
	return has, dynamic
}

// candidates are the elements that c could be, the shortest list that is known.
func (m *matcher) candidates(c compound) []int32 {
	var best []int32
	begun := false
	offer := func(l []int32) {
		if !begun || len(l) < len(best) {
			best, begun = l, true
		}
	}
	for _, id := range c.ids {
		offer(m.doc.byID[m.doc.fold(id)])
	}
	for _, class := range c.classes {
		offer(m.doc.byClass[m.doc.fold(class)])
	}
	if c.tag != "" {
		offer(m.doc.byTag[c.tag])
	}
	if !begun {
		return m.doc.every()
	}
	return best
}

// matches tells whether the first parts of s, up to i, match with part i at
// the element.
func (m *matcher) matches(s selector, i int, at int32) bool {
	m.one -= m.doc.all[at].work
	m.all -= m.doc.all[at].work
	if m.spent() {
		return true
	}
	if !m.is(s.parts[i], at) {
		return false
	}
	if i == 0 {
		return true
	}
	e := &m.doc.all[at]
	switch s.joins[i-1] {
	case '>':
		return e.parent != none && m.matches(s, i-1, e.parent)
	case '+':
		return e.prev != none && m.matches(s, i-1, e.prev)
	case '~':
		for p := e.prev; p != none; p = m.doc.all[p].prev {
			if m.matches(s, i-1, p) {
				return true
			}
		}
	default:
		for p := e.parent; p != none; p = m.doc.all[p].parent {
			if m.matches(s, i-1, p) {
				return true
			}
		}
	}
	return false
}

func (m *matcher) is(c compound, at int32) bool {
	e := &m.doc.all[at]
	if c.tag != "" && c.tag != e.tag {
		return false
	}
	for _, id := range c.ids {
		if m.doc.fold(id) != e.id {
			return false
		}
	}
	for _, class := range c.classes {
		if !slices.Contains(e.classes, m.doc.fold(class)) {
			return false
		}
	}
	for _, a := range c.attrs {
		if !m.moves(a) && !slices.ContainsFunc(e.attrs, a.holds) {
			return false
		}
	}
	for _, list := range c.anyOf {
		if !slices.ContainsFunc(list, func(s selector) bool { return m.matches(s, len(s.parts)-1, at) }) {
			return false
		}
	}
	return true
}

// moves tells whether a visitor or a script may change the attribute.
func (m *matcher) moves(a attribute) bool {
	if a.name == "open" || a.name == "hidden" || a.name == "value" {
		return true
	}
	if a.name != "class" && a.name != "id" {
		return m.scripts.may(a.name)
	}
	said, known := m.moving[a]
	if !known {
		m.all -= len(m.scripts.all)
		said = m.all <= 0 || m.scripts.mention(a.want)
		m.moving[a] = said
	}
	return said
}

// holds compares without regard to case, which is right for some attributes
// and never too strict.
func (a attribute) holds(h html.Attribute) bool {
	if !strings.EqualFold(a.name, h.Key) {
		return false
	}
	has, want := strings.ToLower(h.Val), strings.ToLower(a.want)
	switch a.op {
	case '=':
		return has == want
	case '~':
		return slices.Contains(strings.Fields(has), want)
	case '|':
		return has == want || strings.HasPrefix(has, want+"-")
	case '^':
		return strings.HasPrefix(has, want)
	case '$':
		return strings.HasSuffix(has, want)
	case '*':
		return strings.Contains(has, want)
	}
	return true
}
