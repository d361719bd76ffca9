package lighten

import (
	"bytes"
	"regexp"
	"strings"
	"sync"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"buzzproof/internal/coding"
	"buzzproof/internal/refs"
	"buzzproof/internal/site"
)

// themeColour finds a theme's one colour where themes declare it: in a custom
// property that is called accent, primary, brand or link.
var themeColour = regexp.MustCompile(`(?i)--[a-z0-9-]*(?:accent|primary|brand|link)(?:-color)?\s*:\s*(#[0-9a-f]{6}|#[0-9a-f]{3})\s*[;}"]`)

// linkColour finds the colour of plain links.
var linkColour = regexp.MustCompile(`(?i)(?:^|[},\s])a(?::link|:visited)?\s*(?:,[^{}]{0,80})?\{[^{}]{0,200}?[;{\s]color\s*:\s*(#[0-9a-f]{6}|#[0-9a-f]{3})\s*[;}]`)

// mostStyle is as much of a style sheet as is searched for its colour.
const mostStyle = 256 << 10

// accents remember the colours of style sheets, which all pages share.
type accents struct{ known sync.Map }

// of returns the accent colour of a page's theme as "#rrggbb", or "".
func (a *accents) of(p *page) string {
	if found := colourIn(p.source); found != "" {
		return found
	}
	found, theme := "", ""
	refs.HTML(p.source, refs.Doc{URL: p.url, Charset: "utf-8"}, func(r refs.Ref) refs.Edit {
		if found == "" && r.Element == "link" && strings.Contains(r.Rel, "stylesheet") {
			if f, ok := p.files.Find(r.URL); ok && coding.MediaType(f.Type) == "text/css" {
				found = a.inSheet(p.files, f)
			}
		}
		return refs.Keep()
	})
	if found != "" {
		return found
	}
	for n := range p.doc.Descendants() {
		if n.DataAtom == atom.Meta && strings.EqualFold(attribute(n, "name"), "theme-color") && theme == "" {
			theme = hexColour(strings.TrimSpace(attribute(n, "content")))
		}
	}
	return theme
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func (a *accents) inSheet(files site.Files, f site.File) string {
	if known, ok := a.known.Load(f.Digest); ok {
		return known.(string)
	}
	colour := ""
	if data, err := files.Read(f); err == nil {
		colour = colourIn(data)
		if m := linkColour.FindSubmatch(data[:min(len(data), mostStyle)]); colour == "" && m != nil {
			if colour = hexColour(string(m[1])); grey(colour) {
				colour = ""
			}
		}
	}
	a.known.Store(f.Digest, colour)
	return colour
}

// colourIn returns the first colour with some colour in it: themes call black
// and white primary too.
func colourIn(text []byte) string {
	text = text[:min(len(text), mostStyle)]
	if !bytes.Contains(text, []byte("--")) {
		return ""
	}
	for _, m := range themeColour.FindAllSubmatch(text, 32) {
		if colour := hexColour(string(m[1])); colour != "" && !grey(colour) {
			return colour
		}
	}
	return ""
}

// hexColour returns a colour as six hex digits, or "" for what is none.
func hexColour(s string) string {
	if len(s) == 4 && s[0] == '#' {
		s = string([]byte{'#', s[1], s[1], s[2], s[2], s[3], s[3]})
	}
	if len(s) != 7 || s[0] != '#' || strings.Trim(s[1:], "0123456789abcdefABCDEF") != "" {
		return ""
	}
	return strings.ToLower(s)
}

// grey reports whether a colour has hardly any colour.
func grey(colour string) bool {
	var least, most uint8 = 255, 0
	for i := 1; i < 7; i += 2 {
		v := unhex(colour[i])<<4 | unhex(colour[i+1])
		least, most = min(least, v), max(most, v)
	}
	return most-least < 24
}

func unhex(c byte) uint8 {
	if c <= '9' {
		return c - '0'
	}
	return c - 'a' + 10
}
