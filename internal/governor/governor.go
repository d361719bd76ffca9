// Package governor decides how the site should answer its next visitor.
//
// It is told the time, the load and what the page weighs in each rendition,
// and returns a rung. Nothing here sleeps, logs or locks, so any night of
// traffic can be replayed in a test.
//
// Two questions make the answer. Could the line carry this rung for everybody
// who comes, for as long as they come? That sets the ladder's rung, which
// falls at once and rises step by step. And is there room for more just now?
// Then this visitor gets it: a line that is half empty serves nobody.
package governor

import (
	"math"
	"time"

	"buzzproof/internal/site"
)

// A Load is what is on the line when a visitor comes.
type Load struct {
	Rate   float64       // bytes per second of the line; 0 if it has no limit worth minding
	Visit  int64         // bytes that a visit costs whatever page it gets: its connection and handshake
	Text   time.Duration // how long a newcomer's text would wait
	Assets int64         // bytes of what pages show that wait, or will be asked for
}

// A Page is what a page weighs on the wire in each rung, headers counted. A
// rung with no text is one the page was not made in.
type Page struct {
	Text  [site.Refused]int64 // bytes of the document
	Parts [site.Refused]int64 // bytes of what it shows
}

const (
	// A rung is left when everybody's pages would take more than the line, and
	// a richer one is taken up when they would take that part of it: between
	// the two, chance alone would move the ladder up and down.
	// Texts must not wait for each other as pictures may: past nine tenths of
	// the line they would.
	tooMuch, tooMuchText, comfortable = 1.0, 0.9, 0.8
	// A page is worth its pictures if they come within patience. Where the
	// rung is more than the line could give everybody, they must come soon:
	// it is the gaps between visits that are given away.
	patience = 15 * time.Second
	soon     = 5 * time.Second
	// The text of a rich page must leave the next visitors' alone, all the more
	// where the page is more than everybody could have. A lite one may wait
	// until half of its two seconds are gone, then a postcard is quicker.
	richText = 500 * time.Millisecond
	liteText = 800 * time.Millisecond
	textSoon = 250 * time.Millisecond
	// Waiting texts mean strain, whatever the rung: then handshakes slim.
	strain = 200 * time.Millisecond

	// memory is that of the rate of visits: half a minute tells a surge from two
	// friends who come at once.
	memory = 25 * time.Second
	// A surge is seen sooner in the last seconds, if it is so many visits that
	// chance alone would not bring them: of few, two standard deviations are
	// taken off, of many, half a one.
	few, many = 4, 8 // seconds
	crowded   = 30   // visits in that time
	// Pages differ; the ladder goes by what the last twenty or so weighed.
	pageMemory = 20
)

// A Governor steps down the moment load demands it and steps back up one rung
// at a time, because a site that flaps serves its visitors worse than one that
// stays light a minute too long.
type Governor struct {
	Calm time.Duration // quiet required before each step back up; default 15 s

	rung     site.Rung
	quiet    time.Time     // since when a richer rung would do; zero if it would not
	strained time.Time     // until when
	visits   float64       // per second, over the last half minute
	at       time.Time     // when visits was right
	seconds  [many + 1]int // visits of the last seconds, this one included
	second   int64         // of the last one, since 1970
	page     [site.Refused]float64
	texts    [site.Refused]float64
}

const defaultCalm = 15 * time.Second

// Rung is the ladder's: what everybody who comes can be given.
func (g *Governor) Rung() site.Rung { return g.rung }

// Visits is how many visits per second there are.
func (g *Governor) Visits(now time.Time) float64 {
	return max(g.visits*g.fade(now), g.lately(now, few), g.lately(now, many))
}

// lately is how many visits a second the last whole seconds had, less what
// chance may have added.
func (g *Governor) lately(now time.Time, seconds int) float64 {
	sum := 0
	for i := 1; i <= seconds; i++ {
		at := now.Unix() - int64(i)
		if age := g.second - at; age >= 0 && age < int64(len(g.seconds)) {
			sum += g.seconds[at%int64(len(g.seconds))]
		}
	}
	n, deviations := float64(sum), 2.0
	if n > crowded {
		deviations = 0.5
	}
	return (n - deviations*math.Sqrt(n)) / float64(seconds)
}

// count counts a visit in its second and forgets those before the last ones.
func (g *Governor) count(now time.Time) {
	size := int64(len(g.seconds))
	for second := max(g.second+1, now.Unix()-size+1); second <= now.Unix(); second++ {
		g.seconds[second%size] = 0
		g.second = second
	}
	if g.second == now.Unix() { // else the clock went back
		g.seconds[g.second%size]++
	}
}

