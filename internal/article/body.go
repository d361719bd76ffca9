package article

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// copyOf copies pieces of the page under one div, without what was taken out.
func (r *reader) copyOf(pieces []int) *html.Node {
	div := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	for _, i := range pieces {
		to := div
		if !r.bare(i) {
			to = shallow(r.spots[i].n)
			switch r.tag(i) {
			case atom.Td, atom.Tr, atom.Tbody, atom.Body:
				to.Data, to.DataAtom = "div", atom.Div // they stand in tables only
			}
			div.AppendChild(to)
			if r.tag(i) == 0 && r.spots[i].n.Type == html.TextNode {
				continue
			}
		}
		r.copyBelow(i, to)
	}
	return div
}

// bare reports whether the element at spot i only holds others and nothing
// points to it, so that its children may stand for it.
func (r *reader) bare(i int) bool {
	n := r.spots[i].n
	for k, to := r.within(i); k < to; k++ {
		if r.blocks[k].owner == i {
			return false // its own text would run into what stands beside it
		}
	}
	switch n.DataAtom {
	case atom.Div, atom.Article, atom.Main, atom.Section, atom.Td, atom.Tr, atom.Tbody, atom.Body, atom.Center, atom.Form, atom.Header:
		return attr(n, "id") == "" || n.DataAtom != atom.Div && n.DataAtom != atom.Section && n.DataAtom != atom.Article
	}
	return false
}

// copyBelow copies what lies below spot i into an element.
func (r *reader) copyBelow(i int, to *html.Node) {
	made := map[int]*html.Node{i: to}
	for k := i + 1; k < r.spots[i].end; k++ {
		s := &r.spots[k]
		parent := made[s.up]
		if s.out || k == r.title {
			if last := parent.LastChild; last != nil && !inlineSpot(r.tree, k) {
				parent.AppendChild(&html.Node{Type: html.TextNode, Data: " "}) // what it parted stays apart
			}
			k = s.end - 1
			continue
		}
		if s.n.DataAtom == atom.Noscript && s.n.Type == html.ElementNode {
			unlazy(parent, s.n)
			k = s.end - 1
			continue
		}
		if r.spills(k) {
			made[k] = parent
			continue
		}
		c := shallow(s.n)
		parent.AppendChild(c)
		switch s.n.DataAtom {
		case atom.Img, atom.Source, atom.Iframe:
			wake(c)
		}
		if s.end > k+1 {
			made[k] = c
		}
	}
}

func shallow(n *html.Node) *html.Node {
	return &html.Node{
		Type: n.Type, Data: n.Data, DataAtom: n.DataAtom, Namespace: n.Namespace,
		Attr: append([]html.Attribute(nil), n.Attr...),
	}
}

// lazy pairs the attributes in which scripts find a picture with those in
// which it should be.
var lazy = map[string]string{
	"data-src": "src", "data-lazy-src": "src", "data-original": "src", "data-orig-src": "src", "data-lazy": "src",
	"data-srcset": "srcset", "data-lazy-srcset": "srcset", "data-sizes": "sizes", "data-lazy-sizes": "sizes",
}

// wake gives a picture its real source.
func wake(n *html.Node) {
	for _, a := range n.Attr {
		to, known := lazy[a.Key]
		if !known || strings.TrimSpace(a.Val) == "" || a.Val == "auto" {
			continue
		}
		set := false
		for i := range n.Attr {
			if n.Attr[i].Key == to {
				n.Attr[i].Val, set = a.Val, true
			}
		}
		if !set {
			n.Attr = append(n.Attr, html.Attribute{Key: to, Val: a.Val})
		}
	}
}

// placeholder reports whether a picture only waits for a script.
func placeholder(n *html.Node) bool {
	src := attr(n, "src")
	if src == "" && attr(n, "srcset") == "" || strings.HasPrefix(src, "data:") {
		return true
	}
	for _, a := range n.Attr {
		if _, known := lazy[a.Key]; known {
			return true
		}
	}
	class := " " + attr(n, "class") + " "
	return strings.Contains(class, "lazy") || strings.Contains(src, "placeholder") || strings.HasSuffix(src, "blank.gif")
}

// unlazy puts the picture of a noscript in the place of the one that waits
// beside it. A picture alone in a noscript counts visitors if it is tiny.
func unlazy(parent, noscript *html.Node) {
	var source strings.Builder
	for c := noscript.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode {
			source.WriteString(c.Data)
		}
	}
	if !strings.Contains(source.String(), "<") || tangled([]byte(source.String())) {
		return
	}
	at := &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div}
	nodes, err := html.ParseFragment(strings.NewReader(source.String()), at)
	if err != nil {
		return
	}
	last := parent.LastChild
	for last != nil && last.Type == html.TextNode && strings.TrimSpace(last.Data) == "" {
		last = last.PrevSibling
	}
	waits := last != nil && last.DataAtom == atom.Img && placeholder(last)
	if last != nil && last.DataAtom == atom.Img && !waits {
		return
	}
	for _, n := range nodes {
		switch n.DataAtom {
		case atom.Img, atom.Picture, atom.Iframe, atom.Video:
			if small(n) {
				continue
			}
			if waits {
				parent.RemoveChild(last)
				waits = false
			}
			n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "id" })
			parent.AppendChild(n)
		}
	}
}

// small reports whether a picture says that it is a pixel or two.
func small(n *html.Node) bool {
	tiny := func(s string) bool { return s == "0" || s == "1" || s == "2" }
	return tiny(attr(n, "width")) || tiny(attr(n, "height"))
}
