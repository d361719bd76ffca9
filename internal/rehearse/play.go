// Package rehearse plays a crowd against a site through a simulated line.
//
// Visitors come when chance wills, not when the site is ready for them: an
// open loop, in which a slow site meets ever more visitors at once. What a
// visitor waits is counted from the moment of coming, whatever kept them.
package rehearse

import (
	"cmp"
	"context"
	"crypto/x509"
	"math/rand/v2"
	"net"
	"net/url"
	"slices"
	"sync"
	"time"

	"buzzproof/internal/link"
)

// A Road leads visitors to the site over a line.
type Road interface {
	// Dial connects visitor number n, who has an address of their own.
	Dial(ctx context.Context, n int) (net.Conn, error)
	// Begin counts from zero from now on.
	Begin()
	// Up returns what left the home so far.
	Up() link.Stats
}

// A Site is where the visitors go.
type Site struct {
	URL     *url.URL       // with an empty path
	Roots   *x509.CertPool // who vouches for it
	Landing string         // path of the page that the buzz is about
	Pages   []string       // paths of all pages
}

func (s *Site) origin() string { return s.URL.Scheme + "://" + s.URL.Host }

// A Play is one crowd and one site.
type Play struct {
	Road     Road
	Site     Site
	Crowd    Crowd
	Seed     uint64
	Patience time.Duration // of a visitor, for the whole page. Default: 30 seconds

	// Watch, if not nil, is told once a second how it goes.
	Watch func(Moment)
}

// A Moment is how it goes, for who watches.
type Moment struct {
	At     time.Duration
	Length time.Duration
	Came   int // visitors so far
	Inside int // of them still waiting for something
	Figures
}

// A Result is what became of a crowd.
type Result struct {
	Name   string
	Length time.Duration
	Visits []Visit
	Line   link.Stats // of the way up, until the last visitor came
	After  link.Stats // until the last one had gone
}

// An arrival is who comes when.
type arrival struct {
	at   time.Duration
	flow *Flow
}

// player is a Play under way.
type player struct {
	Play
	began  time.Time
	mu     sync.Mutex
	visits []Visit
	came   int
	wg     sync.WaitGroup
}

// Run plays the crowd and returns when the last visitor has gone.
func (p Play) Run(ctx context.Context) (*Result, error) {
	if err := p.Crowd.check(); err != nil {
		return nil, err
	}
	p.Patience = cmp.Or(p.Patience, 30*time.Second)
	rng := rand.New(rand.NewPCG(p.Seed, 0))
	var arrivals []arrival
	for i := range p.Crowd.Flows {
		for _, at := range p.Crowd.Flows[i].arrivals(rng) {
			arrivals = append(arrivals, arrival{at, &p.Crowd.Flows[i]})
		}
	}
	slices.SortStableFunc(arrivals, func(a, b arrival) int { return cmp.Compare(a.at, b.at) })
	r := &player{Play: p}
	return r.run(ctx, arrivals, rng)
}

func (p *player) run(ctx context.Context, arrivals []arrival, rng *rand.Rand) (*Result, error) {
	p.Road.Begin()
	p.began = time.Now()
	watching, stop := context.WithCancel(ctx)
	var watcher sync.WaitGroup
	watcher.Go(func() { p.watch(watching) })
	defer watcher.Wait()
	defer stop()
	for n, a := range arrivals {
		page, agent := p.choose(a.flow, rng), rng.IntN(1<<30)
		http1 := rng.Float64() < a.flow.HTTP1
		if err := sleepUntil(ctx, p.began.Add(a.at)); err != nil {
			p.wg.Wait()
			return nil, err
		}
		p.mu.Lock()
		p.came++
		p.mu.Unlock()
		p.wg.Go(func() { p.visit(ctx, n, a, page, agent, http1) })
	}
	if err := sleepUntil(ctx, p.began.Add(p.Crowd.Length())); err != nil {
		p.wg.Wait()
		return nil, err
	}
	result := &Result{Name: p.Crowd.Name, Length: p.Crowd.Length(), Line: p.Road.Up()}
	p.wg.Wait()
	result.Visits, result.After = p.visits, p.Road.Up()
	return result, ctx.Err()
}

// choose draws a page.
func (p *player) choose(f *Flow, rng *rand.Rand) string {
	path := p.Site.Landing
	if rng.Float64() >= f.Landing && len(p.Site.Pages) > 0 {
		path = p.Site.Pages[rng.IntN(len(p.Site.Pages))]
	}
	return p.Site.origin() + path
}

// visit is the whole stay of one visitor.
func (p *player) visit(ctx context.Context, n int, a arrival, page string, agent int, http1 bool) {
	at := p.began.Add(a.at)
	late := time.Since(at)
	ctx, cancel := context.WithDeadline(ctx, at.Add(p.Patience))
	defer cancel()
	v := &visitor{
		dial: func(ctx context.Context) (net.Conn, error) { return p.Road.Dial(ctx, n) },
		site: &p.Site, agent: agentOf(a.flow.Who, agent, http1), from: a.flow.referrer(agent >> 8),
	}
	v.open()
	defer v.close()
	out := p.behave(ctx, v, a.flow.Who, page, at)
	out.Who, out.At, out.Late = a.flow.Who, a.at, late
	p.mu.Lock()
	p.visits = append(p.visits, out)
	p.mu.Unlock()
}

// behave lets a visitor do what its kind does.
func (p *player) behave(ctx context.Context, v *visitor, who, page string, at time.Time) Visit {
	switch who {
	case Preview:
		return v.preview(ctx, page, at)
	case Crawler:
		pages := []string{page}
		for _, path := range p.Site.Pages {
			pages = append(pages, p.Site.origin()+path)
		}
		return v.crawl(ctx, pages, at)
	case Reloader:
		return v.reload(ctx, page, at)
	case Slow:
		return v.dawdle(ctx, page, at, true)
	case Mute:
		return v.dawdle(ctx, page, at, false)
	}
	return v.person(ctx, page, at)
}

// watch tells once a second how it goes.
func (p *player) watch(ctx context.Context) {
	if p.Watch == nil {
		return
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p.mu.Lock()
			m := Moment{
				At: time.Since(p.began), Length: p.Crowd.Length(),
				Came: p.came, Inside: p.came - len(p.visits),
			}
			visits := slices.Clone(p.visits)
			p.mu.Unlock()
			m.Figures = figures(visits, p.Road.Up())
			p.Watch(m)
		}
	}
}

func sleepUntil(ctx context.Context, t time.Time) error {
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
