package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"buzzproof/internal/health"
	"buzzproof/internal/plain"
)

func (p *Program) healthCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "health",
		Short: "look once at the machine and at everything that is configured",
		Long: "Looks at the machine, and once at each check that the configuration names,\n" +
			"[check.NAME]. Exit status 4 says that something is down, 1 that something could\n" +
			"not be looked at. A running \"up\" looks by itself and tells you.",
		Example:           "  buzzproof health\n  buzzproof -c buzzproof.toml health --json",
		Args:              wants(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return p.health(cmd.Context()) },
	}
}

// healthReport is what health says to programs.
type healthReport struct {
	Schema  int             `json:"schema"`
	Machine health.Machine  `json:"machine"`
	Checks  []health.Status `json:"checks"`
}

func (p *Program) health(ctx context.Context) error {
	c, err := p.config()
	if err != nil {
		return err
	}
	watch, err := health.New(c.Checks, c.Check.Members, health.Options{})
	if err != nil {
		return withStatus(statusConfig, err)
	}
	report := healthReport{Schema: 1, Machine: new(health.Gauge).Look(ctx), Checks: watch.Once(ctx)}
	if err := ctx.Err(); err != nil {
		return err
	}
	if p.globals.json {
		err = writeJSON(p.Stdout, report)
	} else {
		err = p.printHealth(report)
	}
	return errors.Join(err, verdictOf(report.Checks))
}

// verdictOf is the exit status of what was seen.
func verdictOf(checks []health.Status) error {
	var ill, unseen []string
	for _, s := range checks {
		switch s.State {
		case health.Down:
			ill = append(ill, s.Name)
		case health.Unknown:
			unseen = append(unseen, s.Name)
		}
	}
	switch {
	case len(ill) > 0:
		return withStatus(statusThreshold, fmt.Errorf("down: %s", strings.Join(ill, ", ")))
	case len(unseen) > 0:
		return fmt.Errorf("could not be looked at: %s", strings.Join(unseen, ", "))
	}
	return nil
}

func (p *Program) printHealth(r healthReport) error {
	p.printMachine(r.Machine)
	if len(r.Checks) == 0 {
		p.talk("no check is configured; name one: [check.origin] with kind = \"http\"; see docs/checks.md")
		return nil
	}
	fmt.Fprintln(p.Stdout)
	w := tabwriter.NewWriter(p.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CHECK\tKIND\tSTATE\tTOOK\tSEEN")
	for _, s := range r.Checks {
		fmt.Fprintf(w, "%s\t%s\t%s\t%.3f s\t%s\n", s.Name, s.Kind, s.State, s.Took, plain.Safe(s.Detail, 200))
	}
	return w.Flush()
}

func (p *Program) printMachine(m health.Machine) {
	row := func(name, format string, args ...any) {
		fmt.Fprintf(p.Stdout, "%-12s %s\n", name, fmt.Sprintf(format, args...))
	}
	if len(m.Load) == 3 {
		row("load", "%.2f %.2f %.2f on %d cores", m.Load[0], m.Load[1], m.Load[2], m.Cores)
	}
	room := func(name string, r health.Room) {
		if r.Size > 0 {
			row(name, "%.0f %% of %s", r.Percent(), bytesText(int64(r.Size))) //nolint:gosec // under 9 EB
		}
	}
	room("memory", m.Memory)
	room("swap", m.Swap)
	for _, d := range m.Disks {
		room("disk "+plain.Safe(d.Path, 200), d.Room)
	}
	for _, t := range m.Temperatures {
		row("temperature", "%.0f °C, %s", t.Celsius, plain.Safe(t.Sensor, 60))
	}
}
