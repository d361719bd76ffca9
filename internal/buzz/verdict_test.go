package buzz

import (
	"bufio"
	"compress/gzip"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/site"
)

// rounds is how many seeds there is time for.
func rounds(n int) int {
	if raced {
		return max(1, n/8)
	}
	return n
}

// warm is a site that was watched for some days, with its detector.
func warm(seed uint64, mean float64, days int) (*season, *Detector) {
	s, d := newSeason(seed, mean), New(time.UTC)
	for range days * daySeconds {
		d.Step(s.next())
	}
	return s, d
}

// play steps for so many seconds and returns what was said.
func play(s *season, d *Detector, seconds int, change func(*Moment)) (events []site.Event) {
	for range seconds {
		m := s.next()
		if change != nil {
			change(&m)
		}
		events = append(events, d.Step(m)...)
	}
	return events
}

func kindsOf(events []site.Event) map[site.Kind]int {
	kinds := map[site.Kind]int{}
	for _, e := range events {
		kinds[e.Kind]++
	}
	return kinds
}

func TestCrowdsAndAttacksAreNamedAsWhatTheyAre(t *testing.T) {
	t.Parallel()
	steady := func(rate float64) func(float64) float64 { return func(float64) float64 { return rate } }
	for _, c := range []struct {
		name string
		flow func(*season) *flow
		want site.Kind
	}{
		{"a front page", func(s *season) *flow { return s.front(steady(5), 300) }, site.KindBuzz},
		{"television: nobody has a referrer", func(s *season) *flow {
			return &flow{rate: steady(20), page: "/", assets: s.deedShare, leafs: true}
		}, site.KindBuzz},
		{"a conference behind one address", func(s *season) *flow {
			return &flow{rate: steady(3), page: "/talk/", networks: 2, assets: s.deedShare, sources: []Tally{{"", 6}, {"conf.example", 4}}, leafs: true}
		}, site.KindBuzz},
		{"an app whose browser says nothing", func(s *season) *flow {
			return &flow{rate: steady(4), page: "/new/", assets: s.deedShare}
		}, site.KindBuzz},
		{"one network that takes page after page", func(*season) *flow {
			return &flow{rate: steady(8), networks: 1, failed: 0.3}
		}, site.KindAttack},
		{"a botnet on one page", func(*season) *flow {
			return &flow{rate: steady(15), page: "/", assets: 0}
		}, site.KindAttack},
		{"a scan from many networks", func(*season) *flow {
			return &flow{rate: steady(6), failed: 0.95}
		}, site.KindAttack},
		{"a rack of machines on one page", func(*season) *flow {
			return &flow{rate: steady(30), page: "/search/", networks: 3}
		}, site.KindAttack},
	} {
		t.Run(c.name, func(t *testing.T) {
			for seed := range uint64(rounds(3)) {
				s, d := warm(seed+4000, 20.0/3600, 4)
				f := c.flow(s)
				f.from, f.till = s.tick+1, s.tick+301
				s.flows = []*flow{f}
				events := play(s, d, 240, nil)
				kinds := kindsOf(events)
				wrong := site.KindBuzz
				if c.want == site.KindBuzz {
					wrong = site.KindAttack
				}
				if kinds[c.want] == 0 || kinds[wrong] > 0 {
					t.Errorf("seed %d: said %v, want %s alone", seed, kinds, c.want)
				}
				for _, e := range events {
					if e.Kind == c.want && len(e.Facts.Why) == 0 {
						t.Errorf("seed %d: no reason is given", seed)
					}
				}
			}
		})
	}
}

