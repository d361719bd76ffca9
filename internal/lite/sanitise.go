package lite

import (
	"strings"

	"golang.org/x/net/html"
)

// A step says what a piece does.
type step byte

const (
	chars step = iota // text
	open              // a start tag
	shut              // an end tag
	void              // an element without content
)

// A piece is one step of a clean text: a start tag, an end tag or words.
// Nothing of a page reaches a visitor by another way than as pieces, and the
// names in them come from this package alone.
type piece struct {
	step  step
	name  string
	attrs []attr
	text  string
	glued bool // a row that a cell of the row before reaches into
}

type attr struct{ key, value string }

// A frame is a block element under way. It is written when its first content
// comes, so that nothing empty is ever written.
type frame struct {
	name    string
	attrs   []attr
	level   int  // of a heading, as the page has it
	written bool // its start tag is out
	used    bool // something was said in it
	broken  bool // a block has begun or ended since: text needs a paragraph
	implied bool // nobody wrote it, so anything that does not fit ends it
}

// A mark is an inline element that is wanted for the text to come.
type mark struct {
	name  string
	attrs []attr
	id    string
}

// A sanitiser turns a stranger's elements into pieces that nest as HTML wants
// it and hold nothing but what is on its lists.
type sanitiser struct {
	p      *Page
	base   links
	out    []piece
	frames []frame
	marks  []mark
	opened int    // how many of marks are open
	gap    string // white space that is owed between two words
	breaks int    // line breaks that are owed
	line   bool   // something was said since the last block began or ended
	pre    int    // depth of elements that keep white space
	ids    map[string]bool
	owed   []string // ids whose element is gone; the next one takes them
	levels []int    // headings under way, for consecutive levels
	quiet  bool     // headings become paragraphs
	table  int      // tables so far, for their names
	texts  map[*html.Node]bool
	labels map[string]string // of the form under way, by the id of the control
}

// deepest bounds how many blocks are nested; deeper ones keep their text only.
const deepest = 40

func newSanitiser(p *Page) *sanitiser {
	return &sanitiser{
		p: p, base: newLinks(p), frames: []frame{{written: true}},
		ids: map[string]bool{}, texts: map[*html.Node]bool{},
	}
}

// headingAnchor keeps the anchor of the page's heading, which is written anew from its
// text: links to it lead to what follows.
func (s *sanitiser) headingAnchor() {
	if s.p.Doc == nil {
		return
	}
	for n := range s.p.Doc.Descendants() {
		if n.Data == "h1" && !holds(s.p.Said.Body, value(n, "id")) {
			s.owe(n)
			return
		}
	}
}

// holds reports whether an element below n has that id.
func holds(n *html.Node, id string) bool {
	if n == nil || id == "" {
		return false
	}
	for c := range n.Descendants() {
		if value(c, "id") == id {
			return true
		}
	}
	return false
}

// body sanitises what is below n.
func (s *sanitiser) body(n *html.Node) {
	if n != nil {
		s.owe(n)
		s.children(n)
	}
	s.leave(1)
	s.levels = s.levels[:0]
}

// finish returns the pieces; no id is left without a place.
func (s *sanitiser) finish() []piece {
	s.leave(1)
	for _, id := range s.owed {
		s.anchor(id)
	}
	s.owed = nil
	return s.out
}

func (s *sanitiser) top() *frame { return &s.frames[len(s.frames)-1] }

// phrasing says whether only words and inline elements may come now.
func (s *sanitiser) phrasing() bool { return onlyPhrases[s.top().name] }

// children walks what is below n.
func (s *sanitiser) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		s.walk(c)
	}
}

// cut ends the paragraph under way.
func (s *sanitiser) cut() {
	s.shutMarks()
	if s.top().name == "p" {
		s.pop()
	}
	s.top().broken = s.top().used
	s.line, s.gap, s.breaks = false, "", 0
}

// enter begins a block and returns the depth to leave it by. It is false where
// a block may not be.
func (s *sanitiser) enter(f frame) (int, bool) {
	if s.top().name == "p" {
		s.cut()
	}
	if s.phrasing() || len(s.frames) > deepest {
		s.soft()
		return 0, false
	}
	s.cut()
	s.place(f.name)
	s.frames = append(s.frames, f)
	return len(s.frames) - 1, true
}

// leave ends every block deeper than depth.
func (s *sanitiser) leave(depth int) {
	s.cut()
	for len(s.frames) > depth {
		s.pop()
	}
	s.cut()
}

// soft is the border of a block where no block may be.
func (s *sanitiser) soft() {
	if s.pre > 0 {
		if last := len(s.out) - 1; last >= 0 && s.out[last].step == chars && !strings.HasSuffix(s.out[last].text, "\n") {
			s.text("\n")
		}
		return
	}
	if s.top().name == "p" || !s.phrasing() {
		s.cut()
		return
	}
	s.gap = cmpGap(s.gap, " ")
}

// place makes room for an element: frames that nobody wrote end where it does
// not fit, and what it needs around it comes into being.
func (s *sanitiser) place(name string) {
	for s.top().implied && !fits(s.top().name, name) {
		s.pop()
	}
	if fits(s.top().name, name) {
		return
	}
	if item := itemOf[s.top().name]; item != "" {
		s.frames = append(s.frames, frame{name: item, implied: true})
	}
	if list := listOf[name]; list != "" && !fits(s.top().name, name) {
		s.frames = append(s.frames, frame{name: list, implied: true})
	}
}

// pop ends the innermost block.
func (s *sanitiser) pop() {
	s.shutMarks()
	f := s.top()
	switch {
	case !f.written:
		for _, a := range f.attrs {
			if a.key == "id" {
				s.owed = append(s.owed, a.value)
			}
		}
	default:
		if f.name == "dl" && s.lastChild() == "dt" {
			s.out = append(s.out, piece{step: open, name: "dd"}, piece{step: shut, name: "dd"})
		}
		s.out = append(s.out, piece{step: shut, name: f.name})
	}
	s.frames = s.frames[:len(s.frames)-1]
	s.line, s.gap, s.breaks = false, "", 0
	s.top().broken = s.top().used
}

// lastChild names the element that ended last.
func (s *sanitiser) lastChild() string {
	if last := len(s.out) - 1; last >= 0 && s.out[last].step == shut {
		return s.out[last].name
	}
	return ""
}

// write puts out the start tags of all frames.
func (s *sanitiser) write() {
	for i := range s.frames {
		f := &s.frames[i]
		f.used = true
		if f.written {
			continue
		}
		f.written = true
		if f.level > 0 {
			f.name = s.heading(f.level)
		}
		if f.name == "dd" && s.lastChild() != "dt" && s.lastChild() != "dd" {
			s.out = append(s.out, piece{step: open, name: "dt"}, piece{step: shut, name: "dt"})
		}
		if len(s.owed) > 0 && !has(f.attrs, "id") && f.name != "div" {
			f.attrs = append(f.attrs, attr{"id", s.owed[0]})
			s.owed = s.owed[1:]
		}
		s.out = append(s.out, piece{step: open, name: f.name, attrs: f.attrs})
	}
}

// heading returns the element of a heading, so that levels never skip one.
func (s *sanitiser) heading(level int) string {
	s.levels = nest(s.levels, level)
	return headings[min(len(s.levels), len(headings))-1]
}

// nest returns the levels under way once a heading of this level has come.
func nest(levels []int, level int) []int {
	for len(levels) > 0 && levels[len(levels)-1] >= level {
		levels = levels[:len(levels)-1]
	}
	return append(levels, level)
}
