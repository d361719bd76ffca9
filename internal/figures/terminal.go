package figures

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"buzzproof/internal/plain"
	"buzzproof/internal/site"
	"buzzproof/internal/traffic"
)

// A Terminal is how text is laid out.
type Terminal struct {
	Width int  // columns; at least 60 are used
	Color bool // bold titles and coloured bars
	Rows  int  // items a panel
}

// Write writes the report as text.
func (t Terminal) Write(w io.Writer, r *traffic.Report) error {
	p := &printer{w: w, t: t, width: max(60, t.Width)}
	p.totals(r)
	if r.Hits == 0 {
		return p.err
	}
	p.classes(r)
	p.days(r)
	p.peak(r)
	p.took(r)
	for _, panel := range order {
		p.panel(r, panel)
	}
	p.failures(r)
	return p.err
}

// A printer remembers the first error so that the layout reads plainly.
type printer struct {
	w     io.Writer
	t     Terminal
	width int
	err   error
}

func (p *printer) f(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func (p *printer) title(s, more string) {
	if p.t.Color {
		s = "\x1b[1m" + s + "\x1b[0m"
	}
	p.f("\n%s%s\n", s, more)
}

func (p *printer) totals(r *traffic.Report) {
	if r.Hits > 0 {
		p.f("%s to %s\n", r.First.Format("2 January 2006 15:04:05"), r.Last.Format("2 January 2006 15:04:05"))
	}
	about := ""
	if !r.Exact {
		about = "about "
	}
	p.f("%s hits, %s%s visitors, %s sent, %s not found\n", plain.Count(r.Hits), about, plain.Count(r.Visitors), plain.Bytes(r.Bytes), plain.Count(r.NotFound))
	if r.Failed > 0 || r.Filtered > 0 {
		p.f("%s lines: %s could not be read, %s filtered out\n", plain.Count(r.Lines), plain.Count(r.Failed), plain.Count(r.Filtered))
	}
}

func (p *printer) classes(r *traffic.Report) {
	p.title("Who asks", "")
	p.f("%-16s%12s%8s%12s%10s%10s%10s\n", "", "hits", "", "visitors", "sent", "404", "pages")
	for _, c := range site.Classes() {
		if k := r.Classes[c]; k.Hits > 0 {
			p.f("%-16s%12s%8s%12s%10s%10s%10s\n", classNames[c], plain.Count(k.Hits), plain.Share(k.Hits, r.Hits), plain.Count(k.Visitors), plain.Bytes(k.Bytes), plain.Count(k.NotFound), plain.Count(k.Pages))
		}
	}
}

// days shows the newest days.
func (p *printer) days(r *traffic.Report) {
	list := r.Days
	more := ""
	if n := len(list) - p.t.Rows; n > 0 {
		list = list[n:]
		more = fmt.Sprintf(" (the last %d of %d)", p.t.Rows, len(r.Days))
	}
	p.title("Days", more)
	most := uint64(0)
	for _, d := range list {
		most = max(most, d.Visitors)
	}
	p.f("%-15s%12s%12s%10s%10s\n", "", "hits", "visitors", "people", "sent")
	for _, d := range list {
		p.f("%-15s%12s%12s%10s%10s  %s\n", d.Day.Format("Mon 2006-01-02"), plain.Count(d.Hits), plain.Count(d.Visitors), plain.Count(d.Classes[site.Person].Visitors), plain.Bytes(d.Bytes), p.bar(d.Visitors, most, p.width-61))
	}
}

func (p *printer) peak(r *traffic.Report) {
	if m := r.Peak(); m.Hits > 0 {
		p.f("most visitors in a minute: %s, at %s (%s hits)\n", plain.Count(m.Visitors), m.At.Format("2006-01-02 15:04"), plain.Count(m.Hits))
	}
}

func (p *printer) took(r *traffic.Report) {
	if r.Took.Count == 0 {
		return
	}
	p.title("Response times", "")
	p.f("half within %s, 95 %% within %s, 99 %% within %s, mean %s\n", plain.Took(r.Took.P50), plain.Took(r.Took.P95), plain.Took(r.Took.P99), plain.Took(r.Took.Mean))
}

func (p *printer) panel(r *traffic.Report, panel traffic.Panel) {
	items := r.Panels[panel]
	if len(items) == 0 || len(items) == 1 && items[0].Key == "-" {
		return
	}
	more := ""
	if panel != traffic.Hours {
		if n := p.t.Rows; len(items) > n {
			items = items[:n]
		}
		if r.Sizes[panel] > len(items) {
			more = fmt.Sprintf(" (%d of %s)", len(items), plain.Count(uint64(r.Sizes[panel])))
		}
	}
	p.title(panel.Title(), more)
	timed := timed(r, panel)
	p.f("%10s%10s%10s", "hits", "visitors", "sent")
	if timed {
		p.f("%10s", "mean")
	}
	p.f("\n")
	most := uint64(0)
	for _, it := range items {
		most = max(most, it.Hits)
	}
	named := labels(items)
	for i, it := range items {
		p.item(it, named[i], panel, timed, most)
	}
}

// timed reports whether the items of a panel say how long answers took.
func timed(r *traffic.Report, panel traffic.Panel) bool {
	return panel <= traffic.NotFound && slices.ContainsFunc(r.Panels[panel], func(it traffic.Item) bool { return it.Slowest > 0 })
}

func (p *printer) item(it traffic.Item, key string, panel traffic.Panel, timed bool, most uint64) {
	p.f("%10s%10s%10s", plain.Count(it.Hits), plain.Count(it.Visitors), plain.Bytes(it.Bytes))
	room := p.width - 32
	if timed {
		p.f("%10s", plain.Took(it.Took))
		room -= 10
	}
	if panel == traffic.Hours {
		p.f("  %s\n", strings.TrimSpace(key+":00 "+p.bar(it.Hits, most, room-6)))
		return
	}
	p.f("  %s\n", plain.Safe(plain.UTF8(key), room))
}

func (p *printer) failures(r *traffic.Report) {
	if len(r.Failures) == 0 {
		return
	}
	p.title("Lines that could not be read", fmt.Sprintf(" (%d of %s)", min(p.t.Rows, len(r.Failures)), plain.Count(r.Failed)))
	for _, f := range r.Failures[:min(p.t.Rows, len(r.Failures))] {
		p.f("%s:%d: %s\n  %s\n", plain.Safe(f.File, p.width-30), f.Line, f.Why, plain.Safe(f.Text, p.width-2))
	}
}

// bar draws a part of the most as a line of blocks.
func (p *printer) bar(n, most uint64, room int) string {
	if most == 0 || room < 1 {
		return ""
	}
	eighths := int(n * uint64(room) * 8 / most)
	b := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		b += string(rune('█' + 8 - rest))
	}
	if p.t.Color && b != "" {
		b = "\x1b[36m" + b + "\x1b[0m"
	}
	return b
}

// Updated is the line that says how old a view is that is drawn again and again.
func Updated(at time.Time) string { return "as of " + at.Format(time.TimeOnly) }
