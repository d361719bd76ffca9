package app

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"buzzproof/internal/tally"
	"buzzproof/internal/traffic"
)

// checkHistory finds what the history cannot answer.
func (o *statsOptions) checkHistory(f traffic.Filter) error {
	if o.follow || o.noQuery || len(o.mmdb) > 0 || o.format != "" {
		return errors.New("--follow, --no-query, --mmdb and --format are about logs, and none is named\nto look on as visitors come: buzzproof watch")
	}
	asked := 0
	for _, is := range []bool{f.Path != nil, f.Status != nil, f.Referrer != ""} {
		if is {
			asked++
		}
	}
	if asked > 1 {
		return errors.New("the history knows paths, statuses and referrers, but not which came together\nchoose one of --path, --status and --referrer, or read the access log: buzzproof stats LOG")
	}
	return nil
}

// checkEnds refuses times that are finer than what there is: lists by the
// hour, and before a moment by the day.
func checkEnds(f traffic.Filter, byDay time.Time) error {
	for _, end := range []time.Time{f.Since, f.Until} {
		switch {
		case end.Minute() != 0 || end.Second() != 0:
			return errors.New("the history has its lists by the hour\ngive --since and --until on the hour, or read the access log: buzzproof stats LOG")
		case end.Hour() != 0 && fromWall(end).Before(byDay):
			return fmt.Errorf("before %s the history has its lists by the day\ngive --since and --until as days", byDay.Format(time.DateOnly))
		}
	}
	return nil
}

// byItems reports whether the filter is one that only some panels can answer.
func (b *reporter) byItems() bool {
	return b.filter.Path != nil || b.filter.Status != nil || b.filter.Referrer != ""
}

// answering are the panels that can: no hit is in two of them.
func (b *reporter) answering() []tally.Panel {
	switch {
	case b.filter.Path != nil:
		return []tally.Panel{tally.Pages, tally.Static, tally.NotFound}
	case b.filter.Status != nil:
		return []tally.Panel{tally.Statuses}
	}
	return []tally.Panel{tally.Referrers}
}

// keeps reports whether an item passes the filter.
func (b *reporter) keeps(key string) bool {
	switch {
	case b.filter.Path != nil:
		return b.filter.Path(key)
	case b.filter.Status != nil:
		status, err := strconv.Atoi(key)
		return err == nil && b.filter.Status(status)
	}
	return strings.Contains(strings.ToLower(key), b.filter.Referrer)
}

// counts are what each class did of what passes the filter.
func (b *reporter) counts(t *tally.Tally) (counts [tally.Classes]traffic.ClassCount) {
	if !b.byItems() {
		for c := range counts {
			counts[c] = countOf(&t.Classes[c])
		}
		return counts
	}
	for _, panel := range b.answering() {
		for _, it := range t.Panels[panel].Top(tally.Room) {
			if !b.keeps(it.Key) {
				continue
			}
			for c := range counts {
				addItem(&counts[c], panel, it.Key, it.Classes[c])
			}
		}
	}
	return counts
}

// addItem adds what an item says of a class.
func addItem(to *traffic.ClassCount, panel tally.Panel, key string, c tally.Count) {
	to.Hits += c.Hits
	to.Bytes += c.Bytes
	to.Visitors += uint64(c.Visitors + 0.5)
	switch {
	case panel == tally.Pages || panel == tally.Referrers:
		to.Pages += c.Hits
	case panel == tally.NotFound || panel == tally.Statuses && key == "404":
		to.NotFound += c.Hits
		to.Failed += c.Hits
	case panel == tally.Statuses && key >= "4":
		to.Failed += c.Hits
	}
}
