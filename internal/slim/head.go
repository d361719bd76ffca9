package slim

import (
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"buzzproof/internal/site"
	"buzzproof/internal/style"
)

// needlessRel are links that only make other things load early, or lead to
// what only programs for authors use.
var needlessRel = map[string]bool{
	"preload": true, "prefetch": true, "preconnect": true, "dns-prefetch": true, "modulepreload": true, "prerender": true,
	"manifest": true, "apple-touch-icon": true, "apple-touch-icon-precomposed": true, "mask-icon": true,
	"edituri": true, "wlwmanifest": true, "https://api.w.org/": true, "pingback": true, "apple-touch-startup-image": true,
}

// maxIcon is how many bytes an icon of the site may have.
const maxIcon = 2_000

// dropHead takes out links that a slim page does without. One small icon
// stays; an empty one keeps browsers from asking for /favicon.ico.
func (s *slimmer) dropHead() {
	icon := &html.Node{
		Type: html.ElementNode, Data: "link", DataAtom: atom.Link,
		Attr: []html.Attribute{{Key: "rel", Val: "icon"}, {Key: "href", Val: "data:,"}},
	}
	slimEach(s.doc, func(n *html.Node) bool {
		if n.DataAtom != atom.Link {
			return true
		}
		rel := strings.ToLower(strings.TrimSpace(slimGet(n, "rel")))
		late := strings.Contains(slimGet(n, "onload"), "stylesheet")
		switch {
		case rel == "icon" || rel == "shortcut icon":
			if f, ok := s.find(slimGet(n, "href")); ok && f.Size <= maxIcon && icon.Attr[1].Val == "data:," {
				icon.Attr[1].Val = f.URL
				s.weight += f.Size
			}
			n.Parent.RemoveChild(n)
		case needlessRel[rel] && !late:
			slimTake(n)
		}
		return true
	})
	if head := slimFirst(s.doc, atom.Head); head != nil {
		head.AppendChild(icon)
	}
}

// tidy takes out comments and white space that is not seen. Where a rule keeps
// white space, all of it stays.
func (s *slimmer) tidy(set *style.Set) {
	kept := set.Where(s.doc, func(property, value string) bool {
		return (property == "white-space" || property == "white-space-collapse") &&
			(strings.HasPrefix(value, "pre") || strings.HasPrefix(value, "break") || strings.HasPrefix(value, "var"))
	})
	s.tidyInside(s.doc, kept)
}

func (s *slimmer) tidyInside(n *html.Node, kept map[*html.Node]bool) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		switch c.Type {
		case html.CommentNode:
			n.RemoveChild(c)
		case html.TextNode:
			if strings.Trim(c.Data, " \t\r\n\f") == "" {
				c.Data = slimGap(c.Data)
				if p := n.DataAtom; p == atom.Head || p == atom.Html {
					n.RemoveChild(c)
				}
			}
		case html.ElementNode:
			verbatim := c.DataAtom == atom.Pre || c.DataAtom == atom.Textarea || c.DataAtom == atom.Script || c.DataAtom == atom.Style
			if !verbatim && !kept[c] && !strings.Contains(slimGet(c, "style"), "white-space") {
				s.tidyInside(c, kept)
			}
		}
		c = next
	}
}

// slimGap is the shortest white space that looks like the gap.
func slimGap(gap string) string {
	if strings.Contains(gap, "\n") {
		return "\n"
	}
	return gap[:min(1, len(gap))]
}

// embeds makes of what other hosts play a link of the same size, and keeps
// players from loading before anybody asks.
func (s *slimmer) embeds() {
	slimEach(s.doc, func(n *html.Node) bool {
		switch n.DataAtom {
		case atom.Iframe, atom.Embed:
			s.frame(n)
		case atom.Video:
			slimSet(n, "preload", "none")
			slimDel(n, "autoplay")
			if f, ok := s.find(slimGet(n, "poster")); ok {
				slimSet(n, "poster", s.shot(f, widest).address())
			}
		case atom.Audio:
			slimSet(n, "preload", "none")
			slimDel(n, "autoplay")
		case atom.Svg:
			s.inlineDrawing(n)
		}
		if n.Data == "use" {
			s.borrowed(n)
		}
		return true
	})
}

// borrowed reckons with a file of drawings that a drawing in the page takes
// one from.
func (s *slimmer) borrowed(n *html.Node) {
	for _, a := range n.Attr {
		ref, _, _ := strings.Cut(a.Val, "#")
		f, ok := s.find(ref)
		if a.Key != "href" || !ok || s.byURL[f.URL] != nil {
			continue
		}
		s.byURL[f.URL] = &shot{file: f}
		if data, err := s.p.Files.Read(f); err == nil {
			s.weight += slimSent(data)
		}
	}
}

