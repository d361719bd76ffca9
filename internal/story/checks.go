package story

import (
	"fmt"
	"strings"

	"buzzproof/internal/plain"
)

// Says is how a check went, in a line.
func (c Check) Says() string {
	return fmt.Sprintf("up for %s; a look took %.3f s on average, %.3f s at most", plain.Percent(c.Uptime), c.Mean, c.Most)
}

// Latency draws what its looks took, in the middle of each step. A step in which
// nobody looked is a gap.
func (c Check) Latency() string {
	most := 0.001
	for _, took := range c.Took {
		if took != nil {
			most = max(most, *took*1.1)
		}
	}
	var b strings.Builder
	step := wide / float64(max(1, len(c.Took)))
	for i, took := range c.Took {
		if took == nil {
			continue
		}
		x, y := (float64(i)+0.5)*step, high-high**took/most
		before, after := i > 0 && c.Took[i-1] != nil, i+1 < len(c.Took) && c.Took[i+1] != nil
		switch {
		case before:
			fmt.Fprintf(&b, "L%.1f %.1f", x, y)
		case after:
			fmt.Fprintf(&b, "M%.1f %.1f", x, y)
		default: // alone it would be too short to be seen
			fmt.Fprintf(&b, "M%.1f %.1fh%.1f", x-step/2, y, step)
		}
	}
	return b.String()
}

// Downs draws when it was down, as high as the picture.
func (c Check) Downs() string {
	var b strings.Builder
	step := wide / float64(max(1, len(c.Down)))
	for i, down := range c.Down {
		if down {
			fmt.Fprintf(&b, "M%.1f 0h%.1fV%.0fh-%.1fZ", float64(i)*step, step, high, step)
		}
	}
	return b.String()
}
