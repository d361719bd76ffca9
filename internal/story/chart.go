package story

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"buzzproof/internal/paper"
)

// The box that charts are drawn in.
const (
	wide = paper.Width
	high = 200.0
)

// A chart is one picture over the time of the story.
type chart struct {
	paper.Chart
	Areas []area
	Marks []mark
}

// An area is a path with the name of its class, drawn in this order.
type area struct {
	Name, Path string
	Line       bool // drawn as a line, not filled
}

// A mark is a moment.
type mark struct {
	X    float64
	Text string
}

// columns is how many points are enough for the width.
const columns = 360

// A series is values over the columns of a chart.
type series []float64

// spread puts a value of each minute into its column: the mean per second.
func (s *Story) spread(value func(Minute) float64) series {
	n := min(columns, len(s.Minutes))
	sums, counts := make(series, n), make([]int, n)
	for i, m := range s.Minutes {
		at := i * n / len(s.Minutes)
		sums[at] += value(m)
		counts[at]++
	}
	for i := range sums {
		sums[i] /= float64(counts[i]) * s.step().Seconds()
	}
	return sums
}

func (a series) plus(b series) series {
	sum := make(series, len(a))
	for i := range a {
		sum[i] = a[i] + b[i]
	}
	return sum
}

// path draws values; closed makes an area of them.
func (a series) path(most float64, closed bool) string {
	var b strings.Builder
	step := wide / float64(max(1, len(a)-1))
	for i, v := range a {
		letter := "L"
		if i == 0 {
			letter = "M"
		}
		fmt.Fprintf(&b, "%s%.1f %.1f", letter, float64(i)*step, high-high*min(v, most)/most)
	}
	if closed {
		fmt.Fprintf(&b, "L%.0f %.0fL0 %.0fZ", wide, high, high)
	}
	return b.String()
}

// charts are the pictures of the story; none when there is no minute.
func (s *Story) charts() []chart {
	if len(s.Minutes) < 2 {
		return nil
	}
	return []chart{s.timeline(), s.line()}
}

// timeline is people per second with what was usual, the rungs and the buzz.
func (s *Story) timeline() chart {
	visits := s.spread(func(m Minute) float64 { return m.Visits })
	usual := s.spread(func(m Minute) float64 { return m.Expected })
	refused := s.spread(func(m Minute) float64 { return m.Refused })
	most := max(slices.Max(visits), slices.Max(refused), 0.01)
	c := s.chart("People per second", fmt.Sprintf("%.2g/s", most))
	c.Areas = []area{{"people", visits.path(most, true), false}, {"usual", usual.path(most, false), true}, {"refused", refused.path(most, false), true}}
	peak := s.peak()
	c.Says = fmt.Sprintf("most at %s, %.2g per second", peak.At.Format("2 January 15:04"), peak.Visits/s.step().Seconds())
	c.Marks = s.marks()
	return c
}

// mostMarks is how many words fit below a chart.
const mostMarks = 12

// marks are the phases of the buzz and the steps of the ladder.
func (s *Story) marks() (marks []mark) {
	add := func(at time.Time, text string) {
		if at.IsZero() || at.Before(s.From) || at.After(s.Until) || len(marks) >= mostMarks {
			return
		}
		x := wide * float64(at.Sub(s.From)) / float64(max(1, s.Until.Sub(s.From)))
		marks = append(marks, mark{x, at.Format("15:04") + " " + text})
	}
	if s.Buzz != nil {
		add(s.Buzz.Since, "it begins")
		add(s.Buzz.Seen, "you are told")
		add(s.Buzz.Peak, "peak")
		add(s.Buzz.Over, "over")
	}
	for _, step := range s.Steps {
		add(step.At, step.Rung)
	}
	slices.SortStableFunc(marks, func(a, b mark) int { return int(a.X - b.X) })
	return marks
}

// line is what went through the line by who asked, below what full pages for
// everybody would have taken.
func (s *Story) line() chart {
	machines := s.spread(func(m Minute) float64 { return m.Machines })
	previews := machines.plus(s.spread(func(m Minute) float64 { return m.Previews }))
	people := previews.plus(s.spread(func(m Minute) float64 { return m.ToPeople }))
	most := max(slices.Max(people), s.LineRate*1.05, 1)
	c := s.chart("The line, by who asked", bits(most))
	c.Areas = []area{
		{"people", people.path(most, true), false}, {"previews", previews.path(most, true), false}, {"machines", machines.path(most, true), false},
	}
	if s.LineRate > 0 {
		c.Areas = append(c.Areas, area{"what the line carries", series(slices.Repeat([]float64{s.LineRate}, len(people))).path(most, false), true})
	}
	c.Says = fmt.Sprintf("at most %s", bits(slices.Max(people)))
	if s.PageSize == 0 {
		return c
	}
	full := s.spread(func(m Minute) float64 { return m.Visits * s.PageSize })
	c.Areas = append(c.Areas, area{"full pages for everybody", full.path(most, false), true})
	c.Says += fmt.Sprintf("; full pages for everybody would have taken up to %s", bits(slices.Max(full)))
	return c
}

func (s *Story) chart(title, top string) chart {
	format := "2 January 15:04"
	return chart{Chart: paper.Chart{
		Title: title, Top: top, Height: high,
		First: s.Minutes[0].At.Format(format), Last: s.Minutes[len(s.Minutes)-1].At.Format(format),
	}}
}
