package buzz

import "math"

// Visits scatter in two ways. Within an hour they come in bunches, because
// people look at several pages: the more come, the less it matters. From hour
// to hour the level itself wanders, by the weather and by what is on
// television: that is as large a part of many as of few. Both are learnt from
// the site, hour by hour, and the counts of a window taken for a gamma-Poisson
// mixture, of bunches that come at a level which is so many times the usual.

const (
	scatterPrior = 1.3 // of counts of which nothing is known
	scatterMost  = 12
	scatterKeeps = 5000 // visits, after which the old fade
)

// scatter is how much more counts of a window vary within an hour than
// Poisson's. It is the sum of squared differences over that of the counts.
type scatter struct {
	Squares  float64 `json:"squares"`
	Expected float64 `json:"expected"`

	n, mu, nn, nmu, mumu, blocks float64 // of the hour under way: sums over its blocks
	inBlock, muInBlock           float64
	secs                         int
}

func (s *scatter) start() { s.Squares, s.Expected = scatterPrior*20, 20 }

func (s *scatter) learn(n, mu float64, window int) {
	s.inBlock, s.muInBlock, s.secs = s.inBlock+n, s.muInBlock+mu, s.secs+1
	if s.secs < window {
		return
	}
	s.n, s.mu, s.blocks = s.n+s.inBlock, s.mu+s.muInBlock, s.blocks+1
	s.nn, s.nmu, s.mumu = s.nn+s.inBlock*s.inBlock, s.nmu+s.inBlock*s.muInBlock, s.mumu+s.muInBlock*s.muInBlock
	s.inBlock, s.muInBlock, s.secs = 0, 0, 0
}

// close ends an hour: its counts are compared with what they would be at its
// own level.
func (s *scatter) close() {
	if s.blocks > 1 {
		level := s.n / s.mu
		s.Squares += max(0, s.nn-2*level*s.nmu+level*level*s.mumu) * s.blocks / (s.blocks - 1)
		s.Expected += s.n
	}
	if s.Expected > scatterKeeps {
		s.Squares, s.Expected = s.Squares/2, s.Expected/2
	}
	*s = scatter{Squares: s.Squares, Expected: s.Expected}
}

func (s *scatter) factor() float64 {
	return min(max(s.Squares/s.Expected, 1), scatterMost)
}

// spread is the variance of the level of hours, relative to what was expected
// of them when they began: the weighted mean of squares.
type spread struct {
	Squares float64 `json:"squares"`
	Weight  float64 `json:"weight"` // hours
}

// An hour is watched before when this hour of the week was.
const (
	watchedBefore = iota
	watchedFirst
)

const (
	// Before anything is known, levels wander by 0.4 of themselves, as much as
	// they would in this many hours.
	spreadPrior, spreadHours = 0.15, 24
	spreadKeeps              = 700 // hours, after which the old fade
	// An hour says the less of its level the fewer visits it has.
	spreadVisits = 30
	// Midnights, weekends and weather make leaps that are rarer and larger than
	// a gamma distribution of the mean variance has: so many times that is taken.
	spreadLeaps = 1.3
	// Steadier than 0.1 is no site, and wilder than its own mean none that has
	// a usual.
	spreadLeast, spreadMost = 0.01, 1
)

func (s *spread) start() { s.Squares, s.Weight = spreadPrior*spreadHours, spreadHours }

// learn takes in an hour in which n came and mu were expected, that come in
// bunches of so many.
func (s *spread) learn(n, mu, bunch float64) {
	off, scale := n-mu, mu+spreadVisits
	s.Squares = max(0, s.Squares+(off*off-bunch*mu)/(scale*scale))
	s.Weight += mu * mu / (scale * scale)
	if s.Weight > spreadKeeps {
		s.Squares, s.Weight = s.Squares/2, s.Weight/2
	}
}

// shape is that of the gamma distribution of levels: the larger, the steadier.
func (s *spread) shape() float64 {
	return 1 / min(max(spreadLeaps*s.Squares/s.Weight, spreadLeast), spreadMost)
}

// An hourly is the hour under way.
type hourly struct {
	n, mu, ratio float64
	secs         int
	fresh        bool
}

// learnSpread takes a second in.
func (u *usual) learnSpread(n float64) {
	for i := range u.Scatter {
		u.Scatter[i].learn(n, u.usual, windows[i])
	}
	h := &u.hourly
	if h.secs == 0 {
		*h = hourly{ratio: u.ratio, fresh: u.isNew()}
	}
	h.n, h.mu, h.secs = h.n+n, h.mu+u.usual*h.ratio, h.secs+1
	if h.secs < 3600 {
		return
	}
	kind := watchedBefore
	if h.fresh {
		kind = watchedFirst
	}
	u.Spread[kind].learn(h.n, h.mu, u.Scatter[window300].factor())
	for i := range u.Scatter {
		u.Scatter[i].close()
	}
	h.secs = 0
}

// shape is that of the levels of such an hour as now.
func (u *usual) shape() float64 {
	if u.isNew() {
		return u.Spread[watchedFirst].shape()
	}
	return u.Spread[watchedBefore].shape()
}

// surpriseAt is the surprise of n where mu are usual at a level that scatters
// with a shape: the likelihood ratio of a negative binomial count against its
// best mean. Chernoff's bound holds for it as for Poisson's.
func surpriseAt(n, mu, shape float64) float64 {
	if n <= mu {
		return 0
	}
	return n*math.Log(n/mu) - (n+shape)*math.Log((n+shape)/(mu+shape))
}
