package app

import (
	"context"
	"fmt"
	"math"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"buzzproof/internal/link"
	"buzzproof/internal/rehearse"
)

// An evening is that of 5 September 2016, played twice at once: 13 visits a
// second through 1 Mbit/s, to a plain server that sends full pages, and to
// buzzproof.
type evening struct {
	*Program
	twin     *rehearse.Site
	dir      string
	length   time.Duration
	patience time.Duration
	moments  [2]atomic.Pointer[rehearse.Moment]
}

const (
	eveningCrowd  = "13/s"
	eveningUplink = "1Mbit/s"
	// Whoever has not got a page by then has left; a real visitor leaves sooner.
	eveningPatience = 15 * time.Second
)

// sides are the two, and what the server of each is told of its line.
var sides = [2]struct{ name, told string }{
	{"a plain server", "none"},
	{"buzzproof", eveningUplink},
}

// playEvening plays the evening against the copy in dir and tells how it went.
func (p *Program) playEvening(ctx context.Context, dir string, length time.Duration, picture string) error {
	twin, err := twinAt(dir, "")
	if err != nil {
		return err
	}
	e := &evening{Program: p, twin: twin, dir: dir, length: length, patience: eveningPatience}
	p.talk("")
	p.talk("  5 September 2016, 22:30: an article reaches the front pages. 13 visits a second, a line of 1 Mbit/s,")
	p.talk("  two houses: in one a plain server, in the other buzzproof. It takes %v.", length+eveningPatience)
	results, err := e.play(ctx)
	if err != nil {
		return err
	}
	e.conclude(results)
	if picture == "" {
		return nil
	}
	return e.draw(picture, results)
}

// play plays both sides at once.
func (e *evening) play(ctx context.Context) (results [2]*rehearse.Result, err error) {
	crowd, err := rehearse.ParseCrowd(eveningCrowd)
	if err != nil {
		return results, err
	}
	chain, err := rehearse.NewChain(e.twin.URL.Hostname())
	if err != nil {
		return results, err
	}
	e.twin.Roots = chain.Roots
	stop := e.showProgress(e.progress)
	defer stop()
	g := newGroup(ctx)
	for i, side := range sides {
		s := &stage{
			Program: e.Program, dir: e.dir, line: link.Home(), chain: chain,
			options: &rehearseOptions{uplink: eveningUplink, told: side.told},
		}
		play := rehearse.Play{
			Site: *e.twin, Crowd: crowd.Lasting(e.length), Seed: 2016, Patience: e.patience,
			Watch: func(m rehearse.Moment) { e.moments[i].Store(&m) },
		}
		g.goes(func(ctx context.Context) (err error) {
			results[i], err = s.playInside(ctx, play)
			return err
		})
	}
	return results, g.wait()
}

func (e *evening) progress() string {
	var parts []string
	for i, side := range sides {
		m := e.moments[i].Load()
		if m == nil {
			return "the crowd gathers"
		}
		parts = append(parts, fmt.Sprintf("%s: %d came, %d wait, text in 2 s %.0f %%", side.name, m.Came, m.Inside, 100*m.TextUnder2s))
	}
	return strings.Join(parts, " | ")
}

// conclude prints what became of the two crowds, side by side.
func (e *evening) conclude(results [2]*rehearse.Result) {
	before, after := results[0].Figures(0, math.MaxInt64), results[1].Figures(0, math.MaxInt64)
	row := func(what, format string, of func(rehearse.Figures) any) {
		e.talk("  %-34s %16s %16s", what, fmt.Sprintf(format, of(before)), fmt.Sprintf(format, of(after)))
	}
	e.talk("")
	e.talk("  %-34s %16s %16s", "", sides[0].name, sides[1].name)
	row("visits", "%d", func(f rehearse.Figures) any { return f.Visits })
	row("had the text within 2 s", "%.1f %%", func(f rehearse.Figures) any { return 100 * f.TextUnder2s })
	row("waited for the text (median)", "%.2f s", func(f rehearse.Figures) any { return f.TextP50 })
	row("waited for the text (19 of 20)", "%.2f s", func(f rehearse.Figures) any { return f.TextP95 })
	row("gave up, or were refused", "%d", func(f rehearse.Figures) any { return f.Lost + f.Refused })
	row("packets the modem dropped", "%d", func(f rehearse.Figures) any { return f.Drops })
	e.talk("")
	for i, side := range sides {
		e.talk("  %-16s %s", side.name, inTimeBars(results[i]))
	}
	e.talk("  %-16s %s", "", "each column: who came in that time and had the text within 2 s, from none to all")
	e.talk("")
}

// bars draw a share from none to all.
var bars = []rune(" ▁▂▃▄▅▆▇█")

// inTimeBars draws the share of visitors with the text in time over the
// evening, from left to right.
func inTimeBars(r *rehearse.Result) string {
	const columns = 40
	var came, inTime [columns]int
	for _, v := range r.Visits {
		at := min(columns-1, int(int64(v.At)*columns/int64(r.Length)))
		came[at]++
		if v.Text > 0 && v.Text < 2*time.Second {
			inTime[at]++
		}
	}
	var b strings.Builder
	for i := range columns {
		share := 0
		if came[i] > 0 {
			share = inTime[i] * (len(bars) - 1) / came[i]
		}
		b.WriteRune(bars[share])
	}
	return "|" + b.String() + "|"
}

// draw writes the evening as a picture.
func (e *evening) draw(name string, results [2]*rehearse.Result) error {
	svg := rehearse.Picture("13 visits a second through a line of 1 Mbit/s", e.patience,
		rehearse.Panel{Title: sides[0].name, Result: results[0]}, rehearse.Panel{Title: sides[1].name, Result: results[1]})
	if err := os.WriteFile(name, svg, 0o644); err != nil {
		return fmt.Errorf("picture: %w", err)
	}
	e.talk("  picture: %s", name)
	return nil
}
