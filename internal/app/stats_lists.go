package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"buzzproof/internal/history"
	"buzzproof/internal/site"
	"buzzproof/internal/tally"
	"buzzproof/internal/traffic"
)

var classes = site.Classes()

// shownAs is where a list of a history is shown.
var shownAs = map[tally.Panel]traffic.Panel{
	tally.Pages:     traffic.Pages,
	tally.Static:    traffic.Static,
	tally.NotFound:  traffic.NotFound,
	tally.Sites:     traffic.Sites,
	tally.Referrers: traffic.Referrers,
	tally.Phrases:   traffic.Phrases,
	tally.Machines:  traffic.Agents,
	tally.Browsers:  traffic.Browsers,
	tally.Systems:   traffic.Systems,
	tally.Statuses:  traffic.Statuses,
	tally.Methods:   traffic.Methods,
	tally.Protocols: traffic.Protocols,
	tally.Hosts:     traffic.VHosts,
	tally.TLS:       traffic.TLS,
	tally.MIME:      traffic.MIME,
	tally.Countries: traffic.Countries,
	tally.Networks:  traffic.Networks,
}

// panels draws up the lists: those that can answer.
func (l *live) panels(r *traffic.Report, sum *tally.Tally, limit int) {
	for from, to := range shownAs {
		if l.byItems() && !slices.Contains(l.answering(), from) {
			continue
		}
		table := &sum.Panels[from]
		var items []traffic.Item
		for _, it := range table.Top(tally.Room) {
			if item := l.item(it); item.Hits > 0 && l.keeps(from, it.Key) {
				items = append(items, item)
			}
		}
		slices.SortStableFunc(items, func(a, b traffic.Item) int { return cmp.Compare(b.Hits, a.Hits) })
		r.Sizes[to], r.Forgot[to], r.ShortOf[to] = len(items), table.Forgot, table.ShortOf
		r.Panels[to] = items[:min(limit, len(items))]
	}
}

// item is what those classes did that are asked for.
func (l *live) item(it *tally.Item) traffic.Item {
	item, visitors := traffic.Item{Key: it.Key}, 0.0
	for c, of := range it.Classes {
		if l.wants(c) {
			item.Hits += of.Hits
			item.Bytes += of.Bytes
			visitors += of.Visitors
		}
	}
	item.Visitors = rounded(visitors)
	return item
}

// series adds the minutes, as far back as there are some, and the hours of the
// day.
func (l *live) series(ctx context.Context, r *traffic.Report) error {
	err := l.store.Each(ctx, history.Minutes, l.from, l.until, func(t *tally.Tally) {
		if c := total(l.counts(t)); c.Hits > 0 {
			r.Minutes = append(r.Minutes, traffic.MinuteCount{At: wall(t.At), Hits: c.Hits, Visitors: c.Visitors})
		}
	})
	if err != nil {
		return err
	}
	hours := make([]traffic.Item, 24)
	for h := range hours {
		hours[h].Key = fmt.Sprintf("%02d", h)
	}
	err = l.store.Each(ctx, history.Hours, l.from, l.until, func(t *tally.Tally) {
		c, hour := total(l.counts(t)), &hours[t.At.Local().Hour()]
		hour.Hits += c.Hits
		hour.Visitors += c.Visitors
		hour.Bytes += c.Bytes
	})
	r.Panels[traffic.Hours], r.Sizes[traffic.Hours] = hours, len(hours)
	return err
}

func total(counts [tally.Classes]traffic.ClassCount) (sum traffic.ClassCount) {
	for _, c := range counts {
		sum.Hits += c.Hits
		sum.Visitors += c.Visitors
		sum.Bytes += c.Bytes
	}
	return sum
}

func durationsOf(g *tally.Histogram) traffic.Durations {
	d := traffic.Durations{Count: g.Total}
	if g.Total == 0 {
		return d
	}
	us := func(n uint64) time.Duration { return time.Duration(n) * time.Microsecond }
	d.Mean, d.Slowest = us(g.Sum/g.Total), us(g.Slowest)
	d.P50, d.P95, d.P99 = us(g.Percentile(0.50)), us(g.Percentile(0.95)), us(g.Percentile(0.99))
	return d
}
