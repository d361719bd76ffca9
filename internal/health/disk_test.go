package health

import (
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/disk"
)

const gb = 1e9

// filled looks at a disk of 100 GB again and again for a while, and returns the
// last outcome and how often it began to be called near.
func filled(every, length time.Duration, used func(since time.Duration) float64) (last Outcome, nears int) {
	check := &space{DiskConfig: DiskConfig{Path: "/", Most: defaultMost}}
	began := time.Date(2026, 9, 5, 12, 0, 0, 0, time.UTC)
	for since := time.Duration(0); since <= length; since += every {
		taken := uint64(used(since))
		o := check.judge(began.Add(since), &disk.UsageStat{Used: taken, Free: 100*gb - taken, UsedPercent: float64(taken) / gb})
		if o.State == Near && last.State != Near {
			nears++
		}
		last = o
	}
	return last, nears
}

// rising grows by GB an hour to 50 GB, with logs that come and go.
func rising(perHour float64, length time.Duration) func(time.Duration) float64 {
	return func(since time.Duration) float64 {
		return 50*gb - perHour*(length-since).Hours()*gb + float64(since/time.Minute%3)*1e5
	}
}

func TestADiskThatFillsIsForeseen(t *testing.T) {
	for _, c := range []struct {
		name    string
		perHour float64 // GB
		every   time.Duration
		length  time.Duration
		state   string
		full    time.Duration
	}{
		{"in five hours, seen for ninety minutes", 10, time.Minute, 90 * time.Minute, Near, 5 * time.Hour},
		{"the same by a look every five seconds", 10, 5 * time.Second, 90 * time.Minute, Near, 5 * time.Hour},
		{"the same, seen for an hour: too soon to tell", 10, time.Minute, time.Hour, Up, 0},
		{"in an hour, seen for a quarter of one", 50, 5 * time.Second, 16 * time.Minute, Near, time.Hour},
		{"in fifty hours", 1, time.Minute, 8 * time.Hour, Up, 50 * time.Hour},
		{"in fifty hours, by a look an hour", 1, time.Hour, 30 * time.Hour, Up, 50 * time.Hour},
		{"never", 0, time.Minute, 8 * time.Hour, Up, 0},
		{"it empties", -10, time.Minute, 8 * time.Hour, Up, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, _ := filled(c.every, c.length, rising(c.perHour, c.length))
			if o.State != c.state {
				t.Errorf("%+v", o)
			}
			if c.full == 0 {
				if len(o.Full) > 0 {
					t.Errorf("foreseen: %+v", o.Full)
				}
				return
			}
			if len(o.Full) == 0 {
				t.Fatal("nothing foreseen")
			}
			f, end := o.Full[0], time.Date(2026, 9, 5, 12, 0, 0, 0, time.UTC).Add(c.length)
			if in := f.At.Sub(end); in < c.full*9/10 || in > c.full*11/10 || f.Early.After(f.At) || f.Late.Before(f.At) {
				t.Errorf("foreseen in %v (%v to %v), true %v", in, f.Early.Sub(end), f.Late.Sub(end), c.full)
			}
		})
	}
}

// Whatever comes and goes does not make the forecast come and go.
func TestAForecastDoesNotFlap(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		name   string
		used   func(time.Duration) float64
		length time.Duration
		nears  int
	}{
		{"a job that writes 3 GB in ten minutes of each hour, and tidies up", func(since time.Duration) float64 {
			return 50*gb + min((since%time.Hour).Minutes(), 10)*0.3*gb
		}, day, 0},
		{"logs that grow all day and are thrown away at night", func(since time.Duration) float64 {
			return 50*gb + (since%day).Hours()*0.8*gb
		}, 3 * day, 0},
		{"an upload of ten gigabytes in five minutes", func(since time.Duration) float64 {
			return 50*gb + min(max(0, (since-8*time.Hour).Minutes()), 5)*2*gb
		}, day, 0},
		{"a rise that lasts, with noise of half a gigabyte", func(since time.Duration) float64 {
			return 20*gb + since.Hours()*2.5*gb + float64(since/time.Second*2654435761%1000)/1000*0.5*gb
		}, day, 1},
		{"calm for a day, then full within the hour", func(since time.Duration) float64 {
			return 50*gb + max(0, (since-day).Hours())*50*gb
		}, day + 40*time.Minute, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, every := range []time.Duration{5 * time.Second, time.Minute} {
				if last, nears := filled(every, c.length, c.used); nears != c.nears {
					t.Errorf("by a look every %v it was near %d times; last %+v", every, nears, last)
				}
			}
		})
	}
}
