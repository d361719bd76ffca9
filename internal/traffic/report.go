package traffic

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"buzzproof/internal/accesslog"
	"buzzproof/internal/site"
)

// A Report is the statistics at one moment.
type Report struct {
	Lines    uint64 // read, with those that failed and those filtered out
	Failed   uint64 // lines that could not be read
	Filtered uint64 // hits that the filter kept out
	Failures []Failure

	Hits, Bytes, Visitors, NotFound uint64
	First, Last                     time.Time // on the clock of the log
	Exact                           bool      // visitors were counted, not estimated

	Classes  [classCount]ClassCount // by site.Class
	Days     []DayCount
	Minutes  []MinuteCount // every minute with a hit, of the newest days
	Took     Durations
	Panels   [panelCount][]Item
	Sizes    [panelCount]int    // items in all, listed or not
	Forgot   [panelCount]uint64 // items that there was no room for
	ShortOf  [panelCount]uint64 // hits that a listed item can lack for that reason
	LogBytes uint64             // read, unpacked
}

// An Item is one line of a panel.
type Item struct {
	Key      string
	Hits     uint64
	Visitors uint64
	Bytes    uint64
	Method   string        // pages, static files and not found only
	Protocol string        // the same
	Took     time.Duration // on average; 0 when the log does not say
	Slowest  time.Duration
}

// A DayCount is one day.
type DayCount struct {
	Day                   time.Time
	Hits, Visitors, Bytes uint64
	Classes               [classCount]ClassCount
}

// A MinuteCount is one minute.
type MinuteCount struct {
	At             time.Time
	Hits, Visitors uint64
}

// Durations say how long answers took.
type Durations struct {
	Count         uint64 // hits that say it
	Mean          time.Duration
	P50, P95, P99 time.Duration
	Slowest       time.Duration
}

// Report adds the shards up, with at most limit items a panel. It changes
// nothing, so reading can go on; it must not run beside Read.
func (c *Counter) Report(limit int) *Report {
	r := &Report{
		Lines: c.lines, Failed: c.failed.count, Filtered: c.dropped, Failures: c.failed.kept, LogBytes: c.bytes, Exact: true,
	}
	visitors, times := 0.0, histogram{}
	first, last := int64(math.MaxInt64), int64(0)
	days := map[int32]*day{}
	for _, s := range c.shards {
		t := &s.totals
		r.Hits += t.hits
		r.Bytes += t.bytes
		r.NotFound += t.notFound
		r.Filtered += t.filtered
		r.Exact = r.Exact && !s.seen.filter
		visitors += t.visitors
		times.merge(&t.times)
		if t.hits > 0 {
			first, last = min(first, t.first), max(last, t.last)
		}
		for i := range t.classes {
			r.Classes[i].merge(&t.classes[i])
		}
		s.mergeDays(days)
		s.judged(r.Classes[:], func(v *visit) *day { return days[v.day] })
	}
	r.Visitors = whole(visitors)
	if r.Hits > 0 {
		r.First, r.Last = time.Unix(first, 0).UTC(), time.Unix(last, 0).UTC()
	}
	r.Took = durations(&times)
	r.addDays(days)
	for p := range panelCount {
		c.panel(r, p, limit)
		for i := range r.Panels[p] {
			if p == Pages || p == Static || p == NotFound {
				r.Took.Slowest = max(r.Took.Slowest, r.Panels[p][i].Slowest)
			}
		}
	}
	return r
}

func whole(visitors float64) uint64 { return uint64(math.Round(visitors)) }

func (c *ClassCount) merge(o *ClassCount) {
	c.Hits += o.Hits
	c.Visitors += o.Visitors
	c.Bytes += o.Bytes
	c.Pages += o.Pages
	c.NotFound += o.NotFound
	c.Failed += o.Failed
}

func durations(g *histogram) Durations {
	d := Durations{Count: g.total}
	if g.total > 0 {
		us := func(n uint64) time.Duration { return time.Duration(n) * time.Microsecond }
		d.Mean = us(g.sum / g.total)
		d.P50, d.P95, d.P99 = us(g.percentile(0.50)), us(g.percentile(0.95)), us(g.percentile(0.99))
	}
	return d
}

// mergeDays adds the days of a shard to those of others.
func (s *shard) mergeDays(days map[int32]*day) {
	for number, d := range s.days {
		sum := days[number]
		if sum == nil {
			sum = &day{}
			days[number] = sum
		}
		sum.hits += d.hits
		sum.bytes += d.bytes
		sum.visitors += d.visitors
		for i := range d.classes {
			sum.classes[i].merge(&d.classes[i])
		}
		for h, minutes := range d.hours {
			if minutes == nil {
				continue
			}
			if sum.hours[h] == nil {
				sum.hours[h] = &[60]minuteCount{}
			}
			for m := range minutes {
				sum.hours[h][m].hits += minutes[m].hits
				sum.hours[h][m].visitors += minutes[m].visitors
			}
		}
	}
}

