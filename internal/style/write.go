package style

import (
	"net/url"
	"strings"
)

// write returns tokens as text, without the white space and the comments that
// mean nothing.
func write(toks []token) string {
	var b strings.Builder
	for i, t := range toks {
		b.WriteString(spelled(toks, i, t))
	}
	return b.String()
}

// spelled returns how token i is written between its neighbours.
func spelled(toks []token, i int, t token) string {
	switch t.kind {
	case space:
		if i == 0 || i == len(toks)-1 || needless(toks[i-1], true) || needless(toks[i+1], false) {
			return ""
		}
		return " "
	case comment: // it parts two words
		if i == 0 || i == len(toks)-1 || isBlank(toks[i-1]) || isBlank(toks[i+1]) {
			return ""
		}
		return "/**/"
	case text, address:
		return strings.ReplaceAll(t.text, "</", `<\/`) // the page must not end the element here
	case delim:
		if t.text == "<" && i+1 < len(toks) && strings.HasPrefix(toks[i+1].text, "/") {
			return "< "
		}
	}
	return t.text
}

// needless tells whether white space behind, or before, the token means
// nothing anywhere.
func needless(t token, behind bool) bool {
	switch t.kind {
	case ',', space:
		return true
	case '(', '[', function:
		return behind
	case ')', ']':
		return !behind
	}
	return false
}

// A writer writes rules.
type writer struct {
	b      *strings.Builder
	o      Options
	base   *url.URL
	uses   *uses
	gone   families
	glyphs bool // signs of icon fonts can be drawn
}

// rules writes what is used.
func (w *writer) rules(all []node) {
	for i, n := range all {
		if w.unused(n) {
			continue
		}
		switch n.form {
		case declaration:
			w.declaration(n)
			if w.more(all[i+1:]) {
				w.b.WriteByte(';')
			}
		case verbatim:
			w.b.WriteString(write(w.rewritten(n.value)))
		case styleRule:
			w.b.WriteString(selectorText(n.prelude))
			w.block(n.kids)
		case atRule:
			w.atRule(n)
		}
	}
}

func (w *writer) atRule(n node) {
	w.b.WriteString("@" + n.spelled)
	if len(n.prelude) > 0 {
		head := write(w.rewritten(n.prelude))
		w.b.WriteString(" " + head)
	}
	if !n.block {
		w.b.WriteByte(';')
		return
	}
	w.block(n.kids)
}

func (w *writer) block(kids []node) {
	w.b.WriteByte('{')
	w.rules(kids)
	w.b.WriteByte('}')
}

// more tells whether something that will be written follows.
func (w *writer) more(rest []node) bool {
	for _, n := range rest {
		if !w.unused(n) {
			return true
		}
	}
	return false
}

// unused tells whether a node gives a meaning to a name that nobody uses, or
// holds nothing else.
func (w *writer) unused(n node) bool {
	if name := defines(n); name != "" {
		return !w.uses.has(name)
	}
	if n.form != styleRule && (n.form != atRule || !n.block || n.name == "layer" || n.name == "font-face") {
		return false
	}
	return !w.more(n.kids)
}

func (w *writer) declaration(n node) {
	w.b.WriteString(n.spelled + ":")
	value := w.gone.lasting(n.name, w.rewritten(n.value))
	if n.name == "content" && !w.glyphs {
		value = withoutGlyphs(value)
	}
	s := write(value)
	if s == "" {
		s = " "
	}
	w.b.WriteString(s)
}

// selectorText leaves out the white space around combinators too.
func selectorText(toks []token) string {
	var out []token
	depth := 0
	for i, t := range toks {
		switch t.kind {
		case '(', '[', function:
			depth++
		case ')', ']':
			depth--
		case space:
			if depth == 0 && (i > 0 && isJoin(toks[i-1]) || i+1 < len(toks) && isJoin(toks[i+1])) {
				continue
			}
		}
		out = append(out, t)
	}
	return write(out)
}

func isJoin(t token) bool { return t.kind == delim && strings.Contains(">+~", t.text) }

// withoutGlyphs takes the signs out of strings that have no meaning but in the
// font of a theme: those for private use, Unicode section 23.5.
func withoutGlyphs(toks []token) []token {
	out := append([]token(nil), toks...)
	for i, t := range out {
		if t.kind != text {
			continue
		}
		for _, r := range plain(t) {
			if 0xe000 <= r && r <= 0xf8ff || r >= 0xf0000 {
				out[i].text = `""`
				break
			}
		}
	}
	return out
}
