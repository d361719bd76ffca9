package style

import (
	"slices"
	"strings"
)

// A selector is one complex selector: compounds with a combinator between
// each two. It is read as what it could match in any state of the page: what
// turns on states, counts or exclusions is left out of it.
type selector struct {
	parts []compound
	joins []byte // joins[i] stands between parts[i] and parts[i+1]: ' ', '>', '+' or '~'
	toks  []token
	// sure is whether every browser reads the selector. A browser drops a rule
	// for one selector that it cannot read, so such a list must stay whole.
	sure bool
}

type compound struct {
	tag     string // in lower case, "" for any
	ids     []string
	classes []string
	attrs   []attribute
	anyOf   [][]selector // of :is() and :where(): one of each must match
}

type attribute struct {
	name string // in lower case
	op   byte   // 0 for presence, '=' or the sign before it
	want string
}

// maxNesting bounds :is() inside :is(). Nobody writes four.
const maxNesting = 8

// A selectorParser reads the prelude of a rule.
type selectorParser struct {
	toks  []token
	pos   int
	depth int
}

// selectors reads a list. It is false if it holds what this reader does not
// know, and may mean anything.
func selectors(toks []token, depth int) ([]selector, bool) {
	var out []selector
	for _, part := range split(toks) {
		p := selectorParser{toks: trim(part), depth: depth}
		s, ok := p.complex()
		if !ok {
			return nil, false
		}
		out = append(out, s)
	}
	return out, true
}

// split cuts a list at its commas.
func split(toks []token) [][]token {
	var out [][]token
	depth, from := 0, 0
	for i, t := range toks {
		switch t.kind {
		case '(', '[', '{', function:
			depth++
		case ')', ']', '}':
			depth--
		case ',':
			if depth == 0 {
				out, from = append(out, toks[from:i]), i+1
			}
		}
	}
	return append(out, toks[from:])
}

func (p *selectorParser) complex() (selector, bool) {
	s := selector{toks: p.toks, sure: true}
	if len(p.toks) == 0 {
		return s, false
	}
	if join, _ := p.join(); join != 0 { // a nested rule leads on from its parent
		s.parts, s.joins, s.sure = append(s.parts, compound{}), append(s.joins, join), false
	}
	for {
		c, ok := p.compound(&s)
		if !ok {
			return s, false
		}
		s.parts = append(s.parts, c)
		if p.pos == len(p.toks) {
			return s, true
		}
		join, ok := p.join()
		if !ok {
			return s, false
		}
		s.joins = append(s.joins, join)
	}
}

// join reads a combinator; 0 is none.
func (p *selectorParser) join() (byte, bool) {
	var join byte
	for ; p.pos < len(p.toks); p.pos++ {
		switch t := p.toks[p.pos]; {
		case t.kind == space && join == 0:
			join = ' '
		case isBlank(t):
		case t.kind == delim && strings.Contains(">+~", t.text):
			if join != 0 && join != ' ' {
				return 0, false
			}
			join = t.text[0]
		default:
			return join, join != 0
		}
	}
	return 0, false
}

// compound reads simple selectors up to a combinator.
func (p *selectorParser) compound(s *selector) (compound, bool) {
	var c compound
	from := p.pos
	for p.pos < len(p.toks) {
		t := p.toks[p.pos]
		ok := true
		switch {
		case t.kind == comment:
			p.pos++
		case t.kind == ident && (p.pos == from || p.toks[p.pos-1].text == "|"):
			c.tag = strings.ToLower(unescape(t.text))
			p.pos++
		case t.kind == hash && (&lexer{s: t.text}).startsIdent(1): // #1a is a colour
			c.ids = append(c.ids, unescape(t.text[1:]))
			p.pos++
		case t.kind == '[':
			ok = p.attribute(&c)
		case t.kind == ':':
			ok = p.pseudo(&c, s)
		case t.kind == delim:
			ok = p.sign(&c, t.text)
		default:
			return c, p.pos > from && t.kind == space
		}
		if !ok {
			return c, p.pos > from && strings.Contains(">+~", t.text)
		}
	}
	return c, p.pos > from
}

// sign reads what begins with a sign of its own: a class, any tag, a
// namespace, the parent. It is false for a combinator.
func (p *selectorParser) sign(c *compound, sign string) bool {
	switch sign {
	case ".":
		if p.pos+1 == len(p.toks) || p.toks[p.pos+1].kind != ident {
			return false
		}
		c.classes = append(c.classes, unescape(p.toks[p.pos+1].text))
		p.pos += 2
		return true
	case "*", "&":
		p.pos++
		return sign == "&" || p.pos == 1 || !isIdentEnd(p.toks[p.pos-2])
	case "|": // svg|a: the name before it was the namespace
		c.tag = ""
		p.pos++
		return true
	}
	return false
}

// isIdentEnd tells whether a token is the end of a simple selector, behind
// which "*" is an error.
func isIdentEnd(t token) bool {
	return t.kind == ident || t.kind == hash || t.kind == ')' || t.kind == ']'
}

// inside returns what stands in the bracket that opens here, and passes it.
func (p *selectorParser) inside() []token {
	depth := 0
	for i := p.pos; i < len(p.toks); i++ {
		switch p.toks[i].kind {
		case '(', '[', '{', function:
			depth++
		case ')', ']', '}':
			depth--
		}
		if depth == 0 {
			in := p.toks[p.pos+1 : i]
			p.pos = i + 1
			return in
		}
	}
	in := p.toks[p.pos+1:]
	p.pos = len(p.toks)
	return in
}

// attribute reads [name], [name=value], [name^="value" i]. One of a shape that
// it does not know holds for every element.
func (p *selectorParser) attribute(c *compound) bool {
	var in []token
	for _, t := range p.inside() {
		if !isBlank(t) {
			in = append(in, t)
		}
	}
	if n := slices.IndexFunc(in, func(t token) bool { return t.text == "|" }); n >= 0 && n+1 < len(in) && in[n+1].text != "=" {
		in = in[n+1:]
	}
	if len(in) == 0 || in[0].kind != ident {
		return false
	}
	a := attribute{name: strings.ToLower(unescape(in[0].text))}
	rest := in[1:]
	if len(rest) > 1 && rest[0].kind == delim {
		a.op = rest[0].text[0]
		if rest = rest[1:]; a.op != '=' && rest[0].text == "=" {
			rest = rest[1:]
		}
	}
	if a.op != 0 {
		if len(rest) == 0 || rest[0].kind != ident && rest[0].kind != text || strings.IndexByte("=~|^$*", a.op) < 0 {
			return false
		}
		a.want = plain(rest[0])
	}
	c.attrs = append(c.attrs, a)
	return true
}

// plain is what a name or a string says.
func plain(t token) string {
	s := t.text
	if t.kind == text && len(s) >= 2 {
		s = s[1 : len(s)-1]
	}
	return unescape(s)
}
