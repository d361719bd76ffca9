// Package browse tells what a browser asks for when it shows a page: which
// picture of a set, which fonts, what now and what only to who scrolls.
//
// There is no network in it. A page and its style sheets go in, addresses come
// out, chosen as Chromium on a common laptop chooses.
package browse

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"buzzproof/internal/article"
	"buzzproof/internal/refs"
	"buzzproof/internal/style"
)

// A Want is a file that a browser asks for on account of the page.
type Want struct {
	URL   *url.URL
	Kind  string     // what the page takes it for: html, css, js, fonts, images or other
	Lazy  bool       // only for who scrolls to it
	Apart bool       // without cookies, for which Chromium opens another connection
	Names []*url.URL // the addresses of the same picture, of which the browser takes one
}

// A Page is a page as its browser reads it.
type Page struct {
	URL    *url.URL
	Base   *url.URL
	Source []byte // in UTF-8
	Doc    *html.Node
	Wants  []Want // in the order of the page, without what its style sheets draw in
	Sheets []Sheet
	Media  int // films and sounds, of which only the browser knows how much it loads
	Images int
	NoAlt  []string // the pictures without words

	IconURL *url.URL // of the tab, once Icon was called
}

// A Sheet is a style sheet in the order of the cascade.
type Sheet struct {
	URL   *url.URL // nil for one in the page
	Text  string
	Media string
}

// Read reads the page at an address.
func Read(at *url.URL, raw []byte, contentType string) *Page {
	p := &Page{URL: at, Base: at, Source: refs.UTF8(raw, contentType)}
	p.Doc = article.Parse(p.Source)
	p.findBase()
	p.walk(p.Doc)
	return p
}

func (p *Page) findBase() {
	for n := range p.Doc.Descendants() {
		if href := attr(n, "href"); n.DataAtom == atom.Base && href != "" {
			if u, err := p.URL.Parse(strings.TrimSpace(href)); err == nil {
				p.Base = u
			}
			return
		}
	}
}

// resolve returns where a reference leads, or nil if nobody is asked for it.
func (p *Page) resolve(ref string) *url.URL {
	ref = strings.TrimSpace(ref)
	if ref == "" || strings.HasPrefix(ref, "#") {
		return nil
	}
	u, err := p.Base.Parse(ref)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil
	}
	u.Fragment, u.RawFragment = "", ""
	return u
}

func (p *Page) want(ref, kind string) *Want {
	u := p.resolve(ref)
	if u == nil {
		return nil
	}
	p.Wants = append(p.Wants, Want{URL: u, Kind: kind})
	return &p.Wants[len(p.Wants)-1]
}

func (p *Page) walk(n *html.Node) {
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

func (p *Page) element(n *html.Node) {
	switch n.DataAtom {
	case atom.Link:
		p.link(n)
	case atom.Style:
		p.Sheets = append(p.Sheets, Sheet{Text: textOf(n), Media: attr(n, "media")})
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
			w.Lazy = strings.EqualFold(attr(n, "loading"), "lazy")
		}
	case atom.Embed:
		p.want(attr(n, "src"), "other")
	case atom.Object:
		p.want(attr(n, "data"), "other")
	case atom.Video, atom.Audio:
		p.Media++
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
func (p *Page) inline(n *html.Node) {
	text := attr(n, "style")
	if !strings.Contains(text, "(") {
		return
	}
	style.Inline(text, p.Base, style.Options{Address: func(u *url.URL) string {
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

func (p *Page) link(n *html.Node) {
	rel := strings.Fields(strings.ToLower(attr(n, "rel")))
	has := func(word string) bool { return slices.Contains(rel, word) }
	switch {
	case has("stylesheet") && !has("alternate") && !hasAttr(n, "disabled"):
		if u := p.resolve(attr(n, "href")); u != nil {
			p.want(attr(n, "href"), "css")
			p.Sheets = append(p.Sheets, Sheet{URL: u, Media: attr(n, "media")})
		}
	case has("modulepreload"):
		p.want(attr(n, "href"), "js")
	case has("manifest"):
		if w := p.want(attr(n, "href"), "other"); w != nil {
			w.Apart = !strings.EqualFold(attr(n, "crossorigin"), "use-credentials")
		}
	case has("preload") && Holds(attr(n, "media")):
		p.preload(n)
	}
}

// preload asks for what the page will need. A sheet that a script makes one of
// when it has come is a sheet.
func (p *Page) preload(n *html.Node) {
	ref, kind := attr(n, "href"), "other"
	switch strings.ToLower(attr(n, "as")) {
	case "style":
		kind = "css"
		if u := p.resolve(ref); u != nil && strings.Contains(strings.ToLower(attr(n, "onload")), "stylesheet") {
			p.Sheets = append(p.Sheets, Sheet{URL: u})
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

// Icon asks for the picture of the tab: the one that says that it has 32 dots
// or any number, the last one otherwise, /favicon.ico if the page has none.
func (p *Page) Icon() {
	best, sized := "", false
	for n := range p.Doc.Descendants() {
		if n.DataAtom != atom.Link || !slices.Contains(strings.Fields(strings.ToLower(attr(n, "rel"))), "icon") || attr(n, "href") == "" {
			continue
		}
		fits := strings.Contains(attr(n, "sizes"), "32x32") || attr(n, "sizes") == "any" || strings.Contains(attr(n, "type"), "svg")
		if fits || !sized {
			best, sized = attr(n, "href"), fits
		}
	}
	if best == "" {
		best = (&url.URL{Scheme: p.URL.Scheme, Host: p.URL.Host, Path: "/favicon.ico"}).String()
	}
	if w := p.want(best, "images"); w != nil {
		p.IconURL = w.URL
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
