package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"buzzproof/internal/history"
	"buzzproof/internal/tally"
	"buzzproof/internal/traffic"
)

// onlyOfLogs are the flags of stats that say how to read a log.
var onlyOfLogs = []string{"format", "date-format", "time-format", "follow", "every", "mmdb", "no-query"}

// checkLive finds what the history cannot do.
func (o *statsOptions) checkLive(flags *pflag.FlagSet) error {
	for _, name := range onlyOfLogs {
		if flags.Changed(name) {
			return fmt.Errorf("--%s is about logs, and none is named\nwithout one, stats shows what `buzzproof up` has counted", name)
		}
	}
	by := 0
	for _, set := range []bool{o.only.path != "", o.only.referrer != "", len(o.only.status) > 0} {
		if set {
			by++
		}
	}
	if by > 1 {
		return errors.New("the history knows paths, referrers and statuses, but not which came together\nchoose one of --path, --referrer and --status, or name a log")
	}
	return nil
}

// statsLive shows what our own server has counted.
func (p *Program) statsLive(ctx context.Context, o *statsOptions, flags *pflag.FlagSet) error {
	if err := cmp.Or(o.check(p.globals.json, nil), o.checkLive(flags)); err != nil {
		return withStatus(statusMisused, err)
	}
	filter, err := o.only.filter()
	if err != nil {
		return withStatus(statusMisused, err)
	}
	store, err := history.Read(o.state)
	if errors.Is(err, history.ErrNone) {
		return fmt.Errorf("%w\n`buzzproof up` makes one in --state; to read an access log, name it", err)
	}
	if err != nil {
		return err
	}
	defer store.Close()
	l := &live{store: store, filter: filter, now: time.Now()}
	if err := l.span(ctx); err != nil {
		return err
	}
	report, err := l.report(ctx, cmp.Or(o.top, 500))
	if err != nil {
		return err
	}
	s := &statsRun{p: p, o: o}
	return s.write(report)
}

// A live report is drawn from a history.
type live struct {
	store       *history.Store
	filter      traffic.Filter
	from, until time.Time
	now         time.Time
	days        map[time.Time]*traffic.DayCount
}

// span finds out which hours are asked for.
func (l *live) span(ctx context.Context) (err error) {
	for _, end := range []time.Time{l.filter.Since, l.filter.Until} {
		if end.Minute() != 0 || end.Second() != 0 {
			return withStatus(statusMisused, errors.New("the history has its lists by the hour\ngive --since and --until on the hour, or name a log"))
		}
	}
	if l.from, err = l.store.First(ctx); err != nil {
		return err
	}
	l.until = l.now.Add(time.Hour)
	if since := local(l.filter.Since); since.After(l.from) {
		l.from = since
	}
	if until := local(l.filter.Until); !l.filter.Until.IsZero() && until.Before(l.until) {
		l.until = until
	}
	for _, end := range []time.Time{l.filter.Since, l.filter.Until} {
		if oldest := l.now.Add(-l.store.Config().Hours); !end.IsZero() && end.Hour() != 0 && local(end).Before(oldest) {
			return withStatus(statusMisused, fmt.Errorf("before %s the history has its lists by the day\ngive --since and --until as days", oldest.Format(time.DateOnly)))
		}
	}
	return nil
}

// local takes a time without a zone for one on the clock on the wall, and wall
// the other way: reports are on the clock of a log, which has none.
func local(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.Local)
}

