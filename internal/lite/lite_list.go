package lite

import (
	"strings"
	"time"

	"buzzproof/internal/article"
)

// items says the entries of a list.
func (s *sanitiser) items() {
	if s.p.Said.Kind != article.List || len(s.p.Said.Items) == 0 {
		return
	}
	list, _ := s.enter(frame{name: "ul"})
	for _, item := range s.p.Said.Items {
		if item.URL == nil {
			continue
		}
		href, ok := s.base.href(item.URL.String())
		if !ok {
			href = ""
		}
		depth, _ := s.enter(frame{name: "li"})
		text := item.Text
		if strings.TrimSpace(text) == "" {
			text = fileName(href)
		}
		s.linkText(href, text)
		s.day(item.Published)
		s.cut()
		s.text(item.Summary)
		s.leave(depth)
	}
	s.leave(list)
}

// day says a date after other words.
func (s *sanitiser) day(t time.Time) {
	if t.IsZero() {
		return
	}
	s.text(" ")
	s.phrase()
	s.put("time", []attr{{"datetime", t.Format(time.DateOnly)}}, s.p.Words.Date(t))
}

// mostDepth is how deep comments are indented: on a phone, more leaves no room.
const mostDepth = 4

// comments says what visitors wrote, answers inside of what they answer.
func (s *sanitiser) comments() {
	var entries []int // depths of frames, by depth of comments
	for _, c := range s.p.Said.Comments {
		depth := min(max(c.Depth, 0), len(entries), mostDepth)
		if depth < len(entries) {
			s.leave(entries[depth])
			entries = entries[:depth]
		} else {
			s.enter(frame{name: "ul"})
		}
		f := frame{name: "li"}
		if id := c.ID; id != "" && !s.ids[id] && !strings.ContainsFunc(id, blank) && legible(id) == id {
			s.ids[id] = true
			f.attrs = []attr{{"id", id}}
		}
		entry, _ := s.enter(f)
		entries = append(entries, entry)
		s.say("b", c.Author)
		s.day(c.Published)
		s.cut()
		if c.Body != nil {
			s.children(c.Body)
		}
		s.cut()
	}
	s.leave(1)
}

// say says words in an inline element.
func (s *sanitiser) say(name, text string) {
	if text = strings.TrimSpace(fold(legible(text))); text != "" {
		s.phrase()
		s.put(name, nil, text)
	}
}
