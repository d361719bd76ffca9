package lite

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// arity says how many children an element of MathML Core has; -1 is any
// number, 0 is text.
var arity = map[string]int{
	"math": -1, "mrow": -1, "msqrt": -1, "mstyle": -1, "merror": -1, "mpadded": -1, "mphantom": -1,
	"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3, "munderover": 3,
	"mtable": -1, "mtr": -1, "mtd": -1, "mi": 0, "mn": 0, "mo": 0, "ms": 0, "mtext": 0, "mspace": 0,
}

// mathValues are the attributes of MathML that are kept, and what they may say.
var mathValues = map[string]*regexp.Regexp{
	"display":       regexp.MustCompile(`^(block|inline)$`),
	"displaystyle":  regexp.MustCompile(`^(true|false)$`),
	"stretchy":      regexp.MustCompile(`^(true|false)$`),
	"accent":        regexp.MustCompile(`^(true|false)$`),
	"linethickness": regexp.MustCompile(`^0(px|em)?$`),
	"width":         regexp.MustCompile(`^-?[0-9]*\.?[0-9]+(em|ex|px|pt)$`),
}

// mathOwners says which elements an attribute belongs to.
var mathOwners = map[string][]string{
	"display": {"math"}, "displaystyle": {"mstyle"}, "stretchy": {"mo"}, "accent": {"mover"},
	"linethickness": {"mfrac"}, "width": {"mspace"},
}

// math sanitises a formula in MathML. What has no presentation says itself as
// TeX, as its author wrote it.
func (s *sanitiser) math(n *html.Node) {
	if n.Data != "math" || s.pre > 0 {
		s.text(content(n, 1<<20))
		return
	}
	formula := formula(nil, n, "", 0)
	if !slices.ContainsFunc(formula, func(p piece) bool { return p.step == chars }) {
		s.text(content(n, 1<<20))
		return
	}
	s.owe(n)
	s.phrase()
	s.out = append(s.out, formula...)
}

// formula appends one element of a formula, and everything in it.
func formula(out []piece, n *html.Node, parent string, depth int) []piece {
	name, kids := n.Data, mathKids(n)
	switch {
	case name == "semantics" && len(kids) > 0:
		return formula(out, kids[0], parent, depth)
	case name == "annotation" || name == "annotation-xml":
		return out
	case depth > deepest:
		name = "mtext"
	case !mathFits(name, parent, kids):
		name = "mrow"
	}
	out = append(out, piece{step: open, name: name, attrs: mathAttrs(name, n)})
	if arity[name] == 0 {
		if text := strings.TrimSpace(fold(legible(content(n, 10000)))); text != "" && name != "mspace" {
			out = append(out, piece{text: text})
		}
	} else {
		for _, kid := range kids {
			out = formula(out, kid, name, depth+1)
		}
	}
	return append(out, piece{step: shut, name: name})
}

// mathFits says whether an element has the place and the children it needs.
func mathFits(name, parent string, kids []*html.Node) bool {
	count, known := arity[name]
	switch {
	case !known || count > 0 && count != len(kids) || (name == "math") != (parent == ""):
		return false
	case name == "mtable":
		return !slices.ContainsFunc(kids, func(row *html.Node) bool {
			return row.Data != "mtr" || slices.ContainsFunc(mathKids(row), func(c *html.Node) bool { return c.Data != "mtd" })
		})
	case name == "mtr":
		return parent == "mtable"
	case name == "mtd":
		return parent == "mtr"
	}
	return true
}

// mathKids returns the elements in an element; a word alone becomes a mtext.
func mathKids(n *html.Node) []*html.Node {
	var kids []*html.Node
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.ElementNode:
			kids = append(kids, c)
		case c.Type == html.TextNode && strings.TrimSpace(legible(c.Data)) != "":
			word := &html.Node{Type: html.ElementNode, Data: "mtext", Namespace: "math"}
			word.AppendChild(&html.Node{Type: html.TextNode, Data: c.Data})
			kids = append(kids, word)
		}
	}
	return kids
}

func mathAttrs(name string, n *html.Node) []attr {
	var attrs []attr
	for _, a := range n.Attr {
		if slices.Contains(mathOwners[a.Key], name) && mathValues[a.Key].MatchString(a.Val) && !has(attrs, a.Key) {
			attrs = append(attrs, attr{a.Key, a.Val})
		}
	}
	if name == "mi" && value(n, "mathvariant") == "normal" {
		attrs = append(attrs, attr{"mathvariant", "normal"})
	}
	return attrs
}

// pretence handles elements that are there for looks: formulas that a script
// has drawn are said by what they were drawn from.
func (s *sanitiser) pretence(n *html.Node) bool {
	class := strings.Fields(value(n, "class"))
	is := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(class, name) })
	}
	switch {
	case n.Data == "script":
		if kind, _, _ := strings.Cut(value(n, "type"), ";"); strings.TrimSpace(kind) == "math/tex" && n.FirstChild != nil {
			s.text(`\(` + n.FirstChild.Data + `\)`)
		}
	case is("katex-html", "MathJax", "MathJax_Display", "MathJax_Preview", "MathJax_SVG", "MathJax_CHTML"):
		return first(n, "math") == nil || s.onlyMath(n)
	case n.Data == "mjx-container" || is("mwe-math-element"):
		return s.onlyMath(n)
	default:
		return false
	}
	return true
}

// onlyMath keeps the MathML in an element and nothing else.
func (s *sanitiser) onlyMath(n *html.Node) bool {
	m := first(n, "math")
	if m == nil {
		return n.Data == "mjx-container"
	}
	s.owe(n)
	s.math(m)
	return true
}