func wall(t time.Time) time.Time {
	t = t.Local()
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

// report adds up what is asked for.
func (l *live) report(ctx context.Context, limit int) (*traffic.Report, error) {
	l.days = map[time.Time]*traffic.DayCount{}
	r := &traffic.Report{First: wall(l.from), Last: wall(earliest(l.until, l.now))}
	all := uint64(0)
	sum, err := l.store.Sum(ctx, l.from, l.until, func(t *tally.Tally) {
		all += t.Total().Hits
		l.day(l.counts(t), t.At)
	})
	if err != nil {
		return nil, err
	}
	for c, count := range l.counts(sum) {
		r.Classes[c] = count
		r.Hits += count.Hits
		r.Bytes += count.Bytes
		r.Visitors += count.Visitors
		r.NotFound += count.NotFound
	}
	r.Lines, r.Filtered = all, all-min(all, r.Hits)
	for _, d := range l.days {
		r.Days = append(r.Days, *d)
	}
	slices.SortFunc(r.Days, func(a, b traffic.DayCount) int { return a.Day.Compare(b.Day) })
	l.panels(r, sum, limit)
	if l.byItems() {
		return r, nil
	}
	r.Took = durationsOf(&sum.Took)
	return r, l.series(ctx, r)
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// byItems reports whether the filter is one that only some lists can answer.
func (l *live) byItems() bool {
	return l.filter.Path != nil || l.filter.Status != nil || l.filter.Referrer != ""
}

// wants reports whether a class is asked for.
func (l *live) wants(class int) bool {
	return len(l.filter.Classes) == 0 || l.filter.Classes[classes[class]]
}

// counts are what each class that is asked for did in a tally.
func (l *live) counts(t *tally.Tally) (counts [tally.Classes]traffic.ClassCount) {
	if !l.byItems() {
		for c, of := range t.Classes {
			if l.wants(c) {
				counts[c] = traffic.ClassCount{
					Hits: of.Hits, Visitors: rounded(of.Visitors), Bytes: of.Bytes, Pages: of.Visits, NotFound: of.NotFound, Failed: of.Failed,
				}
			}
		}
		return counts
	}
	for _, panel := range l.answering() {
		for _, it := range t.Panels[panel].Top(tally.Room) {
			if !l.keeps(panel, it.Key) {
				continue
			}
			for c, of := range it.Classes {
				if l.wants(c) {
					addItem(&counts[c], panel, it.Key, of)
				}
			}
		}
	}
	return counts
}

func addItem(to *traffic.ClassCount, panel tally.Panel, key string, of tally.Count) {
	to.Hits += of.Hits
	to.Bytes += of.Bytes
	to.Visitors += rounded(of.Visitors)
	switch {
	case panel == tally.Pages, panel == tally.Referrers:
		to.Pages += of.Hits
	case panel == tally.NotFound, key == "404":
		to.NotFound += of.Hits
		to.Failed += of.Hits
	case panel == tally.Statuses && key >= "4":
		to.Failed += of.Hits
	}
}

func rounded(visitors float64) uint64 { return uint64(visitors + 0.5) }

// answering are the lists that can answer the filter by items: no hit is in
// two of them.
func (l *live) answering() []tally.Panel {
	switch {
	case l.filter.Path != nil:
		return []tally.Panel{tally.Pages, tally.Static, tally.NotFound}
	case l.filter.Status != nil:
		return []tally.Panel{tally.Statuses}
	}
	return []tally.Panel{tally.Referrers}
}

// keeps reports whether an item passes the filter by items.
func (l *live) keeps(panel tally.Panel, key string) bool {
	switch {
	case l.filter.Path != nil:
		return l.filter.Path(key)
	case l.filter.Status != nil:
		status := 0
		fmt.Sscan(key, &status) // a key is a number
		return l.filter.Status(status)
	case l.filter.Referrer != "":
		return strings.Contains(strings.ToLower(key), l.filter.Referrer)
	}
	return true
}

// day adds counts to the day of a moment.
func (l *live) day(counts [tally.Classes]traffic.ClassCount, at time.Time) {
	w := wall(at)
	day := time.Date(w.Year(), w.Month(), w.Day(), 0, 0, 0, 0, time.UTC)
	d := l.days[day]
	if d == nil {
		d = &traffic.DayCount{Day: day}
		l.days[day] = d
	}
	for c, of := range counts {
		d.Hits += of.Hits
		d.Bytes += of.Bytes
		d.Visitors += of.Visitors
		to := &d.Classes[c]
		to.Hits += of.Hits
		to.Visitors += of.Visitors
		to.Bytes += of.Bytes
		to.Pages += of.Pages
		to.NotFound += of.NotFound
		to.Failed += of.Failed
	}
}
