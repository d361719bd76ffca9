package evacuate

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"buzzproof/internal/dns"
	"buzzproof/internal/refuge"
)

// A Preview is what an evacuation would do. Making one changes nothing.
type Preview struct {
	Plan   Plan       `json:"plan"`
	Steps  []Foretold `json:"steps"`
	Before []dns.Set  `json:"before"`
	// After is known where the refuge knows its address without starting.
	After []dns.Set     `json:"after"`
	Wait  time.Duration `json:"-"` // the longest that a visitor may be sent home yet
	Hour  float64       `json:"usd_hour"`
	Day   float64       `json:"usd_day"` // with as many readers as in 2016
	Cost  refuge.Cost   `json:"-"`
	// Metered says that what the refuge sends is counted; else the cap is held
	// against time alone.
	Metered bool `json:"metered"`
}

// A Foretold is one step of a preview.
type Foretold struct {
	Step string `json:"step"`
	What string `json:"what"`
	Undo string `json:"undo"`
}

// The evening of 2016, at the top of three weeks: 100,000 readers a day, each
// of a page of 220 KB in some ten requests.
const (
	bigReaders  = 100_000
	bigRequests = 10 * bigReaders
	bigBytes    = 220_000 * bigReaders
)

// A foreseer is a refuge that knows where it is before anything is started.
type foreseer interface {
	Foresee() (refuge.Place, bool)
}

// Preview says what Out would do with this plan.
func (t *Trip) Preview(ctx context.Context, p Plan) (Preview, error) {
	if t.state.Way != Home {
		p = t.state.Plan
	}
	tree, err := t.Tree(ctx)
	if err != nil {
		return Preview{}, fmt.Errorf("open the snapshot: %w", err)
	}
	sets, err := t.Zone.Sets(ctx, p.Names)
	if err != nil {
		return Preview{}, fmt.Errorf("look at the records: %w: %w", ErrRefused, err)
	}
	p.Snapshot = tree.ID
	v := Preview{Plan: p, Before: sets, Wait: longest(sets), Cost: t.Refuge.Cost()}
	v.Hour, v.Metered = v.Cost.Hour, t.meters()
	v.Day = Price(v.Cost, 24, Usage{Requests: bigRequests, Bytes: bigBytes})
	if place, known := t.foresee(); known {
		was := sets
		if t.state.Moved {
			was = t.state.Was
		}
		if v.After, err = Target(was, place, p.Names, p.TTL, t.Apex); err != nil {
			return v, err
		}
	}
	v.Steps = v.steps(tree, t.lingers(p.TTL))
	return v, nil
}

// meters reports whether what the refuge sends is counted, as far as can be
// said without asking it.
func (t *Trip) meters() bool {
	if c, ok := t.Refuge.(interface{ Counts() bool }); ok {
		return c.Counts()
	}
	_, ok := t.Refuge.(metered)
	return ok
}

func (t *Trip) foresee() (refuge.Place, bool) {
	if f, ok := t.Refuge.(foreseer); ok {
		return f.Foresee()
	}
	return refuge.Place{}, false
}

func (v *Preview) steps(tree refuge.Tree, linger time.Duration) []Foretold {
	at := v.Plan.Refuge
	return []Foretold{
		{"push", fmt.Sprintf("bring what is missing of %d objects, %.1f MB, to %s", len(tree.Objects), float64(size(tree))/1e6, at), "take it away"},
		{"place", "start what has to run at " + at, "stop it and give it back"},
		{"verify", "ask " + at + " for all of it by its own address, as " + v.Plan.Host, "nothing to undo: it only asks"},
		{"switch", "move " + strings.Join(v.Plan.Names, " and "), "the records of now, to the byte, if nobody else has changed them"},
		{"watch", fmt.Sprintf("ask the zone's own servers; resolvers follow within %v", v.Wait), "nothing to undo: it only asks"},
		{"away", "home answers stragglers with the lightest pages", fmt.Sprintf("buzzproof return: records back, %v for stragglers, then nothing is left", linger)},
	}
}

func size(tree refuge.Tree) (sum int64) {
	for _, o := range tree.Objects {
		if o.Status == http.StatusOK || o.Status == http.StatusNotFound {
			sum += o.Size
		}
	}
	return sum
}

// Difference is what changes in the records, a line for each set: "-" goes,
// "+" comes, " " stays.
func Difference(before, after []dns.Set) (lines []string) {
	x, y := keyed(before), keyed(after)
	keys := map[key]bool{}
	for _, m := range []map[key]dns.Set{x, y} {
		for k := range m {
			keys[k] = true
		}
	}
	for _, k := range sorted(keys) {
		old, there := x[k]
		now, stays := y[k]
		if there && stays && equal(old, now) {
			lines = append(lines, "  "+said([]dns.Set{old}))
			continue
		}
		if there {
			lines = append(lines, "- "+said([]dns.Set{old}))
		}
		if stays {
			lines = append(lines, "+ "+said([]dns.Set{now}))
		}
	}
	return lines
}

// Ahead brings the site to the refuge in calm weather and moves nothing. What
// it leaves there may stay, so it is no step of an evacuation.
func (t *Trip) Ahead(ctx context.Context) error {
	tree, err := t.Tree(ctx)
	if err != nil {
		return fmt.Errorf("open the snapshot: %w", err)
	}
	if err := t.Refuge.Push(ctx, tree, t.Bytes); err != nil {
		return fmt.Errorf("push ahead: %w: %w", ErrRefused, err)
	}
	return nil
}
