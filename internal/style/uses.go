package style

import "strings"

// uses are the names that rules, attributes and scripts refer to: custom
// properties, animations, styles of counters. What defines a name that nobody
// refers to is left out.
type uses struct {
	m       *matcher
	named   map[string]bool
	waiting map[string][]node // what defines a name that nobody referred to yet
	fresh   []string          // names whose definitions are to be looked at
}

func newUses(m *matcher) *uses {
	u := &uses{m: m, named: map[string]bool{}, waiting: map[string][]node{}}
	for _, e := range m.doc.all {
		for _, a := range e.attrs {
			if a.Key == "style" {
				u.values(parseInline(a.Val))
			}
		}
	}
	for name := range readWords([]string{m.doc.dashed.String()}).all {
		u.named[name] = true
	}
	return u
}

// defines returns the name that a node gives a meaning to, or "".
func defines(n node) string {
	switch {
	case n.form == declaration && strings.HasPrefix(n.name, "--"):
		return n.name
	case n.form == atRule && len(n.prelude) > 0:
		switch n.name {
		case "keyframes", "-webkit-keyframes", "-moz-keyframes", "-o-keyframes", "property", "counter-style",
			"position-try", "font-palette-values":
			return plain(n.prelude[0])
		}
	}
	return ""
}

// look takes up what rules refer to.
func (u *uses) look(rules []node) {
	for _, n := range rules {
		if name := defines(n); name != "" && !u.has(name) {
			u.waiting[name] = append(u.waiting[name], n)
			continue
		}
		u.inside(n)
	}
}

func (u *uses) inside(n node) {
	u.tokens(n.value)
	if n.form == atRule && n.name != "layer" {
		u.tokens(n.prelude) // @container style(--x: y)
	}
	u.look(n.kids)
}

func (u *uses) values(decls []node) {
	for _, d := range decls {
		u.inside(d)
	}
}

func (u *uses) tokens(toks []token) {
	for _, t := range toks {
		name := ""
		switch t.kind {
		case ident, text:
			name = plain(t)
		case function:
			name = unescape(strings.TrimSuffix(t.text, "("))
		default:
			continue
		}
		if !u.named[name] {
			u.named[name] = true
			u.fresh = append(u.fresh, name)
		}
	}
}

func (u *uses) has(name string) bool { return u.named[name] || u.m.scripts.all[name] }

// settle follows names to their definitions, and what these refer to.
func (u *uses) settle() {
	for len(u.fresh) > 0 {
		name := u.fresh[len(u.fresh)-1]
		u.fresh = u.fresh[:len(u.fresh)-1]
		defined := u.waiting[name]
		delete(u.waiting, name)
		for _, n := range defined {
			u.inside(n)
		}
	}
}
