package dns

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A difference is what has to be done to the records of one set.
type difference struct {
	fresh  []record // to be made
	turned []record // with the id of one that turns into this
	gone   []record // to be removed
}

// differ compares the records that there are with those that a set should
// have. usual is how the provider spells data; of what should be, text is set.
func differ(list []record, after Set, usual usage) difference {
	var d difference
	for _, r := range list {
		if r.name == after.Name && r.kind == after.Type {
			d.gone = append(d.gone, r)
		}
	}
	for _, r := range after.records() {
		r.text = r.spelling(usual)
		if i := slices.IndexFunc(d.gone, r.equals); i >= 0 {
			d.gone = slices.Delete(d.gone, i, i+1)
			continue
		}
		d.fresh = append(d.fresh, r)
	}
	for len(d.fresh) > 0 && len(d.gone) > 0 {
		r := d.fresh[0]
		r.id = d.gone[0].id
		d.turned = append(d.turned, r)
		d.fresh, d.gone = d.fresh[1:], d.gone[1:]
	}
	return d
}

// equals reports whether two records are the same to the provider.
func (r record) equals(o record) bool {
	return r.text == o.text && r.ttl == o.ttl && more(r) == more(o)
}

// more is what else is known of a record, as one text.
func more(r record) string {
	if len(r.more) == 0 {
		return ""
	}
	text, _ := json.Marshal(r.more) // it came out of JSON
	return string(text)
}

// A keeper is a provider that changes one record, or one set, at a time.
type keeper interface {
	// list returns the records of these names, or more.
	list(ctx context.Context, keys []key) ([]record, error)
	// replace makes the records of a set what they should be, if there are any.
	replace(ctx context.Context, list []record, before, after Set) error
	// publish makes visible what was changed.
	publish(ctx context.Context) error
}

// stepwise makes a change set by set: it is not atomic.
type stepwise struct {
	keeper
	apex  string
	usual usage
}

// inSteps is a zone at a keeper.
func inSteps(name string, k keeper, usual usage, least uint32) (*zone, error) {
	s := &stepwise{keeper: k, usual: usual}
	z, err := named(name, s)
	if err != nil {
		return nil, err
	}
	s.apex, z.least = z.apex, least
	return z, nil
}

func (s *stepwise) read(ctx context.Context, keys []key) ([]Set, error) {
	list, err := s.list(ctx, keys)
	if err != nil {
		return nil, err
	}
	return gather(s.apex, keys, s.usual, list)
}

// write changes set by set, so that no name leads nowhere in between: what
// comes, comes before what goes. Only where a CNAME is on one side of a name the
// rest of it goes first: it can have nothing beside it. Each set is looked at
// once more right before.
func (s *stepwise) write(ctx context.Context, c Change, _ map[key]Set) error {
	for _, i := range steps(c) {
		before, after := c.Before[i], c.After[i]
		list, err := s.list(ctx, []key{before.key()})
		if err != nil {
			return err
		}
		now, err := gather(s.apex, []key{before.key()}, s.usual, list)
		if err != nil {
			return err
		}
		if !holds(byKey(now), []Set{before}) {
			return errRaced
		}
		if err := s.replace(ctx, list, before, after); err != nil {
			return fmt.Errorf("%s %s: %w", after.Name, after.Type, err)
		}
	}
	return nil
}

// steps is the order in which the sets of a change are made.
func steps(c Change) []int {
	var come, gone, clashing []int
	clash := map[string]bool{}
	for i, after := range c.After {
		if after.Type == "CNAME" && !after.same(c.Before[i]) {
			clash[after.Name] = true
		}
	}
	for i, after := range c.After {
		switch {
		case after.same(c.Before[i]):
		case clash[after.Name]:
			clashing = append(clashing, i)
		case len(after.Data) > 0:
			come = append(come, i)
		default:
			gone = append(gone, i)
		}
	}
	// Name by name, so that each stands without records as shortly as can be.
	slices.SortStableFunc(clashing, func(a, b int) int {
		return cmp.Or(strings.Compare(c.After[a].Name, c.After[b].Name), cmp.Compare(min(1, len(c.After[a].Data)), min(1, len(c.After[b].Data))))
	})
	return slices.Concat(come, clashing, gone)
}
