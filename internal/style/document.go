package style

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// none is the index of no element.
const none = -1

// An element is an element of a page as selectors see it.
type element struct {
	node         *html.Node
	tag          string // in lower case
	id           string
	classes      []string
	attrs        []html.Attribute
	parent, prev int32 // indexes, or none
	work         int   // that a look at it costs
}

// A document is a page as selectors see it, with what it has under each name.
type document struct {
	all     []element
	numbers []int32 // of all elements, once they were asked for
	byTag   map[string][]int32
	byID    map[string][]int32
	byClass map[string][]int32
	attrs   map[string]bool
	dashed  strings.Builder // attributes that could name a custom property
	fold    func(string) string
}

func read(doc *html.Node) *document {
	d := &document{
		byTag: map[string][]int32{}, byID: map[string][]int32{}, byClass: map[string][]int32{},
		attrs: map[string]bool{}, fold: func(s string) string { return s },
	}
	if quirks(doc) { // names of classes and ids are alike in any case, Quirks Mode Standard, section 3
		d.fold = strings.ToLower
	}
	d.children(doc, none)
	return d
}

// quirks tells whether browsers read the page in quirks mode, as far as a
// doctype that is missing tells; the older ones with quirks count too.
func quirks(doc *html.Node) bool {
	for c := doc.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.DoctypeNode {
			return len(c.Attr) > 0
		}
	}
	return true
}

func (d *document) children(n *html.Node, parent int32) {
	prev := int32(none)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.ElementNode:
			prev = d.add(c, parent, prev)
			d.children(c, prev)
		case c.Type == html.TextNode && n.Type == html.ElementNode && n.DataAtom == atom.Noscript:
			d.noscript(c.Data, parent)
		}
	}
}

// noscript reads what visitors without scripts see.
func (d *document) noscript(source string, parent int32) {
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragmentWithOptions(strings.NewReader(source), body, html.ParseOptionEnableScripting(false))
	if err != nil {
		return
	}
	prev := int32(none)
	for _, n := range nodes {
		if n.Type == html.ElementNode {
			prev = d.add(n, parent, prev)
			d.children(n, prev)
		}
	}
}

func (d *document) add(n *html.Node, parent, prev int32) int32 {
	at := int32(len(d.all))
	e := element{node: n, tag: strings.ToLower(n.Data), attrs: n.Attr, parent: parent, prev: prev}
	e.work = 1 + len(n.Attr)/8
	for _, a := range n.Attr {
		e.work += len(a.Val) / 64
		d.attrs[strings.ToLower(a.Key)] = true
		switch {
		case a.Key == "id":
			e.id = d.fold(a.Val)
		case a.Key == "class":
			for _, c := range strings.FieldsFunc(d.fold(a.Val), isBlankRune) {
				e.classes = append(e.classes, c)
				if l := d.byClass[c]; len(l) == 0 || l[len(l)-1] != at {
					d.byClass[c] = append(l, at)
				}
			}
		}
		if strings.Contains(a.Val, "--") {
			d.dashed.WriteString(" " + a.Val)
		}
	}
	d.byTag[e.tag] = append(d.byTag[e.tag], at)
	if e.id != "" {
		d.byID[e.id] = append(d.byID[e.id], at)
	}
	d.all = append(d.all, e)
	return at
}

// every returns the numbers of all elements.
func (d *document) every() []int32 {
	if d.numbers == nil {
		d.numbers = make([]int32, len(d.all))
		for i := range d.numbers {
			d.numbers[i] = int32(i)
		}
	}
	return d.numbers
}

// isBlankRune is the white space of HTML, which does not include all of
// Unicode's.
func isBlankRune(r rune) bool {
	return r == ' ' || r == '\t' || r == '\n' || r == '\f' || r == '\r'
}
