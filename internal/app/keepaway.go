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
	h := &heed{server: server, log: log}
	if c, err := p.config(); err == nil {
		h.redirect = c.Evacuate.Redirect
	}
	g.goes(func(ctx context.Context) error {
		h.run(ctx, o.secure.state)
		return nil
	})
	if h.redirect != "" {
		g.goes(func(ctx context.Context) error {
			h.looks(ctx)
			return nil
		})
	}
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
