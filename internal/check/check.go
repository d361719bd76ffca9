// Package check tells what one visitor of a public page costs the line of its
// owner, how many visitors a second that line survives, and what to mend.
//
// It loads the page once, as one browser does, and counts what comes through
// the connections themselves: what cannot be counted from here, the heads of
// packets, is reckoned from what was.
package check

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"
	"time"

	"buzzproof/internal/picture"
	"buzzproof/internal/site"
	"buzzproof/internal/words"
)

// ErrNoLine says that a target was set, but that nobody knows the line.
var ErrNoLine = errors.New("the rate of the line is not known")

// Config says what is looked at.
type Config struct {
	URL      *url.URL
	Uplink   site.Rate        // of the site's line; 0: as it was seen from here
	Insecure bool             // believe any certificate
	Words    words.Dictionary // what renditions say to visitors
	Encoders picture.Encoders // programs that make pictures lighter, where installed
	// Resolver is the name server to ask for the page and all it needs, as
	// host:port; "" for those of the system.
	Resolver string
	// Resolvers are those to ask how long others remember an address; none:
	// names are not looked at.
	Resolvers []string
	// Target is how many visits a second the line must survive with pages of
	// the rung Rung; 0 for none. The lightest rung there is when Rung is "".
	Target float64
	Rung   string
}

// A Checker looks at one page.
type Checker struct {
	config Config
	visit  *visit
	step   atomic.Pointer[string]
}

// New prepares a check.
func New(c Config) *Checker {
	k := &Checker{config: c, visit: newVisit(c.Insecure, c.Resolver)}
	k.at("open the page")
	return k
}

func (k *Checker) at(step string) { k.step.Store(&step) }

// Progress is how far a check is.
type Progress struct {
	Step  string
	Files int   // that were asked for
	Bytes int64 // that came
}

// Progress tells how far Run is. It may be called at any time.
func (k *Checker) Progress() Progress {
	return Progress{*k.step.Load(), int(k.visit.done.Load()), k.visit.client.Received()}
}

// Run loads the page and judges it. The error is that of the page itself: what
// else does not answer is a finding.
func (k *Checker) Run(ctx context.Context) (*Report, error) {
	ctx, stop := context.WithTimeoutCause(ctx, wholeWait, fmt.Errorf("the page took more than %v", wholeWait))
	defer stop()
	v := k.visit
	defer v.client.Close()
	if err := v.open(ctx, k.config.URL); err != nil {
		return nil, fmt.Errorf("check %s: %w", k.config.URL.Redacted(), err)
	}
	r := k.report()
	k.at("scroll down")
	v.scroll(ctx)
	r.later(v)
	k.at("make it lighter")
	rungs, made := k.rungs(ctx)
	r.Rungs = append(r.Rungs, rungs...)
	k.at("look up its name")
	names := lookUp(ctx, nameServers{k.config.Resolvers, "53"}, v.front.URL.Hostname())
	if err := context.Cause(ctx); errors.Is(err, context.Canceled) {
		return nil, err
	}
	r.Names = names
	r.survive()
	r.Findings = findings(v, r, made, time.Now())
	return r, k.judge(r)
}

// judge compares what the line survives with the target.
func (k *Checker) judge(r *Report) error {
	if k.config.Target <= 0 {
		return nil
	}
	if r.Uplink == nil {
		return ErrNoLine
	}
	t := &Target{Want: k.config.Target, Rung: k.config.Rung}
	for _, rung := range r.Rungs {
		if rung.Made && (k.config.Rung == "" || k.config.Rung == rung.Name) {
			t.Rung, t.Got = rung.Name, rung.Survives
		}
	}
	t.OK = t.Got >= t.Want
	r.Target = t
	return nil
}
