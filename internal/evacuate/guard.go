package evacuate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"buzzproof/internal/site"
)

// ErrCap says that being away has cost what it may cost.
var ErrCap = errors.New("the cap of what being away may cost is reached")

const (
	warnAt = 0.5 // of the cap: the owner is told
	liteAt = 0.9 // of the cap: the refuge sends its lightest pages
)

// The phases of events about money.
const (
	phaseHalf    = "half"
	phaseNear    = "near"
	phaseReached = "reached"
)

// A Spending is what a look at the meter came to.
type Spending struct {
	Bill Bill    `json:"bill"`
	Part float64 `json:"part"` // of the cap, 0 to 1 and over
	Warn bool    `json:"warn"` // the owner should know
	Lite bool    `json:"lite"` // the refuge was told to send its lightest pages
	Most float64 `json:"cap"`  // US dollars
	ID   string  `json:"id"`   // of the evacuation
}

// Event is what the owner should know of it, if anything. It is the same until
// there is something new.
func (s Spending) Event(at time.Time) (e site.Event, ok bool) {
	if !s.Warn {
		return e, false
	}
	e = site.Event{
		At: at, Voice: site.Ears, Kind: site.KindMoney, About: s.ID, Phase: phaseHalf,
		Facts: site.Facts{Detail: fmt.Sprintf("%.2f of %.2f USD", s.Bill.USD, s.Most)},
	}
	switch {
	case s.Part >= 1:
		e.Voice, e.Phase = site.Howl, phaseReached
	case s.Lite:
		e.Voice, e.Phase = site.Bark, phaseNear
	}
	return e, true
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
	s := Spending{Bill: t.Bill(ctx), Most: most, ID: t.state.Plan.ID}
	if most > 0 {
		s.Part = s.Bill.USD / most
	}
	s.Warn, s.Lite = s.Part >= warnAt, s.Part >= liteAt
	if s.Part >= 1 {
		return s, t.stop(ctx)
	}
	failed := []error{s.Bill.Unread}
	if s.Lite {
		failed = append(failed, t.dim(ctx))
	}
	if m, ok := t.Refuge.(mortal); ok {
		failed = append(failed, m.KeepAlive(ctx))
	}
	if err := errors.Join(failed...); err != nil {
		return s, fmt.Errorf("guard %s: %w: %w", t.state.Plan.Refuge, ErrRefused, err)
	}
	return s, nil
}

// dim has the refuge send its lightest pages. Where no program of ours answers,
// they are pushed in place of the others.
func (t *Trip) dim(ctx context.Context) error {
	if d, ok := t.Refuge.(dimmer); ok {
		return d.Dim(ctx)
	}
	if t.Light == nil {
		return nil
	}
	tree, err := t.Light(ctx)
	if err != nil {
		return err
	}
	return t.Refuge.Push(ctx, tree, nil)
}

// stop comes home; a home that does not answer is no reason to go on paying. A
// bucket that keeps its bytes goes on answering, so then nothing is kept.
func (t *Trip) stop(ctx context.Context) error {
	_, err := t.Back(ctx, Return{KeepBytes: true})
	if err == nil {
		return fmt.Errorf("%w: the site is at home again", ErrCap)
	}
	if leaving := t.leave(ctx, Return{}); leaving != nil {
		return fmt.Errorf("%w, and neither does the site come home nor the refuge stop: %w; %w", ErrCap, err, leaving)
	}
	return fmt.Errorf("%w: the refuge was stopped, and the site is not at home: %w", ErrCap, err)
}
