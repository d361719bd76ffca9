package app

import (
	"context"
	"fmt"

	"buzzproof/internal/freeze"
)

// planFreeze prints what a freeze would ask for.
func (p *Program) planFreeze(ctx context.Context, rawURL string, flags freezeFlags) error {
	config, err := flags.config(rawURL)
	if err != nil {
		return err
	}
	plan, err := freeze.Plan(ctx, config)
	if err != nil {
		return explainFreeze(err, flags.out)
	}
	if p.globals.json {
		return writeJSON(p.Stdout, plan)
	}
	for _, u := range plan.Fetch {
		fmt.Fprintln(p.Stdout, u)
	}
	fmt.Fprintf(p.Stderr, "would ask for these %d addresses, and for what they lead to\n", len(plan.Fetch))
	for _, left := range plan.LeftOut {
		fmt.Fprintf(p.Stderr, "  would leave out: %d %s, such as %s\n", left.Count, left.Class, left.Example)
	}
	return nil
}
