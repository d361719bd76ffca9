package buzz

// A facet is one way to part people's visits.
type facet int

const (
	sources facet = iota
	links
	pages
	facets
)

// evidence is what came with the visits of the last five minutes, second by
// second, and how many share a page or a source in the last ones.
type evidence struct {
	slots  [horizon]Moment
	at     int // of the newest
	counts [facets][len(short)]map[string]int
}

// short are the windows in which those who share something are counted.
var short = [...]int{window10, window20, window60}

func of(m *Moment, f facet) []Tally {
	switch f {
	case sources:
		return m.Sources
	case links:
		return m.Links
	}
	return m.Pages
}

// push begins a new second, of which nothing is known.
func (e *evidence) push() {
	for i, w := range short {
		leaving := e.ago(windows[w] - 1)
		for f := range facets {
			e.add(f, i, of(leaving, f), -1)
		}
	}
	e.at = (e.at + 1) % horizon
	e.slots[e.at] = Moment{}
}

// replace fills the newest second.
func (e *evidence) replace(m Moment) {
	e.slots[e.at] = m
	for i := range short {
		for f := range facets {
			e.add(f, i, of(&m, f), 1)
		}
	}
}

func (e *evidence) add(f facet, window int, tallies []Tally, sign int) {
	if len(tallies) == 0 {
		return
	}
	counts := e.counts[f][window]
	if counts == nil {
		counts = map[string]int{}
		e.counts[f][window] = counts
	}
	for _, t := range tallies {
		if counts[t.Name] += sign * t.N; counts[t.Name] <= 0 {
			delete(counts, t.Name)
		}
	}
}

// ago is what came in a second: 0 is the newest.
func (e *evidence) ago(seconds int) *Moment {
	return &e.slots[(e.at-seconds+horizon)%horizon]
}

// people counts the visits of a window anew, no network more than a few
// times, or a small part of what those bring that are no heavier than a
// reader: who leafs through the site is one, and so is a crawler, and two
// crawlers are no crowd. known is false if networks were not told.
func (e *evidence) people(seconds int) (n float64, known bool) {
	networks, all := e.byNetwork(seconds)
	light, reader := 0, mostRead(seconds)
	for _, visits := range networks {
		if visits <= reader {
			light += visits
		}
	}
	each := max(min(1+seconds/60, perNetwork), int(networkPart*float64(light)))
	for _, visits := range networks {
		n += float64(min(visits, each))
	}
	return n, all > 0
}

// byNetwork is how many visits of a window each network has, and all of those.
func (e *evidence) byNetwork(seconds int) (networks map[uint64]int, all int) {
	networks = map[uint64]int{}
	for i := range seconds {
		for _, g := range e.ago(i).Networks {
			networks[g.Network] += g.N
			all += g.N
		}
	}
	return networks, all
}

// mostRead is how many pages a reader opens at most: a handful at once, and one
// in eight seconds.
func mostRead(seconds int) int { return 5 + seconds/8 }

// apart is how many visits of a window count if no network counts more than a
// few times, how many are of networks that have more than any reader, and how
// many there were.
func (e *evidence) apart(seconds int) (people, heavy, all float64) {
	for i := range seconds {
		all += float64(e.ago(i).Visits)
	}
	people, known := e.people(seconds)
	if !known {
		return all, 0, all
	}
	networks, _ := e.byNetwork(seconds)
	for _, visits := range networks {
		if visits > mostRead(seconds) {
			heavy += float64(visits)
		}
	}
	return people, heavy, all
}

// onset is since how many seconds a name comes more often than at a rate.
func (e *evidence) onset(f facet, name string, rate float64) int {
	return onset(func(seconds int) (float64, bool) {
		n := 0
		for _, t := range of(e.ago(seconds), f) {
			if t.Name == name {
				n += t.N
			}
		}
		return float64(n), true
	}, rate)
}
