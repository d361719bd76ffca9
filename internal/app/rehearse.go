package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"buzzproof/internal/rehearse"
)

func (p *Program) rehearseCommand() *cobra.Command {
	var o rehearseOptions
	c := &cobra.Command{
		Use:   "rehearse [URL|DIR]",
		Short: "a crowd against your site through your line, before it is real",
		Long: `rehearse serves a twin of the site, the copy in DIR or of URL, at the far end of
a simulated line and plays a crowd against it. All of it happens inside this
process: no root, no port, no network. With --tun it goes through the kernel's
TCP between two network namespaces, and --command puts any server there.

Crowds: ` + strings.Join(rehearse.Names(), ", ") + `, log:FILE for your own last one, or
made to measure: 13/s, 13/s@5m, step:0.2@30s,13@1m,1@4m, preview:1000@60s,
and several of them joined by +.`,
		Example: `  buzzproof rehearse https://blog.example.org --crowd hn
  buzzproof rehearse copy --crowd 13/s --uplink 1Mbit/s --framing atm --threshold 'text_under_2s>=99%'
  buzzproof rehearse copy --crowd 13/s --told none    # the same without pacing and ladder`,
		Args:              wants(cobra.MaximumNArgs(1)),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			what, err := copyOrHere(args)
			if err != nil {
				return err
			}
			return p.rehearse(cmd.Context(), what, &o)
		},
	}
	o.addFlags(c.Flags())
	return c
}

func (p *Program) rehearse(ctx context.Context, what string, o *rehearseOptions) error {
	asked, err := o.ask()
	if err != nil {
		return withStatus(statusMisused, err)
	}
	dir, err := p.storeOf(ctx, what, o.store)
	if err != nil {
		return err
	}
	if o.told != "none" && o.command == "" {
		// What up makes behind its visitors' backs would be missing in the first minutes.
		stop := p.showProgress(func() string { return "making the renditions that are missing" })
		err := lightenOnce(ctx, dir, slog.New(slog.DiscardHandler))
		if stop(); err != nil {
			return explainEmpty(err, dir)
		}
	}
	twin, err := twinAt(dir, o.page)
	if err != nil {
		return err
	}
	stage := &stage{Program: p, options: o, dir: dir, line: asked.line}
	if stage.chain, err = rehearse.NewChain(twin.URL.Hostname()); err != nil {
		return err
	}
	twin.Roots = stage.chain.Roots
	visits, err := o.openOut()
	if err != nil {
		return err
	}
	report, err := stage.playAll(ctx, asked, twin, visits)
	if err = errors.Join(err, visits.Close()); err != nil {
		return err
	}
	return p.reportRehearsal(report)
}

// playAll plays one crowd after another.
func (s *stage) playAll(ctx context.Context, asked *rehearsal, twin *rehearse.Site, visits io.Writer) (*rehearse.Report, error) {
	report := &rehearse.Report{Crowds: []rehearse.CrowdRow{}, Thresholds: []rehearse.Verdict{}}
	for _, crowd := range asked.crowds {
		r, err := s.play(ctx, rehearse.Play{Site: *twin, Crowd: crowd, Seed: s.options.seed, Patience: s.options.patience})
		if err != nil {
			return nil, fmt.Errorf("crowd %s: %w", crowd.Name, err)
		}
		report.Add(r, asked.thresholds)
		if err := r.WriteVisits(visits); err != nil {
			return nil, fmt.Errorf("--output %s: %w", s.options.out, err)
		}
	}
	return report, nil
}

func (p *Program) reportRehearsal(report *rehearse.Report) error {
	var err error
	if p.globals.json {
		err = writeJSON(p.Stdout, report)
	} else {
		err = report.Write(p.Stdout)
	}
	if err == nil && !report.Met() {
		return withStatus(statusThreshold, errors.New("a threshold is not met"))
	}
	return err
}

// momentLine is how it goes, in a line.
func momentLine(m *rehearse.Moment) string {
	if m == nil {
		return "the crowd gathers"
	}
	return fmt.Sprintf("%.0f/%.0f s  came %d, waiting %d  text <2 s %.1f %%  refused %d  line %.0f %%  drops %d",
		min(m.At, m.Length).Seconds(), m.Length.Seconds(), m.Came, m.Inside, 100*m.TextUnder2s, m.Refused, 100*m.LineUse, m.Drops)
}
