package traffic

import (
	"fmt"
	"math"
	"slices"
	"time"

	"buzzproof/internal/site"
	"buzzproof/internal/tally"
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

// Report adds the shards up, with at most limit items a panel. Reading can go
// on afterwards; it must not run beside Read.
func (c *Counter) Report(limit int) *Report {
	r := &Report{
		Lines: c.lines, Failed: c.failed.count, Filtered: c.dropped, Failures: c.failed.kept, LogBytes: c.bytes, Exact: true,
	}
	visitors, times := 0.0, tally.Histogram{}
	first, last := int64(math.MaxInt64), int64(0)
	days := map[int32]*day{}
	for _, s := range c.shards {
		t := &s.totals
		r.Hits += t.hits
		r.Bytes += t.bytes
		r.NotFound += t.notFound
		r.Filtered += t.filtered
		r.Exact = r.Exact && s.seen.Exact()
		visitors += t.visitors
		times.Merge(&t.times)
		if t.hits > 0 {
			first, last = min(first, t.first), max(last, t.last)
		}
		for i := range t.classes {
			r.Classes[i].merge(&t.classes[i])
		}
		for i := range s.visits.open {
			s.tell(&s.visits.open[i])
		}
		s.mergeDays(days)
		s.judged(r.Classes[:], func(n int32) *day { return days[n] }, func(*visit) bool { return false })
	}
	r.Visitors = whole(visitors)
	if r.Hits > 0 {
		r.First, r.Last = time.Unix(first, 0).UTC(), time.Unix(last, 0).UTC()
	}
	r.Took = durations(&times)
	r.addDays(days)
	for p := range panelCount {
		c.panel(r, p, limit)
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

func durations(g *tally.Histogram) Durations {
	d := Durations{Count: g.Total}
	if g.Total > 0 {
		us := func(n uint64) time.Duration { return time.Duration(n) * time.Microsecond }
		d.Mean = us(g.Sum / g.Total)
		d.Slowest = us(g.Slowest)
		d.P50, d.P95, d.P99 = us(g.Percentile(0.50)), us(g.Percentile(0.95)), us(g.Percentile(0.99))
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
	r.Minutes = make([]MinuteCount, 0, min(len(days), maxDays)*minutesADay)
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
