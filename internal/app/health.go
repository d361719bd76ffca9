package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"buzzproof/internal/health"
	"buzzproof/internal/plain"
)

func (p *Program) healthCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "health",
		Short: "look once at everything that is checked",
		Long: "Looks once at everything that the configuration names as [check.NAME]; without\n" +
			"any, at the disk, the memory and the load of this machine. Exit status 4 says\n" +
			"that something is down. \"up\" looks again and again, and says when a state\n" +
			"changes.",
		Args:              wants(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return p.health(cmd.Context()) },
	}
}

func (p *Program) health(ctx context.Context) error {
	c, err := p.config()
	if err != nil {
		return err
	}
	checker, err := health.New(checksOf(watchOptions{config: c}))
	if err != nil {
		return withStatus(statusConfig, err)
	}
	results := lookAtAll(ctx, checker)
	if p.globals.json {
		err = writeJSON(p.Stdout, healthOf(results))
	} else {
		err = p.showHealth(results)
	}
	if err == nil && slices.ContainsFunc(results, func(r health.Result) bool { return r.State == health.Down }) {
		err = withStatus(statusThreshold, errors.New("something is down"))
	}
	return err
}

// lookAtAll looks at everything at once.
func lookAtAll(ctx context.Context, checker *health.Checker) []health.Result {
	var all sync.WaitGroup
	results := make([]health.Result, len(checker.Status()))
	for i, s := range checker.Status() {
		all.Go(func() { results[i] = checker.Look(ctx, s.Name) })
	}
	all.Wait()
	return results
}

type healthRow struct {
	Name   string  `json:"name"`
	State  string  `json:"state"`
	Took   float64 `json:"took"` // seconds
	Detail string  `json:"detail,omitempty"`
}

type healthReport struct {
	Schema int         `json:"schema"`
	Checks []healthRow `json:"checks"`
}

func healthOf(results []health.Result) healthReport {
	report := healthReport{Schema: 1, Checks: []healthRow{}}
	for _, r := range results {
		report.Checks = append(report.Checks, healthRow{r.Name, r.State, r.Took.Seconds(), r.Detail})
	}
	return report
}

func (p *Program) showHealth(results []health.Result) error {
	w := tabwriter.NewWriter(p.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CHECK\tSTATE\tTOOK\tSEEN")
	for _, r := range results {
		fmt.Fprintf(w, "%s\t%s\t%v\t%s\n", r.Name, r.State, r.Took.Round(time.Millisecond), plain.Safe(plain.UTF8(r.Detail), 100))
	}
	return w.Flush()
}
