package lite

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// inline sanitises an inline element as name.
func (s *sanitiser) inline(n *html.Node, name string, attrs ...attr) {
	if name == "abbr" {
		if v := legible(value(n, "title")); v != "" {
			attrs = append(attrs, attr{"title", v})
		}
	}
	s.mark(n, mark{name: name, attrs: append(s.tongue(n), attrs...), id: s.id(n)})
}

// mark sanitises what is in n with m around its words.
func (s *sanitiser) mark(n *html.Node, m mark) {
	inside := 0
	for _, around := range s.marks {
		if around.name == m.name {
			inside++
		}
	}
	if inside >= max(1, nested[m.name]) {
		s.children(n)
		return
	}
	s.marks = append(s.marks, m)
	s.children(n)
	last := len(s.marks) - 1
	if s.opened > last {
		s.out = append(s.out, piece{step: shut, name: m.name})
		s.opened = last
	}
	if id := s.marks[last].id; id != "" {
		s.owed = append(s.owed, id)
	}
	s.marks = s.marks[:last]
}

// span sanitises inline elements that stay only for what they say about
// language, direction or time.
func (s *sanitiser) span(n *html.Node) {
	attrs := s.tongue(n)
	switch v := strings.TrimSpace(value(n, "datetime")); {
	case n.Data == "bdo" && has(attrs, "dir") && !strings.EqualFold(value(n, "dir"), "auto"):
		s.inline(n, "bdo")
	case n.Data == "time" && validDate(v):
		s.inline(n, "time", attr{"datetime", v})
	case len(attrs) > 0 && s.pre == 0:
		s.mark(n, mark{name: "span", attrs: attrs, id: s.id(n)})
	case hasBlocks(n):
		s.pass(n)
	default:
		s.owe(n)
		s.children(n)
	}
}

// anchorElement sanitises a link.
func (s *sanitiser) anchorElement(n *html.Node) {
	href, ok := lookup(n, "href")
	if ok {
		href, ok = s.base.href(href)
	}
	switch {
	case n.Data == "area":
		if ok && value(n, "alt") != "" {
			s.linkText(href, value(n, "alt"))
			s.soft()
		}
	case s.inHeading() && permalink(n):
		s.owe(n)
		for c := range n.Descendants() {
			s.owe(c)
		}
	case !ok || s.top().name == "summary": // which is itself pressed
		s.owe(n)
		s.children(n)
	default:
		s.inline(n, "a", attr{"href", href})
	}
}

// permalink says whether a link in a heading only leads to the heading.
func permalink(n *html.Node) bool {
	text := strings.TrimSpace(content(n, 40))
	return utf8.RuneCountInString(text) <= 3 && strings.Trim(text, "#¶§🔗⚓\u200b\ufe0e ") == "" && first(n, "img") == nil
}

// linkText writes a link that the page has in another form.
func (s *sanitiser) linkText(href, text string) {
	wanted := len(s.marks)
	if s.linked() == "" && href != "" {
		s.marks = append(s.marks, mark{name: "a", attrs: []attr{{"href", href}}})
	}
	s.text(text)
	if len(s.marks) > wanted {
		if s.opened > wanted {
			s.out = append(s.out, piece{step: shut, name: "a"})
			s.opened = wanted
		}
		s.marks = s.marks[:wanted]
	}
}

// linked returns where the words to come lead, "" for nowhere.
func (s *sanitiser) linked() string {
	for _, m := range s.marks {
		if m.name == "a" {
			return m.attrs[len(m.attrs)-1].value
		}
	}
	return ""
}

// ruby sanitises annotations above ideographs. Only the plain form stays: a
// base, then what stands above it; the parentheses for browsers without ruby
// are always the same.
func (s *sanitiser) ruby(n *html.Node) {
	around := len(s.marks) > 0 && s.marks[len(s.marks)-1].name == "ruby" && s.opened == len(s.marks)
	switch {
	case n.Data == "ruby" && plainRuby(n):
		s.inline(n, "ruby")
	case n.Data == "rp":
	case n.Data == "rt" && around && s.saysSomething(n):
		for _, part := range []struct{ name, text string }{{"rp", "("}, {"rt", fold(legible(content(n, 1000)))}, {"rp", ")"}} {
			s.out = append(s.out, piece{step: open, name: part.name}, piece{text: part.text}, piece{step: shut, name: part.name})
		}
		s.gap = ""
	default:
		s.owe(n)
		s.children(n)
	}
}

// plainRuby says whether an element is bases with one annotation each.
func plainRuby(n *html.Node) bool {
	base, annotated := false, false
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode || c.Data == "rb":
			if strings.TrimSpace(content(c, 1000)) != "" {
				base, annotated = true, false
			}
		case c.Data == "rt":
			if !base || annotated || strings.TrimSpace(content(c, 1000)) == "" || first(c, "img", "rt", "ruby", "a") != nil {
				return false
			}
			annotated = true
		case c.Data != "rp":
			return false
		}
	}
	return annotated
}

// content returns the text of n, at most about limit bytes of it.
func content(n *html.Node, limit int) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
		if b.Len() > limit {
			break
		}
	}
	return b.String()
}

// saysSomething says whether there is any text in an element, or a picture.
func (s *sanitiser) saysSomething(n *html.Node) bool {
	if said, known := s.texts[n]; known {
		return said
	}
	said := false
	for c := range n.Descendants() {
		if c.Type == html.TextNode && strings.TrimFunc(legible(c.Data), blank) != "" && !silent[c.Parent.Data] {
			said = true
			break
		}
	}
	s.texts[n] = said
	return said
}

// hasBlocks says whether one of an element's children is a block.
func hasBlocks(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && (through[c.Data] || blocks[c.Data]) {
			return true
		}
	}
	return false
}

var blocks = set("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "pre", "blockquote", "figure", "details", "hr")

func longestLine(n *html.Node) int {
	longest := 0
	for line := range strings.Lines(content(n, 1<<20)) {
		longest = max(longest, utf8.RuneCountInString(line))
	}
	return longest
}

// number says whether v is a whole number within bounds.
func number(v string, least, most int) bool {
	i, err := strconv.Atoi(v)
	return err == nil && i >= least && i <= most && v[0] != '+'
}
