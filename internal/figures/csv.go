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
	columns := []string{"panel", "key", "hits", "visitors", "bytes", "method", "protocol", "mean_us", "slowest_us"}
	some := func(panel, key string, figures ...string) { // what is not counted stays empty
		cells := append([]string{panel, cell(key)}, figures...)
		c.Write(append(cells, make([]string, len(columns)-len(cells))...))
	}
	row := func(panel, key string, hits, visitors, bytes uint64, rest ...string) {
		some(panel, key, append([]string{decimal(hits), decimal(visitors), decimal(bytes)}, rest...)...)
	}
	c.Write(columns)
	row("totals", "all", r.Hits, r.Visitors, r.Bytes)
	some("totals", "failed", decimal(r.Failed))
	some("totals", "filtered", decimal(r.Filtered))
	for i, k := range r.Classes {
		row("classes", site.Class(i).String(), k.Hits, k.Visitors, k.Bytes)
	}
	for _, d := range r.Days {
		row("days", d.Day.Format(time.DateOnly), d.Hits, d.Visitors, d.Bytes)
	}
	for _, m := range r.Minutes {
		some("minutes", m.At.Format("2006-01-02 15:04"), decimal(m.Hits), decimal(m.Visitors))
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
