package ban

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// Most is how many bans are kept: each takes some 200 bytes of the file and
// one place in a firewall. Past it those that end first give way.
const Most = 20_000

// A List is what holds: the content of the file.
type List struct {
	Schema  int      `json:"schema"`
	Bans    []Ban    `json:"bans"`
	Pardons []Pardon `json:"pardons,omitempty"`
	Before  *Memory  `json:"before,omitempty"` // who was banned before

	places map[netip.Prefix]int // in Bans; nil when they have moved
}

// parse reads a file of bans. What makes no sense in it is an error: a file
// that was meant to shut somebody out must not be taken for an empty one.
func parse(data []byte) (List, error) {
	var l List
	if err := json.Unmarshal(data, &l); err != nil {
		return List{}, err
	}
	if l.Schema != 1 {
		return List{}, fmt.Errorf("schema %d, want 1", l.Schema)
	}
	for _, b := range l.Bans {
		if !b.Address.IsValid() || b.Address != Of(b.Address.Addr()) {
			return List{}, fmt.Errorf("%v is neither an address nor the /64 of one", b.Address)
		}
		if b.Until.IsZero() {
			return List{}, fmt.Errorf("the ban of %v has no end", b.Address)
		}
	}
	for _, p := range l.Pardons {
		if !p.Address.IsValid() {
			return List{}, errors.New("a pardon has no address")
		}
	}
	if l.Before != nil {
		if err := l.Before.check(); err != nil {
			return List{}, err
		}
	}
	return l, nil
}

// Lengthen returns a ban as long as it must be for somebody who may have been
// banned before: twice as long for each time, up to four weeks.
func (l *List) Lengthen(b Ban) Ban {
	if l.Before == nil {
		return b
	}
	return l.Before.lengthen(b)
}

// Add puts bans in, unless there is a pardon, and remembers them for the next
// time. A second ban of an address takes the place of the first if it ends later.
func (l *List) Add(bans ...Ban) {
	if l.Before == nil {
		l.Before = newMemory()
	}
	for _, b := range l.put(bans) {
		l.Before.note(b)
	}
}

// AddUndated puts in a ban for deeds of an unknown time. They may be those of a
// ban that has ended, so the next one is no longer for it.
func (l *List) AddUndated(b Ban) { l.put([]Ban{b}) }

// put returns the bans that are not pardoned.
func (l *List) put(bans []Ban) (holding []Ban) {
	if l.places == nil {
		l.places = map[netip.Prefix]int{}
		for i := range l.Bans {
			l.places[l.Bans[i].Address] = i
		}
	}
	pardoned := map[netip.Prefix]time.Time{}
	for _, p := range l.Pardons {
		pardoned[p.Address] = p.Until
	}
	for _, b := range bans {
		if until, ok := pardoned[b.Address]; ok && b.From.Before(until) {
			continue
		}
		holding = append(holding, b)
		i, known := l.places[b.Address]
		switch {
		case !known:
			l.places[b.Address] = len(l.Bans)
			l.Bans = append(l.Bans, b)
		case b.Until.After(l.Bans[i].Until):
			l.Bans[i] = b
		}
	}
	return holding
}

// Lift takes a ban out, forgets earlier ones and pardons the address until then.
// It reports whether there was any.
func (l *List) Lift(p netip.Prefix, until time.Time) bool {
	marked := l.Before != nil && l.Before.pardon(p)
	before := len(l.Bans)
	l.places = nil
	l.Bans = slices.DeleteFunc(l.Bans, func(b Ban) bool { return b.Address == p })
	if len(l.Bans) == before && !marked {
		return false
	}
	l.Pardons = slices.DeleteFunc(l.Pardons, func(q Pardon) bool { return q.Address == p })
	l.Pardons = append(l.Pardons, Pardon{p, until})
	return true
}

// Forget drops what has ended, and what is too much.
func (l *List) Forget(now time.Time) {
	l.places = nil
	l.Bans = slices.DeleteFunc(l.Bans, func(b Ban) bool { return !b.Until.After(now) })
	l.Pardons = slices.DeleteFunc(l.Pardons, func(p Pardon) bool { return !p.Until.After(now) })
	slices.SortStableFunc(l.Bans, func(a, b Ban) int { return b.Until.Compare(a.Until) })
	if len(l.Bans) > Most {
		l.Bans = l.Bans[:Most]
	}
	if l.Before != nil {
		l.Before.forget(now)
	}
}
