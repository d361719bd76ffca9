package lite

import (
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/text/language"
)

// common returns the attributes that any element may keep.
func (s *sanitiser) common(n *html.Node) []attr {
	attrs := s.tongue(n)
	if id := s.id(n); id != "" {
		attrs = append(attrs, attr{"id", id})
	}
	return attrs
}

// tongue returns the language and direction that an element changes to.
func (s *sanitiser) tongue(n *html.Node) []attr {
	var attrs []attr
	if v := value(n, "lang"); v != "" && v != s.p.Said.Lang {
		if validLang(v) {
			attrs = append(attrs, attr{"lang", v})
		}
	}
	if v := strings.ToLower(value(n, "dir")); v == "rtl" || v == "ltr" || v == "auto" {
		if v != s.p.Said.Dir && (v != "ltr" || s.p.Said.Dir != "") {
			attrs = append(attrs, attr{"dir", v})
		}
	}
	return attrs
}

// validLang says whether browsers and screen readers know a language tag: one
// of BCP 47 that is neither private nor one of the old irregular ones.
func validLang(v string) bool {
	base, _, _ := strings.Cut(v, "-")
	_, err := language.Parse(v)
	return err == nil && !strings.Contains(v, "_") && len(base) > 1 && len(base) < 4
}

// id returns the id of an element, once.
func (s *sanitiser) id(n *html.Node) string {
	id, ok := lookup(n, "id")
	if !ok && n.Data == "a" {
		id = value(n, "name")
	}
	if id == "" || len(id) > 300 || s.ids[id] || strings.ContainsFunc(id, blank) || legible(id) != id {
		return ""
	}
	s.ids[id] = true
	return id
}

// owe keeps the id of an element that is not written.
func (s *sanitiser) owe(n *html.Node) {
	if id := s.id(n); id != "" {
		s.owed = append(s.owed, id)
	}
}

// give keeps the id among the attributes of an element that is not written.
func (s *sanitiser) give(attrs []attr) {
	for _, a := range attrs {
		if a.key == "id" {
			s.owed = append(s.owed, a.value)
		}
	}
}

// dates are the forms of a date that HTML knows (HTML Living Standard, 2.3.5).
var dates = []string{
	"2006-01-02", time.RFC3339Nano, "2006-01-02T15:04", "2006-01-02T15:04:05",
	"2006-01-02T15:04Z07:00", "2006-01-02 15:04:05", "2006-01", "2006", "15:04",
}

func validDate(v string) bool {
	for _, layout := range dates {
		if t, err := time.Parse(layout, v); err == nil && (t.Year() > 0 || layout == "15:04") {
			return true
		}
	}
	return false
}
