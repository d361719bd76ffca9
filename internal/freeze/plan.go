package freeze

import (
	"context"
	"fmt"
	"os"
	"slices"

	"buzzproof/internal/snapshot"
)

// A Forecast is what a freeze would ask for, as far as the front page and the
// sitemaps tell.
type Forecast struct {
	Schema  int       `json:"schema"`
	Origin  string    `json:"origin"`
	Public  string    `json:"public"`
	Fetch   []string  `json:"fetch"`
	LeftOut []LeftOut `json:"left_out"`
}

// Plan looks at the front page and the sitemaps only, and keeps nothing.
func Plan(ctx context.Context, c Config) (*Forecast, error) {
	dir, err := os.MkdirTemp("", "buzzproof-plan-")
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	defer os.RemoveAll(dir)
	store, err := snapshot.OpenStore(dir)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	f, err := New(store, c)
	if err != nil {
		return nil, err
	}
	if err := f.open(); err != nil {
		return nil, err
	}
	defer f.close()
	return f.forecast(ctx)
}

func (f *Freezer) forecast(ctx context.Context) (*Forecast, error) {
	w := f.newWalker()
	if err := w.start(ctx); err != nil {
		return nil, err
	}
	front, _ := f.scope.address(f.config.Origin)
	todo := []address{front, f.scope.origin.RawPath + "robots.txt", f.scope.origin.RawPath + "sitemap.xml"}
	for i := 0; i < len(todo); i++ {
		r := w.resources[todo[i]]
		if r == nil || r.state != waiting {
			continue
		}
		o := f.visit(ctx, order{address: todo[i], page: true})
		if err := w.learn(ctx, o); err != nil {
			return nil, err
		}
		todo = append(todo, w.sitemaps(o, r)...)
	}
	plan := &Forecast{Schema: 1, Origin: f.scope.origin.Redacted(), Public: f.scope.publicBase(), LeftOut: notNil(w.leftOut()), Fetch: []string{}}
	for a, r := range w.resources {
		u, err := f.scope.ask(a)
		if err == nil && (!r.soft || r.state == held) {
			plan.Fetch = append(plan.Fetch, u.Redacted())
		}
	}
	slices.Sort(plan.Fetch)
	return plan, nil
}

// sitemaps lists where an answer says that more of the sitemap is.
func (w *walker) sitemaps(o outcome, r *resource) []address {
	if r.state == moved {
		if a, ours := w.f.scope.address(r.to); ours {
			return []address{a}
		}
	}
	var all []address
	if o.harvest == nil {
		return nil
	}
	for _, found := range o.harvest.findings {
		if found.sitemap {
			all = append(all, found.address)
		}
	}
	return all
}
