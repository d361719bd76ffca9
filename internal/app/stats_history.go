package app

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"buzzproof/internal/history"
	"buzzproof/internal/site"
	"buzzproof/internal/tally"
	"buzzproof/internal/traffic"
)

// panelsKept are the panels of the history by those of statistics.
var panelsKept = map[traffic.Panel]tally.Panel{
	traffic.Pages: tally.Pages, traffic.Static: tally.Static, traffic.NotFound: tally.NotFound, traffic.Sites: tally.Sites,
	traffic.Referrers: tally.Referrers, traffic.Phrases: tally.Phrases, traffic.Agents: tally.Machines,
	traffic.Browsers: tally.Browsers, traffic.Systems: tally.Systems, traffic.Statuses: tally.Statuses,
	traffic.Methods: tally.Methods, traffic.Protocols: tally.Protocols, traffic.VHosts: tally.Hosts, traffic.TLS: tally.TLS,
	traffic.MIME: tally.MIME, traffic.Countries: tally.Countries, traffic.Networks: tally.Networks,
}

// siteDir finds what is known of a site in the state: of the one that is named,
// or of the only one.
func siteDir(state, name string) (string, error) {
	found, err := filepath.Glob(filepath.Join(state, "sites", "*", history.File))
	if err != nil {
		return "", err
	}
	var names []string
	for _, path := range found {
		dir := filepath.Dir(path)
		names = append(names, filepath.Base(dir))
		if filepath.Base(dir) == strings.ReplaceAll(name, ":", "_") || name == "" && len(found) == 1 {
			return dir, nil
		}
	}
	switch {
	case len(found) == 0:
		return "", fmt.Errorf("%w in %s\nit begins with buzzproof up; for a log: buzzproof stats LOG", history.ErrNone, state)
	case name == "":
		return "", withStatus(statusMisused, fmt.Errorf("there are several sites: choose by --site one of %s", strings.Join(names, ", ")))
	}
	return "", withStatus(statusMisused, fmt.Errorf("nothing is known of %s, only of %s", name, strings.Join(names, ", ")))
}

// historyStats shows what our own server has kept.
func (p *Program) historyStats(ctx context.Context, o *statsOptions) error {
	filter, err := o.only.filter()
	if err != nil {
		return withStatus(statusMisused, err)
	}
	c, err := p.config()
	if err != nil {
		return err
	}
	byDay := time.Now().Add(-time.Duration(c.History.WithDefaults().Hours))
	if err := cmp.Or(o.checkHistory(filter), checkEnds(filter, byDay)); err != nil {
		return withStatus(statusMisused, err)
	}
	dir, err := siteDir(o.state, o.site)
	if err != nil {
		return err
	}
	store, err := history.Read(dir)
	if err != nil {
		return err
	}
	defer store.Close()
	report, err := reportOf(ctx, store, filter, time.Now(), o.items())
	if err != nil {
		return err
	}
	return (&statsRun{p: p, o: o}).write(report)
}

// reportOf adds the history up as statistics do. Visitors of several hours are
// those of each day; those of several classes are apart.
func reportOf(ctx context.Context, store *history.Store, f traffic.Filter, now time.Time, limit int) (*traffic.Report, error) {
	from, until := fromWall(f.Since), now.Add(time.Hour)
	if !f.Until.IsZero() {
		until = fromWall(f.Until)
	}
	b := &reporter{classes: classesOf(f.Classes), filter: f, report: &traffic.Report{}}
	sum, err := store.Sum(ctx, from, until, b.part)
	if err != nil {
		return nil, err
	}
	b.totals(sum)
	b.panels(sum, limit)
	if b.byItems() { // which minutes do not know
		return b.report, nil
	}
	if err := store.Each(ctx, history.Minutes, from, until, b.minute); err != nil {
		return nil, err
	}
	var hours [24]traffic.Item
	err = store.Each(ctx, history.Hours, from, until, func(t *tally.Tally) { b.hour(&hours[t.At.Local().Hour()], t) })
	b.hours(&hours)
	return b.report, err
}

// A reporter turns tallies into statistics.
type reporter struct {
	classes []site.Class
	filter  traffic.Filter
	report  *traffic.Report
	all     uint64 // hits, whether they pass the filter or not
}

// classesOf are the classes that count: all when none is named.
func classesOf(asked map[site.Class]bool) (classes []site.Class) {
	for _, c := range site.Classes() {
		if len(asked) == 0 || asked[c] {
			classes = append(classes, c)
		}
	}
	return classes
}

