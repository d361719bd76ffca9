package figures

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"buzzproof/internal/plain"
	"buzzproof/internal/site"
	"buzzproof/internal/traffic"
)

// WriteCSV writes every number of the report as one table: a row for each item
// of each panel.
func WriteCSV(w io.Writer, r *traffic.Report) error {
	c := csv.NewWriter(w)
	row := func(panel, key string, hits, visitors, bytes uint64, rest ...string) {
		for len(rest) < 4 {
			rest = append(rest, "")
		}
		c.Write(append([]string{panel, cell(key), decimal(hits), decimal(visitors), decimal(bytes)}, rest...))
	}
	c.Write([]string{"panel", "key", "hits", "visitors", "bytes", "method", "protocol", "mean_us", "slowest_us"})
	row("totals", "all", r.Hits, r.Visitors, r.Bytes)
	row("totals", "failed", r.Failed, 0, 0)
	row("totals", "filtered", r.Filtered, 0, 0)
	for i, k := range r.Classes {
		row("classes", site.Class(i).String(), k.Hits, k.Visitors, k.Bytes)
	}
	for _, d := range r.Days {
		row("days", d.Day.Format(time.DateOnly), d.Hits, d.Visitors, d.Bytes)
	}
	for _, m := range r.Minutes {
		row("minutes", m.At.Format("2006-01-02 15:04"), m.Hits, m.Visitors, 0)
	}
	for _, p := range traffic.AllPanels() {
		for _, it := range r.Panels[p] {
			row(p.String(), it.Key, it.Hits, it.Visitors, it.Bytes, it.Method, it.Protocol,
				optional(it.Took), optional(it.Slowest))
		}
	}
	c.Flush()
	return c.Error()
}

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }

func optional(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return strconv.FormatInt(d.Microseconds(), 10)
}

// cell keeps spreadsheets from running what a visitor wrote: a cell that
// begins with one of these marks is a formula to them. "-" alone is none.
func cell(s string) string {
	s = plain.UTF8(s)
	if len(s) > 1 && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