// ownFrame keeps what the site itself shows in a frame, which loads when it
// comes near the screen.
func (s *slimmer) ownFrame(n *html.Node, src string, f site.File) {
	slimSet(n, "src", src)
	slimDel(n, "data-src", "data-lazy-src", "data-litespeed-src")
	if n.DataAtom == atom.Iframe {
		slimSet(n, "loading", "lazy")
	}
	if data, err := s.p.Files.Read(f); err == nil {
		s.weight += slimSent(data)
	}
}

// frame puts a link in the place of a frame of others.
func (s *slimmer) frame(n *html.Node) {
	src := slimGet(n, "src")
	for _, key := range []string{"data-src", "data-lazy-src", "data-litespeed-src"} {
		if v := slimGet(n, key); v != "" && (src == "" || strings.HasPrefix(src, "about:") || strings.HasPrefix(src, "data:")) {
			src = v
		}
	}
	u, err := s.base.Parse(strings.TrimSpace(src))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || slimPixel(n) || slimHas(n, "hidden") || src == "" {
		slimDel(n, "src", "data-src") // nobody sees what it would load; its box stays
		return
	}
	if f, ok := s.find(src); ok && !s.foreign(src) {
		s.ownFrame(n, src, f)
		return
	}
	title := strings.TrimSpace(slimGet(n, "title"))
	if title == "" {
		title = u.Hostname()
	}
	a := &html.Node{Type: html.ElementNode, Data: "a", DataAtom: atom.A, Attr: []html.Attribute{
		{Key: "href", Val: watchable(u)}, {Key: "style", Val: slimBox(n)},
	}}
	for _, key := range []string{"class", "id"} {
		if v := slimGet(n, key); v != "" {
			slimSet(a, key, v)
		}
	}
	a.AppendChild(&html.Node{Type: html.TextNode, Data: title})
	n.Parent.InsertBefore(a, n)
	n.Parent.RemoveChild(n)
}

// slimBox returns the look of a link that is as large as the frame was, or has
// the shape of films.
func slimBox(n *html.Node) string {
	w, h := slimNumber(slimGet(n, "width")), slimNumber(slimGet(n, "height"))
	size := "width:100%;"
	if w == 0 || h == 0 {
		w, h = 16, 9
	} else {
		size = fmt.Sprintf("width:%dpx;max-width:100%%;", w)
	}
	return fmt.Sprintf("display:inline-flex;%saspect-ratio:%d/%d;box-sizing:border-box;align-items:center;justify-content:center;"+
		"background:#222;color:#fff;padding:1em;text-align:center;%s", size, w, h, slimGet(n, "style"))
}

// watchable returns where a player's film is watched.
func watchable(u *url.URL) string {
	if id, ok := strings.CutPrefix(u.Path, "/embed/"); ok && strings.Contains(u.Hostname(), "youtube") && id != "" {
		return "https://www.youtube.com/watch?v=" + url.QueryEscape(id)
	}
	return u.String()
}

// maxInlineDrawing is how many bytes of SVG in the page stay if it says
// nothing.
const maxInlineDrawing = 20_000

// inlineDrawing empties a huge drawing that only decorates.
func (s *slimmer) inlineDrawing(n *html.Node) {
	bytes, says := slimWeight(n)
	if bytes <= maxInlineDrawing || says {
		return
	}
	for n.FirstChild != nil {
		n.RemoveChild(n.FirstChild)
	}
	s.p.notice(fmt.Sprintf("the slim page leaves out a drawing of %d KB that is part of the page", bytes/1000))
}

// slimWeight returns the bytes inside an element, and whether they say
// something.
func slimWeight(n *html.Node) (bytes int, says bool) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		bytes += len(c.Data)
		for _, a := range c.Attr {
			bytes += len(a.Key) + len(a.Val) + len(`=""`)
		}
		more, inside := slimWeight(c)
		bytes += more
		says = says || inside || c.Data == "text" || c.Data == "title" || c.Data == "symbol" || c.Data == "foreignObject"
	}
	return bytes, says
}

// slimNumber reads the digits that a size begins with; percentages have none.
func slimNumber(v string) int {
	n := 0
	v = strings.TrimSpace(v)
	for i := 0; i < len(v) && i < 5 && '0' <= v[i] && v[i] <= '9'; i++ {
		n = n*10 + int(v[i]-'0')
	}
	if strings.HasSuffix(v, "%") {
		return 0
	}
	return n
}
