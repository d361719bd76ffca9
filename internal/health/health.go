// Package health looks again and again at what a site needs: the origin, ports,
// names, certificates, files, programs, disks.
//
// A check answers one question in a given time. What its answers come to is
// decided once for all of them: two bad ones in a row are down, two good ones
// up again, so that one lost packet wakes nobody.
package health

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"buzzproof/internal/settings"
	"buzzproof/internal/site"
)

// Common are the settings that every check has.
type Common struct {
	// Every is how often is looked. Default 30s.
	Every settings.Duration `toml:"every"`
	// Timeout is how long an answer may take before it counts as none.
	// Default 10s.
	Timeout settings.Duration `toml:"timeout"`
	// Slow is how long an answer may take before it is called slow. Default 2s.
	Slow settings.Duration `toml:"slow"`
}

func (c Common) common() Common { return c }

// What holds where nothing is configured.
const (
	usualEvery   = 30 * time.Second
	usualTimeout = 10 * time.Second
	usualSlow    = 2 * time.Second
)

// A probe asks one question. An error is the answer no, in words for the owner;
// detail is what was measured.
type probe interface {
	common() Common
	probe(ctx context.Context) (detail string, err error)
}

// The states of a check.
const (
	Unknown = ""
	Up      = "up"
	Slow    = "slow"
	Down    = "down"
)

// A Status is how a check does.
type Status struct {
	Name   string        `json:"name"`
	State  string        `json:"state"`
	Since  time.Time     `json:"since"`
	Took   time.Duration `json:"took"` // the last answer
	Detail string        `json:"detail,omitempty"`
	Looks  uint64        `json:"looks"` // since the program runs
	Bad    uint64        `json:"bad"`   // of them down
}

// A Result is one answer.
type Result struct {
	At     time.Time
	Name   string
	State  string // of this answer alone
	Took   time.Duration
	Detail string
}

// A Checker looks at everything that is configured.
type Checker struct {
	checks []*check

	mu sync.Mutex // guards what changes in checks
}

// A check is one of the things that are looked at.
type check struct {
	probe  probe
	every  time.Duration
	limit  time.Duration
	slow   time.Duration
	status Status
	next   string // the state that was seen last, if it is another
	again  int    // how many times in a row
}

// New returns a checker of the members of a family of sections, check.NAME.
func New(members map[string]settings.Member) (*Checker, error) {
	c := &Checker{}
	for name, member := range members {
		p, ok := member.Config.(probe)
		if !ok {
			return nil, fmt.Errorf("check.%s: there is no kind %q", name, member.Kind)
		}
		if v, ok := p.(interface{ check() error }); ok {
			if err := v.check(); err != nil {
				return nil, fmt.Errorf("check.%s: %w", name, err)
			}
		}
		common := p.common()
		c.checks = append(c.checks, &check{
			probe: p, every: common.Every.Or(usualEvery), limit: common.Timeout.Or(usualTimeout), slow: common.Slow.Or(usualSlow),
			status: Status{Name: name},
		})
	}
	slices.SortFunc(c.checks, func(a, b *check) int {
		if a.status.Name < b.status.Name {
			return -1
		}
		return 1
	})
	return c, nil
}

// Resume takes up the states in which an earlier run left the checks, told by
// its results, the earliest first: what was down and is up by now must be said.
func (c *Checker) Resume(results []Result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.checks {
		for _, r := range results {
			if r.Name == k.status.Name {
				k.take(r)
			}
		}
		k.next, k.again, k.status.Looks, k.status.Bad = "", 0, 0, 0
	}
}

// Status is how all checks do, by name.
func (c *Checker) Status() []Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]Status, len(c.checks))
	for i, k := range c.checks {
		all[i] = k.status
	}
	return all
}

// Run looks until ctx ends. saw hears of every answer and said of what the
// owner should know, each from one of several goroutines.
func (c *Checker) Run(ctx context.Context, saw func(Result), said func(site.Event)) error {
	var all sync.WaitGroup
	for i, k := range c.checks {
		all.Go(func() { c.repeat(ctx, k, i, saw, said) })
	}
	all.Wait()
	return nil
}

// repeat looks at one thing. The first looks are spread over a second or so: a
// hundred checks must not be a burst.
func (c *Checker) repeat(ctx context.Context, k *check, n int, saw func(Result), said func(site.Event)) {
	timer := time.NewTimer(time.Duration(n%20) * 50 * time.Millisecond)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		r := c.Look(ctx, k.status.Name)
		if ctx.Err() != nil {
			return
		}
		saw(r)
		c.mu.Lock()
		e, moved := k.take(r)
		c.mu.Unlock()
		if moved {
			said(e)
		}
		timer.Reset(max(k.every-r.Took, k.every/10))
	}
}

// Look looks at one thing, once.
func (c *Checker) Look(ctx context.Context, name string) Result {
	at := slices.IndexFunc(c.checks, func(k *check) bool { return k.status.Name == name })
	if at < 0 {
		return Result{At: time.Now(), Name: name, State: Down, Detail: "there is no such check"}
	}
	k := c.checks[at]
	ctx, cancel := context.WithTimeout(ctx, k.limit)
	defer cancel()
	began := time.Now()
	detail, err := k.probe.probe(ctx)
	r := Result{At: began, Name: name, State: Up, Took: time.Since(began), Detail: detail}
	switch {
	case err != nil:
		r.State, r.Detail = Down, words(err)
	case r.Took > k.slow:
		r.State = Slow
	}
	return r
}

// twice is how many answers in a row make another state.
const twice = 2

// take takes an answer in and returns what is worth saying.
func (k *check) take(r Result) (e site.Event, moved bool) {
	s := &k.status
	s.Took, s.Looks = r.Took, s.Looks+1
	if r.State == Down {
		s.Bad++
	}
	if r.State == s.State {
		s.Detail, k.again = r.Detail, 0
		return e, false
	}
	if r.State != k.next {
		k.next, k.again = r.State, 0
	}
	if k.again++; k.again < twice && s.State != Unknown {
		return e, false
	}
	before := s.State
	s.State, s.Since, s.Detail, k.again = r.State, r.At, r.Detail, 0
	if before == Unknown && r.State == Up {
		return e, false // as it should be
	}
	e = site.Event{At: r.At, Kind: site.KindCheck, About: s.Name, Phase: r.State}
	e.Facts.Before, e.Facts.Detail, e.Facts.Since = before, r.Detail, r.At
	if r.State == Down || before == Down {
		e.Voice = site.Bark // who heard of the one hears of the other
	}
	return e, true
}

// longestWords is as much of an error as an owner reads.
const longestWords = 200

func words(err error) string {
	text := err.Error()
	return text[:min(len(text), longestWords)]
}
