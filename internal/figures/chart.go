package figures

import (
	"fmt"
	"strings"
	"time"

	"buzzproof/internal/plain"
	"buzzproof/internal/site"
	"buzzproof/internal/traffic"
)

// A chart is drawn in a box of 720 by 160, which the page stretches; so its
// text stands outside of it.
type chart struct {
	Title, Says string // what it shows; the whole in one sentence, for who cannot see it
	First, Last string // the ends of the time line
	Top         string // what the highest stands for
	Bars        []bar
	Area        string // a path, instead of bars
	Stacked     bool   // bars are people below machines
}

type bar struct {
	X, Y, Width, Height float64
	Machines            bool
	Label               string
}

const (
	chartWidth  = 720.0
	chartHeight = 160.0
)

// dayChart shows the visitors of each day, people below machines.
func dayChart(days []traffic.DayCount) chart {
	most := uint64(1)
	best := days[0]
	for _, d := range days {
		if n := visitors(d); n > most {
			most, best = n, d
		}
	}
	c := chart{
		Title: "Visitors by day", Stacked: true, Top: plain.Count(most),
		First: days[0].Day.Format("2 Jan 2006"), Last: days[len(days)-1].Day.Format("2 Jan 2006"),
		Says: fmt.Sprintf("%d days; most visitors, %s, on %s", len(days), plain.Count(most), best.Day.Format("2 January 2006")),
	}
	step := chartWidth / float64(len(days))
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
	step := chartWidth / float64(max(1, len(sums)-1))
	fmt.Fprintf(&path, "M0 %.0f", chartHeight)
	for i, n := range sums {
		fmt.Fprintf(&path, "L%.1f %.1f", float64(i)*step, chartHeight-scaled(n, most))
	}
	fmt.Fprintf(&path, "L%.0f %.0fZ", chartWidth, chartHeight)
	every := strings.TrimSuffix(strings.TrimSuffix(span.String(), "0s"), "0m")
	return chart{
		Title: "Hits every " + every, Area: path.String(), Top: plain.Count(most),
		First: first.Format("2 Jan 15:04"), Last: last.Format("2 Jan 15:04"),
		Says: fmt.Sprintf("from %s to %s; most hits, %s, from %s on", first.Format("2 January 15:04"), last.Format("2 January 15:04"), plain.Count(most), at.Format("2 January 15:04")),
	}
}

// hourChart shows the hits by hour of the day.
func hourChart(hours []traffic.Item) chart {
	most, best := uint64(1), "00"
	for _, h := range hours {
		if h.Hits > most {
			most, best = h.Hits, h.Key
		}
	}
	c := chart{
		Title: "Hits by hour of the day", First: "0 h", Last: "24 h", Top: plain.Count(most),
		Says: fmt.Sprintf("most hits, %s, in the hour from %s:00 on", plain.Count(most), best),
	}
	step := chartWidth / 24
	for i, h := range hours {
		high := scaled(h.Hits, most)
		c.Bars = append(c.Bars, bar{X: float64(i) * step, Y: chartHeight - high, Width: step * 0.9, Height: high, Label: h.Key + ":00: " + plain.Count(h.Hits) + " hits"})
	}
	return c
}
