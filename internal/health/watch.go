package health

import (
	"context"
	"sync"
	"time"

	"buzzproof/internal/settings"
	"buzzproof/internal/site"
)

// A Watch looks at everything that is configured. It is safe for concurrent use.
type Watch struct {
	members []*member
	options Options
	mu      sync.Mutex // guards what changes in members
}

// Options are whom a watch tells.
type Options struct {
	// Keep takes the result of each look; nil keeps nothing. An error is the
	// keeper's to tell.
	Keep func(ctx context.Context, r Result)
	// Tell takes events and returns at once; nil tells nobody.
	Tell func(site.Event)
	// Last are the states in which an earlier run left the checks, by name.
	Last map[string]string
}

// New opens the checks without looking at anything.
func New(c Config, checks map[string]settings.Member, o Options) (*Watch, error) {
	members, err := open(c, checks)
	if err != nil {
		return nil, err
	}
	for _, m := range members {
		if last := o.Last[m.name]; last != "" {
			m.state = last
		}
	}
	return &Watch{members: members, options: o}, nil
}

// Run looks until the context ends, at each by itself: one that hangs delays no
// other.
func (w *Watch) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for i, m := range w.members {
		// Spread over the period, so that they do not all come at once.
		first := m.every * time.Duration(i) / time.Duration(4*len(w.members))
		all.Go(func() { w.follow(ctx, m, first) })
	}
	all.Wait()
	return nil
}

func (w *Watch) follow(ctx context.Context, m *member, pause time.Duration) {
	for {
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
		began := time.Now()
		again := w.look(ctx, m)
		pause = max(0, again-time.Since(began))
	}
}

// look looks once, tells what changed, and returns when to look again.
func (w *Watch) look(ctx context.Context, m *member) time.Duration {
	r, o := m.look(ctx)
	if ctx.Err() != nil {
		return m.every
	}
	w.mu.Lock()
	event, again := m.judge(r, o)
	w.mu.Unlock()
	if w.options.Keep != nil {
		w.options.Keep(ctx, r)
	}
	if event != nil && w.options.Tell != nil {
		w.options.Tell(*event)
	}
	return again
}

// Once looks at everything once, side by side, and returns what it came to.
func (w *Watch) Once(ctx context.Context) []Status {
	var all sync.WaitGroup
	for _, m := range w.members {
		all.Go(func() {
			r, o := m.look(ctx)
			w.mu.Lock()
			defer w.mu.Unlock()
			m.state, m.since, m.last, m.full = r.State, r.At, r, o.Full
		})
	}
	all.Wait()
	return w.Status()
}

// A Status is how something is.
type Status struct {
	Name   string    `json:"name"`
	Kind   string    `json:"kind"`
	State  string    `json:"state"`
	Since  time.Time `json:"since,omitzero"` // of the state
	At     time.Time `json:"at,omitzero"`    // of the last look
	Took   float64   `json:"took"`           // seconds, of the last look
	Detail string    `json:"detail,omitempty"`
	// Full is what will be full when, as it fills now.
	Full []site.Forecast `json:"full,omitempty"`
}

// Status returns how everything is, by name.
func (w *Watch) Status() []Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := []Status{}
	for _, m := range w.members {
		all = append(all, Status{m.name, m.kind, m.state, m.since, m.last.At, m.last.Took.Seconds(), m.last.Detail, m.full})
	}
	return all
}