func TestAStampedeOfPreviewsIsAnAnnouncement(t *testing.T) {
	t.Parallel()
	for _, all := range []int{500, 5000} {
		s, d := warm(5000, 20.0/3600, 3)
		left := all
		events := play(s, d, 300, func(m *Moment) {
			n := min(left, all/40) // over 40 s
			left -= n
			m.Hits[site.Preview] += n
			if n > 0 {
				m.Previews = append(m.Previews, Tally{"/new/", n})
			}
		})
		kinds := kindsOf(events)
		if kinds[site.KindPreview] == 0 || kinds[site.KindBuzz]+kinds[site.KindAttack] > 0 {
			t.Errorf("%d previews are said as %v", all, kinds)
		}
		for _, e := range events {
			if e.Kind == site.KindPreview && e.Voice != site.Ears {
				t.Errorf("an announcement is said as %v", e.Voice)
			}
		}
	}
}

func TestTheOriginIsNamedAmongMixedReferrers(t *testing.T) {
	t.Parallel()
	right, all := 0, 0
	for seed := range uint64(rounds(20) * seasons()) {
		s, d := warm(seed+6000, 50.0/3600, 2)
		f := s.front(func(float64) float64 { return 1.5 }, 300)
		// A third to two thirds are named; the rest say nothing or come otherwise.
		f.sources = []Tally{{"origin.example", 4 + s.rng.IntN(4)}, {"", 2 + s.rng.IntN(3)}, {s.sources[0], 1}, {"x.example", 1}, {"y.example", 1}}
		s.flows = []*flow{f}
		for _, e := range play(s, d, 120, nil) {
			if e.Kind != site.KindBuzz || e.Phase != site.PhaseRising {
				continue
			}
			all++
			for _, source := range e.Facts.Sources {
				if source.Name != "" { // those who say nothing name nobody
					if source.Name == "origin.example" {
						right++
					}
					break
				}
			}
		}
	}
	t.Logf("bar: origin         %d of %d named rightly, at least 95 %%", right, all)
	if all < rounds(20)*seasons()*9/10 || right*100 < all*95 {
		t.Errorf("%d of %d named rightly", right, all)
	}
}

// A line of 13 visits a second in its lightest rung, and crowds that grow in
// different ways until they fill it.
func TestTheFullLineIsForetold(t *testing.T) {
	t.Parallel()
	good, all := 0, 0
	for seed := range uint64(rounds(24) * seasons()) {
		s, d := warm(seed+7000, 30.0/3600, 2)
		grow, full := growth(s, seed)
		f := s.front(grow, int(full)+600)
		s.flows = []*flow{f}
		line := Line{Rate: 120_000}
		for r := range line.Visit {
			line.Visit[r] = []float64{200_000, 60_000, 9000, 9000}[min(r, 3)]
		}
		foretold := false
		play(s, d, int(full*0.6), func(m *Moment) {
			m.Line = line
			m.Line.Used = min(line.Rate, float64(m.Visits)*9000)
		})
		for _, forecast := range d.State().Full {
			if forecast.What == site.FullLine {
				foretold = true
				left, got := full*0.4, forecast.At.Sub(s.at).Seconds()
				if math.Abs(got-left) <= 0.3*full {
					good++
				} else {
					t.Logf("seed %d: full in %.0f s, foretold in %.0f s", seed, left, got)
				}
			}
		}
		if !foretold {
			t.Logf("seed %d: nothing is foretold", seed)
		}
		all++
	}
	t.Logf("bar: forecast       %d of %d within 30 %%, at least 80 %%", good, all)
	if good*100 < all*80 {
		t.Errorf("%d of %d within 30 %%", good, all)
	}
}

// Of ten people nobody can tell when a thousand will come.
func TestASmallCrowdIsNotSaidToFillALargeLine(t *testing.T) {
	t.Parallel()
	s, d := warm(7500, 30.0/3600, 1)
	s.flows = []*flow{s.front(func(float64) float64 { return 4 }, 300)}
	events := play(s, d, 300, func(m *Moment) {
		m.Line.Rate, m.Line.Visit[site.Full], m.Line.Visit[site.Lite] = 3e6, 10_000, 9000
	})
	if kindsOf(events)[site.KindBuzz] == 0 {
		t.Fatal("no buzz was said")
	}
	for _, e := range events {
		if e.Voice != site.Ears || len(e.Facts.Full) > 0 {
			t.Errorf("%s is said as %v, with %v", e.Phase, e.Voice, e.Facts.Full)
		}
	}
}

