package slim

import (
	"bytes"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"buzzproof/internal/site"
	"buzzproof/internal/style"
)

// sheets takes the style sheets out of the page, in the order of the cascade,
// and marks where the rules of all will be.
func (s *slimmer) sheets() []style.Sheet {
	var out []style.Sheet
	place := s.place
	slimEach(s.doc, func(n *html.Node) bool {
		sheet, is := s.sheet(n)
		if !is {
			return true
		}
		if sheet.Text != "" {
			out = append(out, sheet)
		}
		if place.Parent == nil {
			n.Parent.InsertBefore(place, n)
		}
		slimTake(n)
		return true
	})
	if head := slimFirst(s.doc, atom.Head); place.Parent == nil && head != nil {
		head.AppendChild(place)
	}
	return out
}

// sheet returns what a style or link element brings. It is true, with no
// text, for one that cannot be had.
func (s *slimmer) sheet(n *html.Node) (style.Sheet, bool) {
	kind := strings.ToLower(strings.TrimSpace(slimGet(n, "type")))
	if n.Namespace != "" || slimIn(n, "template") || n.DataAtom != atom.Style && n.DataAtom != atom.Link {
		return style.Sheet{}, false
	}
	known := kind == "" || kind == "text/css"
	if n.DataAtom == atom.Style {
		return style.Sheet{Text: slimText(n), Base: s.base, Media: slimGet(n, "media")}, known
	}
	// Themes load sheets late as rel=preload or media=print and change that by
	// a script in onload.
	late := strings.ToLower(slimGet(n, "onload"))
	wanted := slimHasWord(n, "rel", "stylesheet") && !slimHasWord(n, "rel", "alternate") && !slimHas(n, "disabled")
	wanted = wanted || strings.Contains(late, "stylesheet") && strings.EqualFold(slimGet(n, "as"), "style")
	if !wanted || !known {
		return style.Sheet{}, slimHasWord(n, "rel", "stylesheet")
	}
	u, err := s.base.Parse(strings.TrimSpace(slimGet(n, "href")))
	if err != nil {
		return style.Sheet{}, true
	}
	sheet, _ := s.imported(u)
	if sheet.Media = slimGet(n, "media"); strings.Contains(late, "media") {
		sheet.Media = ""
	}
	return sheet, true
}

// imported reads a style sheet of the site.
func (s *slimmer) imported(u *url.URL) (style.Sheet, bool) {
	f, ok := s.p.Files.Find(u)
	if !ok || f.Page || f.Size > style.MaxText {
		return style.Sheet{}, false
	}
	data, err := s.p.Files.Read(f)
	if err != nil {
		return style.Sheet{}, false
	}
	base, err := s.p.URL.Parse(f.URL)
	return style.Sheet{Text: string(data), Base: base}, err == nil
}

// dress puts into the page what it needs of its style sheets.
func (s *slimmer) dress(set *style.Set) {
	o := style.Options{Scripts: s.scripts, Address: s.background, Font: s.font}
	slimEach(s.doc, func(n *html.Node) bool {
		if v := slimGet(n, "style"); v != "" {
			slimSet(n, "style", style.Inline(v, s.base, o))
		}
		if c := slimGet(n, "class"); strings.Contains(c, "material-icons") || strings.Contains(c, "material-symbols") {
			s.rule(namedIcons)
		}
		return true
	})
	texts := set.Prune(s.doc, o)
	if s.place.Parent == nil {
		return
	}
	for _, text := range append(s.own(texts), texts...) {
		n := &html.Node{Type: html.ElementNode, Data: "style", DataAtom: atom.Style}
		n.AppendChild(&html.Node{Type: html.TextNode, Data: text})
		s.place.Parent.InsertBefore(n, s.place)
	}
	s.place.Parent.RemoveChild(s.place)
}

// own returns the rules of the slim page itself, for before those of its
// sheets. In sheets with layers, any layer must win over them.
func (s *slimmer) own(texts []string) []string {
	switch {
	case s.ownRules == "":
		return nil
	case strings.Contains(strings.Join(texts, ""), "@layer"):
		return []string{"@layer slim{" + s.ownRules + "}"}
	}
	return []string{s.ownRules}
}

// namedIcons keeps the place of icons that are words without their font, which
// has some hundred KB.
const namedIcons = "[class*=material-icons],[class*=material-symbols]" +
	"{display:inline-block;width:1em;height:1em;overflow:hidden;visibility:hidden}"

// background returns the address of a picture, or of another small file, that
// a style sheet refers to.
func (s *slimmer) background(u *url.URL) string {
	f, ok := s.p.Files.Find(u)
	if !ok {
		return ""
	}
	fragment := ""
	if u.Fragment != "" {
		fragment = "#" + u.EscapedFragment()
	}
	if f.Type != "" && !strings.HasPrefix(f.Type, "image/") { // a font that stays
		s.weight += f.Size
		return f.URL + fragment
	}
	if data := s.drawing(f); data != "" && fragment == "" {
		return data
	}
	return s.shot(f, wideBackground).address() + fragment
}

// What pictures of style sheets are wished for: the width of the screen that
// the look is compared on.
const wideBackground = 1366

// maxDrawing is how many bytes of SVG go into the page instead of being asked
// for: a request and its answer have 500 bytes around them.
const maxDrawing = 1000

// drawing returns a small SVG as a data: address, or "".
func (s *slimmer) drawing(f site.File) string {
	if !strings.HasPrefix(f.Type, "image/svg+xml") || f.Size > maxDrawing {
		return ""
	}
	data, err := s.p.Files.Read(f)
	if err != nil || bytes.Contains(data, []byte("<!DOCTYPE")) {
		return ""
	}
	return "data:image/svg+xml," + slimEscape.Replace(string(bytes.TrimSpace(data)))
}

// slimEscape escapes what has a meaning in addresses, CSS strings or
// attributes.
var slimEscape = strings.NewReplacer("%", "%25", "#", "%23", "<", "%3C", ">", "%3E", `"`, "%22", "\\", "%5C", "\n", "%0A", "\r", "%0D", "\t", "%09", "?", "%3F")

// maxIconFont is how many bytes of a font of icons stay.
const maxIconFont = 10_000

var iconFont = regexp.MustCompile(`(?i)icon|glyph|awesome|symbol|dashicons|fontello`)

// font keeps small fonts of icons. Letters come in the fonts of the visitor's
// system.
func (s *slimmer) font(family string, sources []*url.URL) bool {
	if !iconFont.MatchString(family) {
		return false
	}
	for _, u := range sources {
		if u.Scheme == "data" {
			continue
		}
		if f, ok := s.p.Files.Find(u); !ok || f.Size > maxIconFont {
			return false
		}
	}
	return len(sources) > 0
}
