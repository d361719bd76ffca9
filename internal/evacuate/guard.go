package evacuate

import (
	"context"
	"errors"
	"fmt"
)

// ErrCap says that being away has cost what it may cost.
var ErrCap = errors.New("the cap of what being away may cost is reached")

const (
	warnAt = 0.8 // of the cap: the owner is told
	liteAt = 0.9 // of the cap: the refuge sends its lightest pages
)

// A Spending is what a look at the meter came to.
type Spending struct {
	Bill Bill    `json:"bill"`
	Part float64 `json:"part"` // of the cap, 0 to 1 and over
	Warn bool    `json:"warn"` // the owner should know
	Lite bool    `json:"lite"` // the refuge was told to send its lightest pages
}

// A dimmer is a refuge that can be told to send its lightest pages only.
type dimmer interface {
	Dim(ctx context.Context) error
}

// A mortal is a refuge that stops by itself when it is not told to go on: what
// is rented must not run for ever because home has burnt down.
type mortal interface {
	KeepAlive(ctx context.Context) error
}

// Guard keeps an evacuation within its price. It is to be called every minute
// while the site is away. At the cap it brings the names home and gives up the
// refuge, even if home does not answer, and returns ErrCap.
func (t *Trip) Guard(ctx context.Context, most float64) (Spending, error) {
	if t.state.Way == Home {
		return Spending{}, ErrNowhere
	}
	s := Spending{Bill: t.Bill(ctx)}
	if most > 0 {
		s.Part = s.Bill.USD / most
	}
	s.Warn, s.Lite = s.Part >= warnAt, s.Part >= liteAt
	if s.Part >= 1 {
		return s, t.stop(ctx)
	}
	var failed []error
	if d, ok := t.Refuge.(dimmer); ok && s.Lite {
		failed = append(failed, d.Dim(ctx))
	}
	if m, ok := t.Refuge.(mortal); ok {
		failed = append(failed, m.KeepAlive(ctx))
	}
	if err := errors.Join(failed...); err != nil {
		return s, fmt.Errorf("guard %s: %w: %w", t.state.Plan.Refuge, ErrRefused, err)
	}
	return s, nil
}

// stop comes home; a home that does not answer is no reason to go on paying.
func (t *Trip) stop(ctx context.Context) error {
	_, err := t.Back(ctx, Return{KeepBytes: true})
	if err == nil {
		return fmt.Errorf("%w: the site is at home again", ErrCap)
	}
	if leaving := t.leave(ctx, Return{KeepBytes: true}); leaving != nil {
		return fmt.Errorf("%w, and neither does the site come home nor the refuge stop: %w; %w", ErrCap, err, leaving)
	}
	return fmt.Errorf("%w: the refuge was stopped, and the site is not at home: %w", ErrCap, err)
}