// growth is a crowd that grows and when it will fill a line of 13.3 a second:
// in proportion to time, or by itself.
func growth(s *season, seed uint64) (func(float64) float64, float64) {
	full := 300 + 900*s.rng.Float64()
	if seed%2 == 0 {
		return func(x float64) float64 { return 13.3 * x / full }, full
	}
	return func(x float64) float64 { return 0.5 * math.Exp(x/full*math.Log(13.3/0.5)) }, full
}

func TestEachPhaseIsSaidOnceAlsoAcrossARestart(t *testing.T) {
	t.Parallel()
	s, d := warm(8000, 20.0/3600, 3)
	curve := func(x float64) float64 { return 6 * x / 300 * math.Exp(1-x/300) }
	s.flows = []*flow{s.front(curve, 4000)}
	said := map[string]int{}
	for second := range 9000 {
		if second%97 == 96 { // killed and started again
			data, err := d.MarshalBinary()
			if err != nil {
				t.Fatal(err)
			}
			d = New(time.UTC)
			if err := d.UnmarshalBinary(data); err != nil {
				t.Fatal(err)
			}
		}
		for _, e := range d.Step(s.next()) {
			said[string(e.Kind)+" "+e.About+" "+e.Phase]++
		}
	}
	phases := 0
	for what, times := range said {
		if times != 1 {
			t.Errorf("%s was said %d times", what, times)
		}
		if strings.HasPrefix(what, "buzz") {
			phases++
		}
	}
	if phases < 4 {
		t.Errorf("only these were said: %v", said)
	}
}

// The site of the World Cup of 1998, by the minute: two and a half months with
// matches, which are crowds, and nights, which are not.
func TestARealSeasonHasAFewCrowds(t *testing.T) {
	t.Parallel()
	minutes := worldCup(t)
	d := New(time.UTC)
	kickOff := time.Date(1998, 6, 10, 15, 30, 0, 0, time.UTC) // Brazil and Scotland, before whom the site was quiet
	found, opening := 0, false
	for _, m := range minutes {
		for _, e := range d.Step(m) {
			if e.Kind == site.KindBuzz && e.Phase == site.PhaseRising {
				found++
				opening = opening || m.At.Sub(kickOff).Abs() < 30*time.Minute
				t.Logf("%s: %.1f visits a second, %.1f expected", m.At.Format("2 January, 15:04"), e.Facts.Rate, e.Facts.Expected)
			}
		}
	}
	days := len(minutes) / (24 * 60)
	t.Logf("bar: a real trace   %d crowds in %d days", found, days)
	if !opening || found > 12 {
		t.Errorf("%d crowds in %d days, the opening match among them: %v", found, days, opening)
	}
}

// worldCup reads the trace that lies beside the repository, where it does.
func worldCup(t *testing.T) (minutes []Moment) {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "logs", "worldcup98_permin.csv.gz"))
	if err != nil {
		t.Skip("the trace of 1998 does not lie beside the repository")
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(z); lines.Scan(); {
		fields := strings.Split(lines.Text(), ",")
		at, err1 := time.Parse("2006-01-02 15:04", fields[0])
		hits, err2 := strconv.Atoi(fields[min(1, len(fields)-1)])
		if err1 != nil || err2 != nil {
			continue // the head
		}
		// Some twelve hits made a page then.
		minutes = append(minutes, Moment{At: at.Add(time.Minute), Span: time.Minute, Visits: hits / 12})
	}
	return minutes
}

func FuzzWhatWasKept(f *testing.F) {
	s, d := warm(9000, 0.01, 1)
	s.flows = []*flow{s.front(func(float64) float64 { return 2 }, 100)}
	play(s, d, 60, nil)
	data, err := d.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"version":1}`))
	f.Fuzz(func(_ *testing.T, data []byte) {
		d := New(time.UTC)
		if d.UnmarshalBinary(data) == nil {
			play(newSeason(1, 0.5), d, 20, nil)
		}
	})
}
