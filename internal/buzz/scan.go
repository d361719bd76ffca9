package buzz

import "time"

const (
	// bar is the surprise that is no chance any more. Windows overlap and are
	// many: of a month's 2.6 million seconds, chance alone would pass it in
	// less than one (exp(-16) is one in nine million).
	bar = 16
	// barShared is that of visits that share a page or a source: there are
	// hundreds of those.
	barShared = 18
	// However surprising, what is less than twice the usual is no buzz.
	multiple = 2
	// Then there is the rule that asks nothing of how visits come in bunches: so
	// many times what is expected, and so many a second, over a minute. Of a site
	// whose hours often are that far from what is expected it asks for more: the
	// surprise may be no more than once in 400 hours.
	plain, plainRate, plainBar = 4, 0.5, 6
	// A network counts as one person, as so many in minutes, or as this part of
	// those of networks that no reader outdoes: three readers who leaf through the
	// site at the same moment are ten visits in ten seconds.
	perNetwork, networkPart = 3, 0.05
	// Nothing is told from the first seconds: what was there from the start is
	// no leap.
	watchFirst = 5 // seconds
)

// floors are how few visits in a window can be a buzz. Where networks are
// known they are people; else one reader's pages look like a crowd's.
var (
	floorsPeople = [len(windows)]float64{8, 9, 10, 11, 13, 16, 20}
	floorsVisits = [len(windows)]float64{8, 9, 10, 12, 18, 24, 40}
	floorsShared = [len(short)]float64{9, 10, 20}
)

// scan looks for more people than usual, and says since how many seconds they
// come.
func (d *Detector) scan(m *Moment) (since int, found bool) {
	loud := false // whatever the networks
	for i, w := range windows {
		if time.Duration(w)*time.Second < m.Span || d.people.secs[i] == 0 {
			continue
		}
		rate := d.rateFor(i)
		if !d.passes(i, d.people.sums[i], rate, floorsPeople[i]) {
			continue
		}
		people, known := d.lately.people(w)
		if !known && d.people.sums[i] < floorsVisits[i] {
			continue
		}
		loud = true
		if !known || d.passes(i, people, rate, floorsPeople[i]) {
			return d.people.onset(rate), true
		}
	}
	if since, found = d.scanShared(m); found || !loud {
		return since, found
	}
	return d.fewNetworks()
}

// crowded reports whether more people come than usual, however much each
// network asks for.
func (d *Detector) crowded() bool {
	for i, w := range windows {
		people, known := d.lately.people(w)
		if !known {
			people = d.people.sums[i]
		}
		if d.people.secs[i] > 0 && d.passes(i, people, d.rateFor(i), floorsPeople[i]) {
			return true
		}
	}
	return false
}

// passes reports whether n visits in a window are too many for chance.
func (d *Detector) passes(window int, n, rate, floor float64) bool {
	mu := rate * float64(d.people.secs[window])
	if n < floor || n < multiple*mu {
		return false
	}
	shape := d.usual.shape()
	if window == window60 && n >= plainRate*60 && n >= plain*mu && surprise(n, mu) >= bar && surpriseAt(n, mu, shape) >= plainBar {
		return true
	}
	bunch := d.usual.Scatter[window].factor()
	return surpriseAt(n/bunch, mu/bunch, shape) >= bar
}

// rateFor is what to expect in a window. In the first hour it is what came
// before the window, if that is more.
func (d *Detector) rateFor(window int) float64 {
	rate := d.usual.rate()
	if d.usual.Total >= young {
		return rate
	}
	before := float64(d.watched - int64(d.people.secs[window]))
	if before < watchFirst {
		return never
	}
	return max(rate, (d.visits-d.people.sums[window]+2)/(before+10))
}

// never is a rate that nothing surpasses.
const never = 1e12

// scanShared looks for more visits than usual that share a source or a page.
// Only what came just now can have grown.
func (d *Detector) scanShared(m *Moment) (since int, found bool) {
	if m.Span > time.Second {
		return 0, false
	}
	for f := range facets {
		for _, t := range of(m, f) {
			for i, window := range short {
				n := float64(d.lately.counts[f][i][t.Name])
				if n < floorsShared[i] {
					continue
				}
				rate := d.rateFor(window) * d.shares[f].each() * d.shares[f].of(t.Name)
				mu := rate * float64(d.people.secs[window])
				shape := 1 / (1/d.usual.shape() + 1/d.shares[f].shape(t.Name))
				if d.sharedBy(n, mu, shape, floorsShared[i], windows[window]) {
					return d.lately.onset(f, t.Name, rate), true
				}
			}
		}
	}
	return 0, false
}

// sharedBy reports whether n visits in a window, that share a name, are too
// many of too many people. How many of them are a machine's is not known. So
// they must surprise if each name has its part of those that no network counts
// for, and also without all visits of networks that no reader has so many of:
// a crawler's have one name, no referrer, and a part of each would leave most
// of them there.
func (d *Detector) sharedBy(n, mu, shape, floor float64, seconds int) bool {
	people, heavy, all := d.lately.apart(seconds)
	parts, left := n*min(1, people/max(1, all)), n-heavy
	least := min(parts, left)
	return parts >= floor && least >= multiple*mu && surpriseAt(least, mu, shape) >= barShared
}

const (
	// A crowd behind one network, a conference or a company, is so many in a
	// minute; and of those that are none, so many are worth a word.
	fewCrowd, fewAttack = 30, 60
)

// fewNetworks tells what many visits from few networks are: a reader who leafs
// through the site, a crowd behind one address, or a machine.
func (d *Detector) fewNetworks() (since int, found bool) {
	rate := d.rateFor(window60)
	since = d.people.onset(rate)
	n := d.people.sums[window60]
	s := d.sample(since)
	if n >= fewCrowd && s.likePeople(d) || n >= fewAttack && s.unlikePeople(d) {
		return since, true
	}
	d.doubt(int64(since))
	return 0, false
}

// doubt keeps the last seconds from being learnt.
func (d *Detector) doubt(seconds int64) {
	from := d.tick - seconds + 1
	if d.strange.To < d.tick-horizon {
		d.strange.From = from
	}
	d.strange.From, d.strange.To = min(d.strange.From, from), d.tick
}