// part takes in an hour or a day.
func (b *reporter) part(t *tally.Tally) {
	at := onWall(t.At)
	day := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
	days := &b.report.Days
	if n := len(*days); n == 0 || !(*days)[n-1].Day.Equal(day) {
		*days = append(*days, traffic.DayCount{Day: day})
	}
	d, counts := &(*days)[len(*days)-1], b.counts(t)
	b.all += t.Total().Hits
	for _, c := range b.classes {
		count := counts[c]
		addCount(&d.Classes[c], count)
		d.Hits, d.Visitors, d.Bytes = d.Hits+count.Hits, d.Visitors+count.Visitors, d.Bytes+count.Bytes
	}
	if b.report.First.IsZero() {
		b.report.First = at
	}
	b.report.Last = at
}

func (b *reporter) minute(t *tally.Tally) {
	m := traffic.MinuteCount{At: onWall(t.At)}
	for _, c := range b.classes {
		count := countOf(&t.Classes[c])
		m.Hits, m.Visitors = m.Hits+count.Hits, m.Visitors+count.Visitors
	}
	if m.Hits == 0 {
		return
	}
	b.report.Minutes = append(b.report.Minutes, m)
	if m.At.After(b.report.Last) {
		b.report.Last = m.At
	}
}

func (b *reporter) totals(sum *tally.Tally) {
	r, counts := b.report, b.counts(sum)
	for _, c := range b.classes {
		count := counts[c]
		r.Classes[c] = count
		r.Hits, r.Visitors, r.Bytes, r.NotFound = r.Hits+count.Hits, r.Visitors+count.Visitors, r.Bytes+count.Bytes, r.NotFound+count.NotFound
	}
	r.Lines, r.Filtered = b.all, b.all-min(b.all, r.Hits)
	if len(b.classes) < len(site.Classes()) || b.byItems() || sum.Took.Total == 0 {
		return // how long answers took is kept of all together
	}
	us := func(n uint64) time.Duration { return time.Duration(n) * time.Microsecond }
	r.Took = traffic.Durations{
		Count: sum.Took.Total, Mean: us(sum.Took.Sum / sum.Took.Total), Slowest: us(sum.Took.Slowest),
		P50: us(sum.Took.Percentile(0.50)), P95: us(sum.Took.Percentile(0.95)), P99: us(sum.Took.Percentile(0.99)),
	}
}

// panels lists the items that the chosen classes asked for.
func (b *reporter) panels(sum *tally.Tally, limit int) {
	for panel, kept := range panelsKept {
		if b.byItems() && !slices.Contains(b.answering(), kept) {
			continue
		}
		table := &sum.Panels[kept]
		b.report.Forgot[panel], b.report.ShortOf[panel] = table.Forgot, table.ShortOf
		for _, it := range table.Top(table.Len()) {
			item := traffic.Item{Key: it.Key}
			for _, c := range b.classes {
				item.Hits += it.Classes[c].Hits
				item.Bytes += it.Classes[c].Bytes
				item.Visitors += uint64(it.Classes[c].Visitors + 0.5)
			}
			if item.Hits == 0 || !b.keeps(it.Key) {
				continue
			}
			b.report.Sizes[panel]++
			if len(b.report.Panels[panel]) < limit {
				b.report.Panels[panel] = append(b.report.Panels[panel], item)
			}
		}
	}
}

// hour adds an hour to those of the same time of day.
func (b *reporter) hour(to *traffic.Item, t *tally.Tally) {
	for _, c := range b.classes {
		count := countOf(&t.Classes[c])
		to.Hits, to.Visitors, to.Bytes = to.Hits+count.Hits, to.Visitors+count.Visitors, to.Bytes+count.Bytes
	}
}

// hours lists the hours of the day; one without a hit is an answer too.
func (b *reporter) hours(hours *[24]traffic.Item) {
	for i := range hours {
		hours[i].Key = fmt.Sprintf("%02d", i)
	}
	b.report.Panels[traffic.Hours], b.report.Sizes[traffic.Hours] = hours[:], len(hours)
}

func countOf(c *tally.ClassCount) traffic.ClassCount {
	return traffic.ClassCount{
		Hits: c.Hits, Visitors: uint64(c.Visitors + 0.5), Bytes: c.Bytes, Pages: c.Visits, NotFound: c.NotFound, Failed: c.Failed,
	}
}

func addCount(to *traffic.ClassCount, c traffic.ClassCount) {
	to.Hits += c.Hits
	to.Visitors += c.Visitors
	to.Bytes += c.Bytes
	to.Pages += c.Pages
	to.NotFound += c.NotFound
	to.Failed += c.Failed
}

// onWall is what the clock on the wall said, and fromWall the moment at which
// it said so: statistics know no time zones.
func onWall(t time.Time) time.Time {
	t = t.Local()
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

func fromWall(t time.Time) time.Time {
	if t.IsZero() {
		return time.Unix(0, 0)
	}
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.Local)
}