// Strained reports whether handshakes should cost as little as they can.
func (g *Governor) Strained(now time.Time) bool {
	return g.rung >= site.Lite || now.Before(g.strained)
}

// Step takes one reading of the load and returns the ladder's rung. It is meant
// to be called about once a second, and may be called whenever somebody asks.
func (g *Governor) Step(now time.Time, load Load) site.Rung {
	g.visits, g.at = g.visits*g.fade(now), now
	if load.Text > strain {
		g.strained = now.Add(g.calm())
	}
	switch want := g.bearable(now, load); {
	case want >= g.rung:
		g.rung, g.quiet = want, time.Time{}
	case g.quiet.IsZero():
		g.quiet = now
	default:
		for g.rung > want && now.Sub(g.quiet) >= g.calm() {
			g.rung, g.quiet = g.rung-1, g.quiet.Add(g.calm())
		}
	}
	return g.rung
}

// Visit notes that somebody asks for a page and returns the rung for it. pledged
// is how much the pages shown before will still ask for.
func (g *Governor) Visit(now time.Time, load Load, page Page) site.Rung {
	g.Step(now, load)
	g.count(now)
	g.note(page)
	if load.Rate == 0 {
		return site.Full
	}
	for r := site.Full; r < site.Lite; r++ {
		if page.Text[r] > 0 && g.fits(r, load, page) {
			return r
		}
	}
	return g.lightest(load, page)
}

// fits reports whether there is room for a page in a rich rung.
func (g *Governor) fits(r site.Rung, load Load, page Page) bool {
	within, text := patience, richText
	if r < g.rung {
		within, text = soon, textSoon
	}
	if load.Text+taking(page.Text[r], load.Rate) > text {
		return false
	}
	// What texts leave of the line is for pictures, and be it a tenth.
	free := max(load.Rate/10, load.Rate-g.visits*(g.texts[g.rung]+float64(load.Visit)))
	return taking(load.Assets+page.Parts[r], free) <= within
}

// lightest is the rung of the texts: lite, or a postcard where even that would
// wait too long. A page that was not made lighter comes in the lightest form
// it has.
func (g *Governor) lightest(load Load, page Page) site.Rung {
	within := liteText
	if g.rung > site.Lite {
		within = textSoon
	}
	if page.Text[site.Lite] > 0 && load.Text+taking(page.Text[site.Lite], load.Rate) <= within {
		return site.Lite
	}
	for r := site.Postcard; r > site.Full; r-- {
		if page.Text[r] > 0 {
			return r
		}
	}
	return site.Full
}

// bearable is the richest rung that everybody could have.
func (g *Governor) bearable(now time.Time, load Load) site.Rung {
	if load.Rate == 0 {
		return site.Full
	}
	visits := g.Visits(now)
	for r := site.Full; r < site.Postcard; r++ {
		part := tooMuch
		switch {
		case r < g.rung:
			part = comfortable
		case r == site.Lite:
			part = tooMuchText
		}
		if visits*(g.page[r]+float64(load.Visit)) <= part*load.Rate {
			return r
		}
	}
	return site.Postcard
}

// Costs are the bytes that a visit takes in each rung, its connection
// included, as the last visits had it; zero while nobody has come.
func (g *Governor) Costs(load Load) (costs [site.Refused]float64) {
	for r, bytes := range g.page {
		if bytes > 0 {
			costs[r] = bytes + float64(load.Visit)
		}
	}
	return costs
}

// note counts a visit. Each adds 1/memory to the rate of visits, which fades
// with the same time: an average over the last half minute or so.
func (g *Governor) note(page Page) {
	g.visits += 1 / memory.Seconds()
	made := site.Full // what a rung that the page was not made in is sent as
	for r := site.Full; r < site.Refused; r++ {
		if page.Text[r] > 0 {
			made = r
		}
		blend(&g.page[r], float64(page.Text[made]+page.Parts[made]))
		blend(&g.texts[r], float64(page.Text[made]))
	}
}

func blend(average *float64, value float64) {
	if *average == 0 {
		*average = value
		return
	}
	*average += (value - *average) / pageMemory
}

// fade is what time has left of the average.
func (g *Governor) fade(now time.Time) float64 {
	if g.at.IsZero() {
		return 1
	}
	return math.Exp(-now.Sub(g.at).Seconds() / memory.Seconds())
}

func (g *Governor) calm() time.Duration {
	if g.Calm == 0 {
		return defaultCalm
	}
	return g.Calm
}

func taking(bytes int64, rate float64) time.Duration {
	return time.Duration(float64(bytes) / rate * float64(time.Second))
}
