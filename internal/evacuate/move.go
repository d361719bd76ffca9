package evacuate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"buzzproof/internal/dns"
)

// answer is how long a provider may take to answer. A change that was begun is
// not given up sooner, whatever the user presses.
const answer = time.Minute

// sets asks the provider for what the names are now.
func (t *Trip) sets(ctx context.Context) ([]dns.Set, error) {
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	sets, err := t.Zone.Sets(ctx, t.state.Plan.Names)
	if err != nil {
		return nil, fmt.Errorf("look at the records: %w: %w", ErrRefused, err)
	}
	return sets, nil
}

// ours returns a *dns.Changed unless the records found are what home was, what
// a change from here made of them, or, where a change is not atomic, a part of
// one. Before the first change whatever is found is home.
func (t *Trip) ours(found []dns.Set) error {
	if !t.state.Moved {
		return nil
	}
	known := append([][]dns.Set{t.state.Was}, t.state.Made...)
	if slices.ContainsFunc(known, func(sets []dns.Set) bool { return same(sets, found) }) {
		return nil
	}
	if !t.Zone.Atomic() && mixed(known, found) {
		return nil
	}
	return &dns.Changed{Want: t.state.target(), Found: found}
}

// move makes the records what they should be and notes that before and after.
// An answer may be lost, so only what the provider shows afterwards counts.
func (t *Trip) move(ctx context.Context, r Record, found, target []dns.Set) error {
	t.target = target
	if same(found, target) {
		return t.moved(r)
	}
	change := between(t.state.Plan.Names, found, target)
	r.Change = &change
	if err := t.note(r); err != nil {
		return err
	}
	refused := t.apply(ctx, change)
	now, err := t.sets(context.WithoutCancel(ctx))
	switch {
	case err == nil && same(now, target):
		return t.moved(r)
	case refused != nil:
		return fmt.Errorf("change the records: %w: %w", ErrRefused, refused)
	case err != nil:
		return err
	}
	return &dns.Changed{Want: target, Found: now}
}

// A patient zone is changed by a person, who takes his time and may give up.
type patient interface {
	Patience() time.Duration
}

// apply makes a change. One that a provider has begun is not given up.
func (t *Trip) apply(ctx context.Context, c dns.Change) error {
	if _, ok := t.Zone.(patient); ok {
		return t.Zone.Apply(ctx, c)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answer)
	defer cancel()
	return t.Zone.Apply(ctx, c)
}

// moved notes that the records are what they should be.
func (t *Trip) moved(r Record) error {
	return t.note(Record{Step: r.Step, Done: true})
}

// A key names a set.
type key struct{ name, kind string }

// keyed gives the sets that have data by their names.
func keyed(sets []dns.Set) map[key]dns.Set {
	m := make(map[key]dns.Set, len(sets))
	for _, s := range sets {
		if len(s.Data) > 0 {
			m[key{s.Name, s.Type}] = s
		}
	}
	return m
}

// equal reports whether two sets are the same. How long an alias may be kept is
// up to the provider.
func equal(a, b dns.Set) bool {
	kept := a.TTL == b.TTL || strings.HasPrefix(a.Type, "ALIAS")
	return len(a.Data) == 0 && len(b.Data) == 0 || kept && slices.Equal(a.Data, b.Data)
}

// same reports whether two lists have the same sets, in whichever order.
func same(a, b []dns.Set) bool {
	x, y := keyed(a), keyed(b)
	for k, s := range x {
		if !equal(s, y[k]) {
			return false
		}
	}
	return len(x) == len(y)
}

// mixed reports whether each set found is as it was in one of the known lists.
func mixed(known [][]dns.Set, found []dns.Set) bool {
	now := keyed(found)
	for _, list := range known {
		for k := range keyed(list) {
			now[k] = orNone(now, k)
		}
	}
	for k, s := range now {
		if !slices.ContainsFunc(known, func(list []dns.Set) bool { return equal(keyed(list)[k], s) }) {
			return false
		}
	}
	return true
}

// guarded are the types that a change speaks of even when they do not exist:
// one that somebody adds at the last moment would lead visitors elsewhere.
var guarded = []string{"A", "AAAA", "HTTPS"}

// between is the change from what was found to what should be.
func between(names []string, found, target []dns.Set) dns.Change {
	before, after := keyed(found), keyed(target)
	keys := map[key]bool{}
	for _, m := range []map[key]dns.Set{before, after} {
		for k := range m {
			keys[k] = true
		}
	}
	for _, name := range names {
		for _, kind := range guarded {
			keys[key{name, kind}] = true
		}
	}
	var c dns.Change
	for _, k := range sorted(keys) {
		c.Before = append(c.Before, orNone(before, k))
		c.After = append(c.After, orNone(after, k))
	}
	return c
}

func orNone(sets map[key]dns.Set, k key) dns.Set {
	if s, ok := sets[k]; ok {
		return s
	}
	return dns.Set{Name: k.name, Type: k.kind}
}

func sorted(keys map[key]bool) []key {
	list := make([]key, 0, len(keys))
	for k := range keys {
		list = append(list, k)
	}
	slices.SortFunc(list, func(a, b key) int {
		return strings.Compare(a.name+" "+a.kind, b.name+" "+b.kind)
	})
	return list
}

// said is what records are, for people.
func said(sets []dns.Set) string {
	var texts []string
	for _, s := range sets {
		if len(s.Data) > 0 {
			texts = append(texts, fmt.Sprintf("%s %d %s %s", s.Name, s.TTL, s.Type, strings.Join(s.Data, " ")))
		}
	}
	if len(texts) == 0 {
		return "no record"
	}
	return strings.Join(texts, "; ")
}

// seen waits for the authorities and then tells how far resolvers are.
func (t *Trip) seen(ctx context.Context, sets []dns.Set) error {
	if err := t.Seen(ctx, t.state.Plan.Names, sets); err != nil {
		return fmt.Errorf("%w: %w", ErrUnseen, err)
	}
	t.late(ctx, sets)
	return nil
}

// late are the resolvers that do not know yet. It says who and how long.
func (t *Trip) late(ctx context.Context, sets []dns.Set) []Heard {
	late := t.Late(ctx, t.state.Plan.Names, sets)
	right := fmt.Sprintf("%d of %d resolvers lead there", t.Resolvers-len(late), t.Resolvers)
	if len(late) == 0 {
		t.tell("watch", right)
		return nil
	}
	last := slices.MaxFunc(late, func(a, b Heard) int { return cmp.Compare(a.TTL, b.TTL) })
	if last.TTL == 0 {
		t.tell("watch", right+"; "+last.said())
		return late
	}
	t.tell("watch", fmt.Sprintf("%s; the last one, %s, has cached the old way for %d s more", right, last.Server, last.TTL))
	return late
}
