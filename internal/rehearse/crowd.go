package rehearse

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Who comes. Each kind behaves in its own way; see visitor.go and the files
// named after the others.
const (
	Person   = "person"   // loads a page with all that belongs to it
	Preview  = "preview"  // fetches a page and the picture that stands for it
	Crawler  = "crawler"  // fetches page after page over one connection
	Reloader = "reloader" // a person who reloads instead of waiting
	Slow     = "slow"     // takes a kilobyte a second
	Mute     = "mute"     // asks and never reads
)

var kinds = []string{Person, Preview, Crawler, Reloader, Slow, Mute}

// A Crowd is who comes to a site, and when. It says nothing of the site.
type Crowd struct {
	Name  string `toml:"name"`
	Says  string `toml:"says"` // where it comes from, in a sentence
	Flows []Flow `toml:"flow"`
}

// A Flow is visitors of one kind. Each comes when chance wills, independent of
// the others and of how the site does: an open loop.
type Flow struct {
	Who string `toml:"who"`

	// At and Rate are points of a curve, visits per second over time, with
	// straight lines between. Two points at one time are a jump.
	At   []Span    `toml:"at"`
	Rate []float64 `toml:"rate"`

	// Landing is the share of visits to the one page that the buzz is about;
	// the others are spread over the site.
	Landing float64 `toml:"landing"`
	// HTTP1 is the share of people who speak HTTP/1.1 over up to six
	// connections, and not HTTP/2 over one. Machines speak what they speak.
	HTTP1 float64 `toml:"http1"`
	// From are the pages that send people, as their browsers name them. The
	// shares may add up to less than 1: the rest do not say.
	From []From `toml:"from"`
}

// A From is a page that sends people here.
type From struct {
	URL   string  `toml:"url"`
	Share float64 `toml:"share"`
}

// referrer is what the browser of a visitor names, by a number of his own; ""
// for none.
func (f Flow) referrer(n int) string {
	part := float64(n%1000) / 1000
	for _, from := range f.From {
		if part -= from.Share; part < 0 {
			return from.URL
		}
	}
	return ""
}

// A Span is a time in a crowd file: "90s".
type Span time.Duration

// UnmarshalText reads what time.ParseDuration does.
func (s *Span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	*s = Span(d)
	return err
}

// Length is the time from the beginning to the last arrival that can be.
func (c Crowd) Length() time.Duration {
	var length time.Duration
	for _, f := range c.Flows {
		length = max(length, time.Duration(f.At[len(f.At)-1]))
	}
	return length
}

// Lasting returns the crowd with its curves drawn out or pressed together to
// take the given time. Rates stay what they are.
func (c Crowd) Lasting(d time.Duration) Crowd {
	scale := float64(d) / float64(c.Length())
	c.Flows = slices.Clone(c.Flows)
	for i := range c.Flows {
		f := &c.Flows[i]
		f.At = slices.Clone(f.At)
		for j := range f.At {
			f.At[j] = Span(float64(f.At[j]) * scale)
		}
	}
	return c
}

// check finds what cannot be played.
func (c Crowd) check() error {
	if len(c.Flows) == 0 {
		return errors.New("nobody comes: there is no flow")
	}
	for _, f := range c.Flows {
		if err := f.check(); err != nil {
			return fmt.Errorf("flow of %q: %w", f.Who, err)
		}
	}
	if c.Length() > 24*time.Hour {
		return errors.New("it would take more than a day")
	}
	return nil
}

func (f Flow) check() error {
	switch {
	case !slices.Contains(kinds, f.Who):
		return fmt.Errorf("there is no such kind of visitor; there are %v", kinds)
	case len(f.At) < 2 || len(f.At) != len(f.Rate):
		return errors.New("at and rate must be as long as each other, and two points at least")
	case !slices.IsSorted(f.At) || f.At[0] < 0 || f.At[len(f.At)-1] <= 0:
		return errors.New("at must ascend from 0")
	}
	for _, r := range f.Rate {
		if !(r >= 0 && r <= 10_000) {
			return fmt.Errorf("a rate of %v per second is out of bounds", r)
		}
	}
	return nil
}

// arrivals draws when the visitors of a flow come: a Poisson process whose
// rate follows the curve. Draws are from the greatest rate and thinned out.
func (f Flow) arrivals(rng *rand.Rand) []time.Duration {
	var times []time.Duration
	most, end := slices.Max(f.Rate), f.At[len(f.At)-1]
	if most == 0 {
		return nil
	}
	for t := 0.0; ; {
		t += rng.ExpFloat64() / most
		at := time.Duration(t * float64(time.Second))
		if at >= time.Duration(end) {
			return times
		}
		if rng.Float64()*most < f.rateAt(at) {
			times = append(times, at)
		}
	}
}

// rateAt is the height of the curve.
func (f Flow) rateAt(t time.Duration) float64 {
	for i := len(f.At) - 1; i > 0; i-- {
		from, to := time.Duration(f.At[i-1]), time.Duration(f.At[i])
		if t >= from && t < to {
			share := float64(t-from) / float64(to-from)
			return math.FMA(share, f.Rate[i]-f.Rate[i-1], f.Rate[i-1])
		}
	}
	return 0
}
