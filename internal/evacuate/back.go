package evacuate

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"buzzproof/internal/dns"
)

// A Return says how to come home.
type Return struct {
	// KeepNames leaves the records as they are: for an owner who has moved
	// them himself in between.
	KeepNames bool
	// KeepBytes leaves at the refuge what was pushed, for the next time.
	KeepBytes bool
}

// Back comes home, or goes on coming home, or gives up an evacuation that has
// not arrived. It returns ErrNowhere if there is none.
func (t *Trip) Back(ctx context.Context, how Return) (Bill, error) {
	if t.state.Way == Home {
		return Bill{}, ErrNowhere
	}
	if t.state.Way != Returning {
		if err := t.note(Record{Step: StepBack}); err != nil {
			return Bill{}, err
		}
	}
	if t.state.Moved {
		if err := t.comeBack(ctx, how); err != nil {
			return Bill{}, err
		}
	}
	bill := t.Bill(ctx)
	if err := t.leave(ctx, how); err != nil {
		return bill, err
	}
	if err := t.note(Record{Step: StepHome, Done: true, Bill: &bill}); err != nil {
		return bill, err
	}
	t.tell("home", "nothing is left at the refuge")
	return bill, nil
}

// comeBack moves the names home and waits until nobody asks the refuge.
func (t *Trip) comeBack(ctx context.Context, how Return) error {
	if how.KeepNames {
		t.tell("restore", "the records stay as they are")
		if err := t.moved(Record{Step: StepRestore}); err != nil {
			return err
		}
	} else if err := t.restore(ctx); err != nil {
		return err
	}
	if err := t.writeAbsence(); err != nil {
		return err
	}
	if how.KeepNames {
		return t.linger(ctx)
	}
	t.tell("watch", "until the authority answers with the records of home")
	if err := t.seen(ctx, t.state.Was); err != nil {
		return err
	}
	if err := t.linger(ctx); err != nil {
		return err
	}
	return t.stragglers(ctx)
}

// restore makes the records what they were.
func (t *Trip) restore(ctx context.Context) error {
	found, err := t.sets(ctx)
	if err != nil {
		return err
	}
	was := t.state.Was
	if same(found, was) {
		if t.state.Restored.IsZero() {
			return t.moved(Record{Step: StepRestore})
		}
		return nil
	}
	if err := t.ours(found); err != nil {
		return err
	}
	tree, err := t.Tree(ctx)
	if err != nil {
		return fmt.Errorf("open the snapshot: %w", err)
	}
	t.tell("verify", "that home answers")
	if err := t.AtHome(ctx, was, tree); err != nil {
		return fmt.Errorf("home does not answer, so the names stay at the refuge: %w", err)
	}
	t.tell("restore", said(was))
	return t.move(ctx, Record{Step: StepRestore}, found, was)
}

// linger keeps the refuge while resolvers may still send visitors there: as
// long as they were told to keep its address, twice, since some stretch it.
func (t *Trip) linger(ctx context.Context) error {
	if until := t.state.Restored.Add(t.lingers(t.state.Plan.TTL)); !t.state.Until.Equal(until) {
		if err := t.note(Record{Step: StepLinger, Until: until}); err != nil {
			return err
		}
	}
	t.tell("linger", fmt.Sprintf("the refuge answers stragglers until %s", t.state.Until.Local().Format("15:04:05")))
	if left := t.state.Until.Sub(t.Now()); left > 0 {
		return t.Wait(ctx, left)
	}
	return nil
}

// stragglers keeps it on while a resolver that can be asked leads there.
func (t *Trip) stragglers(ctx context.Context) error {
	for end := t.state.Until.Add(longestLinger); t.Now().Before(end); {
		if !slices.ContainsFunc(t.late(ctx, t.state.Was), t.leadsAway) {
			return nil
		}
		if err := t.Wait(ctx, lateLook); err != nil {
			return err
		}
	}
	return nil
}

// leadsAway reports whether a resolver was heard to send visitors to the refuge.
func (t *Trip) leadsAway(h Heard) bool {
	return slices.ContainsFunc(t.state.Place.Addrs, func(a netip.Addr) bool { return slices.Contains(h.Data, a.String()) }) ||
		t.state.Place.Name != "" && slices.Contains(h.Data, t.state.Place.Name)
}

// A resolver that stretches what it is told does so by hours at most.
const (
	longestLinger = 3 * time.Hour
	lateLook      = 5 * time.Second
)

func (t *Trip) lingers(ttl uint32) time.Duration {
	if t.Linger > 0 {
		return t.Linger
	}
	return 2 * time.Duration(ttl) * time.Second
}

// leave gives back what was rented and takes away what was made.
func (t *Trip) leave(ctx context.Context, how Return) error {
	t.tell("leave", "what was made at "+t.state.Plan.Refuge)
	if err := t.note(Record{Step: StepLeave}); err != nil {
		return err
	}
	if err := t.Refuge.Leave(ctx, how.KeepBytes); err != nil {
		return fmt.Errorf("leave %s: %w: %w", t.state.Plan.Refuge, ErrRefused, err)
	}
	return t.note(Record{Step: StepLeave, Done: true})
}

// Records is what the records are now and what they were at home, for whoever
// has to see the difference.
func (t *Trip) Records(ctx context.Context) (now, was []dns.Set, err error) {
	now, err = t.sets(ctx)
	return now, t.state.Was, err
}
