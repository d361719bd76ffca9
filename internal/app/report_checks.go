package app

import (
	"context"
	"time"

	"buzzproof/internal/history"
	"buzzproof/internal/story"
)

// checkSteps are as many as a picture can show.
const checkSteps = 180

// checks tells how the checks went: by looks where they are kept, else by hours.
func (t *storyteller) checks(ctx context.Context, s *story.Story) error {
	length := t.until.Sub(t.from)
	if length <= 0 {
		return nil
	}
	least := length/checkSteps + 1
	for _, unit := range []time.Duration{time.Minute, time.Hour} {
		step := (least + unit - 1).Truncate(unit)
		went, err := t.store.Courses(ctx, t.from, step, int(length/step)+1)
		if err != nil {
			return err
		}
		for _, c := range went {
			check := story.Check{Name: c.Name}
			check.Uptime, _ = c.Uptime()
			looks, took := uint64(0), time.Duration(0)
			for _, of := range c.Stretches {
				looks, took = looks+of.Looks(), took+of.Took
				check.Most = max(check.Most, milliseconds(of.Most))
				check.Down, check.Took = append(check.Down, of.Down > 0), append(check.Took, mean(of))
			}
			check.Mean = took.Seconds() / float64(max(1, looks))
			s.Checks = append(s.Checks, check)
		}
		if len(went) > 0 {
			return nil
		}
	}
	return nil
}

// mean is what a look took on average; nil where nobody looked.
func mean(s history.Stretch) *float64 {
	if s.Looks() == 0 {
		return nil
	}
	seconds := milliseconds(s.Mean())
	return &seconds
}
