// Package figures shows statistics: as text, as data, as a page.
//
// It draws what a traffic.Report holds and computes nothing. Whatever came out
// of a log is a stranger's text: each way to show it has one place where that
// is made harmless.
package figures

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"buzzproof/internal/site"
	"buzzproof/internal/traffic"
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

// labels are what items are called in front of people: a method is told unless
// it is GET, a protocol where two items would read alike.
func labels(items []traffic.Item) []string {
	times := map[string]int{}
	named := make([]string, len(items))
	for i, it := range items {
		named[i] = it.Key
		if it.Method != "" && it.Method != "GET" {
			named[i] = it.Method + " " + it.Key
		}
		times[named[i]]++
	}
	for i, it := range items {
		if times[named[i]] > 1 && it.Protocol != "" {
			named[i] += " (" + it.Protocol + ")"
		}
	}
	return named
}

// Share writes a part of a whole.
func Share(part, whole uint64) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(whole))
}

// A panelSet says which panels stand together and in which order.
var order = []traffic.Panel{
	traffic.Pages, traffic.Sites, traffic.Referrers, traffic.Phrases, traffic.NotFound, traffic.Static,
	traffic.Browsers, traffic.Systems, traffic.Countries, traffic.Networks, traffic.Hosts, traffic.Agents, traffic.VHosts,
	traffic.Hours, traffic.Statuses, traffic.Methods, traffic.Protocols, traffic.TLS, traffic.MIME, traffic.Cache,
}

// classNames are what classes are called in front of people.
var classNames = map[site.Class]string{
	site.Person:  "people",
	site.Preview: "link previews",
	site.Feed:    "feed readers",
	site.Search:  "search engines",
	site.AI:      "AI crawlers",
	site.Monitor: "monitors",
	site.Scanner: "scanners",
}
