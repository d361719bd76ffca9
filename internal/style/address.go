package style

import (
	"net/url"
	"strings"
)

// empty is an address of nothing that costs no request. What else the
// declaration says, such as a colour behind the picture, stays.
const empty = "data:,"

// addressOf returns the address of an unquoted url().
func addressOf(t token) string {
	s := t.text[strings.IndexByte(t.text, '(')+1:]
	return unescape(strings.TrimSpace(strings.TrimSuffix(s, ")")))
}

// rewritten returns a value with its addresses as the options have them.
func (w *writer) rewritten(toks []token) []token {
	if w.o.Address == nil {
		return toks
	}
	var out []token
	eachAddress(toks, func(i int, s string) {
		if out == nil {
			out = append([]token(nil), toks...)
		}
		if to, ok := w.address(s); ok {
			out[i] = spellAddress(toks[i].kind, to)
		}
	})
	if out == nil {
		return toks
	}
	return out
}

// address returns what to write for a reference. It is false for what refers
// into the page itself or carries its content.
func (w *writer) address(s string) (string, bool) {
	if s == "" || strings.HasPrefix(s, "#") || len(s) > 5 && strings.EqualFold(s[:5], "data:") {
		return "", false
	}
	u, err := url.Parse(s)
	if err == nil && w.base != nil {
		u = w.base.ResolveReference(u)
	}
	if err != nil {
		return empty, true
	}
	if to := w.o.Address(u); to != "" {
		return to, true
	}
	return empty, true
}

// spellAddress writes an address where a token of the kind stood.
func spellAddress(k kind, to string) token {
	bare := !strings.ContainsAny(to, " \t\n\"'()\\")
	if k == address && bare {
		return token{address, "url(" + to + ")"}
	}
	quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\a `).Replace(to) + `"`
	if k == address {
		return token{address, "url(" + quoted + ")"}
	}
	return token{text, quoted}
}

// eachAddress shows each address in a value with the index of its token:
// url(x), and strings in url(), src() and image-set().
func eachAddress(toks []token, show func(i int, s string)) {
	var holds []bool // for each open bracket: strings directly in it are addresses
	for i, t := range toks {
		switch t.kind {
		case address:
			show(i, addressOf(t))
		case text:
			if len(holds) > 0 && holds[len(holds)-1] {
				show(i, plain(t))
			}
		case function:
			name := strings.ToLower(t.text)
			holds = append(holds, name == "url(" || name == "src(" || strings.HasSuffix(name, "image-set("))
		case '(', '[', '{':
			holds = append(holds, false)
		case ')', ']', '}':
			holds = holds[:max(len(holds)-1, 0)]
		}
	}
}

// addresses returns where a value points.
func addresses(toks []token, base *url.URL) []*url.URL {
	var out []*url.URL
	eachAddress(toks, func(_ int, s string) {
		if u, err := url.Parse(s); err == nil && s != "" {
			if base != nil {
				u = base.ResolveReference(u)
			}
			out = append(out, u)
		}
	})
	return out
}

// parseInline reads the declarations of a style attribute.
func parseInline(s string) []node {
	p := parser{toks: tokens(s), depth: maxDepth}
	var out []node
	for p.pos < len(p.toks) {
		out = append(out, p.contents()...)
	}
	return out
}

// Inline returns the declarations of a style attribute with their addresses as
// the options have them, unchanged if it has none.
func Inline(s string, base *url.URL, o Options) string {
	if !strings.Contains(s, "(") || len(s) > MaxText {
		return s
	}
	var b strings.Builder
	w := writer{b: &b, o: o, base: base, glyphs: true}
	changed := false
	decls := parseInline(s)
	for i, d := range decls {
		if d.form != declaration {
			continue
		}
		eachAddress(d.value, func(int, string) { changed = true })
		if i > 0 {
			b.WriteByte(';')
		}
		w.declaration(d)
	}
	if !changed {
		return s
	}
	return b.String()
}
