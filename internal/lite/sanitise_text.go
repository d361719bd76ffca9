package lite

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// phrase makes everything ready for words.
func (s *sanitiser) phrase() {
	if !s.phrasing() {
		s.place("#text")
		if f := s.top(); !loose[f.name] || f.broken {
			s.frames = append(s.frames, frame{name: "p", implied: true})
		}
	}
	s.write()
	s.space()
	for _, id := range s.owed {
		s.anchor(id)
	}
	s.owed = s.owed[:0]
	for ; s.opened < len(s.marks); s.opened++ {
		m := &s.marks[s.opened]
		attrs := m.attrs
		if m.id != "" {
			attrs, m.id = append(attrs[:len(attrs):len(attrs)], attr{"id", m.id}), ""
		}
		s.out = append(s.out, piece{step: open, name: m.name, attrs: attrs})
	}
}

// space writes the white space and line breaks that are owed.
func (s *sanitiser) space() {
	switch {
	case s.line && s.breaks > 0:
		for range min(s.breaks, 2) {
			s.out = append(s.out, piece{step: void, name: "br"})
		}
	case s.line && s.gap != "":
		s.out = append(s.out, piece{text: s.gap})
	}
	s.line, s.gap, s.breaks = true, "", 0
}

// anchor writes an element that is only there to be linked to.
func (s *sanitiser) anchor(id string) {
	s.out = append(s.out,
		piece{step: open, name: "span", attrs: []attr{{"id", id}}}, piece{step: shut, name: "span"})
}

func (s *sanitiser) shutMarks() {
	for ; s.opened > 0; s.opened-- {
		s.out = append(s.out, piece{step: shut, name: s.marks[s.opened-1].name})
	}
}

// text says words. White space is folded as browsers fold it; a line that ends
// between two ideographs stays one, since a space there would be seen.
func (s *sanitiser) text(t string) {
	t = legible(t)
	if s.pre > 0 {
		if t != "" {
			s.phrase()
			s.out = append(s.out, piece{text: t})
		}
		return
	}
	core := strings.TrimFunc(t, blank)
	if core == "" {
		if t != "" {
			s.gap = cmpGap(s.gap, t)
		}
		return
	}
	at := strings.Index(t, core)
	s.gap = cmpGap(s.gap, t[:at])
	s.phrase()
	s.out = append(s.out, piece{text: fold(core)})
	s.gap = cmpGap("", t[at+len(core):])
}

// blank is white space as HTML has it: a no-break space is none.
func blank(r rune) bool { return r == ' ' || r == '\n' || r == '\t' || r == '\r' || r == '\f' }

// cmpGap joins the white space that is owed with more of it.
func cmpGap(owed, more string) string {
	switch {
	case more == "":
		return owed
	case owed == "\n" || strings.Contains(more, "\n"):
		return "\n"
	}
	return " "
}

// fold makes one space of every run of white space.
func fold(t string) string {
	if !strings.ContainsAny(t, "\n\t\r\f") && !strings.Contains(t, "  ") {
		return t
	}
	var b strings.Builder
	for t != "" {
		end := strings.IndexFunc(t, blank)
		if end < 0 {
			b.WriteString(t)
			break
		}
		before, _ := utf8.DecodeLastRuneInString(t[:end])
		b.WriteString(t[:end])
		rest := strings.TrimLeftFunc(t[end:], blank)
		run := t[end : len(t)-len(rest)]
		if strings.Contains(run, "\n") && wide(before) {
			b.WriteByte('\n')
		} else {
			b.WriteByte(' ')
		}
		t = rest
	}
	return b.String()
}

// wide says whether a character belongs to a script that has no spaces.
func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r >= 0x3000 && r < 0x3040 || r >= 0xff00 && r < 0xff66
}

// legible drops what no HTML document may hold (HTML Living Standard, 13.2.3.5:
// control characters and noncharacters).
func legible(t string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\f' || r == ' ':
			return r
		case r == '\r':
			return '\n'
		case r < ' ' || r >= 0x7f && r < 0xa0 || r&0xfffe == 0xfffe || r >= 0xfdd0 && r <= 0xfdef:
			return -1
		}
		return r
	}, t)
}
