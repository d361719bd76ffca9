package lite

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// figure sanitises a figure: its pictures become cards, its caption stays last
// or first, where HTML wants it.
func (s *sanitiser) figure(n *html.Node) {
	if s.gallery(n) {
		return
	}
	depth, ok := s.enter(frame{name: "figure", attrs: s.common(n)})
	if !ok {
		s.owe(n)
		s.children(n)
		s.soft()
		return
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Data == "figcaption" && len(s.frames) > depth && firstChild(n, "figcaption") == c && (c == lastElement(n) || !s.frames[depth].used) {
			s.plain(c, frame{name: "figcaption"})
			continue
		}
		s.walk(c)
	}
	s.leave(depth)
}

func lastElement(n *html.Node) *html.Node {
	c := n.LastChild
	for c != nil && (c.Type != html.ElementNode || silent[c.Data]) {
		c = c.PrevSibling
	}
	return c
}

// gallery sanitises an element that holds several pictures and nothing else but
// their captions: a list of cards. It is false for anything else.
func (s *sanitiser) gallery(n *html.Node) bool {
	if n.Data != "figure" && !strings.Contains(value(n, "class"), "gallery") || s.phrasing() && s.top().name != "p" {
		return false
	}
	var pictures []*html.Node
	for c := range n.Descendants() {
		switch c.Data {
		case "img":
			pictures = append(pictures, c)
		case "li", "dl", "table", "p", "pre":
			return false
		}
	}
	if len(pictures) < 2 {
		return false
	}
	s.cut()
	s.owe(n)
	s.cards(n)
	s.cut()
	return true
}

// cards sanitises the pictures and captions in a gallery.
func (s *sanitiser) cards(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Data == "figure", c.Data == "a" && first(c, "img") != nil, c.Data == "img", c.Data == "picture":
			depth, ok := s.enter(frame{name: "li"})
			if c.Data == "figure" {
				s.owe(c)
				s.children(c)
			} else {
				s.walk(c)
			}
			if ok {
				s.leave(depth)
			}
		case c.Type == html.ElementNode && first(c, "img") != nil:
			s.owe(c)
			s.cards(c)
		default:
			s.walk(c)
		}
	}
}

// picture sanitises a picture: a card where it stands alone, else words.
func (s *sanitiser) picture(n *html.Node) {
	if n.Data == "picture" {
		s.owe(n)
		if n = first(n, "img"); n == nil {
			return
		}
	}
	s.owe(n)
	alt, said := lookup(n, "alt")
	alt = strings.TrimSpace(fold(legible(alt)))
	if spoken(n, alt) {
		s.text(alt)
		return
	}
	src := s.base.source(n)
	if tiny(n) || src == "" && alt == "" {
		return
	}
	alone := s.alone(n)
	if alt == "" && said && !alone && s.linked() == "" {
		return // decoration in a line of text
	}
	if alt == "" {
		alt = fileName(src)
		if !said || s.top().name == "figure" {
			s.p.notice(fmt.Sprintf("the picture %s has no alternative text", alt))
		}
	}
	if alone {
		s.card(n, src, alt)
		return
	}
	s.linkText(src, alt)
}

// card says everything about a picture that stands alone.
func (s *sanitiser) card(n *html.Node, src, alt string) {
	depth, own := 0, false
	if s.top().name != "figure" && s.top().name != "li" {
		depth, own = s.enter(frame{name: "figure"})
	}
	s.text(s.p.Words.Picture + " ")
	facts := s.facts(n, src)
	if to := s.linked(); to != "" { // the words lead where the picture led, the facts to the picture
		s.text(alt)
		if isPicture(to) {
			src = ""
		}
		marks := s.marks
		s.shutMarks()
		s.marks = nil
		s.text(" ")
		s.linkText(src, cmp.Or(strings.TrimSpace(facts), "("+strings.TrimRight(s.p.Words.Picture, ": \u00a0")+")"))
		s.marks = marks
	} else {
		s.linkText(src, alt)
		s.text(facts)
	}
	if own {
		s.leave(depth)
	}
}

// isPicture says whether a link leads to a picture, going by its name.
func isPicture(href string) bool {
	href, _, _ = strings.Cut(href, "?")
	switch strings.ToLower(path.Ext(href)) {
	case ".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".svg":
		return true
	}
	return false
}

// facts returns the dimensions and size of a picture, as far as they are known.
func (s *sanitiser) facts(n *html.Node, src string) string {
	var facts []string
	w, h := value(n, "width"), value(n, "height")
	if number(w, 1, 99999) && number(h, 1, 99999) {
		facts = append(facts, w+" × "+h)
	}
	if size := s.size(src); size > 0 {
		facts = append(facts, s.p.Words.Size(size))
	}
	if len(facts) == 0 {
		return ""
	}
	return " (" + strings.Join(facts, ", ") + ")"
}

// source returns where a picture is: scripts that load late hide it.
func (l links) source(n *html.Node) string {
	for _, key := range []string{"src", "data-src", "data-lazy-src", "data-original", "srcset", "data-srcset"} {
		v := strings.TrimSpace(value(n, key))
		if strings.HasSuffix(key, "srcset") {
			v, _, _ = strings.Cut(v, " ")
		}
		if v == "" {
			continue
		}
		if href, ok := l.href(v); ok {
			return href
		}
	}
	return ""
}

// spoken says whether a picture only draws characters: an emoji, a formula.
func spoken(n *html.Node, alt string) bool {
	class := strings.Fields(value(n, "class"))
	return alt != "" && (utf8.RuneCountInString(alt) <= 2 || slices.ContainsFunc(class, func(c string) bool {
		return c == "emoji" || c == "wp-smiley" || c == "latex" || c == "tex" || c == "math" || strings.HasPrefix(c, "mwe-math") || c == "twemoji"
	}))
}

// tiny pictures count visits.
func tiny(n *html.Node) bool {
	return number(value(n, "width"), 0, 2) || number(value(n, "height"), 0, 2)
}

// alone says whether no words stand beside a picture in its line.
func (s *sanitiser) alone(n *html.Node) bool {
	if s.phrasing() && s.top().name != "p" || s.top().name == "td" || s.top().name == "th" || s.pre > 0 {
		return false
	}
	line := n
	for line.Parent != nil && !blocks[line.Parent.Data] && !through[line.Parent.Data] && line.Parent.Data != "li" {
		line = line.Parent
	}
	if line.Parent == nil || through[line.Parent.Data] || line.Parent.Data == "figure" {
		return !s.line || line.Parent == nil || line.Parent.Data == "figure" || !s.saysSomething(line.Parent)
	}
	return !s.saysSomething(line.Parent)
}
