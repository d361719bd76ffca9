package resume

import (
	"fmt"
	"strings"
	"unicode"
)

// A Style is how a line stands out.
type Style int

// Styles of lines.
const (
	Plain Style = iota
	Name
	Heading
	Strong
	Faint
)

// A Line is one line of a page.
type Line struct {
	Text  string
	Style Style
}

// A Page is as many lines as the screen has room for, or fewer.
type Page []Line

// A Screen says how pages are laid out.
type Screen struct {
	Columns, Rows int
	Charset       Charset
}

// margin is left free on both sides.
const margin = 1

// A block is what should not be parted: a heading with its first lines, one entry.
type block []Line

// Pages lays a résumé out. Entries that fit on a page are not parted; there is
// always a page. What the screen's characters cannot say is marked, and the
// first page says so.
func (r *Resume) Pages(s Screen) []Page {
	l := &layout{screen: s, width: s.Columns - 2*margin}
	blocks := []block{l.head(&r.Basics)}
	for _, section := range r.Sections() {
		for i, e := range section.Entries {
			b := l.entry(&e)
			if i == 0 {
				b = append(l.line(section.Heading, Heading), b...)
			}
			blocks = append(blocks, append(b, Line{}))
		}
	}
	if note := l.note(); note != nil {
		blocks[0] = append(blocks[0], note...)
	}
	return fill(blocks, s.Rows)
}

type layout struct {
	screen      Screen
	width       int
	missing     bool // something could not be written
	rightToLeft bool
}

// note tells what a text screen cannot do.
func (l *layout) note() []Line {
	switch {
	case l.missing:
		return append(l.paragraph("This screen lacks some of the letters: "+lost+" stands for them. The page on the web has all.", "", Faint), Line{})
	case l.rightToLeft:
		return append(l.paragraph("Text from right to left stands here in the order of its letters; whether it reads well is up to your terminal. The page on the web has it right.", "", Faint), Line{})
	}
	return nil
}

func (l *layout) line(text string, style Style) []Line {
	return l.paragraph(text, "", style)
}

// paragraph wraps a text; indent is written before its first line and as much
// space before the others.
func (l *layout) paragraph(text, indent string, style Style) []Line {
	text, whole := l.screen.Charset.fit(text)
	l.missing = l.missing || !whole
	l.rightToLeft = l.rightToLeft || strings.ContainsFunc(text, func(r rune) bool { return unicode.In(r, unicode.Hebrew, unicode.Arabic) })
	if text == "" {
		return nil
	}
	before, after := strings.Repeat(" ", margin)+indent, strings.Repeat(" ", margin+len([]rune(indent)))
	var lines []Line
	for i, one := range wrap(text, l.width-Cells(indent)) {
		if i > 0 {
			before = after
		}
		lines = append(lines, Line{before + one, style})
	}
	return lines
}

func (l *layout) head(b *Basics) block {
	lines := l.line(cleanLine(b.Name), Name)
	lines = append(lines, l.line(cleanLine(b.Label), Strong)...)
	lines = append(lines, l.line(strings.Join(b.Contact(), " · "), Faint)...)
	for _, p := range b.Profiles {
		lines = append(lines, l.line(cleanLine(join(": ", p.Network, join(" ", p.Username, string(p.URL)))), Faint)...)
	}
	if len(lines) > 0 {
		lines = append(lines, Line{})
	}
	for _, p := range paragraphs(b.Summary) {
		lines = append(append(lines, l.line(p, Plain)...), Line{})
	}
	return lines
}

func (l *layout) entry(e *Entry) block {
	brief := len(e.Text)+len(e.Points) == 0
	if brief {
		e.Title, e.Place = join(", ", e.Title, e.Place), ""
	}
	lines := l.titled(e)
	lines = append(lines, l.line(e.Place, Faint)...)
	for _, p := range e.Text {
		lines = append(lines, l.line(p, Plain)...)
	}
	for _, p := range e.Points {
		if p != "" {
			lines = append(lines, l.paragraph(p, "· ", Plain)...)
		}
	}
	lines = append(lines, l.line(e.Words, Plain)...)
	return append(lines, l.line(string(e.Link), Faint)...)
}

// titled writes the title with the dates at the right edge, or below where
// there is no room for both.
func (l *layout) titled(e *Entry) []Line {
	dates, _ := l.screen.Charset.fit(e.Dates)
	lines := l.line(e.Title, Strong)
	if dates == "" {
		return lines
	}
	if len(lines) == 1 {
		gap := l.screen.Columns - margin - Cells(lines[0].Text) - Cells(dates)
		if gap >= 2 {
			lines[0].Text += strings.Repeat(" ", gap) + dates
			return lines
		}
	}
	return append(lines, l.line(dates, Faint)...)
}

// beginning is how many lines of a long block must fit below others: a heading,
// a title, a place and a line of text.
const beginning = 4

// fill puts blocks on pages of so many rows. A block longer than a page begins
// where there is room and goes on.
func fill(blocks []block, rows int) []Page {
	s := &stack{rows: rows, pages: []Page{nil}}
	for _, b := range blocks {
		need := len(trimmed(b))
		if need > rows {
			need = min(rows, beginning)
		}
		if used := len(*s.top()); used > 0 && used+need > rows {
			s.pages = append(s.pages, nil)
		}
		for _, line := range b {
			s.put(line)
		}
	}
	if last := len(s.pages) - 1; last > 0 && len(s.pages[last]) == 0 {
		s.pages = s.pages[:last]
	}
	return s.pages
}

// A stack is the pages that are written so far.
type stack struct {
	rows  int
	pages []Page
}

func (s *stack) top() *Page { return &s.pages[len(s.pages)-1] }

// put writes a line below the others, or on the next page. No page begins with
// an empty one.
func (s *stack) put(line Line) {
	if line == (Line{}) && (len(*s.top()) == 0 || len(*s.top()) == s.rows) {
		return
	}
	if len(*s.top()) == s.rows {
		s.pages = append(s.pages, nil)
	}
	*s.top() = append(*s.top(), line)
}

// trimmed leaves the empty line at the end out, which may fall off a page.
func trimmed(b block) block {
	for len(b) > 0 && b[len(b)-1] == (Line{}) {
		b = b[:len(b)-1]
	}
	return b
}

// Title is what a page of the résumé is called: the person, or the word.
func (r *Resume) Title() string {
	if r.Basics.Name == "" {
		return "Résumé"
	}
	return cleanLine(r.Basics.Name)
}

// Text is s as the screen can show it, at most so many cells.
func (c Charset) Text(s string, columns int) string {
	s, _ = c.fit(s)
	if Cells(s) > columns {
		s = headOf(s, columns-2) + ".."
	}
	return s
}

// Keys is the line that says how to move.
func Keys(page, pages int) string {
	return fmt.Sprintf("page %d of %d   arrows, PgUp, PgDn, Home, End, 1-9", page, pages)
}
