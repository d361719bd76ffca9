package lite

import (
	"cmp"
	"strings"

	"golang.org/x/net/html"
)

// form sanitises a form. One that is part of the text stays, such as to write to
// the author or to choose from a list; a search or a log-in needs the full page.
func (s *sanitiser) form(n *html.Node) {
	if s.labels != nil || !asks(n) {
		s.pass(n)
		return
	}
	f := frame{name: "form", attrs: s.common(n)}
	if action, ok := s.base.href(value(n, "action")); ok && value(n, "action") != "" {
		f.attrs = append(f.attrs, attr{"action", action})
	}
	if strings.EqualFold(value(n, "method"), "post") {
		f.attrs = append(f.attrs, attr{"method", "post"})
	}
	depth, ok := s.enter(f)
	if !ok {
		s.give(f.attrs)
		return
	}
	s.labels = map[string]string{}
	for c := range n.Descendants() {
		if c.Data == "label" && value(c, "for") != "" {
			s.labels[value(c, "for")] = labelled(c)
		}
	}
	s.children(n)
	s.labels = nil
	s.leave(depth)
}

// longestForm is how many bytes of text a form has at most. Some old systems put
// one around the whole page: what it asks for then is not part of the text.
const longestForm = 5000

// asks says whether a form has something to fill in that belongs to the text.
func asks(n *html.Node) bool {
	areas, doors, fields := 0, 0, 0
	for c := range n.Descendants() {
		kind := strings.ToLower(value(c, "type"))
		switch {
		case c.Data == "textarea":
			areas++
		case c.Data == "select":
			fields++
		case c.Data != "input" || kind == "hidden" || kind == "submit" || kind == "button" || kind == "image" || kind == "reset":
		case kind == "search":
			return false
		case kind == "password":
			doors++
		default:
			fields++
		}
	}
	if doors > 0 {
		return areas+fields == 0
	}
	return areas > 0 || fields > 0 && len(content(n, longestForm+1)) <= longestForm
}

// label sanitises a label. Its words are said with its control.
func (s *sanitiser) label(n *html.Node) {
	if s.labels != nil {
		if c := first(n, "input", "textarea", "select"); c != nil {
			s.field(c, labelled(n))
			return
		}
		if value(n, "for") != "" {
			return
		}
	}
	s.span(n)
}

// labelled returns the words of a label, without those of a list in it.
func labelled(n *html.Node) string {
	var b strings.Builder
	for c := range n.ChildNodes() {
		switch {
		case c.Data == "select" || c.Data == "textarea" || c.Data == "button":
		case c.Type == html.TextNode:
			b.WriteString(c.Data)
		case b.Len() < 500:
			b.WriteString(labelled(c))
		}
	}
	return b.String()
}

// control sanitises what is filled in or pressed. Outside of a form that stays,
// only the boxes of a list of tasks say something.
func (s *sanitiser) control(n *html.Node) {
	switch n.Data {
	case "input", "textarea", "select", "button":
	default:
		return
	}
	if s.labels != nil {
		s.field(n, s.labels[value(n, "id")])
		return
	}
	if n.Data != "input" || value(n, "type") != "checkbox" {
		return
	}
	box := "☐ "
	if _, ok := lookup(n, "checked"); ok {
		box = "☑ "
	}
	s.text(box)
}

// kinds are the types of input that a form may keep; others are text.
var kinds = set("email", "tel", "url", "number", "date", "checkbox", "radio", "password", "hidden", "submit")

// field writes one control with its label.
func (s *sanitiser) field(n *html.Node, label string) {
	kind := strings.ToLower(value(n, "type"))
	if n.Data == "button" && (kind == "" || kind == "submit") {
		kind, label = "submit", content(n, 200)
	} else if n.Data != "input" || !kinds[kind] {
		kind = ""
	}
	if n.Data == "button" && kind != "submit" || s.phrasing() && s.top().name != "p" {
		return
	}
	name, val := legible(value(n, "name")), legible(value(n, "value"))
	label = cmp.Or(strings.TrimSpace(fold(legible(label))), legible(value(n, "aria-label")), legible(value(n, "placeholder")), name)
	attrs := []attr{}
	if kind != "" && kind != "submit" {
		attrs = append(attrs, attr{"type", kind})
	}
	if name != "" && name != "isindex" { // a name that HTML forbids
		attrs = append(attrs, attr{"name", name})
	}
	if kind == "hidden" {
		s.cut()
		s.write()
		s.out = append(s.out, piece{step: void, name: "input", attrs: append(attrs, attr{"value", val})})
		return
	}
	if _, ok := lookup(n, "required"); ok && kind != "submit" {
		attrs = append(attrs, attr{"required", ""})
	}
	if val != "" && name != "" && kind != "" && kind != "email" && kind != "url" && kind != "number" && kind != "date" {
		attrs = append(attrs, attr{"value", val})
	}
	s.cut()
	s.phrase()
	if kind == "submit" {
		s.put("button", attrs, cmp.Or(strings.TrimSpace(fold(legible(cmp.Or(content(n, 200), val)))), s.p.Words.Send))
	} else {
		s.withLabel(n, attrs, label)
	}
	s.cut()
}

// withLabel writes a control inside of its label, which ties the two without ids.
func (s *sanitiser) withLabel(n *html.Node, attrs []attr, label string) {
	s.out = append(s.out, piece{step: open, name: "label"})
	if n.Data == "input" && has(attrs, "type") && (attrs[0].value == "checkbox" || attrs[0].value == "radio") {
		s.out = append(s.out, piece{step: void, name: "input", attrs: attrs}, piece{text: " " + label})
	} else {
		s.out = append(s.out, piece{text: label + " "})
		switch n.Data {
		case "input":
			s.out = append(s.out, piece{step: void, name: "input", attrs: attrs})
		case "textarea":
			s.put("textarea", attrs, "")
		case "select":
			s.options(n, attrs)
		}
	}
	s.out = append(s.out, piece{step: shut, name: "label"})
}

func (s *sanitiser) options(n *html.Node, attrs []attr) {
	required := has(attrs, "required") // HTML wants an empty first choice for it
	if required {
		attrs = attrs[:len(attrs)-1]
	}
	s.out = append(s.out, piece{step: open, name: "select", attrs: attrs})
	for c := range n.Descendants() {
		if text := strings.TrimSpace(fold(legible(content(c, 300)))); c.Data == "option" && text != "" {
			var own []attr
			if v, ok := lookup(c, "value"); ok {
				own = []attr{{"value", legible(v)}}
			}
			s.put("option", own, text)
		}
	}
	s.out = append(s.out, piece{step: shut, name: "select"})
}

// put writes an element with nothing but words in it.
func (s *sanitiser) put(name string, attrs []attr, text string) {
	s.out = append(s.out, piece{step: open, name: name, attrs: attrs})
	if text != "" {
		s.out = append(s.out, piece{text: text})
	}
	s.out = append(s.out, piece{step: shut, name: name})
}
