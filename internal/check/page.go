package check

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"

	"buzzproof/internal/article"
	"buzzproof/internal/refs"
	"buzzproof/internal/style"
)

// A want is a file that a browser asks for on account of the page.
type want struct {
	url   *url.URL
	kind  string     // what the page takes it for
	lazy  bool       // only for who scrolls to it
	names []*url.URL // other addresses of the same picture, of which the browser takes one
}

// A page is a page as its browser reads it.
type page struct {
	url    *url.URL
	base   *url.URL
	source []byte // in UTF-8
	doc    *html.Node
	wants  []want
	sheets []sheetRef
	media  int // films and sounds, of which only the browser knows how much it loads
	images int
	noAlt  []string // those without words

	iconURL *url.URL
}

// A sheetRef is a style sheet in the order of the cascade.
type sheetRef struct {
	url   *url.URL // nil for one in the page
	text  string
	media string
}

func readPage(at *url.URL, raw []byte, contentType string) *page {
	p := &page{url: at, base: at, source: inUTF8(raw, contentType)}
	p.doc = article.Parse(p.source)
	p.findBase()
	p.walk(p.doc)
	return p
}

// inUTF8 reads a page as a browser would.
func inUTF8(raw []byte, contentType string) []byte {
	if text, changed := refs.Transcode(raw, contentType); changed {
		return text
	}
	encoding, name, _ := charset.DetermineEncoding(raw[:min(len(raw), 1024)], contentType)
	if name == "utf-8" {
		return raw
	}
	text, err := encoding.NewDecoder().Bytes(raw)
	if err != nil {
		return raw
	}
	return text
}

func (p *page) findBase() {
	for n := range p.doc.Descendants() {
		if href := attr(n, "href"); n.DataAtom == atom.Base && href != "" {
			if u, err := p.url.Parse(strings.TrimSpace(href)); err == nil {
				p.base = u
			}
			return
		}
	}
}

// resolve returns where a reference leads, or nil if nobody is asked for it.
func (p *page) resolve(ref string) *url.URL {
	ref = strings.TrimSpace(ref)
	if ref == "" || strings.HasPrefix(ref, "#") {
		return nil
	}
	u, err := p.base.Parse(ref)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil
	}
	u.Fragment, u.RawFragment = "", ""
	return u
}

func (p *page) want(ref, kind string) *want {
	u := p.resolve(ref)
	if u == nil {
		return nil
	}
	p.wants = append(p.wants, want{url: u, kind: kind})
	return &p.wants[len(p.wants)-1]
}

func (p *page) walk(n *html.Node) {
	for c := range n.ChildNodes() {
		if c.Type != html.ElementNode {
			continue
		}
		if c.DataAtom == atom.Template || c.DataAtom == atom.Noscript {
			continue // nobody sees what is in them
		}
		p.element(c)
		p.walk(c)
	}
}

func (p *page) element(n *html.Node) {
	switch n.DataAtom {
	case atom.Link:
		p.link(n)
	case atom.Style:
		p.sheets = append(p.sheets, sheetRef{text: textOf(n), media: attr(n, "media")})
	case atom.Script:
		if runs(n) {
			p.want(attr(n, "src"), "js")
		}
	case atom.Img:
		p.image(n)
	case atom.Input:
		if strings.EqualFold(attr(n, "type"), "image") {
			p.want(attr(n, "src"), "images")
		}
	case atom.Iframe, atom.Frame:
		if w := p.want(attr(n, "src"), "html"); w != nil {
			w.lazy = strings.EqualFold(attr(n, "loading"), "lazy")
		}
	case atom.Embed:
		p.want(attr(n, "src"), "other")
	case atom.Object:
		p.want(attr(n, "data"), "other")
	case atom.Video, atom.Audio:
		p.media++
		p.want(attr(n, "poster"), "images")
	case atom.Body, atom.Table, atom.Td, atom.Th:
		p.want(attr(n, "background"), "images")
	}
	if n.Namespace == "svg" && (n.Data == "image" || n.Data == "use") {
		p.want(attr(n, "href"), "images")
	}
	p.inline(n)
}

// inline asks for what a style attribute draws.
func (p *page) inline(n *html.Node) {
	text := attr(n, "style")
	if !strings.Contains(text, "(") {
		return
	}
	style.Inline(text, p.base, style.Options{Address: func(u *url.URL) string {
		p.want(u.String(), "images")
		return ""
	}})
}

// runs tells whether a browser of today runs a script.
func runs(n *html.Node) bool {
	if hasAttr(n, "nomodule") {
		return false
	}
	switch kind, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(attr(n, "type"))), ";"); kind {
	case "", "module", "text/javascript", "application/javascript", "text/ecmascript", "application/ecmascript",
		"application/x-javascript", "text/jscript":
		return true
	}
	return false
}

