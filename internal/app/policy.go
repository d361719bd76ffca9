package app

import (
	"cmp"
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"buzzproof/internal/consent"
	"buzzproof/internal/evacuate"
	"buzzproof/internal/site"
)

// decides wires what happens when newcomers are refused, although everybody
// gets the lightest pages: the owner is asked, or the site flees, or neither.
// Without a refuge and a zone in the configuration there is nothing to decide.
func (p *Program) decides(g *group, w *watchman, f evacuateFlags, c *config) {
	if len(c.Refuges.Members) == 0 || len(c.Zones.Members) == 0 {
		return
	}
	d := &decision{
		links: consent.In(evacuate.Dir(f.state)), base: w.link, now: time.Now, log: w.log, tell: w.hear, pause: triesPause,
		flee: func(ctx context.Context) error { return p.flee(ctx, f) },
		gone: func() bool {
			s, err := evacuate.ReadState(evacuate.Dir(f.state))
			return err == nil && (s.Way == evacuate.Away || s.Way == evacuate.Returning)
		},
	}
	switch cmp.Or(c.Evacuate.Policy, evacuate.Ask) {
	case evacuate.Auto:
		w.crowded = d.goes(g)
	case evacuate.Ask:
		w.asks(d)
	}
}

// goes flees from a crowd by itself and returns what the owner hears.
func (d *decision) goes(g *group) func(site.Event) (going site.Event, isNew bool) {
	return func(e site.Event) (going site.Event, isNew bool) {
		now := d.now()
		if !d.isNew(now) {
			return going, false
		}
		g.goes(func(ctx context.Context) error {
			d.run(ctx)
			return nil
		})
		return d.event(now, "going", e.Facts), true
	}
}

// asks has the owner asked by a link to the screen.
func (w *watchman) asks(d *decision) {
	if w.link == "" {
		w.log.Warn("without --watch nobody can be asked whether to evacuate")
		return
	}
	if onlyHere(w.link) {
		w.log.Warn("the link by which the owner is asked leads to this machine alone: say where he reaches it, --watch HOST:PORT", "link", w.link)
	}
	w.decision = d
	w.crowded = func(e site.Event) (site.Event, bool) {
		question, isNew, err := d.ask(e.Facts)
		if err != nil {
			w.log.Warn("the owner cannot be asked whether to evacuate", "error", err)
		}
		return question, isNew && err == nil
	}
}

// onlyHere reports whether an address leads nowhere from any other machine.
func onlyHere(link string) bool {
	u, err := url.Parse(link)
	if err != nil {
		return false
	}
	a, err := netip.ParseAddr(u.Hostname())
	return err == nil && a.IsLoopback() || u.Hostname() == "localhost"
}

// flee evacuates without a question: it was answered.
func (p *Program) flee(ctx context.Context, f evacuateFlags) (err error) {
	j, err := p.openJourney(ctx, f)
	if err != nil {
		return err
	}
	defer func() {
		if closed := j.Close(); err == nil {
			err = closed
		}
	}()
	return j.leave(ctx)
}

// answered hands what leads to a decision to it: its link is a key of its own,
// good for one answer.
func (w *watchman) answered(screen http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.decision != nil && strings.HasPrefix(r.URL.Path, decisionPath) {
			w.decision.ServeHTTP(rw, r)
			return
		}
		screen.ServeHTTP(rw, r)
	})
}
