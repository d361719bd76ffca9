package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"buzzproof/internal/evacuate"
)

// leaveAt brings the site to the refuge now and waits for the hour. The journal
// is free meanwhile: a crowd that comes early may need it. What was shown is
// what is done then: the name server need not say again which names there are.
func (p *Program) leaveAt(ctx context.Context, j *journey, f evacuateFlags, until time.Time) (*journey, error) {
	err := p.pushAhead(ctx, j)
	if err = errors.Join(err, j.Close()); err != nil {
		return nil, err
	}
	p.talk("leave this running until then: a restart forgets it; Ctrl-C gives up, and nothing has been moved")
	for left := time.Until(until); left > 0; left = time.Until(until) {
		if err := j.Wait(ctx, min(left, wakes)); err != nil {
			return nil, err
		}
	}
	next, err := p.whenFree(ctx, j.Wait, func() (*journey, error) { return p.openJourney(ctx, f) })
	if err != nil {
		return nil, err
	}
	next.keepTo(j.plan.Names)
	return next, nil
}

// wakes is how often a wait looks at the clock: it may be set, and a machine
// that was asleep counts no time.
const wakes = 20 * time.Second

// A flight that holds the journal just then is most likely that of the crowd
// for which this one was meant: it takes minutes, and leaves nothing to do.
const (
	busyPause = 2 * time.Second
	busyTries = 900 // half an hour in all
)

// whenFree opens a journey once nobody else has the journal.
func (p *Program) whenFree(ctx context.Context, wait func(context.Context, time.Duration) error, open func() (*journey, error)) (*journey, error) {
	j, err := open()
	for try := 0; errors.Is(err, evacuate.ErrBusy) && try < busyTries; try++ {
		if try == 0 {
			p.talk("another buzzproof is evacuating or coming home: waiting for it, up to %v", busyPause*busyTries)
		}
		if err := wait(ctx, busyPause); err != nil {
			return nil, err
		}
		j, err = open()
	}
	return j, err
}

// whenOf is the next time that the clock here shows "19:45".
func whenOf(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	clock, err := time.Parse("15:04", text)
	if err != nil {
		clock, err = time.Parse("15:04:05", text)
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("--at %s: want a time of day such as 19:45", text)
	}
	at := time.Date(now.Year(), now.Month(), now.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0, now.Location())
	if !at.After(now) {
		at = at.AddDate(0, 0, 1)
	}
	return at, nil
}
