// Package evacuate takes a site to a refuge and brings it home.
//
// There are two ways to go and each is a list of steps. Every step can be
// taken again: it looks at the world first and does what is still to be done.
// So a run that was killed needs no repair. The next one takes the same steps
// from the beginning, and a journal tells it the only things that the world
// does not show: that there is something to undo, and what the records were.
//
//	out:   push -> place -> verify -> switch -> watch -> away
//	back:  home answers -> restore -> watch -> linger -> leave -> home
//
// A name is moved only to what answered right by its own address a moment
// before, and back only when the records are still those that were made here.
package evacuate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"buzzproof/internal/dns"
	"buzzproof/internal/journal"
	"buzzproof/internal/refuge"
)

// A Plan says what is to be done; the journal keeps it with the first step.
type Plan struct {
	ID       string   `json:"id"`       // of this evacuation: tells it from those before
	Host     string   `json:"host"`     // the public name of the site
	Names    []string `json:"names"`    // all that is moved, fully qualified, in lower case
	Refuge   string   `json:"refuge"`   // what the configuration calls it
	DNS      string   `json:"dns"`      // what the configuration calls the zone
	TTL      uint32   `json:"ttl"`      // seconds, of the records while away
	Snapshot string   `json:"snapshot"` // what was current when the plan was made
}

// The World is what an evacuation acts on.
type World struct {
	Zone   dns.Zone
	Refuge refuge.Refuge
	// Tree is the current snapshot.
	Tree func(context.Context) (refuge.Tree, error)
	// Light is the same with lite pages, for refuges that choose nothing by
	// themselves; may be nil.
	Light func(context.Context) (refuge.Tree, error)
	// Verify asks the refuge for every object as a stranger would.
	Verify func(context.Context, refuge.Place, refuge.Tree) error
	// AtHome asks home, where these sets lead, for pages of the site.
	AtHome func(context.Context, []dns.Set, refuge.Tree) error
	// Seen waits until the authorities answer for the names with these sets.
	Seen func(ctx context.Context, names []string, want []dns.Set) error
	// Late are the resolvers that answer with something else yet, of so many
	// that are asked.
	Late      func(ctx context.Context, names []string, want []dns.Set) []Heard
	Resolvers int
}

// A Trip is an evacuation that may be under way, open for one process.
type Trip struct {
	World
	Tell   func(step, text string)                    // hears what is being done; may be nil
	Noted  func(Record)                               // hears what the journal has on disk; may be nil
	Bytes  func(done, total int64)                    // hears how far a push is; may be nil
	Now    func() time.Time                           // the clock; default time.Now
	Wait   func(context.Context, time.Duration) error // default: wait so long
	Fresh  time.Duration                              // how long a verification is believed; default a minute
	Linger time.Duration                              // how long the refuge outlives its names; default 2 TTLs
	Apex   Apex                                       // of the zone

	dir      string
	journal  *journal.Journal[Record]
	state    State
	verified time.Time // when the refuge last answered right, by this process
	place    refuge.Place
	target   []dns.Set // what the last move of this process was to
}

// journalHead is the first line of the journal: a later form has another number.
const journalHead = "buzzproof evacuations 1"

// ErrBusy is returned by Open when another process has the journal open.
var ErrBusy = errors.New("another buzzproof is evacuating or coming home")

// Open opens the journal in a folder, which it makes if needed. Only one
// process can have it open: it returns ErrBusy to others.
func Open(dir string, w World) (*Trip, error) {
	j, records, err := journal.Open[Record](dir, journalHead)
	if errors.Is(err, journal.ErrBusy) {
		return nil, fmt.Errorf("%w: %w", ErrBusy, err)
	}
	if err != nil {
		return nil, err
	}
	t := &Trip{
		World: w, Now: time.Now, Wait: wait, Fresh: time.Minute,
		dir: dir, journal: j,
	}
	for _, r := range records {
		t.state.add(r)
	}
	return t, nil
}

// Close gives the journal free.
func (t *Trip) Close() error { return t.journal.Close() }

// State is what the journal knows.
func (t *Trip) State() State { return t.state }

// ErrRefused is what a provider or a refuge did not do.
var ErrRefused = errors.New("refused")

// ErrUnseen says that the authority does not answer with what was changed.
var ErrUnseen = errors.New("not visible in time")

// ErrNowhere is returned by Home when there is nothing to come home from.
var ErrNowhere = errors.New("the site is at home")

// Out goes to the refuge, or goes on going there. When it returns nil the
// names lead there. Whatever else it returns, they lead to where they led
// before, or to the refuge, which answers.
func (t *Trip) Out(ctx context.Context, p Plan) error {
	if err := t.fits(p); err != nil {
		return err
	}
	tree, err := t.Tree(ctx)
	if err != nil {
		return fmt.Errorf("open the snapshot: %w", err)
	}
	if err := t.decide(p, tree); err != nil {
		return err
	}
	for _, step := range []func(context.Context, refuge.Tree) error{t.push, t.settle, t.verify, t.switchOver, t.watchOut, t.arrive} {
		if err := step(ctx, tree); err != nil {
			return err
		}
	}
	return nil
}

