package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"buzzproof/internal/evacuate"
	"buzzproof/internal/serve"
	"buzzproof/internal/site"
)

// guardEvery is how often the meter is read while the site is away.
const guardEvery = time.Minute

// flees does in the background of `up` what evacuations need at home.
func (p *Program) flees(g *group, o *upOptions, store string, server *serve.Server, tell func(site.Event), log *slog.Logger) {
	g.goes(func(ctx context.Context) error {
		heedAbsence(ctx, o.secure.state, server)
		return nil
	})
	g.goes(func(ctx context.Context) error {
		p.keepAway(ctx, evacuateFlags{state: o.secure.state, store: store}, &bookkeeper{tell: tell, log: log, calm: func() bool { return server.Status().Rung == site.Full }})
		return nil
	})
}

// keepAway is what `up` does for evacuations in the background, until ctx ends:
// in calm weather it brings each new snapshot to the refuge, and while the site
// is away it keeps the bill below its cap and tells the refuge to go on.
// Without a refuge in the configuration there is nothing to do.
func (p *Program) keepAway(ctx context.Context, f evacuateFlags, b *bookkeeper) {
	c, err := p.config()
	if err != nil || len(c.Refuges.Members) == 0 || len(c.Zones.Members) == 0 {
		return
	}
	ahead, look := "", time.Now().Add(examineFirst)
	tick := time.NewTicker(guardEvery)
	defer tick.Stop()
	for {
		if ahead, err = p.keepAwayOnce(ctx, f, ahead, b); err != nil && ctx.Err() == nil {
			b.log.Warn("evacuation", "error", err)
		}
		if now := time.Now(); now.After(look) {
			look = now.Add(examineEvery)
			if err := p.lookAhead(ctx, f, b); err != nil && ctx.Err() == nil {
				b.log.Warn("an evacuation cannot be looked at in advance", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

const (
	// absenceEvery is how soon home follows where the names lead.
	absenceEvery = time.Second
	// warmed is after how many steps of warming everybody who comes home gets
	// what the ladder gives: caches fill with a tenth of the crowd first.
	warmed  = 10
	warming = 30 * time.Second
)

// heedAbsence has stragglers served with light pages while the site is away,
// and those who come home for some minutes longer, fewer with each.
func heedAbsence(ctx context.Context, state string, server *serve.Server) {
	tick := time.NewTicker(absenceEvery)
	defer tick.Stop()
	for {
		a, err := evacuate.ReadAbsence(evacuate.Dir(state))
		server.Spare(map[bool]int{true: sparedAt(a, time.Now())}[err == nil])
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// sparedAt is how many of a hundred visitors get light pages. It follows from
// when the names came home, which is on disk: a restart changes nothing.
func sparedAt(a evacuate.Absence, now time.Time) int {
	if a.Back.IsZero() {
		return 100
	}
	step := min(int(max(0, now.Sub(a.Back))/warming)+1, warmed)
	return 100 - step*100/warmed
}

// keepAwayOnce returns which snapshot the refuge has.
func (p *Program) keepAwayOnce(ctx context.Context, f evacuateFlags, ahead string, b *bookkeeper) (string, error) {
	state, err := evacuate.ReadState(evacuate.Dir(f.state))
	if err != nil {
		return ahead, err
	}
	switch state.Way {
	case evacuate.Home:
		if !b.calm() {
			return ahead, nil // the line is for visitors now
		}
		return p.keepAhead(ctx, f, ahead)
	case evacuate.Away:
		return ahead, p.guardOnce(ctx, f, b)
	}
	return ahead, nil // a command is at work, or was killed: the owner goes on
}

// keepAhead holds no lock, so that an evacuation never waits for it.
func (p *Program) keepAhead(ctx context.Context, f evacuateFlags, ahead string) (string, error) {
	r, err := p.route(f)
	if err != nil {
		return ahead, err
	}
	s, err := openLight(r.config.Store)
	if err != nil || s.Manifest.ID == ahead {
		return ahead, err
	}
	defer s.Close()
	tree, err := evacuate.TreeOf(s, r.config.Store)
	if err == nil {
		err = r.refuge.Push(ctx, tree, nil)
	}
	if err != nil {
		return ahead, err
	}
	return tree.ID, nil
}

// A bookkeeper tells the owner what being away has come to, once for each phase.
type bookkeeper struct {
	tell func(site.Event)
	log  *slog.Logger
	told site.Event // last

	broken string // what would go wrong in an evacuation
	calm   func() bool
}

func (b *bookkeeper) hear(s evacuate.Spending) {
	e, ok := s.Event(time.Now())
	if !ok || e.About == b.told.About && e.Phase == b.told.Phase {
		return
	}
	b.told = e
	b.tell(e)
	b.log.Warn("being away costs", "usd", s.Bill.USD, "cap", s.Most, "lite", s.Lite)
}

func (p *Program) guardOnce(ctx context.Context, f evacuateFlags, b *bookkeeper) (err error) {
	j, err := p.openJourney(ctx, f)
	if errors.Is(err, evacuate.ErrBusy) {
		return nil // a command is coming home
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	s, err := j.Guard(ctx, j.config.Cap)
	b.hear(s)
	return err
}
