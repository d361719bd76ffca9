package article

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// unseen reports whether a node and what lies below it is hidden, or is not
// text at all.
func unseen(n *html.Node) bool {
	if n.Type == html.TextNode && n.Parent != nil {
		// What browsers show that play neither.
		return n.Parent.DataAtom == atom.Video || n.Parent.DataAtom == atom.Audio || n.Parent.DataAtom == atom.Canvas
	}
	if n.Type != html.ElementNode || n.Namespace == "math" && n.Data == "annotation" {
		return n.Type == html.ElementNode
	}
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Template, atom.Head, atom.Link, atom.Meta, atom.Title, atom.Datalist:
		return true
	case atom.Dialog:
		return !has(n, "open")
	}
	hidden, ariaHidden := false, false
	class := ""
	for _, a := range n.Attr {
		switch a.Key {
		case "hidden":
			hidden = a.Val != "until-found"
		case "aria-hidden":
			ariaHidden = a.Val == "true"
		case "style":
			hidden = hidden || hiddenStyle(a.Val)
		case "class":
			class = a.Val
			hidden = hidden || hiddenClass(class) || paperClass(class) && !holdsWords(n, mostOnPaper)
		}
	}
	hidden = hidden && !inTurn(n, class)
	if ariaHidden {
		// Pictures and formulas are hidden from ears, not from eyes.
		hidden = hidden || n.DataAtom != atom.Img && n.DataAtom != atom.Svg && n.DataAtom != atom.Figure && n.DataAtom != atom.Picture && n.DataAtom != atom.Video && n.DataAtom != atom.Hr && n.DataAtom != atom.Br
	}
	return hidden
}

// inTurn reports whether an element is one of several of one make that a script
// shows in turn, such as the pages of a text: one before it can be seen, and
// is not more than twice as long. 50 are more than one clicks through.
func inTurn(n *html.Node, class string) bool {
	own := makeOf(class)
	if own == "" || inline[n.DataAtom] || forEars(class) {
		return false
	}
	before := n.PrevSibling
	for range 100 { // with the white space between them
		if before == nil {
			return false
		}
		if before.DataAtom == n.DataAtom && !has(before, "hidden") && !hiddenStyle(attr(before, "style")) {
			if other := attr(before, "class"); !hiddenClass(other) && makeOf(other) == own {
				return 2*firstWords(n) >= firstWords(before)
			}
		}
		before = before.PrevSibling
	}
	return false
}

// makeOf is a class without the words that change as its element is shown.
func makeOf(class string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(class), func(name string) bool {
		switch name {
		case "active", "current", "show", "shown", "visible", "open", "selected":
			return true
		}
		return hiddenClass(name)
	}), " ")
}

// firstWords counts the words in the first thousand nodes of an element.
func firstWords(n *html.Node) int {
	words, nodes := 0, 0
	for d := range n.Descendants() {
		if nodes++; nodes > 1000 {
			break
		}
		if d.Type == html.TextNode {
			words += len(strings.Fields(d.Data))
		}
	}
	return words
}

func hiddenStyle(style string) bool {
	if !strings.Contains(style, "none") && !strings.Contains(style, "hidden") {
		return false
	}
	style = strings.ToLower(strings.Join(strings.Fields(style), ""))
	return strings.HasPrefix(style, "display:none") || strings.Contains(style, ";display:none") ||
		strings.HasPrefix(style, "visibility:hidden") || strings.Contains(style, ";visibility:hidden")
}

// hiddenClass knows the classes by which themes and toolkits hide elements,
// also those that hide them from eyes only.
func hiddenClass(class string) bool {
	for name := range strings.FieldsSeq(class) {
		switch name {
		case "hidden", "d-none", "is-hidden", "hide":
			// hidden md:block is for small screens only.
			return !slices.ContainsFunc(strings.Fields(class), func(other string) bool {
				return strings.Contains(other, ":") || strings.HasPrefix(other, "d-") && other != "d-none"
			})
		}
	}
	return forEars(class)
}

// forEars knows the classes of what is hidden from eyes only.
func forEars(class string) bool {
	for name := range strings.FieldsSeq(class) {
		switch name {
		case "screen-reader-text", "sr-only", "visually-hidden", "visuallyhidden", "a11y", "assistive-text", "element-invisible", "offscreen", "screen-reader-only", "u-hidden", "noprint-hidden":
			return true
		}
	}
	return false
}

// paperClass knows the classes of what is for paper alone, such as an address,
// unless another of its names says that it is the text.
func paperClass(class string) bool {
	if !strings.Contains(class, "print-only") && !strings.Contains(class, "d-print-block") {
		return false
	}
	names := strings.Fields(class)
	text := slices.ContainsFunc(names, func(name string) bool { return markOfName(name)&body != 0 })
	return !text && (slices.Contains(names, "print-only") || slices.Contains(names, "d-print-block"))
}

// mostOnPaper is how many words are for paper alone. Some themes call the text
// so, since it is all that is printed.
const mostOnPaper = 100

// holdsWords reports whether a node holds more words than that. A thousand
// nodes are taken for more: a page may consist of such nodes within each other.
func holdsWords(n *html.Node, most int) bool {
	nodes := 0
	for d := range n.Descendants() {
		if nodes++; d.Type == html.TextNode {
			most -= len(strings.Fields(d.Data))
		}
		if most < 0 || nodes == 1000 {
			return true
		}
	}
	return false
}
