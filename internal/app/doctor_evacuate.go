package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"buzzproof/internal/evacuate"
	"buzzproof/internal/site"
)

// examine looks whether an evacuation would work.
func (p *Program) examine(ctx context.Context, o *doctorOptions) (err error) {
	j, err := p.openJourney(ctx, evacuateFlags{state: o.state, store: o.store})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	findings := evacuate.Examination{
		Trip: j.Trip, Observer: j.observer, Plan: j.plan, Cap: j.config.Cap,
		Secure: strings.HasPrefix(j.snapshot.Manifest.Public, "https:"),
	}.Run(ctx)
	broken, err := p.showFindings(findings)
	if err == nil && broken > 0 {
		err = withStatus(statusThreshold, fmt.Errorf("%d of %d things would go wrong in an evacuation", broken, len(findings)))
	}
	return err
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
