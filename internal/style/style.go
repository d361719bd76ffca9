// Package style keeps of a page's style sheets what the page can use.
//
// A rule stays if one of its selectors could match an element of the page in
// any state: under a pointer, opened, with a class that a script gives. What
// cannot be told stays. So a browser that applies a rule of the sheets finds it
// in what was kept, and the page looks the same.
package style

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// MaxText is how many bytes of sheets are read for one page. The heaviest
// themes with page builders have 1.5 MB.
const MaxText = 2 << 20

// ErrTooMuch is for sheets over MaxText.
var ErrTooMuch = errors.New("over 2 MB of style sheets")

// A Sheet is the content of a style sheet.
type Sheet struct {
	Text  string
	Base  *url.URL // what its addresses are relative to
	Media string   // the query of its element; "" for all
}

// Options say what is around the sheets. Nil functions leave things as they are.
type Options struct {
	// Scripts are the texts of scripts that run on the page.
	Scripts []string
	// Address returns what to write for a reference, or "" for a file that is
	// not to be had.
	Address func(u *url.URL) string
	// Font tells whether a face stays. Sources are where its files are.
	Font func(family string, sources []*url.URL) bool
}

// A Set is the sheets of a page in the order of their cascade.
type Set struct {
	sheets []sheet
}

type sheet struct {
	rules []node
	base  *url.URL
}

// Read reads sheets with all that they import. Load returns an imported sheet
// and is false for one that is not to be had, which is left out. The only
// error is ErrTooMuch.
func Read(sheets []Sheet, load func(u *url.URL) (Sheet, bool)) (*Set, error) {
	r := reader{load: load}
	set := &Set{}
	given := 0
	for _, s := range sheets {
		if given += len(s.Text); given > MaxText {
			return nil, ErrTooMuch
		}
	}
	for _, s := range sheets {
		parts := r.sheet(s, 0)
		query, ok := mediaQuery(s.Media)
		if !ok {
			continue
		}
		if len(query) > 0 && !strings.EqualFold(write(query), "all") {
			parts = within(parts, "media", query)
		}
		set.sheets = append(set.sheets, parts...)
	}
	if r.bytes > MaxText {
		return nil, ErrTooMuch
	}
	return set, nil
}

// mediaQuery reads a media attribute. It is false for one that holds for no
// browser.
func mediaQuery(s string) ([]token, bool) {
	p := parser{toks: tokens(s)}
	var out []token
	for p.pos < len(p.toks) {
		k := p.peek()
		toks, ok := p.component()
		if !ok || k == '{' || k == ';' {
			return nil, false
		}
		out = append(out, toks...)
	}
	return trim(out), true
}

// A reader follows imports.
type reader struct {
	load  func(u *url.URL) (Sheet, bool)
	bytes int
	count int
}

// Imports of imports of imports are as deep as sheets go; the count bounds
// sheets that import each other.
const (
	maxImportDepth = 5
	maxImports     = 50
)

// sheet returns the sheet behind those that it imports.
func (r *reader) sheet(s Sheet, depth int) []sheet {
	if r.bytes += len(s.Text); r.bytes > MaxText {
		return nil
	}
	rules := parse(s.Text)
	var out []sheet
	for i, n := range rules { // imports count only before all rules but these
		switch {
		case n.form == atRule && n.name == "import" && !n.block:
			out = append(out, r.imported(n.prelude, s.Base, depth)...)
		case n.form == atRule && (n.name == "charset" || n.name == "layer") && !n.block:
			out = append(out, sheet{rules: rules[i : i+1], base: s.Base})
		default:
			return append(out, sheet{rules: rules[i:], base: s.Base})
		}
	}
	return out
}

