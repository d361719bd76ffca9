package buzz

import (
	"buzzproof/internal/site"
)

// A sample is what is known of the visits since a surge began.
type sample struct {
	Visits   float64 `json:"visits"`
	Rich     float64 `json:"rich"` // that were given pages with assets, and watched
	Assets   float64 `json:"assets"`
	Followed float64 `json:"followed"`
	Failed   float64 `json:"failed"`
	Refused  float64 `json:"refused"`
	// Counts are by name, of sources, links and pages.
	Counts   [facets]map[string]float64 `json:"counts"`
	networks map[uint64]float64         // not kept: hashes do not outlive the process
}

// namesMost is how many names a sample holds before it forgets those seen once.
const namesMost = 2000

// sample gathers the last seconds.
func (d *Detector) sample(seconds int) *sample {
	s := &sample{}
	for i := seconds - 1; i >= 0; i-- {
		s.note(d.lately.ago(i))
	}
	return s
}

func (s *sample) note(m *Moment) {
	s.Visits += float64(m.Visits)
	s.Refused += float64(m.Refused)
	if m.Deeds.Known && m.Line.Rung < site.Lite {
		s.Rich += float64(m.Visits)
		s.Assets += float64(m.Deeds.Assets)
		s.Followed += float64(m.Deeds.Followed)
		s.Failed += float64(m.Deeds.Failed)
	}
	for f := range facets {
		for _, t := range of(m, f) {
			add(&s.Counts[f], t.Name, float64(t.N))
		}
	}
	for _, g := range m.Networks {
		add(&s.networks, g.Network, float64(g.N))
	}
}

func add[K comparable](counts *map[K]float64, key K, n float64) {
	if *counts == nil {
		*counts = map[K]float64{}
	}
	(*counts)[key] += n
	if len(*counts) <= namesMost {
		return
	}
	for k, n := range *counts {
		if n <= 1 || len(*counts) > 2*namesMost {
			delete(*counts, k)
		}
	}
}

// top is the largest part that one name has, and how many names there are.
func top[K comparable](counts map[K]float64) (part float64, names int) {
	most, all := 0.0, 0.0
	for _, n := range counts {
		most, all = max(most, n), all+n
	}
	return most / max(all, 1), len(counts)
}

const (
	judged    = 8    // visits before anything is judged
	oneOfMany = 0.6  // part of the visits that makes a network the one
	onePage   = 0.8  // and a page
	manyPages = 0.5  // pages per visit of a machine that walks the site
	farBelow  = 0.25 // of the usual share of deeds: they are not done
	tellsOf   = 0.1  // usual share below which missing deeds say nothing
	failsOver = 0.3  // part of visits that ask for what there is not
)

// reasons are the signs for and against people that a sample shows.
type reasons struct {
	oneNetwork, manyNetworks, onePage, manyPages bool
	assets, noAssets, followed, noFollow         bool
	failed, referred, unreferred                 bool
}

func (s *sample) reasons(d *Detector) reasons {
	var r reasons
	network, networks := top(s.networks)
	page, pages := top(s.Counts[pages])
	r.oneNetwork = networks > 0 && network >= oneOfMany
	r.manyNetworks = float64(networks) >= 0.3*min(s.Visits, namesMost) && network < 0.3
	r.onePage = pages > 0 && page >= onePage
	r.manyPages = float64(pages) >= manyPages*s.Visits
	usual, follow := d.deeds.assets(), d.deeds.followed()
	if s.Rich >= judged {
		r.assets = s.Assets >= 0.5*usual*s.Rich
		r.noAssets = usual >= tellsOf && s.Assets < farBelow*usual*s.Rich
		r.followed = follow > 0 && s.Followed >= 0.5*follow*s.Rich
		r.noFollow = s.Followed < farBelow*max(follow, tellsOf)*s.Rich
		r.failed = s.Failed >= failsOver*s.Rich
	}
	all, unknown := 0.0, s.Counts[sources][""]
	for _, n := range s.Counts[sources] {
		all += n
	}
	r.referred = all > 0 && all-unknown >= 0.3*s.Visits
	r.unreferred = all-unknown < 0.1*s.Visits
	return r
}

// likePeople reports whether visits that look like one client's are many
// people's: they ask for what belongs to the pages, and land on few of them.
func (s *sample) likePeople(d *Detector) bool {
	r := s.reasons(d)
	page, _ := top(s.Counts[pages])
	return s.Rich >= judged && r.assets && page >= 0.5 && !r.failed
}

// unlikePeople reports whether visits are no crowd. Where that cannot be told
// they are one: a crowd must not be missed for an attack.
func (s *sample) unlikePeople(d *Detector) bool {
	r := s.reasons(d)
	switch {
	case r.noAssets && (r.oneNetwork || r.onePage || r.failed || r.noFollow):
		// While the site is new, so may be that it has no assets.
		return d.deeds.known() || r.onePage && r.unreferred || r.oneNetwork && r.manyPages
	case r.oneNetwork && !r.onePage && s.Visits >= fewAttack:
		return true
	case r.failed && r.noFollow && !r.referred:
		return true
	}
	return false
}

// why are the words for what spoke for the verdict.
func (s *sample) why(d *Detector, attack bool) []string {
	r := s.reasons(d)
	var words []string
	say := func(holds bool, word string) {
		if holds {
			words = append(words, word)
		}
	}
	if attack {
		say(r.oneNetwork, site.WhyOneNetwork)
		say(r.manyNetworks, site.WhyManyNetworks)
		say(r.onePage, site.WhyOnePage)
		say(r.manyPages && !r.onePage, site.WhyManyPages)
		say(r.noAssets, site.WhyNoAssets)
		say(r.noFollow, site.WhyNoFollow)
		say(r.failed, site.WhyErrors)
		say(r.unreferred, site.WhyNoReferrer)
		return words
	}
	say(r.oneNetwork, site.WhyOneNetwork)
	say(r.manyNetworks, site.WhyManyNetworks)
	say(r.assets, site.WhyAssets)
	say(r.followed, site.WhyFollow)
	say(r.referred, site.WhyReferrer)
	say(r.unreferred, site.WhyNoReferrer)
	return words
}

// deeds are what people usually do with a page.
type deeds struct {
	Visits   float64 `json:"visits"`
	Assets   float64 `json:"assets"`
	Followed float64 `json:"followed"`
}

const (
	deedsKnown = 50   // visits after which a site's habits are known
	deedsKeep  = 5000 // after which the old ones fade
)

func (k *deeds) learn(m *Moment) {
	if !m.Deeds.Known || m.Line.Rung >= site.Lite {
		return
	}
	k.Visits += float64(m.Visits)
	k.Assets += float64(m.Deeds.Assets)
	k.Followed += float64(m.Deeds.Followed)
	if k.Visits > deedsKeep {
		k.Visits, k.Assets, k.Followed = k.Visits/2, k.Assets/2, k.Followed/2
	}
}

func (k *deeds) known() bool { return k.Visits >= deedsKnown }

// Before anything is known, half of the visits are taken to ask for assets,
// and a fifth to follow.
func (k *deeds) assets() float64   { return min(1, (k.Assets+10)/(k.Visits+20)) }
func (k *deeds) followed() float64 { return min(1, (k.Followed+4)/(k.Visits+20)) }
