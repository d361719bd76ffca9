// Package paper is what the program's own pages have in common: a document that
// asks for nothing else, charts with their words around them, tables that
// scroll.
//
// Pages are nodes in Go, not templates; docs/decisions.md says why. A node
// escapes text and attributes and knows no more than that, so nothing here
// makes a link, a script or a style out of what it is given.
package paper

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"time"

	g "maragu.dev/gomponents"
	"maragu.dev/gomponents/components"
	h "maragu.dev/gomponents/html"
)

// A Document is one page by itself.
type Document struct {
	Title   string
	Style   string        // CSS of ours, written as it is
	Refresh time.Duration // how soon it will be out of date; 0 for never
}

// policy holds a browser to what a page is: text and its style.
const policy = "default-src 'none'; style-src 'unsafe-inline'"

// Write writes the document around a body.
func (d Document) Write(w io.Writer, body ...g.Node) error {
	head := g.Group{
		h.Meta(h.Name("robots"), h.Content("noindex")),
		h.Meta(g.Attr("http-equiv", "Content-Security-Policy"), h.Content(policy)),
	}
	if s := int(d.Refresh.Seconds()); s > 0 {
		head = append(head, h.Meta(g.Attr("http-equiv", "refresh"), h.Content(strconv.Itoa(s))))
	}
	if d.Style != "" {
		head = append(head, h.StyleEl(g.Raw(d.Style)))
	}
	page := components.HTML5(components.HTML5Props{Title: d.Title, Language: "en", Head: head, Body: body})
	b := bufio.NewWriter(w) // nodes write themselves a few bytes at a time
	if err := (g.Group{page, g.Text("\n")}).Render(b); err != nil {
		return err
	}
	return b.Flush()
}

// Faint is a paragraph that is less than the others.
func Faint(text string) g.Node { return h.P(h.Class("faint"), g.Text(text)) }

// Table is a section with a table. It scrolls by itself where the screen is
// narrow, with the keyboard too. The id is one of ours.
func Table(id, title string, columns []string, rows g.Group) g.Node {
	return h.Section(
		h.H2(h.ID(id), g.Text(title)),
		h.Div(h.Class("scroll"), h.TabIndex("0"), h.Role("region"), h.Aria("labelledby", id),
			h.Table(
				h.THead(h.Tr(g.Map(columns, func(c string) g.Node { return h.Th(h.Scope("col"), g.Text(c)) }))),
				h.TBody(rows),
			),
		),
	)
}

// Row is a row of a table: what it is about, and its figures.
func Row(about g.Node, figures ...string) g.Node {
	return h.Tr(
		h.Th(h.Scope("row"), about),
		g.Map(figures, func(f string) g.Node { return h.Td(g.Text(f)) }),
	)
}

// A Chart is a picture that the page stretches; so its words stand around it.
type Chart struct {
	Title, Says string  // what it shows; the whole in one sentence, for who cannot see it
	First, Last string  // the ends of the time line
	Top         string  // what the upper edge stands for
	Height      float64 // of the box it is drawn in, which is Width wide
}

// Width is the width of the box that charts are drawn in.
const Width = 720.0

// Figure is the chart with its shapes; colours tell what they mean, and what
// stands below comes last.
func (c Chart) Figure(colours g.Node, shapes g.Group, below ...g.Node) g.Node {
	return h.Figure(
		h.FigCaption(h.H2(g.Text(c.Title))),
		ends(h.Span(g.Text(c.Top)), colours),
		Picture("", c.Title+": "+c.Says, c.Height, shapes),
		ends(h.Span(g.Text(c.First)), h.Span(g.Text(c.Last))),
		g.Group(below),
	)
}

func ends(left, right g.Node) g.Node { return h.Div(h.Class("ends"), left, right) }

// Picture is the box of a chart with its shapes, and what they say. A class may be
// empty.
func Picture(class, says string, height float64, shapes g.Group) g.Node {
	return h.SVG(
		g.If(class != "", h.Class(class)),
		g.Attr("viewBox", fmt.Sprintf("0 0 %.0f %.0f", Width, height)),
		g.Attr("preserveAspectRatio", "none"),
		h.Role("img"), h.Aria("label", says),
		shapes,
	)
}

// Path is a shape of that class.
func Path(class, way string) g.Node { return g.El("path", h.Class(class), g.Attr("d", way)) }