func (p *page) link(n *html.Node) {
	rel := strings.Fields(strings.ToLower(attr(n, "rel")))
	has := func(word string) bool { return slices.Contains(rel, word) }
	switch {
	case has("stylesheet") && !has("alternate") && !hasAttr(n, "disabled"):
		if u := p.resolve(attr(n, "href")); u != nil {
			p.want(attr(n, "href"), "css")
			p.sheets = append(p.sheets, sheetRef{url: u, media: attr(n, "media")})
		}
	case has("modulepreload"):
		p.want(attr(n, "href"), "js")
	case has("manifest"):
		p.want(attr(n, "href"), "other")
	case has("preload") && holds(attr(n, "media")):
		p.preload(n)
	}
}

// preload asks for what the page will need. A sheet that a script makes one of
// when it has come is a sheet.
func (p *page) preload(n *html.Node) {
	ref, kind := attr(n, "href"), "other"
	switch strings.ToLower(attr(n, "as")) {
	case "style":
		kind = "css"
		if u := p.resolve(ref); u != nil && strings.Contains(strings.ToLower(attr(n, "onload")), "stylesheet") {
			p.sheets = append(p.sheets, sheetRef{url: u})
		}
	case "script":
		kind = "js"
	case "font":
		kind = "fonts"
	case "image":
		kind = "images"
		ref = choose(attr(n, "imagesrcset"), attr(n, "imagesizes"), ref)
	}
	p.want(ref, kind)
}

// image asks for the one of its candidates that the screen needs.
func (p *page) image(n *html.Node) {
	p.images++
	src, set := attr(n, "src"), attr(n, "srcset")
	if _, said := find(n, "alt"); !said && attr(n, "role") != "presentation" && attr(n, "aria-hidden") != "true" && attr(n, "aria-label") == "" {
		p.noAlt = append(p.noAlt, src)
	}
	later, laterSet := scriptedLazy(n)
	scripted := later != "" || laterSet != ""
	if scripted {
		src, set = later, laterSet
	}
	ref := choose(set, attr(n, "sizes"), src)
	if c := sourceOf(n); c != nil {
		ref = choose(attr(c, "srcset"), attr(c, "sizes"), "")
	}
	w := p.want(ref, "images")
	if w == nil {
		return
	}
	w.lazy = scripted || strings.EqualFold(strings.TrimSpace(attr(n, "loading")), "lazy")
	names := []string{src}
	for _, c := range refs.Srcset(set) {
		names = append(names, c.URL)
	}
	for _, name := range names {
		if u := p.resolve(name); u != nil {
			w.names = append(w.names, u)
		}
	}
}

// sourceOf returns the first source before a picture that the browser takes in
// its place, or nil.
func sourceOf(n *html.Node) *html.Node {
	if n.Parent == nil || n.Parent.DataAtom != atom.Picture {
		return nil
	}
	for c := range n.Parent.ChildNodes() {
		if c == n {
			break
		}
		if c.DataAtom == atom.Source && shows(attr(c, "type")) && holds(attr(c, "media")) && attr(c, "srcset") != "" {
			return c
		}
	}
	return nil
}

// scriptedLazy returns what a script puts in the place of a picture of nothing
// once the reader comes near, as themes did before browsers could.
func scriptedLazy(n *html.Node) (src, set string) {
	if now := attr(n, "src"); now != "" && !strings.HasPrefix(now, "data:") {
		return "", ""
	}
	return cmp.Or(attr(n, "data-src"), attr(n, "data-lazy-src"), attr(n, "data-original")),
		cmp.Or(attr(n, "data-srcset"), attr(n, "data-lazy-srcset"))
}

// shows tells whether a browser of today shows a type of picture.
func shows(kind string) bool {
	switch kind = strings.ToLower(strings.TrimSpace(kind)); kind {
	case "", "image/avif", "image/webp", "image/jpeg", "image/png", "image/gif", "image/svg+xml", "image/apng":
		return true
	}
	return false
}

// icon asks for the picture of the tab: the one that says that it has 32 dots
// or any number, the last one otherwise, /favicon.ico if the page has none.
func (p *page) icon() {
	best, sized := "", false
	for n := range p.doc.Descendants() {
		if n.DataAtom != atom.Link || !slices.Contains(strings.Fields(strings.ToLower(attr(n, "rel"))), "icon") || attr(n, "href") == "" {
			continue
		}
		fits := strings.Contains(attr(n, "sizes"), "32x32") || attr(n, "sizes") == "any" || strings.Contains(attr(n, "type"), "svg")
		if fits || !sized {
			best, sized = attr(n, "href"), fits
		}
	}
	if best == "" {
		best = (&url.URL{Scheme: p.url.Scheme, Host: p.url.Host, Path: "/favicon.ico"}).String()
	}
	if w := p.want(best, "images"); w != nil {
		p.iconURL = w.url
	}
}

func find(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

func attr(n *html.Node, key string) string {
	value, _ := find(n, key)
	return value
}

func hasAttr(n *html.Node, key string) bool {
	_, ok := find(n, key)
	return ok
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for c := range n.ChildNodes() {
		b.WriteString(c.Data)
	}
	return b.String()
}
