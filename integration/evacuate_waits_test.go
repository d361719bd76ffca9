package integration

import (
	"context"
	"time"

	"buzzproof/internal/dns"
	"buzzproof/internal/evacuate"
	"buzzproof/internal/refuge"
)

// waits is how long an evacuation waits for name servers and for the refuge,
// and how long it compares what the refuge answers.
type waits struct{ others, verify time.Duration }

// on counts what a trip does, one thing after another.
func (w *waits) on(t *evacuate.Trip) {
	t.Zone, t.Refuge = waitedZone{t.Zone, w}, waitedRefuge{t.Refuge, w}
	verify, seen, late := t.Verify, t.Seen, t.Late
	t.Verify = func(ctx context.Context, p refuge.Place, tree refuge.Tree) error {
		defer since(&w.verify, time.Now())
		return verify(ctx, p, tree)
	}
	t.Seen = func(ctx context.Context, names []string, want []dns.Set) error {
		defer since(&w.others, time.Now())
		return seen(ctx, names, want)
	}
	t.Late = func(ctx context.Context, names []string, want []dns.Set) []evacuate.Heard {
		defer since(&w.others, time.Now())
		return late(ctx, names, want)
	}
}

func since(sum *time.Duration, began time.Time) { *sum += time.Since(began) }

type waitedZone struct {
	dns.Zone
	w *waits
}

func (z waitedZone) Sets(ctx context.Context, names []string) ([]dns.Set, error) {
	defer since(&z.w.others, time.Now())
	return z.Zone.Sets(ctx, names)
}

func (z waitedZone) Apply(ctx context.Context, c dns.Change) error {
	defer since(&z.w.others, time.Now())
	return z.Zone.Apply(ctx, c)
}

type waitedRefuge struct {
	refuge.Refuge
	w *waits
}

func (r waitedRefuge) Push(ctx context.Context, t refuge.Tree, progress func(done, total int64)) error {
	defer since(&r.w.others, time.Now())
	return r.Refuge.Push(ctx, t, progress)
}

func (r waitedRefuge) Place(ctx context.Context) (refuge.Place, error) {
	defer since(&r.w.others, time.Now())
	return r.Refuge.Place(ctx)
}
