package lite

import (
	"slices"
	"strconv"

	"golang.org/x/net/html"
)

// A grid is a table under way. Its spans are set when all cells are known: HTML
// wants that no cell reaches out of the table or into another, and that each
// row and each column has a cell that begins in it.
type grid struct {
	rows    []gridRow
	group   int    // of the row to come
	columns []bool // a cell begins in this column
}

type gridRow struct {
	group int
	cells []gridCell
}

type gridCell struct{ at, column, wide, high int }

// mostColumns bounds the columns of a table; it is HTML's own bound on a span
// (HTML Living Standard, 4.9.11).
const mostColumns = 1000

// tableElement sanitises a table. One that only lays out a page is dissolved.
func (s *sanitiser) tableElement(n *html.Node) {
	if layout(n) {
		s.pass(n)
		return
	}
	caption := firstChild(n, "caption")
	s.table++
	name := s.p.Words.Table + " " + strconv.Itoa(s.table)
	if caption != nil && s.saysSomething(caption) {
		name = fold(legible(content(caption, 200)))
	}
	region := frame{name: "div", attrs: []attr{{"role", "region"}, {"tabindex", "0"}, {"aria-label", name}}}
	depth, ok := s.enter(region)
	if !ok {
		s.owe(n)
		s.rows(n, nil)
		return
	}
	s.frames = append(s.frames, frame{name: "table", attrs: s.common(n)})
	if caption != nil {
		s.plain(caption, frame{name: "caption"})
	}
	g := &grid{}
	s.rows(n, g)
	s.leave(depth)
	g.settle(s.out)
}

// rows sanitises the rows of a table; without a grid, their text.
func (s *sanitiser) rows(n *html.Node, g *grid) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.Data {
		case "thead", "tbody", "tfoot":
			s.owe(c)
			if g != nil {
				g.group++
			}
			s.rows(c, g)
		case "tr":
			if g == nil {
				s.pass(c)
				continue
			}
			s.row(c, g)
		}
	}
}

func (s *sanitiser) row(n *html.Node, g *grid) {
	row := gridRow{group: g.group}
	depth := len(s.frames)
	s.frames = append(s.frames, frame{name: "tr", attrs: s.common(n)})
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode || c.Data != "td" && c.Data != "th" {
			continue
		}
		if len(row.cells) == mostColumns { // the text stays, in the last cell
			s.pass(c)
			continue
		}
		cell := gridCell{wide: span(c, "colspan", mostColumns), high: span(c, "rowspan", 65534)}
		s.frames = append(s.frames, frame{name: c.Data, attrs: s.cellAttrs(c)})
		s.write()
		s.top().used = false
		cell.at = len(s.out) - 1
		s.children(c)
		s.leave(depth + 1)
		if s.out[cell.at+1].step == shut { // a heading of nothing is none
			s.out[cell.at].name, s.out[cell.at+1].name = "td", "td"
			s.out[cell.at].attrs = slices.DeleteFunc(s.out[cell.at].attrs, func(a attr) bool { return a.key == "scope" })
		}
		row.cells = append(row.cells, cell)
	}
	s.leave(depth)
	g.rows = append(g.rows, row)
}

// cellAttrs returns what a cell keeps; spans are set when the table ends.
func (s *sanitiser) cellAttrs(n *html.Node) []attr {
	attrs := s.common(n)
	if v := value(n, "scope"); n.Data == "th" && (v == "row" || v == "col") {
		attrs = append(attrs, attr{"scope", v})
	}
	return attrs
}

// settle places every cell, then writes spans that fit.
func (g *grid) settle(out []piece) {
	last := make(map[int]int, 3) // the last row of each group
	full := make([]bool, len(g.rows))
	for i, row := range g.rows {
		last[row.group], full[i] = i, len(row.cells) > 0
	}
	for i, row := range g.rows {
		for j := range row.cells {
			row.cells[j].high = min(row.cells[j].high, last[row.group]+1-i)
		}
	}
	g.arrange()
	// What has no cell of its own does not exist in what is written.
	rows, columns, reach := running(full), running(g.columns), 0
	for i, row := range g.rows {
		if i < reach && full[i] {
			glue(out, row.cells[0].at)
		}
		for _, cell := range row.cells {
			at := &out[cell.at]
			if wide := columns[cell.column+cell.wide] - columns[cell.column]; wide > 1 {
				at.attrs = append(at.attrs, attr{"colspan", strconv.Itoa(wide)})
			}
			if high := rows[i+cell.high] - rows[i]; high > 1 {
				at.attrs = append(at.attrs, attr{"rowspan", strconv.Itoa(high)})
				reach = max(reach, i+cell.high)
			}
		}
	}
}

// running counts how many of the first n are true, for every n.
func running(are []bool) []int {
	count := make([]int, len(are)+1)
	for i, is := range are {
		count[i+1] = count[i]
		if is {
			count[i+1]++
		}
	}
	return count
}

// glue marks the row of a cell: no cut may fall before it.
func glue(out []piece, cell int) {
	for ; cell >= 0; cell-- {
		if out[cell].step == open && out[cell].name == "tr" {
			out[cell].glued = true
			return
		}
	}
}

// arrange gives every cell its columns: the first free one, and as many as it
// asks for until one is taken from above.
func (g *grid) arrange() {
	var taken [2 * mostColumns]int // the row until which a column is taken
	for i := range g.rows {
		column := 0
		for j := range g.rows[i].cells {
			cell := &g.rows[i].cells[j]
			for column < len(taken)-1 && taken[column] > i {
				column++
			}
			wide := 0
			for wide < cell.wide && column+wide < len(taken) && taken[column+wide] <= i {
				taken[column+wide] = i + cell.high
				wide++
			}
			cell.column, cell.wide = column, max(1, wide)
			for len(g.columns) < column+cell.wide {
				g.columns = append(g.columns, false)
			}
			g.columns[column] = true
			column += cell.wide
		}
	}
}

func span(n *html.Node, key string, most int) int {
	if v := value(n, key); number(v, 2, most) {
		i, _ := strconv.Atoi(v)
		return i
	}
	return 1
}

// layout says whether a table only lays out a page: it says so, holds another
// table, or has a single column.
func layout(n *html.Node) bool {
	if role := value(n, "role"); role == "presentation" || role == "none" {
		return true
	}
	columns, row := 0, 0
	for c := range n.Descendants() {
		switch c.Data {
		case "table":
			return true
		case "tr":
			row = 0
		case "td", "th":
			row++
			columns = max(columns, row)
		}
	}
	return columns < 2
}

func firstChild(n *html.Node, name string) *html.Node {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && c.Data == name {
			return c
		}
	}
	return nil
}
