package buzz

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"buzzproof/internal/site"
)

const (
	// Shares are those of the week before.
	sharesFade = 0.9057 // a day: half after a week
	sharesMost = 400    // names that are remembered; the rarest are forgotten
	sharesNew  = 20     // visits of names never seen that are taken for granted
	daySeconds = 86400
)

// shares are how much of the visits a name usually has: a referrer, a page.
type shares struct {
	N      map[string]float64 `json:"n"`
	Sum    float64            `json:"sum"`    // of N, and of what was forgotten
	Visits float64            `json:"visits"` // among which they were
}

func (s *shares) start() { s.N = map[string]float64{} }

func (s *shares) learn(tallies []Tally, visits float64) {
	s.Visits += visits
	for _, t := range tallies {
		s.N[t.Name] += float64(t.N)
		s.Sum += float64(t.N)
	}
	if len(s.N) > sharesMost {
		s.thin()
	}
}

// thin forgets the rarer half.
func (s *shares) thin() {
	values := slices.Sorted(maps.Values(s.N))
	bound := values[len(values)/2]
	maps.DeleteFunc(s.N, func(_ string, n float64) bool { return n <= bound })
}

// fade lets a day pass.
func (s *shares) fade() {
	s.Sum, s.Visits = s.Sum*sharesFade, s.Visits*sharesFade
	for name := range s.N {
		s.N[name] *= sharesFade
	}
}

// of is the share of a name among the visits that have one. A name that was
// never seen has that of one visit.
func (s *shares) of(name string) float64 { return (s.N[name] + 1) / (s.Sum + sharesNew) }

// shape is how well that share is known: by so many visits.
func (s *shares) shape(name string) float64 { return s.N[name] + 1 }

// each is how many of a visit have a name at all: most have no referrer.
func (s *shares) each() float64 { return (s.Sum + 5) / (s.Visits + 10) }

// excess are the names that more came with than usual, most first. counts are
// those of an episode in which so many visits were expected anyway. The parts
// are of all that came beyond.
func (s *shares) excess(counts map[string]float64, expected float64) []site.Part {
	var parts []site.Part
	all := 0.0
	for name, n := range counts {
		mu := s.of(name) * s.each() * expected
		all += max(0, n-mu)
		if surprise(n, mu) > telling {
			parts = append(parts, site.Part{Name: name, Part: n - mu})
		}
	}
	for i := range parts {
		parts[i].Part = math.Round(1000*parts[i].Part/all) / 1000
	}
	slices.SortFunc(parts, func(a, b site.Part) int {
		return cmp.Or(cmp.Compare(b.Part, a.Part), cmp.Compare(a.Name, b.Name))
	})
	return parts[:min(len(parts), partsMost)]
}

const (
	telling   = 5 // surprise that makes a name worth saying: once in 150 by chance
	partsMost = 5
)
