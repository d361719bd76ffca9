package lite

import (
	"strings"

	"golang.org/x/net/html"
)

// walk sanitises one node.
func (s *sanitiser) walk(n *html.Node) {
	switch {
	case n.Type == html.TextNode:
		s.text(n.Data)
	case n.Type != html.ElementNode:
	case n.Namespace == "math":
		s.math(n)
	case n.Namespace == "svg":
		s.drawing(n)
	case s.pretence(n):
	case silent[n.Data]:
		s.control(n)
	case inlines[n.Data] != "":
		s.inline(n, inlines[n.Data])
	default:
		s.element(n)
	}
}

// element sanitises the elements that each have a way of their own.
func (s *sanitiser) element(n *html.Node) {
	switch n.Data {
	case "a", "area":
		s.anchorElement(n)
	case "label":
		s.label(n)
	case "span", "font", "bdo", "time", "nobr", "big", "output", "data":
		s.span(n)
	case "ruby", "rb", "rt", "rp", "rtc":
		s.ruby(n)
	case "br":
		s.lineBreak()
	case "wbr":
		if s.line && s.pre == 0 {
			s.phrase()
			s.out = append(s.out, piece{step: void, name: "wbr"})
		}
	case "button":
		if s.inHeading() {
			s.children(n)
		} else {
			s.control(n)
		}
	case "img", "picture", "amp-img", "amp-anim":
		s.picture(n)
	case "amp-iframe", "amp-video", "amp-audio", "iframe", "video", "audio", "object", "embed":
		s.media(n)
	default:
		s.block(n)
	}
}

// block sanitises a block element, and what is none of ours.
func (s *sanitiser) block(n *html.Node) {
	switch n.Data {
	case "p":
		if attrs := s.common(n); loose[s.top().name] && !s.top().used && len(attrs) == 0 {
			s.children(n)
			s.cut()
			return
		} else {
			s.give(attrs)
		}
		s.plain(n, frame{name: "p"})
	case "blockquote", "details":
		s.plain(n, frame{name: n.Data})
	case "h1", "h2", "h3", "h4", "h5", "h6":
		s.title(n)
	case "ul", "menu", "dir", "dl", "ol":
		s.list(n)
	case "li", "dt", "dd":
		s.item(n)
	case "pre", "listing", "xmp", "plaintext":
		s.verbatim(n)
	case "table":
		s.tableElement(n)
	case "figure":
		s.figure(n)
	case "hr":
		s.rule()
	case "form":
		s.form(n)
	default:
		if through[n.Data] || hasBlocks(n) {
			s.pass(n)
			return
		}
		s.owe(n)
		s.children(n)
	}
}

// plain sanitises a block that stays what it is.
func (s *sanitiser) plain(n *html.Node, f frame) {
	f.attrs = append(s.common(n), f.attrs...)
	depth, ok := s.enter(f)
	if !ok {
		s.give(f.attrs)
	}
	if n.Data == "details" && ok {
		s.summary(n)
	} else {
		s.children(n)
	}
	if !ok {
		s.soft()
		return
	}
	s.leave(depth)
}

// pass sanitises what is in a block and forgets the block, unless it changes
// language or direction.
func (s *sanitiser) pass(n *html.Node) {
	if s.gallery(n) {
		return
	}
	if f := (frame{name: "div", attrs: s.tongue(n)}); len(f.attrs) > 0 {
		s.owe(n)
		if depth, ok := s.enter(f); ok {
			s.children(n)
			s.leave(depth)
			return
		}
	}
	s.soft()
	s.owe(n)
	s.children(n)
	s.soft()
}

// title sanitises a heading.
func (s *sanitiser) title(n *html.Node) {
	f := frame{name: "h", level: int(n.Data[1] - '0')}
	for i := range s.frames {
		if s.quiet || s.frames[i].name == "th" || s.frames[i].name == "caption" {
			f = frame{name: "p"}
		}
	}
	s.plain(n, f)
}

func (s *sanitiser) inHeading() bool {
	name := s.top().name
	return s.phrasing() && name != "p" && name != "pre"
}

// list sanitises a list of any kind.
func (s *sanitiser) list(n *html.Node) {
	f := frame{name: n.Data}
	switch n.Data {
	case "menu", "dir":
		f.name = "ul"
	case "ol":
		if v := value(n, "start"); number(v, -99999, 99999) {
			f.attrs = append(f.attrs, attr{"start", v})
		}
		if v := value(n, "type"); len(v) == 1 && strings.Contains("aAiI", v) {
			f.attrs = append(f.attrs, attr{"type", v})
		}
		if _, ok := lookup(n, "reversed"); ok {
			f.attrs = append(f.attrs, attr{"reversed", ""})
		}
	}
	s.plain(n, f)
}

func (s *sanitiser) item(n *html.Node) {
	f := frame{name: n.Data}
	if v := value(n, "value"); n.Data == "li" && number(v, -99999, 99999) && n.Parent != nil && n.Parent.Data == "ol" {
		f.attrs = append(f.attrs, attr{"value", v})
	}
	s.plain(n, f)
}

// summary sanitises a details element; its summary comes first, once.
func (s *sanitiser) summary(n *html.Node) {
	var head *html.Node
	for c := n.FirstChild; c != nil && head == nil; c = c.NextSibling {
		if c.Data == "summary" && c.Type == html.ElementNode && s.saysSomething(c) {
			head = c
		}
	}
	if !s.saysSomething(n) {
		s.children(n)
		return
	}
	if _, ok := lookup(n, "open"); ok {
		s.top().attrs = append(s.top().attrs, attr{"open", ""})
	}
	depth, _ := s.enter(frame{name: "summary"})
	if head != nil {
		s.owe(head)
		s.children(head)
	} else {
		s.text(s.p.Words.Details)
	}
	s.leave(depth)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c != head {
			s.walk(c)
		}
	}
}

// verbatim sanitises text whose white space counts.
func (s *sanitiser) verbatim(n *html.Node) {
	if !s.saysSomething(n) {
		s.owe(n)
		return
	}
	f := frame{name: "pre", attrs: s.common(n)}
	if longestLine(n) > 30 { // what does not fit a phone scrolls, and keyboards must reach it
		f.attrs = append(f.attrs, attr{"tabindex", "0"})
	}
	depth, ok := s.enter(f)
	if !ok {
		s.give(f.attrs)
	}
	s.pre++
	s.children(n)
	s.pre--
	if ok {
		s.leave(depth)
	}
}

// rule sanitises a thematic break.
func (s *sanitiser) rule() {
	if s.phrasing() && s.top().name != "p" {
		s.soft()
		return
	}
	s.cut()
	s.place("hr")
	s.write()
	s.out = append(s.out, piece{step: void, name: "hr"})
	s.top().broken = true
}

func (s *sanitiser) lineBreak() {
	switch {
	case s.pre > 0:
		s.text("\n")
	case s.line:
		s.breaks++
	}
}
