package freeze

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"buzzproof/internal/snapshot"
)

// A Report tells the owner what a freeze brought.
type Report struct {
	Schema    int     `json:"schema"`
	ID        string  `json:"id"`
	Changed   bool    `json:"changed"` // false: the site is as it was
	Pages     int     `json:"pages"`
	Assets    int     `json:"assets"`
	Redirects int     `json:"redirects"`
	Requests  int     `json:"requests"`
	Resumed   int     `json:"resumed"` // answers kept from a freeze that was cut off
	Bytes     int64   `json:"bytes"`   // of the copy
	Received  int64   `json:"received"`
	Seconds   float64 `json:"seconds"`

	Complete bool                 `json:"complete"`
	Missing  []Missing            `json:"missing"`  // what the copy should hold and does not
	Dead     []Missing            `json:"dead"`     // links that are dead at the origin too
	Login    []Missing            `json:"login"`    // addresses that want a login
	Differs  []Missing            `json:"differs"`  // pages that do not say what the origin said
	LeftOut  []LeftOut            `json:"left_out"` // by class
	Forms    []snapshot.Form      `json:"forms"`
	Hosts    []snapshot.HostCount `json:"third_party"`
	Warnings []string             `json:"warnings"`
}

// A Missing names an address, what is wrong with it, and a page that links
// there.
type Missing struct {
	URL  string `json:"url"`
	Why  string `json:"why"`
	From string `json:"from,omitempty"`
}

// A LeftOut counts the addresses of one class of waste.
type LeftOut struct {
	Class string `json:"class"`
	Count int    `json:"count"`
	// Example is one of them, to judge the class by.
	Example string `json:"example"`
}

func (f *Freezer) report(w *walked, b *built, changed bool) *Report {
	m := b.manifest
	r := &Report{
		Schema: 1, ID: m.ID, Changed: changed, Redirects: len(m.Redirects),
		Requests: int(f.count.requests.Load()), Resumed: int(f.count.reused.Load()),
		Received: f.count.received.Load(), Seconds: time.Since(f.count.began).Round(time.Millisecond).Seconds(),
		Missing: slices.Concat(w.missing, b.missing), Dead: w.dead, Login: w.login, Differs: b.differs,
		LeftOut: w.leftOut(), Forms: m.Forms, Hosts: m.ThirdParty, Warnings: w.warnings,
	}
	counted := map[string]bool{}
	for _, e := range m.Entries {
		if e.Page {
			r.Pages++
		} else {
			r.Assets++
		}
		if !counted[e.File] {
			r.Bytes += e.Size
			counted[e.File] = true
		}
	}
	for _, list := range []*[]Missing{&r.Missing, &r.Dead, &r.Login, &r.Differs} {
		slices.SortFunc(*list, func(a, b Missing) int { return cmp.Compare(a.URL, b.URL) })
		*list = notNil(*list)
	}
	r.LeftOut, r.Forms, r.Hosts, r.Warnings = notNil(r.LeftOut), notNil(r.Forms), notNil(r.Hosts), notNil(r.Warnings)
	r.Complete = len(r.Missing) == 0 && len(r.Differs) == 0
	return r
}

// notNil makes an empty list of nothing, so that JSON says [] and not null.
func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func (w *walked) leftOut() []LeftOut {
	var all []LeftOut
	for _, class := range slices.Sorted(maps.Keys(w.leftCount)) {
		all = append(all, LeftOut{class, w.leftCount[class], w.leftExample[class]})
	}
	return all
}
