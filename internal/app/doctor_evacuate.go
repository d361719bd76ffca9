package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"buzzproof/internal/evacuate"
	"buzzproof/internal/health"
	"buzzproof/internal/site"
)

// examine looks whether an evacuation would work.
func (p *Program) examine(ctx context.Context, o *doctorOptions) (err error) {
	j, err := p.openJourney(ctx, evacuateFlags{state: o.state, store: o.store})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	findings := j.examine(ctx)
	broken, err := p.showFindings(findings)
	if err == nil && broken > 0 {
		err = withStatus(statusThreshold, fmt.Errorf("%d of %d things would go wrong in an evacuation", broken, len(findings)))
	}
	return err
}

// examine looks at all that this journey needs.
func (j *journey) examine(ctx context.Context) []site.Finding {
	return evacuate.Examination{
		Trip: j.Trip, Observer: j.observer, Plan: j.plan, Cap: j.config.Cap,
		Secure: strings.HasPrefix(j.snapshot.Manifest.Public, "https:"),
	}.Run(ctx)
}

// examineEvery is how often an evacuation is looked at in advance, the first
// time some minutes after the start, when the copy has been brought.
const (
	examineEvery = 24 * time.Hour
	examineFirst = 5 * time.Minute
)

// lookAhead examines in the name of `up`, and tells the owner what has broken
// since he was told last, and when all is well again.
func (p *Program) lookAhead(ctx context.Context, f evacuateFlags, b *bookkeeper) (err error) {
	j, err := p.openJourney(ctx, f)
	if errors.Is(err, evacuate.ErrBusy) {
		return nil // a command is at work
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	if j.State().Way != evacuate.Home {
		return nil
	}
	if e, ok := b.examined(j.examine(ctx), time.Now()); ok && ctx.Err() == nil {
		b.tell(e)
	}
	return nil
}

// examined is the event for what a look came to, if it is news.
func (b *bookkeeper) examined(findings []site.Finding, at time.Time) (e site.Event, isNew bool) {
	e = site.Event{At: at, Voice: site.Ears, Kind: site.KindCheck, About: "evacuation", Phase: health.Up}
	for _, f := range findings {
		if !f.OK {
			e.Voice, e.Phase = site.Bark, health.Down
			e.Facts.Detail = fmt.Sprintf("%s: %s; mend: %s", f.About, f.Found, f.Mend)
			break
		}
	}
	isNew = e.Phase == health.Down && e.Facts.Detail != b.broken || e.Phase == health.Up && b.broken != ""
	b.broken = e.Facts.Detail
	return e, isNew
}

// showFindings prints what a look in advance came to and counts what is broken.
func (p *Program) showFindings(findings []site.Finding) (broken int, err error) {
	for _, f := range findings {
		if !f.OK {
			broken++
		}
	}
	if p.globals.json {
		return broken, writeJSON(p.Stdout, struct {
			Schema   int            `json:"schema"`
			Findings []site.Finding `json:"findings"`
		}{1, findings})
	}
	for _, f := range findings {
		if f.OK {
			fmt.Fprintf(p.Stdout, "ok    %-12s %s\n", f.About, f.Found)
			continue
		}
		fmt.Fprintf(p.Stdout, "wrong %-12s %s\n      %-12s mend: %s\n", f.About, f.Found, "", f.Mend)
	}
	return broken, nil
}
