package slim

import (
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// slimCopy copies a tree. The parser bounds its depth to 512.
func slimCopy(n *html.Node) *html.Node {
	c := &html.Node{
		Type: n.Type, DataAtom: n.DataAtom, Data: n.Data, Namespace: n.Namespace,
		Attr: append([]html.Attribute(nil), n.Attr...),
	}
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		c.AppendChild(slimCopy(k))
	}
	return c
}

// slimNodes counts what is below n.
func slimNodes(n *html.Node) int {
	count := 0
	for range n.Descendants() {
		count++
	}
	return count
}

// slimEach shows every element in the order of the page until visit is false.
// An element may be taken out or replaced while it is shown.
func slimEach(n *html.Node, visit func(*html.Node) bool) bool {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		if c.Type == html.ElementNode && !visit(c) {
			return false
		}
		if c.Parent == n && !slimEach(c, visit) {
			return false
		}
		c = next
	}
	return true
}

// slimFirst returns the first element with the tag, or nil.
func slimFirst(n *html.Node, tag atom.Atom) *html.Node {
	var found *html.Node
	slimEach(n, func(c *html.Node) bool {
		if c.DataAtom == tag {
			found = c
		}
		return found == nil
	})
	return found
}

func slimGet(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key && a.Namespace == "" {
			return a.Val
		}
	}
	return ""
}

func slimHas(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key && a.Namespace == "" {
			return true
		}
	}
	return false
}

func slimSet(n *html.Node, key, val string) {
	for i, a := range n.Attr {
		if a.Key == key && a.Namespace == "" {
			n.Attr[i].Val = val
			return
		}
	}
	n.Attr = append(n.Attr, html.Attribute{Key: key, Val: val})
}

func slimDel(n *html.Node, keys ...string) {
	var kept []html.Attribute
	for _, a := range n.Attr {
		drop := false
		for _, k := range keys {
			drop = drop || a.Key == k && a.Namespace == ""
		}
		if !drop {
			kept = append(kept, a)
		}
	}
	n.Attr = kept
}

// slimHasWord tells whether an attribute has a word in its list.
func slimHasWord(n *html.Node, key, word string) bool {
	for _, w := range strings.Fields(slimGet(n, key)) {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}

// slimText returns the text directly inside an element.
func slimText(n *html.Node) string {
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// slimWords counts the words directly inside an element.
func slimWords(n *html.Node) int {
	words := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode {
			words += len(strings.FieldsFunc(c.Data, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
		}
	}
	return words
}

// slimTake takes an element out. In the body, one that other elements follow
// leaves an empty one of its kind: rules such as "* + *" count it.
func slimTake(n *html.Node) {
	if slimIn(n, "body") && slimFollowed(n) {
		for n.FirstChild != nil {
			n.RemoveChild(n.FirstChild)
		}
		n.Attr = nil
		if n.Data == "link" { // an empty link is an error in the body
			n.Data, n.DataAtom = "script", atom.Script
		}
		return
	}
	n.Parent.RemoveChild(n)
}

// slimFollowed tells whether a sibling that stays comes behind n.
func slimFollowed(n *html.Node) bool {
	for c := n.NextSibling; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && c.Data != "script" && c.Data != "style" && c.Data != "link" {
			return true
		}
	}
	return false
}

// slimIn tells whether an ancestor has the tag.
func slimIn(n *html.Node, tag string) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Type == html.ElementNode && p.Data == tag {
			return true
		}
	}
	return false
}
