package browse

import (
	"strconv"
	"strings"

	"buzzproof/internal/refs"
)

// The screen that pages are loaded for: the one of most laptops, one pixel to
// the CSS pixel. What depends on it is chosen as Chromium chooses.
const (
	screenWide = 1366
	screenHigh = 768
)

// Holds tells whether a list of media queries is true of the screen.
func Holds(list string) bool {
	list = strings.ToLower(strings.TrimSpace(list))
	if list == "" {
		return true
	}
	for query := range strings.SplitSeq(list, ",") {
		if queryHolds(strings.TrimSpace(query)) {
			return true
		}
	}
	return false
}

func queryHolds(query string) bool {
	want := true
	if rest, ok := strings.CutPrefix(query, "not "); ok {
		query, want = strings.TrimSpace(rest), false
	}
	query = strings.TrimPrefix(query, "only ")
	all := true
	for part := range strings.SplitSeq(strings.ReplaceAll(query, ")and", ") and"), " and ") {
		all = all && featureHolds(strings.TrimSpace(part))
	}
	return all == want
}

// featureHolds reads a media type, or one feature in parentheses. What is not
// known does not hold, as in browsers.
func featureHolds(part string) bool {
	if !strings.HasPrefix(part, "(") {
		return part == "screen" || part == "all"
	}
	part = strings.Trim(part, "() ")
	name, value, valued := strings.Cut(part, ":")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !valued {
		return rangeHolds(part)
	}
	switch name {
	case "min-width", "min-device-width":
		return atLeast(screenWide, value)
	case "max-width", "max-device-width":
		return atMost(screenWide, value)
	case "min-height", "min-device-height":
		return atLeast(screenHigh, value)
	case "max-height", "max-device-height":
		return atMost(screenHigh, value)
	case "min-resolution", "-webkit-min-device-pixel-ratio":
		return densityOf(value) <= 1
	case "max-resolution", "-webkit-max-device-pixel-ratio":
		return densityOf(value) >= 1
	}
	return screenSays[name+":"+value]
}

// screenSays are the features of a common laptop whose owner changed nothing.
var screenSays = map[string]bool{
	"orientation:landscape": true, "prefers-color-scheme:light": true, "prefers-reduced-motion:no-preference": true,
	"hover:hover": true, "any-hover:hover": true, "pointer:fine": true, "any-pointer:fine": true,
	"prefers-contrast:no-preference": true, "forced-colors:none": true, "scripting:enabled": true,
	"display-mode:browser": true, "prefers-reduced-data:no-preference": true,
}

// rangeHolds reads "width >= 600px", "400px <= width < 900px" and features
// without a value.
func rangeHolds(part string) bool {
	switch part {
	case "hover", "pointer", "color", "scripting":
		return true
	}
	fields := strings.Fields(strings.NewReplacer(">=", " ≥ ", "<=", " ≤ ", ">", " > ", "<", " < ").Replace(part))
	if len(fields) != 3 && len(fields) != 5 {
		return false
	}
	for i := 0; i+2 < len(fields); i += 2 {
		a, okA := measureOf(fields[i])
		b, okB := measureOf(fields[i+2])
		if !okA || !okB || !compares(a, fields[i+1], b) {
			return false
		}
	}
	return true
}

func measureOf(s string) (float64, bool) {
	switch s {
	case "width":
		return screenWide, true
	case "height":
		return screenHigh, true
	}
	return length(s)
}

func compares(a float64, by string, b float64) bool {
	switch by {
	case "≥":
		return a >= b
	case "≤":
		return a <= b
	case ">":
		return a > b
	case "<":
		return a < b
	}
	return false
}

func atLeast(screen float64, value string) bool {
	n, ok := length(value)
	return ok && screen >= n
}

func atMost(screen float64, value string) bool {
	n, ok := length(value)
	return ok && screen <= n
}

// densityOf reads "2dppx", "192dpi", "2x" and the bare number of the old form.
func densityOf(v string) float64 {
	scale := 1.0
	for _, unit := range []struct {
		name  string
		scale float64
	}{{"dppx", 1}, {"dpcm", 2.54 / 96}, {"dpi", 1.0 / 96}, {"x", 1}} {
		if rest, ok := strings.CutSuffix(v, unit.name); ok {
			v, scale = rest, unit.scale
			break
		}
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
	if err != nil {
		return 0
	}
	return n * scale
}

// length reads a length in CSS pixels.
func length(v string) (float64, bool) {
	v = strings.TrimSpace(v)
	for _, unit := range []struct {
		name   string
		pixels float64
	}{{"px", 1}, {"rem", 16}, {"em", 16}, {"vw", screenWide / 100.0}, {"vh", screenHigh / 100.0}, {"pt", 4.0 / 3}} {
		if digits, ok := strings.CutSuffix(v, unit.name); ok {
			n, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
			return n * unit.pixels, err == nil && n >= 0 && n < 1e6
		}
	}
	return 0, v == "0"
}

// slot is how wide a picture is laid out, by its sizes attribute.
func slot(sizes string) float64 {
	if len(sizes) > 2_000 {
		return screenWide
	}
	for part := range strings.SplitSeq(strings.ToLower(sizes), ",") {
		part = strings.TrimSpace(part)
		condition, value := "", part
		if at := strings.LastIndex(part, ") "); at >= 0 {
			condition, value = part[:at+1], part[at+2:]
		}
		if n, ok := length(value); ok && n > 0 && Holds(condition) {
			return n
		}
	}
	return screenWide
}

// choose returns the candidate of a srcset that Chromium takes on a screen of
// one pixel to the CSS pixel: the lightest that is dense enough, or the
// densest. Src stands for 1x unless the set is one of widths.
func choose(set, sizes, src string) string {
	best, density := "", 0.0
	take := func(ref string, d float64) {
		switch better := d >= 1 && (density < 1 || d < density) || d < 1 && d > density; {
		case ref != "" && (best == "" || better):
			best, density = ref, d
		}
	}
	widths, wide := false, slot(sizes)
	for _, c := range refs.Srcset(set) {
		switch {
		case c.Width > 0:
			widths = true
			take(c.URL, float64(c.Width)/wide)
		case c.Density > 0:
			take(c.URL, c.Density)
		default:
			take(c.URL, 1)
		}
	}
	if !widths {
		take(src, 1)
	}
	if best == "" {
		return src
	}
	return best
}
