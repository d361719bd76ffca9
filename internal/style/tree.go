package style

import "strings"

// maxDepth bounds blocks inside blocks. Sheets nest four deep: a layer, a
// condition, a rule, a rule in it. What is deeper is kept as it is.
const maxDepth = 24

// A form is a form of node.
type form byte

const (
	declaration form = iota
	styleRule
	atRule
	verbatim // nobody knows what is inside: it stays as it is
)

// A node is a rule or a declaration.
type node struct {
	form    form
	name    string  // property, or at-rule without "@": as meant, in lower case unless it is a custom property
	spelled string  // the name as written
	prelude []token // before the block
	value   []token // of a declaration; of verbatim, all of it
	block   bool    // of an at-rule: it has a block, not a semicolon
	kids    []node
}

// A parser makes a tree of tokens by CSS Syntax Level 3, section 5, as browsers
// that know nesting do.
type parser struct {
	toks  []token
	pos   int
	depth int
}

func parse(sheet string) []node {
	p := parser{toks: tokens(sheet)}
	return p.top()
}

// top reads the rules of a sheet.
func (p *parser) top() []node {
	var out []node
	for p.pos < len(p.toks) {
		switch p.toks[p.pos].kind {
		case space, comment, mark:
			p.pos++
		case atWord:
			out = append(out, p.atRule(false)...)
		default:
			out = append(out, p.rule(false)...)
		}
	}
	return out
}

// contents reads what is inside a block: declarations and rules.
func (p *parser) contents() []node {
	var out []node
	for p.pos < len(p.toks) {
		switch p.toks[p.pos].kind {
		case space, comment, ';':
			p.pos++
		case '}':
			p.pos++
			return out
		case atWord:
			out = append(out, p.atRule(true)...)
		default:
			if from := p.pos; p.toks[from].kind == ident {
				decl, read := p.declaration()
				if read {
					out = append(out, decl...)
					continue
				}
				p.pos = from
			}
			out = append(out, p.rule(true)...)
		}
	}
	return out
}

// declaration reads "name: value". It is false if this must be a rule. A
// declaration that every browser drops is read and gives nothing.
func (p *parser) declaration() ([]node, bool) {
	spelled := strings.TrimRight(p.toks[p.pos].text, " \n\t") // the end of an escape, which what follows ends too
	name := unescape(spelled)
	custom := strings.HasPrefix(name, "--")
	p.pos++
	p.blank()
	if p.peek() != ':' {
		return nil, false
	}
	p.pos++
	p.blank()
	d := node{form: declaration, name: name, spelled: spelled}
	sound := true
	for p.pos < len(p.toks) && p.peek() != ';' && p.peek() != '}' {
		if p.peek() == '{' && !custom {
			return nil, false
		}
		toks, ok := p.component()
		d.value = append(d.value, toks...)
		sound = sound && ok
	}
	d.value = trim(d.value)
	if !sound || len(d.value) == 0 && !custom {
		return nil, true
	}
	if !custom {
		d.name = strings.ToLower(name)
	}
	return []node{d}, true
}

// rule reads a rule with selectors. Inside a block, a semicolon ends it before
// it has begun.
func (p *parser) rule(nested bool) []node {
	r := node{form: styleRule, block: true}
	sound := true
	for p.pos < len(p.toks) {
		switch k := p.peek(); {
		case k == '{':
			kids, deep := p.block()
			if r.kids = kids; deep != nil {
				r.form, r.value = verbatim, append(r.prelude, deep...)
			}
			if r.prelude = trim(r.prelude); !sound {
				return nil
			}
			return []node{r}
		case nested && k == ';':
			p.pos++
			return nil
		case nested && k == '}':
			return nil
		}
		toks, ok := p.component()
		r.prelude = append(r.prelude, toks...)
		sound = sound && ok
	}
	return nil
}

func (p *parser) atRule(nested bool) []node {
	from := p.pos
	r := node{form: atRule, spelled: strings.TrimRight(p.toks[p.pos].text[1:], " \n\t")}
	r.name = strings.ToLower(unescape(r.spelled))
	sound := true
	for p.pos++; p.pos < len(p.toks); {
		k := p.peek()
		if k == ';' || nested && k == '}' {
			break
		}
		if k == '{' {
			r.block = true
			break
		}
		toks, ok := p.component()
		r.prelude = append(r.prelude, toks...)
		sound = sound && ok
	}
	head := append([]token{p.toks[from]}, r.prelude...)
	r.prelude = trim(r.prelude)
	switch {
	case !r.block:
		if p.peek() == ';' {
			p.pos++
		}
	case known[r.name]:
		kids, deep := p.block()
		if r.kids = kids; deep != nil {
			r.form, r.value = verbatim, append(head, deep...)
		}
	default:
		toks, ok := p.component()
		r.form, r.value, sound = verbatim, append(head, toks...), sound && ok
	}
	if !sound {
		return nil
	}
	return []node{r}
}

// known are the at-rules with blocks that hold rules or declarations.
var known = map[string]bool{
	"media": true, "supports": true, "layer": true, "container": true, "scope": true, "starting-style": true,
	"document": true, "-moz-document": true, "font-face": true, "page": true, "property": true, "counter-style": true,
	"keyframes": true, "-webkit-keyframes": true, "-moz-keyframes": true, "-o-keyframes": true,
	"position-try": true, "font-palette-values": true, "view-transition": true,
}

// block reads a block at "{". What is too deep comes back as its tokens.
func (p *parser) block() (kids []node, deep []token) {
	if p.depth >= maxDepth {
		deep, _ = p.component()
		return nil, deep
	}
	p.pos++
	p.depth++
	kids = p.contents()
	p.depth--
	return kids, nil
}

// component reads a component value: one token, or all up to the end of the
// bracket that it opens, with ends for those that lack one. It is false if it
// holds what makes its surroundings void.
func (p *parser) component() ([]token, bool) {
	from := p.pos
	var open []kind
	sound := true
	for p.pos < len(p.toks) {
		k := p.toks[p.pos].kind
		p.pos++
		switch k {
		case '(', function:
			open = append(open, ')')
		case '[':
			open = append(open, ']')
		case '{':
			open = append(open, '}')
		case ')', ']', '}':
			if n := len(open); n > 0 && open[n-1] == k {
				open = open[:n-1]
			} else {
				sound = false
			}
		case broken:
			sound = false
		}
		if len(open) == 0 {
			return p.toks[from:p.pos], sound
		}
	}
	out := append([]token(nil), p.toks[from:p.pos]...)
	for i := len(open) - 1; i >= 0; i-- {
		out = append(out, token{open[i], string(rune(open[i]))})
	}
	return out, sound
}

func (p *parser) peek() kind {
	if p.pos < len(p.toks) {
		return p.toks[p.pos].kind
	}
	return 0
}

func (p *parser) blank() {
	for p.peek() == space || p.peek() == comment {
		p.pos++
	}
}

// trim cuts white space and comments off both ends.
func trim(toks []token) []token {
	for len(toks) > 0 && isBlank(toks[0]) {
		toks = toks[1:]
	}
	for len(toks) > 0 && isBlank(toks[len(toks)-1]) {
		toks = toks[:len(toks)-1]
	}
	return toks
}

func isBlank(t token) bool { return t.kind == space || t.kind == comment }
