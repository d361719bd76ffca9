package app

import (
	"context"
	"time"

	"buzzproof/internal/dashboard"
	"buzzproof/internal/health"
	"buzzproof/internal/history"
	"buzzproof/internal/plain"
)

// coursesEvery is how often it is read from the history how the checks went.
const coursesEvery = 15 * time.Second

// The times that are shown, in steps that a screen can tell apart.
const (
	dayStep    = 15 * time.Minute
	daySteps   = 96 // 24 hours
	monthStep  = 6 * time.Hour
	monthSteps = 120 // 30 days
)

// followCourses reads how the checks went until ctx ends, beside everything else:
// the screen waits for no disk.
func (w *watchman) followCourses(ctx context.Context) error {
	tick := time.NewTicker(coursesEvery)
	defer tick.Stop()
	for {
		all, err := readCourses(ctx, w.history, time.Now())
		if err == nil {
			w.courses.Store(&all)
		} else if ctx.Err() == nil {
			w.log.Debug("it is not known how the checks went", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// readCourses reads how the checks went in the last day and in the last month.
func readCourses(ctx context.Context, store *history.Store, now time.Time) ([]dashboard.Course, error) {
	day, fromDay, err := lastCourses(ctx, store, now, dayStep, daySteps)
	if err != nil {
		return nil, err
	}
	month, fromMonth, err := lastCourses(ctx, store, now, monthStep, monthSteps)
	if err != nil {
		return nil, err
	}
	days := map[string]history.Course{}
	for _, c := range day {
		days[c.Name] = c
	}
	all := []dashboard.Course{}
	for _, c := range month { // hours outlive looks: whatever has a day has a month
		all = append(all, dashboard.Course{
			Name: c.Name, Day: stretch(days[c.Name], fromDay, dayStep, daySteps), Month: stretch(c, fromMonth, monthStep, monthSteps),
		})
	}
	return all, nil
}

// lastCourses are those of the last n steps, the last of which is not over.
func lastCourses(ctx context.Context, store *history.Store, now time.Time, step time.Duration, n int) (all []history.Course, from time.Time, err error) {
	from = now.Truncate(step).Add(-time.Duration(n-1) * step)
	all, err = store.Courses(ctx, from, step, n)
	return all, from, err
}

// stretch is a course as the screen shows it.
func stretch(c history.Course, from time.Time, step time.Duration, n int) dashboard.Stretch {
	s := dashboard.Stretch{From: from.Unix(), Step: int64(step.Seconds()), Took: make([]float64, n), Most: make([]float64, n)}
	states := make([]byte, n)
	for i := range states {
		var of history.Stretch
		if i < len(c.Stretches) {
			of = c.Stretches[i]
		}
		states[i] = worst(of)
		s.Took[i], s.Most[i] = milliseconds(of.Mean()), milliseconds(of.Most)
	}
	s.States = string(states)
	if part, known := c.Uptime(); known {
		s.Uptime = &part
	}
	return s
}

// milliseconds are seconds to the tenth of a millisecond: more is noise.
func milliseconds(d time.Duration) float64 { return d.Round(100 * time.Microsecond).Seconds() }

// worst is a letter for the worst that looks came to.
func worst(s history.Stretch) byte {
	switch {
	case s.Down > 0:
		return 'd'
	case s.Near > 0:
		return 'n'
	case s.Slow > 0:
		return 's'
	case s.Up > 0:
		return 'u'
	}
	return '-'
}

// howTheyWent are the courses that were read last.
func (w *watchman) howTheyWent() []dashboard.Course {
	if all := w.courses.Load(); all != nil {
		return *all
	}
	return nil
}

// checks are the checks as the screen lists them.
func (w *watchman) checks() (checks []dashboard.Check) {
	went := map[string]dashboard.Course{}
	for _, c := range w.howTheyWent() {
		went[c.Name] = c
	}
	for _, s := range w.health.Status() {
		of := went[s.Name]
		full := foreseen(s)
		checks = append(checks, dashboard.Check{
			Name: s.Name, State: s.State, Since: s.Since, Took: s.Took, Detail: s.Detail + fullIn(full), Full: full, Day: of.Day.Uptime, Month: of.Month.Uptime,
		})
	}
	return checks
}

// foreseen is when what a check looks at will be full; zero if nothing says so.
func foreseen(s health.Status) time.Time {
	if len(s.Full) == 0 {
		return time.Time{}
	}
	return s.Full[0].At
}

// fullIn says in how long that is.
func fullIn(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return ", full in " + plain.Span(time.Until(at))
}
