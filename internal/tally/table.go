package tally

import (
	"cmp"
	"slices"
)

// A Panel is one list of items by name.
type Panel int

// The panels.
const (
	Pages     Panel = iota
	Landings        // pages that people came to from elsewhere
	Static          // what pages show
	NotFound        // addresses without their query
	Sites           // that people came from, or the app
	Referrers       // pages that people came from, without their query
	Phrases         // that people searched for
	Machines        // what machines call themselves; of people it is not kept
	Browsers
	Systems
	Statuses
	Methods
	Protocols
	Hosts // names that this server was asked by
	TLS
	MIME
	Countries
	Networks // by name, as a database has them
	Panels
)

var panelNames = [Panels]string{
	"pages", "landings", "static", "not_found", "referring_sites", "referrers", "search_phrases", "agents", "browsers", "systems",
	"status", "methods", "protocols", "vhosts", "tls", "mime", "countries", "networks",
}

// String returns the name of the panel in JSON.
func (p Panel) String() string { return panelNames[p] }

// An Item is one line of a panel.
type Item struct {
	Key     string
	Classes [Classes]Count
}

// Total is what all classes did together.
func (i *Item) Total() (sum Count) {
	for _, c := range i.Classes {
		sum.add(c)
	}
	return sum
}

// Room is how many items a table holds, and MaxKey how many bytes of a name:
// 18 panels of 1,000 items of 200 bytes and a name of up to 300 are 9 MB,
// whatever strangers ask for.
const (
	Room   = 1000
	MaxKey = 300
)

// A Table holds the items of a panel. When it is full it forgets the lesser
// half of them and remembers what they came to, and by how much an item that
// is listed may be short for that reason. The zero value is empty.
type Table struct {
	items   map[string]*Item
	Other   [Classes]Count // what forgotten items came to
	Forgot  uint64         // items, some more than once
	ShortOf uint64         // hits that a listed item can lack
}

// At returns the item of a name, made if need be. It is valid until the next
// call.
func (t *Table) At(key string) *Item {
	if it := t.items[key]; it != nil {
		return it
	}
	return t.make(key)
}

func (t *Table) make(key string) *Item {
	key = key[:min(len(key), MaxKey)]
	if it := t.items[key]; it != nil {
		return it
	}
	if t.items == nil {
		t.items = map[string]*Item{}
	}
	if len(t.items) >= Room {
		t.Keep(Room / 2)
	}
	// A copy: names are cut out of longer texts, which would stay in memory.
	it := &Item{Key: string(append([]byte(nil), key...))}
	t.items[it.Key] = it
	return it
}

// Len is how many items there are.
func (t *Table) Len() int { return len(t.items) }

// Keep forgets all but the n items with most hits.
func (t *Table) Keep(n int) {
	if len(t.items) <= n {
		return
	}
	lost := t.Top(len(t.items))[n:]
	t.ShortOf += lost[0].Total().Hits
	t.Forgot += uint64(len(lost))
	for _, it := range lost {
		for c := range it.Classes {
			t.Other[c].add(it.Classes[c])
		}
		delete(t.items, it.Key)
	}
}

// Top returns the n items with most hits, the most first; among equals names
// decide.
func (t *Table) Top(n int) []*Item {
	all := make([]*Item, 0, len(t.items))
	for _, it := range t.items {
		all = append(all, it)
	}
	slices.SortFunc(all, func(a, b *Item) int {
		return cmp.Or(cmp.Compare(b.Total().Hits, a.Total().Hits), cmp.Compare(a.Key, b.Key))
	})
	return all[:min(n, len(all))]
}

// Merge adds another table to this one.
func (t *Table) Merge(o *Table) {
	for key, from := range o.items {
		to := t.At(key)
		for c := range to.Classes {
			to.Classes[c].add(from.Classes[c])
		}
	}
	for c := range t.Other {
		t.Other[c].add(o.Other[c])
	}
	t.Forgot += o.Forgot
	t.ShortOf += o.ShortOf
}
