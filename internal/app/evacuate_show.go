package app

import (
	"fmt"
	"strings"
	"time"

	"buzzproof/internal/evacuate"
)

// showPreview prints plan, price and undo.
func (p *Program) showPreview(v evacuate.Preview, c evacuate.Config) error {
	if p.globals.json {
		return writeJSON(p.Stdout, struct {
			Schema int `json:"schema"`
			evacuate.Preview
			Cap     float64 `json:"usd_cap"`
			Seconds float64 `json:"longest_wait_s"`
		}{1, v, c.Cap, v.Wait.Seconds()})
	}
	if p.globals.quiet {
		return nil
	}
	fmt.Fprintf(p.Stderr, "evacuate %s to %s\n", v.Plan.Host, v.Plan.Refuge)
	for i, s := range v.Steps {
		fmt.Fprintf(p.Stderr, "  %d %-7s %s\n            undo: %s\n", i+1, s.Step, s.What, s.Undo)
		if s.Step == evacuate.StepSwitch {
			fmt.Fprintf(p.Stderr, "              %s\n", strings.Join(recordLines(v), "\n              "))
		}
	}
	fmt.Fprintf(p.Stderr, "  price: %s; the cap is %.2f USD\n", priceText(v), c.Cap)
	if !v.Metered && v.Cost.GB+v.Cost.Requests > 0 {
		fmt.Fprintf(p.Stderr, "  what is sent is not counted at %s, only time: the cap cannot stop it (docs/refuges.md)\n", v.Plan.Refuge)
	}
	return nil
}

// recordLines are the records that change. Where the refuge has no address
// before it is started, only what goes is known.
func recordLines(v evacuate.Preview) []string {
	if v.After != nil {
		return evacuate.Difference(v.Before, v.After)
	}
	lines := evacuate.Difference(v.Before, nil)
	return append(lines, fmt.Sprintf("+ %s %d A (the address of %s, once it runs)", v.Plan.Names[0], v.Plan.TTL, v.Plan.Refuge))
}

func priceText(v evacuate.Preview) string {
	if v.Cost.Listed.IsZero() {
		return "nothing that is known of"
	}
	return fmt.Sprintf("%.3f USD an hour; a day with 100,000 readers of 220 KB about %.2f USD (list of %s, %s)",
		v.Hour, v.Day, v.Cost.Source, v.Cost.Listed.Format(time.DateOnly))
}

// tellState says where the site is.
func (p *Program) tellState(state string) error {
	s, err := evacuate.ReadState(evacuate.Dir(state))
	if err != nil {
		return err
	}
	if p.globals.json {
		return p.writeState(s)
	}
	switch s.Way {
	case evacuate.Home:
		fmt.Fprintln(p.Stdout, "at home")
	case evacuate.Leaving:
		fmt.Fprintf(p.Stdout, "on the way to %s since %s; go on: %s; give up: %s\n", s.Plan.Refuge, clock(s.Began), p.again("evacuate", state), p.again("return", state))
	case evacuate.Away:
		fmt.Fprintf(p.Stdout, "away at %s since %s; come home: %s\n", s.Plan.Refuge, clock(s.Since), p.again("return", state))
	case evacuate.Returning:
		fmt.Fprintf(p.Stdout, "on the way home from %s; go on: %s\n", s.Plan.Refuge, p.again("return", state))
	}
	return nil
}

func clock(t time.Time) string { return t.Local().Format("2 January 15:04") }

// writeState is the state as data.
func (p *Program) writeState(s evacuate.State) error {
	if !p.globals.json {
		return nil
	}
	way := s.Way
	if way == evacuate.Home {
		way = "home"
	}
	return writeJSON(p.Stdout, struct {
		Schema int          `json:"schema"`
		Where  evacuate.Way `json:"where"`
		evacuate.State
	}{1, way, s})
}
