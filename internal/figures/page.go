package figures

import (
	_ "embed"
	"html/template"
	"io"
	"time"

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

//go:embed page.html
var pageSource string

// The template escapes by context whatever stands in a log. Nothing on the
// page links to what strangers wrote: referrers are there to be clicked on.
var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"count": plain.Count, "bytes": plain.Bytes, "took": plain.Took, "share": plain.Share,
	"safe": func(s string) string { return plain.Safe(plain.UTF8(s), 300) },
}).Parse(pageSource))

// WritePage writes the report as one HTML page that asks for nothing else.
func WritePage(w io.Writer, r *traffic.Report, p Page) error {
	v := pageView{Report: r, At: p.At.Format("2 January 2006 15:04"), Refresh: int(p.Refresh.Seconds()), Peak: r.Peak()}
	if r.Hits > 0 {
		v.Span = r.First.Format("2 January 2006 15:04") + " to " + r.Last.Format("2 January 2006 15:04")
	}
	for _, c := range site.Classes() {
		if k := r.Classes[c]; k.Hits > 0 {
			v.Classes = append(v.Classes, classRow{classNames[c], c.String(), k})
		}
	}
	if len(r.Days) > 1 {
		v.Charts = append(v.Charts, dayChart(r.Days))
	}
	if len(r.Minutes) > 1 {
		v.Charts = append(v.Charts, timeChart(r.Minutes))
	}
	if r.Hits > 0 {
		v.Charts = append(v.Charts, hourChart(r.Panels[traffic.Hours]))
	}
	for _, panel := range order {
		if rows := r.Panels[panel]; panel != traffic.Hours && len(rows) > 0 {
			v.Panels = append(v.Panels, panelOf(r, panel))
		}
	}
	return pageTemplate.Execute(w, v)
}

type pageView struct {
	*traffic.Report
	Span, At string
	Refresh  int
	Peak     traffic.MinuteCount
	Classes  []classRow
	Charts   []chart
	Panels   []panelView
}

type classRow struct {
	Name, Key string
	traffic.ClassCount
}

type panelView struct {
	Name, Title string
	Rows        []rowView
	Left        int // items that are not shown
	Timed       bool
}

type rowView struct {
	traffic.Item
	Label string
	Width float64 // of its bar, in percent
}

func panelOf(r *traffic.Report, p traffic.Panel) panelView {
	items := r.Panels[p]
	v := panelView{Name: p.String(), Title: p.Title(), Timed: timed(r, p)}
	if len(items) > pageRows {
		items = items[:pageRows]
	}
	v.Left = r.Sizes[p] - len(items)
	named := labels(items)
	for i, it := range items {
		v.Rows = append(v.Rows, rowView{it, named[i], 100 * float64(it.Hits) / float64(r.Panels[p][0].Hits)})
	}
	return v
}
