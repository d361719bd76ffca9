package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"buzzproof/internal/dashboard"
	"buzzproof/internal/health"
	"buzzproof/internal/history"
	"buzzproof/internal/plain"
	"buzzproof/internal/site"
)

// healthFlags are those of health.
type healthFlags struct{ state, site string }

func (p *Program) healthCommand() *cobra.Command {
	var o healthFlags
	c := &cobra.Command{
		Use:   "health",
		Short: "look once at the machine and at everything that is configured",
		Long: "Looks at the machine, and once at each check that the configuration names,\n" +
			"[check.NAME]. Exit status 4 says that something is down, 1 that something could\n" +
			"not be looked at. A running \"up\" looks by itself and tells you; from what it has\n" +
			"kept comes how much of the last 24 hours and 30 days each was up.",
		Example:           "  buzzproof health\n  buzzproof -c buzzproof.toml health --json",
		Args:              wants(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return p.health(cmd.Context(), &o) },
	}
	flags := c.Flags()
	flags.StringVar(&o.state, "state", defaultState(), "`DIR` that up keeps its state in")
	flags.StringVar(&o.site, "site", "", "`HOST` of the site, where up serves several")
	return c
}

// healthReport is what health says to programs.
type healthReport struct {
	Schema  int            `json:"schema"`
	Machine health.Machine `json:"machine"`
	Checks  []healthCheck  `json:"checks"`
}

// A healthCheck is how something is, and was.
type healthCheck struct {
	health.Status
	Day   *float64 `json:"uptime_24h,omitempty"` // part of the looks that found it working; nil when nobody looked
	Month *float64 `json:"uptime_30d,omitempty"`
}

// uptimes adds what the history of a site knows, if there is one.
func (o *healthFlags) uptimes(ctx context.Context, now []health.Status) ([]healthCheck, error) {
	checks := make([]healthCheck, len(now))
	for i, s := range now {
		checks[i].Status = s
	}
	dir, err := siteDir(o.state, o.site)
	if err != nil && o.site == "" {
		return checks, nil // nothing was served here, or several sites were
	}
	if err != nil {
		return nil, err
	}
	store, err := history.Read(dir)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	went, err := readCourses(ctx, store, time.Now())
	for _, c := range went {
		for i := range checks {
			if checks[i].Name == c.Name {
				checks[i].Day, checks[i].Month = c.Day.Uptime, c.Month.Uptime
			}
		}
	}
	return checks, err
}

// foresee adds when disks will be full: it takes a while to see, so only an up
// that runs can tell.
func (o *healthFlags) foresee(ctx context.Context, checks []healthCheck) {
	const patience = 2 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var which []string
	if o.site != "" {
		which = []string{o.site}
	}
	here, err := (&watchFlags{state: o.state}).find(which)
	if err != nil {
		return
	}
	base, err := url.Parse(here.URL)
	if err != nil {
		return
	}
	state, err := (&dashboard.Client{Base: base, Key: here.Key, HTTP: &http.Client{}}).State(ctx)
	if err != nil || state.Details == nil {
		return
	}
	for _, seen := range state.Details.Checks {
		for i := range checks {
			if checks[i].Name == seen.Name && !seen.Full.IsZero() {
				checks[i].Full = []site.Forecast{{What: site.FullDisk, At: seen.Full}}
			}
		}
	}
}

func (p *Program) health(ctx context.Context, o *healthFlags) error {
	c, err := p.config()
	if err != nil {
		return err
	}
	watch, err := health.New(c.Checks, c.Check.Members, health.Options{})
	if err != nil {
		return withStatus(statusConfig, err)
	}
	gauge := &health.Gauge{PID: o.server(ctx)}
	began := gauge.Look(ctx)
	now := watch.Once(ctx)
	select { // two looks, between which lies what the machine does now
	case <-ctx.Done():
	case <-time.After(betweenLooks - time.Since(began.At)):
	}
	report := healthReport{Schema: 1, Machine: gauge.Look(ctx)}
	if report.Checks, err = o.uptimes(ctx, now); err != nil {
		return err
	}
	o.foresee(ctx, report.Checks)
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

// betweenLooks is enough for a figure of the processor: Linux counts in
// hundredths of a second.
const betweenLooks = time.Second / 2

// server is the program that serves the site, or the only one of the state; 0
// when there is none, or several.
func (o *healthFlags) server(ctx context.Context) (pid int32) {
	for dir, s := range servings(o.state) {
		if o.site != "" && filepath.Base(dir) != strings.ReplaceAll(o.site, ":", "_") || !s.running(ctx) {
			continue
		}
		if pid != 0 {
			return 0
		}
		pid = s.PID
	}
	return pid
}

// verdictOf is the exit status of what was seen.
func verdictOf(checks []healthCheck) error {
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
	fmt.Fprintln(w, "CHECK\tKIND\tSTATE\tTOOK\tUP 24H\tUP 30D\tSEEN")
	for _, s := range r.Checks {
		fmt.Fprintf(w, "%s\t%s\t%s\t%.3f s\t%s\t%s\t%s\n", s.Name, s.Kind, s.State, s.Took, uptime(s.Day), uptime(s.Month), plain.Safe(s.Detail+fullIn(foreseen(s.Status)), 200))
	}
	return w.Flush()
}

// uptime is a part that may not be known.
func uptime(part *float64) string {
	if part == nil {
		return "-"
	}
	return plain.Percent(*part)
}

func (p *Program) printMachine(m health.Machine) {
	row := func(name, format string, args ...any) {
		fmt.Fprintf(p.Stdout, "%-12s %s\n", name, fmt.Sprintf(format, args...))
	}
	if m.Cores > 0 {
		row("cpu", "%.0f %% of %d cores", m.CPU, m.Cores)
	}
	if len(m.Load) == 3 {
		row("load", "%.2f %.2f %.2f", m.Load[0], m.Load[1], m.Load[2])
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
	for _, n := range m.Networks {
		row("network "+plain.Safe(n.Name, 60), "%.2f Mbit/s in, %.2f Mbit/s out, %d packets broken or dropped", n.In*8/1e6, n.Out*8/1e6, n.Errors)
	}
	if s := m.Self; s.PID != int32(os.Getpid()) && s.Memory > 0 { //nolint:gosec // pids have 22 bits
		row("up", "%s of memory, %.0f %% of a core, %d files open, %d threads, pid %d", bytesText(int64(s.Memory)), s.Busy, s.Files, s.Threads, s.PID) //nolint:gosec // under 9 EB
	}
}
