package browse

import (
	"cmp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"buzzproof/internal/refs"
)

// image asks for the one of its candidates that the screen needs.
func (p *Page) image(n *html.Node) {
	p.Images++
	src, set := attr(n, "src"), attr(n, "srcset")
	if _, said := find(n, "alt"); !said && attr(n, "role") != "presentation" && attr(n, "aria-hidden") != "true" && attr(n, "aria-label") == "" {
		p.NoAlt = append(p.NoAlt, src)
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
	w.Lazy = scripted || strings.EqualFold(strings.TrimSpace(attr(n, "loading")), "lazy")
	names := []string{src}
	for _, c := range refs.Srcset(set) {
		names = append(names, c.URL)
	}
	for _, name := range names {
		if u := p.resolve(name); u != nil {
			w.Names = append(w.Names, u)
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
		if c.DataAtom == atom.Source && shows(attr(c, "type")) && Holds(attr(c, "media")) && attr(c, "srcset") != "" {
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