func (r *Report) addDays(days map[int32]*day) {
	numbers := make([]int32, 0, len(days))
	for n := range days {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		d, at := days[n], time.Unix(stamp(n, 0), 0).UTC()
		r.Days = append(r.Days, DayCount{at, d.hits, whole(d.visitors), d.bytes, d.classes})
		for h, minutes := range d.hours {
			if minutes == nil {
				continue
			}
			for m, c := range minutes {
				if c.hits > 0 {
					r.Minutes = append(r.Minutes, MinuteCount{
						at.Add(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute), uint64(c.hits), whole(float64(c.visitors)),
					})
				}
			}
		}
	}
}

// A spot is where a shard keeps an item.
type spot struct {
	shard int32
	at    uint32
}

// panel merges one panel of all shards and keeps the items with most hits.
func (c *Counter) panel(r *Report, p Panel, limit int) {
	if p == Hours {
		limit = 24
	}
	all := c.merged(p, limit)
	for _, s := range c.shards {
		t := &s.panels[p]
		r.Forgot[p] += t.forgotten
		r.ShortOf[p] += t.floor
		r.Sizes[p] += len(t.items)
	}
	if p != Hosts { // which no two shards share
		r.Sizes[p] = len(all.items)
	}
	if p == Hours { // an hour without a hit is an answer too
		for i := range all.items {
			r.Panels[p] = append(r.Panels[p], c.named(p, all, uint32(i)))
		}
		return
	}
	for _, i := range all.top(limit, func(i uint32) []byte { return c.name(p, all.spots[i]) }) {
		r.Panels[p] = append(r.Panels[p], c.named(p, all, i))
	}
}

func (c *Counter) name(p Panel, at spot) []byte { return c.shards[at.shard].panels[p].name(at.at) }

// A merger is a table of sums that knows where the names lie.
type merger struct {
	table
	spots []spot
}

// merged adds up the items of a panel. Of hosts it takes only as many from
// each shard as will be shown.
func (c *Counter) merged(p Panel, limit int) *merger {
	all := &merger{}
	for i, s := range c.shards {
		t := &s.panels[p]
		if p == Hosts {
			for _, at := range t.top(limit, t.name) {
				all.merge(t, spot{int32(i), at})
			}
			continue
		}
		all.items = slices.Grow(all.items, len(t.items))
		all.spots = slices.Grow(all.spots, len(t.items))
		for at := range t.items {
			all.merge(t, spot{int32(i), uint32(at)})
		}
	}
	return all
}

func (m *merger) merge(t *table, from spot) {
	it := &t.items[from.at]
	sum := m.find(it.hash, "")
	if int(sum) == len(m.spots) {
		m.spots = append(m.spots, from)
	}
	to := &m.items[sum]
	to.hits += it.hits
	to.bytes += it.bytes
	to.visitors += it.visitors
	to.method, to.protocol = it.method, it.protocol
	if took := t.took(from.at); took.sum > 0 {
		m.timed(sum, took.sum)
		m.times[sum].slowest = max(m.times[sum].slowest, took.slowest)
	}
}

// top returns the items with most hits, the most first. Among equals names
// decide, so that a report never depends on chance.
func (t *table) top(limit int, name func(uint32) []byte) []uint32 {
	order := make([]uint32, len(t.items))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int {
		x, y := &t.items[a], &t.items[b]
		if n := cmp.Compare(y.hits, x.hits); n != 0 {
			return n
		}
		if n := bytes.Compare(name(a), name(b)); n != 0 {
			return n
		}
		return cmp.Compare(int(x.method)<<8|int(x.protocol), int(y.method)<<8|int(y.protocol))
	})
	return order[:min(limit, len(order))]
}

func (c *Counter) named(p Panel, all *merger, i uint32) Item {
	it, took := all.items[i], all.took(i)
	us := func(n uint64) time.Duration { return time.Duration(n) * time.Microsecond }
	item := Item{
		Key: string(c.name(p, all.spots[i])), Hits: it.hits, Visitors: whole(it.visitors), Bytes: it.bytes,
		Took: us(took.sum / max(1, it.hits)), Slowest: us(took.slowest),
	}
	if it.method > 0 {
		item.Method = accesslog.Methods[it.method-1]
	}
	if it.protocol > 0 {
		item.Protocol = accesslog.Protocols[it.protocol-1]
	}
	return item
}

// People returns what the class of persons did.
func (r *Report) People() ClassCount { return r.Classes[site.Person] }

// Peak is the minute with most visitors; zero if there is none.
func (r *Report) Peak() (peak MinuteCount) {
	for _, m := range r.Minutes {
		if m.Visitors > peak.Visitors {
			peak = m
		}
	}
	return peak
}

// String says in one line what was read, for whoever watches.
func (r *Report) String() string {
	return fmt.Sprintf("%d lines, %d hits, %d visitors, %d failed", r.Lines, r.Hits, r.Visitors, r.Failed)
}
