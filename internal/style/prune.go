package style

import (
	"strings"

	"golang.org/x/net/html"
)

// A pruner keeps of rules what a page can use.
type pruner struct {
	m *matcher
	o Options
	// fonts tells whether a face stayed: if none did, signs that only an icon
	// font can draw would show as boxes.
	fonts bool
	gone  families
}

// Prune returns what the page can use of the set: a text for each run of rules
// that can stand in one style element, in the order of the cascade.
func (s *Set) Prune(doc *html.Node, o Options) []string {
	p := &pruner{m: newMatcher(read(doc), readWords(o.Scripts)), o: o, gone: families{}}
	kept := make([]sheet, 0, len(s.sheets))
	for _, sh := range s.sheets {
		sh.rules = p.rules(sh.rules, sh, false)
		kept = append(kept, sh)
	}
	u := newUses(p.m)
	for _, sh := range kept {
		u.look(sh.rules)
	}
	u.settle()
	var out []string
	var b strings.Builder
	for _, sh := range kept {
		if hasNamespace(sh.rules) && b.Len() > 0 { // it counts only at the beginning of a sheet, and for all of it
			out = append(out, b.String())
			b.Reset()
		}
		w := writer{b: &b, o: p.o, base: sh.base, uses: u, gone: p.gone, glyphs: p.fonts || o.Font == nil}
		w.rules(sh.rules)
		if hasNamespace(sh.rules) {
			out = append(out, b.String())
			b.Reset()
		}
	}
	if b.Len() > 0 {
		out = append(out, b.String())
	}
	return out
}

func hasNamespace(rules []node) bool {
	for _, r := range rules {
		if r.form == atRule && r.name == "namespace" {
			return true
		}
	}
	return false
}

// rules returns those rules and declarations that the page can use. Nested is
// for what is inside a rule with selectors.
func (p *pruner) rules(all []node, sh sheet, nested bool) []node {
	var out []node
	for _, n := range all {
		keep := true
		switch n.form {
		case styleRule:
			n, keep = p.styleRule(n, sh)
		case atRule:
			n, keep = p.atRule(n, sh, nested)
		}
		if keep {
			out = append(out, n)
		}
	}
	return out
}

func (p *pruner) styleRule(n node, sh sheet) (node, bool) {
	list, ok := selectors(n.prelude, 0)
	n.kids = p.rules(n.kids, sh, true)
	if len(n.kids) == 0 {
		return n, false
	}
	if !ok {
		return n, true
	}
	var kept []selector
	whole := hasRules(n.kids) // "&" is as specific as the whole list
	for _, s := range list {
		if p.m.could(s) {
			kept = append(kept, s)
		}
		whole = whole || !s.sure
	}
	if len(kept) > 0 && !whole {
		n.prelude = joined(kept)
	}
	return n, len(kept) > 0
}

func hasRules(kids []node) bool {
	for _, k := range kids {
		if k.form != declaration {
			return true
		}
	}
	return false
}

func joined(list []selector) []token {
	var out []token
	for i, s := range list {
		if i > 0 {
			out = append(out, token{',', ","})
		}
		out = append(out, s.toks...)
	}
	return out
}

// maxPaper is how many bytes of rules for paper stay. They are not needed to
// look the same on a screen.
const maxPaper = 512

func (p *pruner) atRule(n node, sh sheet, nested bool) (node, bool) {
	switch n.name {
	case "charset", "import", "page": // imports were followed
		return n, false
	case "font-face":
		return n, p.face(n, sh)
	case "layer":
		return p.layer(n, sh, nested)
	case "media", "supports", "container", "starting-style", "document", "-moz-document", "scope":
		n.kids = p.rules(n.kids, sh, nested || n.name == "scope")
		if n.name == "media" && onPaper(n.prelude) {
			return n, len(n.kids) > 0 && size(n.kids) <= maxPaper
		}
		return n, len(n.kids) > 0
	}
	return n, true
}

// layer keeps the name of a layer that has lost its rules: the order of layers
// is the order in which they are named first.
func (p *pruner) layer(n node, sh sheet, nested bool) (node, bool) {
	if !n.block {
		return n, true
	}
	if n.kids = p.rules(n.kids, sh, nested); len(n.kids) > 0 {
		return n, true
	}
	n.block = false
	return n, len(n.prelude) > 0
}

// onPaper tells whether each query of a list is for print.
func onPaper(prelude []token) bool {
	for _, q := range split(prelude) {
		q = trim(q)
		if len(q) > 0 && strings.EqualFold(q[0].text, "only") {
			q = trim(q[1:])
		}
		if len(q) == 0 || !strings.EqualFold(q[0].text, "print") {
			return false
		}
	}
	return true
}

func size(kids []node) int {
	n := 0
	for _, k := range kids {
		n += len(write(k.prelude)) + len(write(k.value)) + len(k.name) + len(":;") + size(k.kids)
	}
	return n
}

func (p *pruner) face(n node, sh sheet) bool {
	if p.o.Font == nil {
		return true
	}
	family, sources := "", []token(nil)
	for _, d := range n.kids {
		switch d.name {
		case "font-family":
			family = strings.Trim(write(d.value), `"'`)
		case "src":
			sources = append(sources, d.value...)
		}
	}
	files := addresses(sources, sh.base)
	if len(files) == 0 { // a font of the visitor's system under another name
		return true
	}
	keep := p.o.Font(family, files)
	if p.fonts = p.fonts || keep; !keep {
		p.gone[strings.ToLower(family)] = true
	}
	return keep
}
