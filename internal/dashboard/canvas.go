package dashboard

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"buzzproof/internal/plain"
)

// A canvas collects lines.
type canvas struct {
	width int
	style Style
	lines []string
}

func (c *canvas) line(s string) { c.lines = append(c.lines, s) }

// apart puts one text at the left and one at the right.
func (c *canvas) apart(left, right string) {
	gap := max(1, c.width-ansi.StringWidth(left)-ansi.StringWidth(right))
	c.line(left + strings.Repeat(" ", gap) + right)
}

// fit makes a line of exactly so many columns.
func (c *canvas) fit(s string, width int) string {
	if c.style.ASCII {
		s = asciiOnly.Replace(s)
	}
	s = ansi.Truncate(s, width, "")
	return s + strings.Repeat(" ", max(0, width-ansi.StringWidth(s)))
}

// asciiOnly are our own signs; strangers' letters stay what they are.
var asciiOnly = strings.NewReplacer("…", "~", "─", "-", "█", "#", "▇", "#", "▆", "#", "▅", "=", "▄", "=", "▃", "-", "▂", "_", "▁", "_")

func (c *canvas) bold(s string) string {
	if !c.style.Color {
		return s
	}
	return "\x1b[1m" + s + "\x1b[0m"
}

func (c *canvas) alarm(s string) string {
	if !c.style.Color {
		return s
	}
	return "\x1b[1;31m" + s + "\x1b[0m"
}

// alarmed says what the owner must read, in two lines at most.
func (c *canvas) alarmed(text string) {
	text = plain.Safe(text, 2*c.width)
	first, second := text, ""
	if room := c.width - 2; ansi.StringWidth(text) > room {
		first = ansi.Truncate(text, room, "")
		if at := strings.LastIndexByte(first, ' '); at > 0 {
			first = first[:at]
		}
		second = strings.TrimSpace(text[len(first):])
	}
	c.line(c.alarm("! " + first))
	if second != "" {
		c.line(c.alarm("  " + plain.Safe(second, c.width-2)))
	}
}

// bars is one row of a chart, of the values between low and high.
func (c *canvas) bars(values []float64, low, high float64, across bool) string {
	var b strings.Builder
	for _, v := range values {
		eighths := int((v - low) / (high - low) * 8)
		switch {
		case eighths >= 8:
			b.WriteRune('█')
		case eighths >= 1:
			b.WriteRune('▁' + rune(eighths-1))
		case v > 0 && low == 0:
			b.WriteRune('▁')
		case across:
			b.WriteRune('─')
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// beside draws lists side by side, each with its title and height-1 rows.
func (c *canvas) beside(lists []list, per, height int) {
	if height < 1 {
		return
	}
	const gap = 2
	width := (c.width - gap*(per-1)) / per
	for i := range height {
		var cells []string
		for _, l := range lists {
			cells = append(cells, c.fit(c.cell(l, i, width), width))
		}
		c.line(strings.Join(cells, strings.Repeat(" ", gap)))
	}
}

// cell is a line of a list: its title, then its rows.
func (c *canvas) cell(l list, i, width int) string {
	switch {
	case i == 0:
		return c.bold(l.title)
	case len(l.rows) == 0 && i == 1:
		return "nothing"
	case i > len(l.rows):
		return ""
	}
	r := l.rows[i-1]
	name := plain.Safe(plain.UTF8(r.name), max(4, width-len(r.figures)-2))
	return name + strings.Repeat(" ", max(1, width-ansi.StringWidth(name)-ansi.StringWidth(r.figures))) + r.figures
}
