package story

import (
	"fmt"
	"slices"
	"strings"

	"buzzproof/internal/plain"
)

// Says is how a check went, in a line.
func (c Check) Says() string {
	return fmt.Sprintf("up for %s; a look took %.3f s on average, %.3f s at most", plain.Percent(c.Uptime), c.Mean, c.Most)
}

// Latency draws what its looks took.
func (c Check) Latency() string {
	if len(c.Took) < 2 {
		return ""
	}
	return series(c.Took).path(max(slices.Max(c.Took)*1.1, 0.001), false)
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
