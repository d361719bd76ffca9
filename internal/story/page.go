package story

import (
	_ "embed"
	"fmt"
	"io"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"buzzproof/internal/paper"
	"buzzproof/internal/plain"
)

//go:embed page.css
var pageStyle string

// WriteHTML writes the story as one page that asks for nothing else and has no
// link to what strangers wrote.
func (s *Story) WriteHTML(w io.Writer) error {
	return paper.Document{Title: s.title(), Style: pageStyle}.Write(w,
		h.Header(h.H1(g.Text(s.title())), paper.Faint(moment(s.From)+" to "+moment(s.Until))),
		h.Main(
			h.Ul(h.Class("lines"), g.Map(s.Lines(), func(l string) g.Node { return h.Li(g.Text(l)) })),
			g.Map(s.charts(), chart.figure),
			s.sourceTable(),
			g.Map(s.tables(), listed.table),
			section("What happened", g.Map(s.Events, Event.item)),
			section("What broke", g.Map(s.Broken, Broken.item)),
			s.checkFigures(),
			section("What is kept", g.Map(s.Kept, func(k Kept) g.Node { return h.Li(g.Text(k.What + ": " + k.Until)) })),
		),
		h.Footer(h.Class("faint"), h.P(g.Text(s.made()))),
	)
}

func (s *Story) made() string {
	text := "Made by buzzproof on " + moment(s.Made) + "."
	if s.Public {
		text += " Pages and sources that fewer than five people looked at are left out."
	}
	return text
}

// figure is the chart with what its areas and marks mean below it.
func (c chart) figure() g.Node {
	var shapes, colours, marks g.Group
	for _, a := range c.Areas {
		shapes = append(shapes, paper.Path(a.class(), a.Path))
		colours = append(colours, h.Span(h.Class("key "+a.class()), g.Text(a.Name)), g.Text(" "))
	}
	for _, m := range c.Marks {
		shapes = append(shapes, m.line())
		marks = append(marks, h.Li(g.Text(m.Text)))
	}
	return c.Figure(nil, shapes,
		h.P(h.Class("faint"), colours),
		g.If(len(marks) > 0, h.Ol(h.Class("marks"), marks)),
		paper.Faint(c.Says+"."),
	)
}

// class is what the style sheet calls an area.
func (a area) class() string {
	name := strings.ReplaceAll(a.Name, " ", "-")
	if a.Line {
		name += " line"
	}
	return name
}

func (m mark) line() g.Node {
	x := fmt.Sprintf("%.1f", m.X)
	return g.El("line", h.Class("mark"), g.Attr("x1", x), g.Attr("x2", x), g.Attr("y1", "0"), g.Attr("y2", fmt.Sprint(high)))
}

func (s *Story) sourceTable() g.Node {
	if len(s.Sources) == 0 {
		return nil
	}
	return paper.Table("sources", "Who sent them", []string{"from", "visits", "since", "most at"},
		g.Map(s.mostSources(), func(from Source) g.Node {
			return paper.Row(stranger(from.Name), plain.Count(from.Visits), moment(from.First), from.Peak.Format("15:04"))
		}))
}

// stranger is a stranger's text, which may run from right to left.
func stranger(text string) g.Node { return g.El("bdi", g.Text(harmless(text))) }

func (t listed) table() g.Node {
	first := t.Of
	if t.Left > 0 {
		first += fmt.Sprintf(", %d more", t.Left)
	}
	columns := []string{first, "hits"}
	if t.Sent {
		columns = append(columns, "sent")
	}
	return paper.Table(t.ID, t.Title, columns, g.Map(t.Rows, func(r Row) g.Node { return t.row(r) }))
}

func (t *listed) row(r Row) g.Node {
	figures := []string{plain.Count(r.Hits)}
	switch {
	case t.Sent && r.Bytes > 0:
		figures = append(figures, plain.Bytes(r.Bytes))
	case t.Sent:
		figures = append(figures, "")
	}
	return paper.Row(stranger(r.Name), figures...)
}

// section is a list with its title, if there is something in it.
func section(title string, items g.Group) g.Node {
	if len(items) == 0 {
		return nil
	}
	return h.Section(h.H2(g.Text(title)), h.Ul(items))
}

func (e Event) item() g.Node {
	return h.Li(h.Class(e.Voice), g.Textf("%s, %s: %s", moment(e.At), e.Voice, harmless(e.Text)))
}

func (b Broken) item() g.Node {
	return h.Li(g.Textf("%s (%s times). ", harmless(b.What), plain.Count(b.Times)), h.Code(g.Text(b.Mend)))
}

func (s *Story) checkFigures() g.Node {
	if len(s.Checks) == 0 {
		return nil
	}
	return h.Section(
		h.H2(g.Text("How the checks went")),
		g.Map(s.Checks, Check.figure),
		paper.Faint("Dotted, what a look took, with a gap where nobody looked; filled from top to bottom, when it was down."),
	)
}

func (c Check) figure() g.Node {
	says := harmless(c.Name) + ": " + c.Says()
	return h.Figure(
		h.FigCaption(g.Text(says+".")),
		paper.Picture("check", says, high, g.Group{paper.Path("down", c.Downs()), paper.Path("line", c.Latency())}),
	)
}
