package dashboard

import (
	"fmt"
	"strings"
	"time"

	"buzzproof/internal/plain"
)

// A Style is how a terminal is drawn on.
type Style struct {
	ASCII bool // nothing but ASCII for lines and bars
	Color bool // beside signs and words, never alone
}

// A Screen is what a terminal shows.
type Screen struct {
	State  State
	Points []Point
	Notice string // what an action came to, a question, that the connection is lost
	Style  Style
}

// The smallest screen that is drawn on; a smaller one shows its upper left part.
const (
	leastWidth  = 40
	leastHeight = 12
)

// Draw returns the screen as lines of exactly width columns, height of them.
func (s *Screen) Draw(width, height int) []string {
	w, h := max(width, leastWidth), max(height, leastHeight)
	c := &canvas{width: w, style: s.Style}
	s.head(c)
	foot := s.foot(w)
	room := h - len(c.lines) - len(foot)
	chart := min(max(room*2/5, 4), 14)
	s.chart(c, chart)
	s.lists(c, h-len(c.lines)-len(foot))
	for len(c.lines) < h-len(foot) {
		c.line("")
	}
	lines := append(c.lines[:h-len(foot)], foot...)
	for i := range lines[:min(height, len(lines))] {
		lines[i] = c.fit(lines[i], width)
	}
	return lines[:min(height, len(lines))]
}

// head says in three or four lines how things are.
func (s *Screen) head(c *canvas) {
	n := s.State.Now
	state := n.Source + ", " + n.Rung
	if n.Forced {
		state += " (forced)"
	}
	c.apart(c.bold(plain.Safe(n.Site, c.width/2)), fmt.Sprintf("%s  %s", state, n.At.Format(time.TimeOnly)))
	switch {
	case n.Asked != "":
		c.alarmed(n.Asked)
	case n.Buzz != nil:
		c.alarmed(n.Buzz.Text)
	default:
		c.line(plain.Safe(s.calm(), c.width))
	}
	c.line(plain.Safe(fmt.Sprintf("people %s/s  line %s  wait %.2f s  served %s  refused %s", rate(n.People), n.Line.said(),
		n.Line.Wait, plain.Count(n.Served), plain.Count(n.Refused)), c.width))
}

func (s *Screen) calm() string {
	usual := "what is usual is not known yet"
	if s.State.Now.Expected > 0 {
		usual = "usual is " + rate(s.State.Now.Expected) + "/s"
	}
	return "It is calm; " + usual + "."
}

// said is how full the line is.
func (l Line) said() string {
	if l.Rate == 0 {
		return bits(l.Used)
	}
	return fmt.Sprintf("%.0f %% of %s", 100*l.Used/l.Rate, bits(l.Rate))
}

// rate writes visits per second with three digits.
func rate(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// bits writes bytes per second as lines are sold.
func bits(bytes float64) string {
	if v := bytes * 8; v >= 1e6 {
		return fmt.Sprintf("%.2f Mbit/s", v/1e6)
	}
	return fmt.Sprintf("%.0f kbit/s", bytes*8/1e3)
}

// foot is the last lines: what was said last, and the keys.
func (s *Screen) foot(width int) []string {
	keys := "q quit  f force rung  a auto  z freeze now  b ban  m mute"
	if width < len(keys) {
		keys = "q quit  f force  a auto  z freeze  b ban  m mute"
	}
	return []string{plain.Safe(s.Notice, width), keys}
}

// chart draws people per second with the capacities of the rungs.
func (s *Screen) chart(c *canvas, height int) {
	const label = 16 // columns at the right for the names of the lines
	columns := c.width - label
	values := resample(s.Points, columns)
	most := s.State.Now.People
	for _, v := range values {
		most = max(most, v)
	}
	top := scale(most, s.State.Now.Bears)
	c.line(fmt.Sprintf("people per second, %s", span(s.Points, columns)))
	for row := height - 2; row >= 0; row-- {
		low, high := top*float64(row)/float64(height-1), top*float64(row+1)/float64(height-1)
		name, across := "", false
		for _, b := range s.State.Now.Bears {
			if b.Visits >= low && b.Visits < high {
				name, across = strings.TrimPrefix(name+"/"+b.Rung, "/")+" "+rate(b.Visits), true
			}
		}
		if name == "" && row == height-2 {
			name = rate(top)
		}
		c.line(c.bars(values, low, high, across) + " " + plain.Safe(name, label-1))
	}
}

// scale is the top of the chart: what comes, and the capacity above it when
// that is not too far away.
func scale(most float64, bears []Bears) float64 {
	top := max(1, most*1.1)
	for _, b := range bears {
		if b.Visits > most && b.Visits < most*4+2 {
			top = max(top, b.Visits*1.05)
		}
	}
	return top
}

// resample makes one value of each column: the highest, since a peak of a
// second is what the owner should see. The newest is at the right.
func resample(points []Point, columns int) []float64 {
	values := make([]float64, columns)
	per := perColumn(len(points), columns)
	for i := range points {
		back := (len(points) - 1 - i) / per
		if at := columns - 1 - back; at >= 0 {
			values[at] = max(values[at], points[i].People)
		}
	}
	return values
}

// perColumn is how many points share a column.
func perColumn(points, columns int) int { return max(1, (points+columns-1)/columns) }

func span(points []Point, columns int) string {
	if len(points) < 2 {
		return "just begun"
	}
	covered := min(len(points), columns*perColumn(len(points), columns))
	from := points[len(points)-covered].At
	return "the last " + (time.Duration(points[len(points)-1].At-from+1) * time.Second).String()
}
