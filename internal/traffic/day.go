package traffic

import (
	"buzzproof/internal/accesslog"
	"buzzproof/internal/site"
	"buzzproof/internal/tally"
)

// classCount is how many classes there are.
const classCount = int(site.Scanner) + 1

// A ClassCount is what one class did.
type ClassCount struct {
	Hits     uint64
	Visitors uint64
	Bytes    uint64
	Pages    uint64 // neither static files nor not found
	NotFound uint64
	Failed   uint64 // status 400 and above
}

func (c *ClassCount) add(v *visit) {
	c.Hits += uint64(v.hits)
	c.Bytes += v.bytes
	c.Pages += uint64(v.pages)
	c.NotFound += uint64(v.missing)
	c.Failed += uint64(v.failed)
	if v.first {
		c.Visitors++
	}
}

// A day is what happened in one.
type day struct {
	number      int32
	hits, bytes uint64
	visitors    float64
	classes     [classCount]ClassCount
	hours       [24]*[60]minuteCount
}

type minuteCount struct {
	hits     uint32
	visitors float32
}

// maxDays is how many days keep their minutes, 11.5 KB each.
const maxDays = 93

func (s *shard) dayOf(number int32) *day {
	if s.today != nil && s.today.number == number {
		return s.today
	}
	d := s.days[number]
	if d == nil {
		d = &day{number: number}
		s.days[number] = d
		s.dropMinutes()
	}
	return d
}

// dropMinutes leaves the hours of the earliest day without minutes when there
// are too many days.
func (s *shard) dropMinutes() {
	with, earliest := 0, int32(0)
	for number, d := range s.days {
		if d.hours == ([24]*[60]minuteCount{}) {
			continue
		}
		if with++; with == 1 || number < earliest {
			earliest = number
		}
	}
	if with > maxDays {
		s.days[earliest].hours = [24]*[60]minuteCount{}
	}
}

func (d *day) note(h *accesslog.Hit, visitors float64) {
	d.hits++
	d.bytes += uint64(h.Bytes)
	d.visitors += visitors
}

func (d *day) noteMinute(minute int16, visitors float64) {
	hour := minute / 60 % 24
	if d.hours[hour] == nil {
		d.hours[hour] = &[60]minuteCount{}
	}
	m := &d.hours[hour][minute%60]
	m.hits++
	m.visitors += float32(visitors)
}

// totals are the sums over everything a shard has seen.
type totals struct {
	hits, bytes, notFound, filtered uint64
	visitors                        float64
	first, last                     int64                  // stamps
	classes                         [classCount]ClassCount // of closed visits
	times                           tally.Histogram
}

func (t *totals) note(h *accesslog.Hit) {
	at := stamp(h.Day, h.Second)
	if t.hits == 0 || at < t.first {
		t.first = at
	}
	t.last = max(t.last, at)
	t.hits++
	t.bytes += uint64(h.Bytes)
	if h.Status == 404 {
		t.notFound++
	}
	if h.Took >= 0 {
		t.times.Add(uint64(h.Took))
	}
}