// decide notes that the site goes, unless it is on its way or there.
func (t *Trip) decide(p Plan, tree refuge.Tree) error {
	switch t.state.Way {
	case Leaving, Away:
		return nil
	case Returning:
		p = t.state.Plan
	}
	p.Snapshot = tree.ID
	return t.note(Record{ID: p.ID, Step: StepOut, Plan: &p})
}

// fits refuses a plan that is not the one under way.
func (t *Trip) fits(p Plan) error {
	was := t.state.Plan
	if t.state.Way == Home || was.Refuge == p.Refuge && was.DNS == p.DNS && slices.Equal(was.Names, p.Names) {
		return nil
	}
	return fmt.Errorf("an evacuation of %v to %s by %s is under way, and this one is of %v to %s by %s: come home first",
		was.Names, was.Refuge, was.DNS, p.Names, p.Refuge, p.DNS)
}

// push brings the site. What a push leaves behind is known from here on.
func (t *Trip) push(ctx context.Context, tree refuge.Tree) error {
	t.tell("push", fmt.Sprintf("%d objects to %s", len(tree.Objects), t.state.Plan.Refuge))
	if err := t.note(Record{Step: StepPush, Tree: tree.ID}); err != nil {
		return err
	}
	if err := t.Refuge.Push(ctx, tree, t.Bytes); err != nil {
		return fmt.Errorf("push to %s: %w: %w", t.state.Plan.Refuge, ErrRefused, err)
	}
	return t.note(Record{Step: StepPush, Done: true, Tree: tree.ID})
}

// settle starts what has to run at the refuge and learns where it is.
func (t *Trip) settle(ctx context.Context, _ refuge.Tree) error {
	t.tell("place", "where the refuge is")
	if err := t.note(Record{Step: StepPlace}); err != nil {
		return err
	}
	place, err := t.Refuge.Place(ctx)
	if err != nil {
		return fmt.Errorf("place of %s: %w: %w", t.state.Plan.Refuge, ErrRefused, err)
	}
	t.place = place
	return t.note(Record{Step: StepPlace, Done: true, Place: &place})
}

// verify asks the refuge for everything. The journal keeps that it was done
// for people; no later process believes it.
func (t *Trip) verify(ctx context.Context, tree refuge.Tree) error {
	t.tell("verify", fmt.Sprintf("%d objects at %s", len(tree.Objects), t.place.Base))
	if err := t.Verify(ctx, t.place, tree); err != nil {
		return fmt.Errorf("the refuge does not answer as the site does: %w", err)
	}
	t.verified = t.Now()
	return t.note(Record{Step: StepVerify, Done: true, Tree: tree.ID})
}

// switchOver moves the names to the refuge.
func (t *Trip) switchOver(ctx context.Context, tree refuge.Tree) error {
	found, err := t.sets(ctx)
	if err != nil {
		return err
	}
	was := found
	if t.state.Moved {
		was = t.state.Was
	}
	target, err := Target(was, t.place, t.state.Plan.Names, t.state.Plan.TTL, t.Apex)
	if err != nil {
		return err
	}
	if err := t.ours(found); err != nil {
		return err
	}
	if age := t.Now().Sub(t.verified); age < 0 || age > t.Fresh {
		if err := t.verify(ctx, tree); err != nil {
			return err
		}
	}
	t.tell("switch", said(target))
	if err := t.move(ctx, Record{Step: StepSwitch, Was: was}, found, target); err != nil {
		return err
	}
	return t.writeAbsence()
}

func (t *Trip) watchOut(ctx context.Context, _ refuge.Tree) error {
	t.tell("watch", "until the authority answers with the new records")
	return t.seen(ctx, t.target)
}

func (t *Trip) arrive(context.Context, refuge.Tree) error {
	if t.state.Way == Away {
		return nil
	}
	return t.note(Record{Step: StepAway, Done: true})
}

// note writes a record to the journal, which is on disk when it returns.
func (t *Trip) note(r Record) error {
	r.At = t.Now().UTC()
	r.ID = cmp.Or(r.ID, t.state.Plan.ID)
	if err := t.journal.Write(r); err != nil {
		return err
	}
	if t.Noted != nil {
		t.Noted(r)
	}
	t.state.add(r)
	return nil
}

func (t *Trip) tell(step, text string) {
	if t.Tell != nil {
		t.Tell(step, text)
	}
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Dir is the folder of evacuations in a folder of state.
func Dir(state string) string { return filepath.Join(state, "evacuate") }