// imported reads "url layer(x) supports(y) media", CSS Cascade Level 5,
// section 2.
func (r *reader) imported(prelude []token, base *url.URL, depth int) []sheet {
	target, rest, ok := importTarget(prelude)
	if !ok {
		return nil
	}
	parts := []sheet{{base: base}} // a sheet that is not to be had still names its layer
	r.count++
	if r.load != nil && depth < maxImportDepth && r.count <= maxImports && base != nil {
		if u, err := base.Parse(target); err == nil {
			if s, ok := r.load(u); ok {
				parts = r.sheet(s, depth+1)
			}
		}
	}
	return conditions(parts, trim(rest))
}

func importTarget(prelude []token) (target string, rest []token, ok bool) {
	if len(prelude) == 0 {
		return "", nil, false
	}
	switch t := prelude[0]; t.kind {
	case text:
		return plain(t), prelude[1:], true
	case address:
		return addressOf(t), prelude[1:], true
	case function:
		p := selectorParser{toks: prelude}
		in := trim(p.inside())
		if strings.EqualFold(t.text, "url(") && len(in) > 0 && in[0].kind == text {
			return plain(in[0]), prelude[p.pos:], true
		}
	}
	return "", nil, false
}

// conditions puts sheets under what an import says of them.
func conditions(parts []sheet, rest []token) []sheet {
	layer, layered := []token(nil), false
	var supports []token
	for len(rest) > 0 {
		name := strings.ToLower(rest[0].text)
		p := selectorParser{toks: rest}
		switch {
		case name == "layer" && rest[0].kind == ident:
			layered, rest = true, trim(rest[1:])
			continue
		case name == "layer(":
			layer, layered = trim(p.inside()), true
			rest = trim(rest[p.pos:])
			continue
		case name == "supports(":
			in := p.inside()
			supports = append(append([]token{{'(', "("}}, in...), token{')', ")"})
			rest = trim(rest[p.pos:])
			continue
		}
		break
	}
	if layered {
		parts = within(parts, "layer", layer)
	}
	if supports != nil {
		parts = within(parts, "supports", supports)
	}
	if len(rest) > 0 {
		parts = within(parts, "media", rest)
	}
	return parts
}

// within puts the rules of each sheet into a block.
func within(parts []sheet, name string, prelude []token) []sheet {
	out := make([]sheet, len(parts))
	for i, p := range parts {
		out[i] = sheet{base: p.base, rules: []node{{form: atRule, name: name, spelled: name, prelude: prelude, block: true, kids: p.rules}}}
	}
	return out
}

// Where returns the elements of a page for which a rule that could apply has a
// declaration of the wanted sort. Property and value are in lower case.
func (s *Set) Where(doc *html.Node, wanted func(property, value string) bool) map[*html.Node]bool {
	m := newMatcher(read(doc), words{})
	found := map[*html.Node]bool{}
	for _, sheet := range s.sheets {
		m.where(sheet.rules, wanted, found)
	}
	return found
}

func (m *matcher) where(rules []node, wanted func(property, value string) bool, found map[*html.Node]bool) {
	for _, r := range rules {
		if m.all <= 0 { // no page of people comes here
			return
		}
		if r.form == declaration || defines(r) != "" {
			continue
		}
		m.where(r.kids, wanted, found)
		if r.form != styleRule || !slices.ContainsFunc(r.kids, func(d node) bool {
			return d.form == declaration && wanted(d.name, strings.ToLower(write(d.value)))
		}) {
			continue
		}
		list, _ := selectors(r.prelude, 0)
		for _, s := range list {
			if key := write(s.toks); !m.said[key] {
				m.said[key] = true
				m.mark(s, found)
			}
		}
	}
}

// mark adds the elements that the selector could match.
func (m *matcher) mark(s selector, found map[*html.Node]bool) {
	m.one = workOne
	last := len(s.parts) - 1
	for _, at := range m.candidates(s.parts[last]) {
		if m.all--; m.all <= 0 {
			return
		}
		if m.matches(s, last, at) {
			found[m.doc.all[at].node] = true
		}
	}
}
