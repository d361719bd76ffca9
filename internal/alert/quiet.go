package alert

import (
	"errors"
	"strings"
	"time"
)

// quietHours are a part of each day. Those that begin and end at once are none.
type quietHours struct {
	from, to int // minutes since midnight
	zone     *time.Location
}

var errQuiet = errors.New(`quiet wants hours such as "22:00-07:00", or "never"`)

func parseQuiet(s string, zone *time.Location) (quietHours, error) {
	q := quietHours{zone: zone}
	if s == "" || s == "never" {
		return q, nil
	}
	from, to, ok := strings.Cut(s, "-")
	if !ok {
		return q, errQuiet
	}
	for _, side := range []struct {
		text string
		into *int
	}{{from, &q.from}, {to, &q.to}} {
		at, err := time.Parse("15:04", strings.TrimSpace(side.text))
		if err != nil {
			return q, errQuiet
		}
		*side.into = at.Hour()*60 + at.Minute()
	}
	if q.from == q.to {
		return q, errQuiet
	}
	return q, nil
}

// at reports whether t lies in them.
func (q quietHours) at(t time.Time) bool {
	if q.from == q.to {
		return false
	}
	t = t.In(q.zone)
	now := t.Hour()*60 + t.Minute()
	if q.from < q.to {
		return q.from <= now && now < q.to
	}
	return now >= q.from || now < q.to
}

// end is when those of t are over.
func (q quietHours) end(t time.Time) time.Time {
	t = t.In(q.zone)
	end := time.Date(t.Year(), t.Month(), t.Day(), q.to/60, q.to%60, 0, 0, q.zone)
	if !end.After(t) {
		end = time.Date(t.Year(), t.Month(), t.Day()+1, q.to/60, q.to%60, 0, 0, q.zone)
	}
	return end
}

// A pace bounds the messages of a channel: a bucket that holds those of an hour
// and fills within one.
type pace struct {
	perHour float64
	left    float64
	at      time.Time
}

func newPace(perHour int) pace { return pace{perHour: float64(perHour), left: float64(perHour)} }

// when is the moment from which one more message may go; howls alone may have
// the last quarter.
func (p *pace) when(now time.Time, howl bool) time.Time {
	if !p.at.IsZero() {
		p.left = min(p.perHour, p.left+now.Sub(p.at).Hours()*p.perHour)
	}
	p.at = now
	need := 1.0
	if !howl {
		need = max(1, p.perHour/4+1)
	}
	need = min(need, p.perHour)
	if p.left >= need {
		return now
	}
	return now.Add(time.Duration((need-p.left)/p.perHour*float64(time.Hour)) + time.Millisecond)
}

func (p *pace) spend() { p.left-- }
