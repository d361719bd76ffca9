package dns

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"buzzproof/internal/site"
)

// Common are the settings that every provider has.
type Common struct {
	// Zone is the name of the zone: the shortest name that the provider keeps
	// records for, such as "example.org".
	Zone string `toml:"zone"`
}

// patience is how long a look or a change may take, all its questions together.
// A provider that is silent for longer will not answer.
const patience = 30 * time.Second

// A provider is what differs between those who can move a name.
type provider interface {
	// read returns the sets of these names that exist, in the spelling of this
	// package; of other types than those of the keys at its liking.
	read(ctx context.Context, keys []key) ([]Set, error)
	// write makes a change, whose Before was just found. It returns errRaced
	// when the provider found that it no longer holds.
	write(ctx context.Context, c Change, found map[key]Set) error
}

// errRaced is that somebody was faster between looking and writing.
var errRaced = errors.New("somebody else changes the same records")

// A completer knows what belongs to a set and was not said: nothing is compared
// without it.
type completer interface {
	complete(s Set) (Set, error)
}

// A publisher has a step that makes changes visible. It is taken even when
// there is nothing to change: it may have been missed.
type publisher interface {
	publish(ctx context.Context) error
}

// An examiner can tell something of its credentials.
type examiner interface {
	examine(ctx context.Context) []site.Finding
}

// zone is a Zone at any provider. What all have in common is here: the spelling
// of names and data, looking before writing, what is done twice, an end.
type zone struct {
	provider
	apex   string
	alias  string // the type of records that make the apex an alias, if there is one
	whole  bool   // a change is made in one piece
	held   bool   // the provider itself compares what is there while it writes
	least  uint32 // the shortest TTL that the provider keeps, in seconds
	within time.Duration
}

// named is a zone of this name at a provider.
func named(name string, p provider) (*zone, error) {
	apex, err := Name(name)
	if err != nil {
		return nil, fmt.Errorf("zone: %w", err)
	}
	return &zone{provider: p, apex: apex, within: patience}, nil
}

// Atomic is part of Zone.
func (z *zone) Atomic() bool { return z.whole }

// AliasType is the type of record by which the provider makes an apex an alias
// of another name; empty if it cannot.
func (z *zone) AliasType() string { return z.alias }

// Apex is the name of the zone.
func (z *zone) Apex() string { return z.apex }

// LeastTTL is the shortest TTL that the provider keeps, in seconds; 0 is not known.
func (z *zone) LeastTTL() uint32 { return z.least }

// Examine tells in advance what is known of the credentials: that they work, and
// what they can beyond what is needed, where a provider tells.
func (z *zone) Examine(ctx context.Context) []site.Finding {
	ctx, cancel := context.WithTimeout(ctx, z.within)
	defer cancel()
	if _, err := z.look(ctx, []key{{z.apex, "A"}}); err != nil {
		return []site.Finding{{About: "credentials", Found: err.Error(), Mend: "docs/names.md says how to make them for this provider"}}
	}
	x, ok := z.provider.(examiner)
	if !ok {
		return []site.Finding{{About: "credentials", OK: true, Found: "they work; this provider does not tell what else they can"}}
	}
	return x.examine(ctx)
}

// Sets is part of Zone.
func (z *zone) Sets(ctx context.Context, names []string) ([]Set, error) {
	ctx, cancel := context.WithTimeout(ctx, z.within)
	defer cancel()
	var keys []key
	for _, text := range names {
		name, err := Name(text)
		if err != nil {
			return nil, err
		}
		if !within(name, z.apex) {
			return nil, fmt.Errorf("%s is not in the zone %s", name, z.apex)
		}
		for _, kind := range leading {
			keys = append(keys, key{name, kind})
		}
	}
	sets, err := z.look(ctx, keys)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(sets, func(s Set) bool { return !leads(s.Type) }), nil
}

// look reads the sets of the names of these keys and no others, in order.
func (z *zone) look(ctx context.Context, keys []key) ([]Set, error) {
	sets, err := z.read(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("read the records of %s: %w", z.apex, err)
	}
	asked := map[string]bool{}
	for _, k := range keys {
		asked[k.name] = true
	}
	sets = slices.DeleteFunc(sets, func(s Set) bool { return !asked[s.Name] || len(s.Data) == 0 })
	return sorted(sets), nil
}

// Apply is part of Zone.
func (z *zone) Apply(ctx context.Context, c Change) error {
	c, err := c.clean(z.apex)
	if err != nil {
		return err
	}
	if err := z.complete(&c); err != nil {
		return err
	}
	for i, s := range c.After {
		if len(s.Data) > 0 && s.TTL < z.least && !s.same(c.Before[i]) {
			return fmt.Errorf("%s %s: the provider keeps no TTL below %d s, and %d s is wanted", s.Name, s.Type, z.least, s.TTL)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, z.within)
	defer cancel()
	found, err := z.found(ctx, c)
	if err != nil {
		return err
	}
	if !holds(found, c.After) {
		if !holds(found, c.Before) {
			return changed(c.Before, found)
		}
		if err := z.make(ctx, c, found); err != nil {
			return err
		}
	}
	if p, ok := z.provider.(publisher); ok {
		if err := p.publish(ctx); err != nil {
			return fmt.Errorf("publish the records of %s: %w", z.apex, err)
		}
	}
	return nil
}

func (z *zone) complete(c *Change) (err error) {
	p, ok := z.provider.(completer)
	for i := 0; ok && i < len(c.Before); i++ {
		if c.Before[i], err = p.complete(c.Before[i]); err != nil {
			return err
		}
		if c.After[i], err = p.complete(c.After[i]); err != nil {
			return err
		}
	}
	return nil
}

// make changes what holds, and looks afterwards where the provider did not
// compare by itself.
func (z *zone) make(ctx context.Context, c Change, found map[key]Set) error {
	err := z.write(ctx, c, found)
	raced := errors.Is(err, errRaced)
	switch {
	case err != nil && !raced:
		return fmt.Errorf("change the records of %s: %w", z.apex, err)
	case err == nil && z.held:
		return nil
	}
	now, unread := z.found(ctx, c)
	if unread != nil {
		return unread
	}
	switch {
	case holds(now, c.After):
		return nil
	case !raced:
		return changed(c.After, now)
	case holds(now, c.Before): // it was something else, in the same words
		return fmt.Errorf("change the records of %s: %w", z.apex, err)
	}
	return changed(c.Before, now)
}

// found reads the sets that a change names.
func (z *zone) found(ctx context.Context, c Change) (map[key]Set, error) {
	keys := make([]key, len(c.Before))
	for i, s := range c.Before {
		keys[i] = s.key()
	}
	sets, err := z.look(ctx, keys)
	if err != nil {
		return nil, err
	}
	all := byKey(sets)
	maps.DeleteFunc(all, func(k key, _ Set) bool { return !slices.Contains(keys, k) })
	return all, nil
}

// changed is that what was found is not what was wanted.
func changed(want []Set, found map[key]Set) error {
	e := &Changed{Found: sorted(slices.Collect(maps.Values(found)))}
	for _, s := range want {
		if len(s.Data) > 0 {
			e.Want = append(e.Want, s)
		}
	}
	return e
}
