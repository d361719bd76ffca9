// Package plain writes figures and strangers' texts for people.
//
// Whatever comes from outside may hold what moves a cursor, hides the order of
// letters or is no text at all: here it is made harmless, in one place.
package plain

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Count writes a number with its thousands apart.
func Count(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Bytes writes a size in the unit that gives it one to three digits.
func Bytes(n uint64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	v := float64(n)
	for _, unit := range []string{"KB", "MB", "GB", "TB"} {
		if v /= 1024; v < 999.5 {
			return fmt.Sprintf("%.*f %s", decimals(v), v, unit)
		}
	}
	return fmt.Sprintf("%.1f PB", v/1024)
}

// decimals are those that leave about three digits.
func decimals(v float64) int {
	switch {
	case v < 9.995:
		return 2
	case v < 99.95:
		return 1
	}
	return 0
}

// Took writes a duration in the unit that fits.
func Took(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < time.Second:
		return fmt.Sprintf("%.*f ms", decimals(float64(d)/1e6), float64(d)/1e6)
	}
	return fmt.Sprintf("%.*f s", decimals(d.Seconds()), d.Seconds())
}

// Span writes a time that lies ahead, in the unit that fits.
func Span(d time.Duration) string {
	n, unit := d.Minutes(), "minute"
	switch {
	case d >= 36*time.Hour:
		n, unit = d.Hours()/24, "day"
	case d >= 90*time.Minute:
		n, unit = d.Hours(), "hour"
	}
	whole := max(math.Round(n), 1)
	if whole != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%.0f %s", whole, unit)
}

// Share writes a part of a whole.
func Share(part, whole uint64) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(whole))
}

// Percent writes the part of a time in which something worked. What is not whole
// is never rounded up to it.
func Percent(part float64) string {
	if part == 1 {
		return "100 %"
	}
	return fmt.Sprintf("%.2f %%", math.Floor(part*1e4)/100)
}

// UTF8 writes bytes that are no text as they stood in the address, escaped: one
// name stays one name, and JSON and pages hold text only.
func UTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, "%%%02X", s[i])
		} else {
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

// Safe makes a stranger's text fit to be shown on a terminal in so many
// columns: nothing in it can move the cursor, change colours, hide the order
// of letters or fill the screen.
func Safe(s string, columns int) string {
	var b strings.Builder
	used := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		shown, width := string(r), 1
		switch {
		case r == utf8.RuneError && size <= 1:
			shown, width = fmt.Sprintf(`\x%02x`, s[i]), 4
		case r < 0x20 || r == 0x7f:
			shown, width = fmt.Sprintf(`\x%02x`, r), 4
		case !unicode.IsPrint(r) || unicode.Is(unicode.Mn, r):
			shown = fmt.Sprintf(`\u%04x`, r)
			width = len(shown)
		case r >= 0x1100: // may be two columns wide
			width = 2
		}
		last := i+size == len(s)
		if used+width > columns || used+width == columns && !last {
			b.WriteString("…")
			break
		}
		b.WriteString(shown)
		used += width
		i += size
	}
	return b.String()
}
