package style

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Loads is what a browser asks for on account of the sheets of a page.
type Loads struct {
	Pictures []*url.URL // behind elements of the page, in the order of the sheets
	Faces    []Face     // all that are declared for this screen
	// Families are what rules that apply say of fonts, in lower case: a face
	// whose name is not in it is not asked for.
	Families     string
	Bold, Italic bool // rules that apply want such a face
}

// A Face is one @font-face.
type Face struct {
	Family        string // in lower case
	Weight, Style string // as written, in lower case; "" if not said
	Range         string // its unicode-range; "" for all signs
	Sources       []*url.URL
}

// Loads tells what a browser asks for when it shows the page and nobody
// touches it. Holds says whether a media query is true of its screen.
func (s *Set) Loads(doc *html.Node, holds func(query string) bool) Loads {
	l := loader{m: newMatcher(read(doc), words{}), holds: holds}
	var families strings.Builder
	l.families = &families
	for _, sheet := range s.sheets {
		l.rules(sheet.rules, sheet.base)
	}
	l.out.Families = families.String()
	return l.out
}

type loader struct {
	m        *matcher
	holds    func(query string) bool
	out      Loads
	families *strings.Builder
}

func (l *loader) rules(all []node, base *url.URL) {
	for _, n := range all {
		switch {
		case n.form == styleRule && l.applies(n):
			for i, d := range n.kids {
				if !overruled(d, n.kids[i+1:]) {
					l.declaration(d, base)
				}
			}
			l.rules(n.kids, base)
		case n.form != atRule:
		case n.name == "font-face":
			l.face(n, base)
		case n.name != "media" || l.holds(write(n.prelude)):
			l.rules(n.kids, base)
		}
	}
}

// touched are states that an element has only once somebody does something.
var touched = []string{":hover", ":focus", ":active", ":checked", ":target", ":visited", ":popover-open", ":fullscreen"}

// applies tells whether one of the selectors matches an element as it stands.
func (l *loader) applies(n node) bool {
	list, ok := selectors(n.prelude, 0)
	if !ok || l.m.all <= 0 {
		return true
	}
	for _, s := range list {
		if text := write(s.toks); !containsAny(text, touched) && l.m.could(s) {
			return true
		}
	}
	return false
}

func containsAny(s string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

func (l *loader) declaration(d node, base *url.URL) {
	if d.form != declaration {
		return
	}
	custom := strings.HasPrefix(d.name, "--")
	value := strings.ToLower(write(d.value))
	if custom || d.name == "font" || d.name == "font-family" {
		l.families.WriteString(value + "\n")
	}
	if d.name == "font-weight" || d.name == "font" {
		l.out.Bold = l.out.Bold || containsAny(value, []string{"bold", "600", "700", "800", "900"})
	}
	if d.name == "font-style" || d.name == "font" {
		l.out.Italic = l.out.Italic || strings.Contains(value, "italic")
	}
	if !custom {
		l.out.Pictures = append(l.out.Pictures, addresses(ofOneDensity(d.value), base)...)
	}
}

// overruled tells whether a later declaration of the same rule says the same
// property: the earlier one is for browsers that cannot read it.
func overruled(d node, later []node) bool {
	return slices.ContainsFunc(later, func(other node) bool {
		return d.form == declaration && other.form == declaration && d.name == other.name && d.name != "src"
	})
}

// ofOneDensity returns a value with the pictures of each image-set that are for
// common screens: the one of 1x, or the first.
func ofOneDensity(toks []token) []token {
	var out []token
	for i := 0; i < len(toks); i++ {
		t := toks[i]
		if t.kind != function || !strings.HasSuffix(strings.ToLower(t.text), "image-set(") {
			out = append(out, t)
			continue
		}
		p := selectorParser{toks: toks, pos: i}
		parts := split(p.inside())
		best := parts[0]
		for _, part := range parts {
			if strings.HasSuffix(strings.TrimSpace(write(part)), " 1x") {
				best = part
				break
			}
		}
		out = append(append(append(out, t), best...), token{')', ")"})
		i = p.pos - 1
	}
	return out
}

func (l *loader) face(n node, base *url.URL) {
	f := Face{}
	for _, d := range n.kids {
		value := strings.ToLower(strings.TrimSpace(write(d.value)))
		switch d.name {
		case "font-family":
			f.Family = strings.Trim(value, `"'`)
		case "font-weight":
			f.Weight = value
		case "font-style":
			f.Style = value
		case "unicode-range":
			f.Range = value
		case "src":
			f.Sources = addresses(d.value, base) // of several src the last counts
		}
	}
	if f.Family != "" && len(f.Sources) > 0 {
		l.out.Faces = append(l.out.Faces, f)
	}
}
