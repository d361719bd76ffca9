package article

import (
	"bytes"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// refused is the key of the attribute that Parse leaves on the document of a
// source it did not read; its value says why.
const refused = "refused"

// Parse reads a page. source is UTF-8. The tree of a page whose markup would
// cost much more than its size is empty, and Extract is Unsure of it: nesting
// deeper than html.Parse allows (512), or tags left open so that the parser
// repeats them again and again.
func Parse(source []byte) *html.Node {
	if tangled(source) {
		return refuse("its tags are tangled")
	}
	doc, err := html.Parse(bytes.NewReader(source))
	if err != nil {
		return refuse("its tags are nested too deeply")
	}
	return doc
}

func refuse(why string) *html.Node {
	return &html.Node{Type: html.DocumentNode, Attr: []html.Attribute{{Key: refused, Val: why}}}
}

// mostWork is what reading may cost beyond one step for each byte: 140,000
// times <em><p> would otherwise take html.Parse 1.7 s and 280 MB.
const mostWork = 1 << 17

// A load adds up what html.Parse repeats: every paragraph reopens all
// formatting elements that are open, and text is joined to the text before it
// by copying when the tag between the two is ignored.
type load struct {
	open   map[atom.Atom]int // elements opened and not closed
	forms  map[string]int    // open formatting elements by their source
	format int               // how many of them the parser reopens
	text   int               // bytes of text since the last tag that counts
	work   int               // elements reopened
	copied int               // bytes copied
}

func tangled(source []byte) bool {
	l := load{open: map[atom.Atom]int{}, forms: map[string]int{}}
	z := html.NewTokenizer(bytes.NewReader(source))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return false
		case html.TextToken:
			l.copied += l.text
			l.text += len(z.Raw())
			l.work += l.format
		case html.StartTagToken:
			l.start(z)
		case html.EndTagToken:
			l.end(z)
		}
		if l.work > mostWork || l.copied > 2048*mostWork {
			return true
		}
	}
}

func (l *load) start(z *html.Tokenizer) {
	raw := z.Raw()
	name, _ := z.TagName()
	tag := atom.Lookup(name)
	switch {
	case tag == atom.Html || tag == atom.Body:
		l.work += 1 + len(raw)/8
		return
	case tag == atom.Head || tag == atom.Frame || tablePart[tag]:
		// Ignored outside of a table; in one, the text stands before it.
		l.open[tag]++
		return
	}
	l.text = 0
	l.open[tag]++
	if !formatting[tag] {
		l.work += l.format
		return
	}
	// The parser remembers three alike at most ("Noah's Ark clause",
	// HTML standard, 13.2.4.3).
	if l.forms[string(raw)] < 3 {
		l.forms[string(raw)]++
		l.format++
	}
}

func (l *load) end(z *html.Tokenizer) {
	name, _ := z.TagName()
	tag := atom.Lookup(name)
	if l.open[tag] == 0 && tag != 0 && tag != atom.P && tag != atom.Br {
		return
	}
	if tag != 0 {
		l.open[tag]--
	}
	if !tablePart[tag] {
		l.text = 0
	}
	if formatting[tag] && l.format > 0 {
		l.format--
		if l.format == 0 {
			clear(l.forms)
		}
	}
}

var formatting = map[atom.Atom]bool{
	atom.A: true, atom.B: true, atom.Big: true, atom.Code: true, atom.Em: true, atom.Font: true, atom.I: true,
	atom.Nobr: true, atom.S: true, atom.Small: true, atom.Strike: true, atom.Strong: true, atom.Tt: true, atom.U: true,
}

var tablePart = map[atom.Atom]bool{
	atom.Caption: true, atom.Col: true, atom.Colgroup: true, atom.Tbody: true, atom.Td: true, atom.Tfoot: true,
	atom.Th: true, atom.Thead: true, atom.Tr: true,
}
