package figures

import (
	"fmt"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"buzzproof/internal/paper"
	"buzzproof/internal/plain"
	"buzzproof/internal/site"
	"buzzproof/internal/traffic"
)

// A chart is drawn as bars or as an area.
type chart struct {
	paper.Chart
	Bars    []bar
	Area    string // a path, instead of bars
	Stacked bool   // bars are people below machines
}

type bar struct {
	X, Y, Width, Height float64
	Machines            bool
	Label               string
}

// chartHeight is the height of the box that charts are drawn in.
const chartHeight = 160.0

func (c chart) figure() g.Node {
	shapes := g.Map(c.Bars, bar.node)
	if c.Area != "" {
		shapes = append(shapes, paper.Path("people", c.Area))
	}
	return c.Figure(g.If(c.Stacked, h.Span(key("p", "people"), g.Text(" "), key("m", "machines"))), shapes)
}

func key(kind, means string) g.Node { return h.Span(h.Class("key "+kind), g.Text(means)) }

func (b bar) node() g.Node {
	class := "people"
	if b.Machines {
		class = "machines"
	}
	length := func(name string, v float64) g.Node { return g.Attr(name, fmt.Sprintf("%.2f", v)) }
	return g.El("rect", h.Class(class),
		length("x", b.X), length("y", b.Y), length("width", b.Width), length("height", b.Height),
		h.TitleEl(g.Text(b.Label)))
}

// dayChart shows the visitors of each day, people below machines.
func dayChart(days []traffic.DayCount) chart {
	most := uint64(1)
	best := days[0]
	for _, d := range days {
		if n := visitors(d); n > most {
			most, best = n, d
		}
	}
	c := chart{Stacked: true, Chart: paper.Chart{
		Title: "Visitors by day", Top: plain.Count(most), Height: chartHeight,
		First: days[0].Day.Format("2 Jan 2006"), Last: days[len(days)-1].Day.Format("2 Jan 2006"),
		Says: fmt.Sprintf("%d days; most visitors, %s, on %s", len(days), plain.Count(most), best.Day.Format("2 January 2006")),
	}}
	step := paper.Width / float64(len(days))
	for i, d := range days {
		people, all := d.Classes[site.Person].Visitors, visitors(d)
		label := fmt.Sprintf("%s: %s people, %s machines", d.Day.Format("Mon 2 Jan 2006"), plain.Count(people), plain.Count(all-people))
		low, high := scaled(people, most), scaled(all, most)
		c.Bars = append(c.Bars,
			bar{X: float64(i) * step, Y: chartHeight - low, Width: step * 0.9, Height: low, Label: label},
			bar{X: float64(i) * step, Y: chartHeight - high, Width: step * 0.9, Height: high - low, Machines: true, Label: label})
	}
	return c
}

// visitors are those of all classes. After estimates the sum may differ from
// the count of the day; the bars shall add up.
func visitors(d traffic.DayCount) (n uint64) {
	for _, c := range d.Classes {
		n += c.Visitors
	}
	return n
}

func scaled(n, most uint64) float64 { return float64(n) / float64(most) * chartHeight }

// spans are the widths a time line can have, so that about 360 points are
// enough for it.
var spans = []time.Duration{
	time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour,
}

// timeChart shows the hits over time, as finely as there is room for.
func timeChart(minutes []traffic.MinuteCount) chart {
	first, last := minutes[0].At, minutes[len(minutes)-1].At
	span := spans[len(spans)-1]
	for _, s := range spans {
		if last.Sub(first)/s < 360 {
			span = s
			break
		}
	}
	start := first.Truncate(span)
	sums := make([]uint64, last.Sub(start)/span+1)
	most, at := uint64(1), start
	for _, m := range minutes {
		i := m.At.Sub(start) / span
		if sums[i] += m.Hits; sums[i] > most {
			most, at = sums[i], start.Add(i*span)
		}
	}
	var path strings.Builder
	step := paper.Width / float64(max(1, len(sums)-1))
	fmt.Fprintf(&path, "M0 %.0f", chartHeight)
	for i, n := range sums {
		fmt.Fprintf(&path, "L%.1f %.1f", float64(i)*step, chartHeight-scaled(n, most))
	}
	fmt.Fprintf(&path, "L%.0f %.0fZ", paper.Width, chartHeight)
	every := strings.TrimSuffix(strings.TrimSuffix(span.String(), "0s"), "0m")
	return chart{Area: path.String(), Chart: paper.Chart{
		Title: "Hits every " + every, Top: plain.Count(most), Height: chartHeight,
		First: first.Format("2 Jan 15:04"), Last: last.Format("2 Jan 15:04"),
		Says: fmt.Sprintf("from %s to %s; most hits, %s, from %s on", first.Format("2 January 15:04"), last.Format("2 January 15:04"), plain.Count(most), at.Format("2 January 15:04")),
	}}
}

// hourChart shows the hits by hour of the day.
func hourChart(hours []traffic.Item) chart {
	most, best := uint64(1), "00"
	for _, hour := range hours {
		if hour.Hits > most {
			most, best = hour.Hits, hour.Key
		}
	}
	c := chart{Chart: paper.Chart{
		Title: "Hits by hour of the day", First: "0 h", Last: "24 h", Top: plain.Count(most), Height: chartHeight,
		Says: fmt.Sprintf("most hits, %s, in the hour from %s:00 on", plain.Count(most), best),
	}}
	step := paper.Width / 24
	for i, hour := range hours {
		high := scaled(hour.Hits, most)
		c.Bars = append(c.Bars, bar{X: float64(i) * step, Y: chartHeight - high, Width: step * 0.9, Height: high, Label: hour.Key + ":00: " + plain.Count(hour.Hits) + " hits"})
	}
	return c
}
