package figures

import (
	_ "embed"
	"fmt"
	"io"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"buzzproof/internal/paper"
	"buzzproof/internal/plain"
	"buzzproof/internal/site"
	"buzzproof/internal/traffic"
)

// A Page says how the page is made.
type Page struct {
	At      time.Time     // when
	Refresh time.Duration // how soon it will be out of date; 0 for never
}

// pageRows is how many items a panel shows on the page.
const pageRows = 30

//go:embed page.css
var pageStyle string

// clock is how the page writes a time.
const clock = "2 January 2006 15:04"

// WritePage writes the report as one HTML page that asks for nothing else and
// has no link: referrers are there to be clicked on.
func WritePage(w io.Writer, r *traffic.Report, p Page) error {
	return paper.Document{Title: "Statistics", Style: pageStyle, Refresh: p.Refresh}.Write(w,
		h.Header(h.H1(g.Text("Statistics")), paper.Faint(when(r))),
		h.Main(totals(r), charts(r), classes(r), panels(r), failures(r)),
		h.Footer(h.Class("faint"), g.Textf("Made by buzzproof on %s. A visitor is an address with a browser on a day; "+
			"answers to mistakes (status 400 to 499) make nobody one.", p.At.Format(clock))),
	)
}

// safe is a stranger's text for the page.
func safe(s string) g.Node { return g.Text(plain.Safe(plain.UTF8(s), 300)) }

// when is the time that the report is about.
func when(r *traffic.Report) string {
	if r.Hits == 0 {
		return "no hits"
	}
	return fmt.Sprintf("%s to %s, on the clock of the log", r.First.Format(clock), r.Last.Format(clock))
}

func totals(r *traffic.Report) g.Node {
	visitors := "visitors"
	if !r.Exact {
		visitors = "visitors, about"
	}
	all := g.Group{
		total(visitors, plain.Count(r.Visitors)),
		total("of them people", plain.Count(r.People().Visitors)),
		total("hits", plain.Count(r.Hits)),
		total("sent", plain.Bytes(r.Bytes)),
		total("not found", plain.Count(r.NotFound)),
		g.If(r.Failed > 0, total("lines not read", plain.Count(r.Failed))),
		g.If(r.Filtered > 0, total("filtered out", plain.Count(r.Filtered))),
	}
	if peak := r.Peak(); peak.Hits > 0 {
		all = append(all, total("most visitors a minute", plain.Count(peak.Visitors)))
	}
	if r.Took.Count > 0 {
		all = append(all,
			total("half answered within", plain.Took(r.Took.P50)),
			total("95 % within", plain.Took(r.Took.P95)),
			total("99 % within", plain.Took(r.Took.P99)))
	}
	return h.Dl(h.Class("totals"), all)
}

func total(name, value string) g.Node {
	return h.Div(h.Dt(g.Text(name)), h.Dd(g.Text(value)))
}

// charts are those that there is something to draw for.
func charts(r *traffic.Report) g.Node {
	var all []chart
	if len(r.Days) > 1 {
		all = append(all, dayChart(r.Days))
	}
	if len(r.Minutes) > 1 {
		all = append(all, timeChart(r.Minutes))
	}
	if r.Hits > 0 {
		all = append(all, hourChart(r.Panels[traffic.Hours]))
	}
	if len(all) == 0 {
		return nil
	}
	return h.Div(h.Class("grid"), g.Map(all, chart.figure))
}

func classes(r *traffic.Report) g.Node {
	var rows g.Group
	for _, c := range site.Classes() {
		if k := r.Classes[c]; k.Hits > 0 {
			rows = append(rows, paper.Row(g.Group{h.Class("name"), g.Text(classNames[c])}, plain.Count(k.Visitors), plain.Count(k.Hits),
				plain.Share(k.Hits, r.Hits), plain.Bytes(k.Bytes), plain.Count(k.Pages), plain.Count(k.NotFound)))
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return paper.Table("classes", "Who asks", []string{"class", "visitors", "hits", "share", "sent", "pages", "not found"}, rows)
}

// panels are those with items; the hours are a chart.
func panels(r *traffic.Report) g.Node {
	var all g.Group
	for _, p := range order {
		if p != traffic.Hours && len(r.Panels[p]) > 0 {
			all = append(all, panel(r, p))
		}
	}
	return h.Div(h.Class("grid"), all)
}

func panel(r *traffic.Report, p traffic.Panel) g.Node {
	items := r.Panels[p][:min(len(r.Panels[p]), pageRows)]
	first := "all"
	if left := r.Sizes[p] - len(items); left != 0 {
		first = fmt.Sprintf("first %d, %d more", len(items), left)
	}
	columns := []string{first, "hits", "visitors", "sent"}
	isTimed := timed(r, p)
	if isTimed {
		columns = append(columns, "mean")
	}
	var rows g.Group
	for i, label := range labels(items) {
		it := items[i]
		figures := []string{plain.Count(it.Hits), plain.Count(it.Visitors), plain.Bytes(it.Bytes)}
		if isTimed {
			figures = append(figures, plain.Took(it.Took))
		}
		rows = append(rows, paper.Row(barred(label, it.Hits, items[0].Hits), figures...))
	}
	return paper.Table(p.String(), p.Title(), columns, rows)
}

// barred is a label on a bar that shows a part of the most.
func barred(label string, part, most uint64) g.Node {
	width := fmt.Sprintf("%.1f", 100*float64(part)/float64(most))
	return g.Group{
		h.Class("name"),
		h.SVG(h.Class("fill"), g.Attr("viewBox", "0 0 100 1"), g.Attr("preserveAspectRatio", "none"), h.Aria("hidden", "true"),
			g.El("rect", h.Width(width), h.Height("1"))),
		g.El("bdi", safe(label)),
	}
}

// failures are the lines that could not be read.
func failures(r *traffic.Report) g.Node {
	if len(r.Failures) == 0 {
		return nil
	}
	return h.Section(
		h.H2(g.Text("Lines that could not be read")),
		paper.Faint(fmt.Sprintf("%d of %s", len(r.Failures), plain.Count(r.Failed))),
		g.Map(r.Failures, func(f traffic.Failure) g.Node {
			return g.Group{
				h.P(safe(f.File), g.Textf(", line %d: %s", f.Line, f.Why)),
				h.Pre(g.El("bdi", safe(f.Text))),
			}
		}),
	)
}
