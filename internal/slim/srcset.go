package slim

import (
	"strconv"
	"strings"
)

// slimBest returns of a srcset the narrowest candidate that is wide enough for
// a slim page, or the widest, and whether the set is one of widths, not of
// densities. HTML section 4.8.4.2.1.
func slimBest(set string) (best string, widths bool) {
	bestWidth := 0.0
	for len(set) > 0 {
		set = strings.TrimLeft(set, " \t\n\r\f,")
		end := strings.IndexAny(set, " \t\n\r\f")
		if end < 0 {
			end = len(set)
		}
		ref, rest := set[:end], set[end:]
		descriptor := ""
		if strings.HasSuffix(ref, ",") {
			ref, set = strings.TrimRight(ref, ","), rest
		} else {
			descriptor, set, _ = strings.Cut(rest, ",")
		}
		descriptor = strings.TrimSpace(descriptor)
		widths = widths || strings.HasSuffix(descriptor, "w")
		width := slimDescriptor(descriptor)
		wider := width > bestWidth && bestWidth < widest
		narrower := width >= widest && width < bestWidth
		if ref != "" && (best == "" || wider || narrower) {
			best, bestWidth = ref, width
		}
	}
	return best, widths
}

// slimDescriptor reads "640w" as 640 and "2x" as 2.
func slimDescriptor(d string) float64 {
	if len(d) < 2 || len(d) > 10 {
		return 1
	}
	n, err := strconv.ParseFloat(d[:len(d)-1], 64)
	if err != nil {
		return 1
	}
	return n
}

// slimSizes returns how wide a sizes attribute says that the picture is on the
// wide screen, in CSS pixels, or 0 if it does not say.
func slimSizes(sizes string) int {
	if len(sizes) > 1_000 {
		return 0
	}
	for _, part := range strings.Split(strings.ToLower(sizes), ",") {
		part = strings.TrimSpace(part)
		end := strings.LastIndexByte(part, ' ')
		condition, length := "", part
		if end >= 0 {
			condition, length = strings.TrimSpace(part[:end]), part[end+1:]
		}
		if length != "auto" && slimHolds(condition) {
			return slimLength(length)
		}
	}
	return 0
}

// slimHolds tells whether (min-width: x) and (max-width: y) hold on the wide
// screen. Other conditions do not.
func slimHolds(condition string) bool {
	if condition == "" {
		return true
	}
	for _, c := range strings.Split(condition, " and ") {
		name, value, ok := strings.Cut(strings.Trim(c, "() "), ":")
		w := slimLength(strings.TrimSpace(value))
		switch name = strings.TrimSpace(name); {
		case !ok || w == 0:
			return false
		case name == "min-width" && screenWidth >= w:
		case name == "max-width" && screenWidth <= w:
		default:
			return false
		}
	}
	return true
}

// slimLength reads a length: px, em and rem of 16 px, shares of the screen.
func slimLength(v string) int {
	for _, unit := range []struct {
		name   string
		pixels float64
	}{{"px", 1}, {"rem", 16}, {"em", 16}, {"vw", screenWidth / 100.0}} {
		if digits, ok := strings.CutSuffix(v, unit.name); ok {
			if n, err := strconv.ParseFloat(strings.TrimSpace(digits), 64); err == nil && n > 0 && n < 1e5 {
				return int(n * unit.pixels)
			}
		}
	}
	return 0
}
