package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"buzzproof/internal/evacuate"
)

// evacuateFlags are the flags of evacuate and return.
type evacuateFlags struct {
	store, state string
	refuge, dns  string
	dryRun       bool
	ahead        bool
	status       bool
	at           string
	keepNames    bool
	keepBytes    bool
	linger       time.Duration
}

func (f *evacuateFlags) add(flags *pflag.FlagSet) {
	flags.StringVarP(&f.store, "store", "s", "", "`DIR` of the copy (default: [evacuate] store)")
	flags.StringVar(&f.state, "state", defaultState(), "`DIR` that keeps the journal")
	flags.BoolVar(&f.dryRun, "dry-run", false, "say what would be done, what it costs and how it is undone")
}

func (p *Program) evacuateCommand() *cobra.Command {
	var f evacuateFlags
	c := &cobra.Command{
		Use:   "evacuate",
		Short: "flee to a refuge: bring the site there, check it, move its name",
		Long: `evacuate brings the copy to a refuge, asks the refuge for all of it, and only
then moves the names there; it waits until the zone's own servers say so. Each
step is written down before it is taken. Killed anywhere, the same command goes
on and "buzzproof return" goes back. Before it acts it prints the plan, the
price and the undo, and asks once; --yes answers.`,
		Example: `  buzzproof evacuate --dry-run
  buzzproof evacuate --ahead          # in calm weather: bring the site, move nothing
  buzzproof evacuate --at 19:45       # before the television show`,
		Args:              wants(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return p.evacuate(cmd.Context(), f) },
	}
	f.add(c.Flags())
	c.Flags().StringVar(&f.refuge, "to", "", "the `NAME` of a refuge (default: [evacuate] refuge)")
	c.Flags().StringVar(&f.dns, "dns", "", "the `NAME` of a zone (default: [evacuate] dns)")
	c.Flags().BoolVar(&f.ahead, "ahead", false, "only bring the copy to the refuge, so that a flight moves no more than a name")
	c.Flags().BoolVar(&f.status, "status", false, "say where the site is and how an evacuation stands")
	c.Flags().StringVar(&f.at, "at", "", "move the names at this `TIME` of the clock here, such as 19:45, tomorrow if it is past; the site is brought there before")
	return c
}

func (p *Program) returnCommand() *cobra.Command {
	var f evacuateFlags
	c := &cobra.Command{
		Use:   "return",
		Short: "come home: check home, move the names back, leave nothing behind",
		Long: `return asks home for pages of the site, moves the names back to the records that
were there before, waits until nobody asks the refuge any more, gives back what
was rented and prints the bill. An evacuation that has not arrived is given up.
Records that somebody else has changed meanwhile are shown and not touched.`,
		Example:           "  buzzproof return --dry-run\n  buzzproof return --keep-bytes",
		Args:              wants(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return p.comeHome(cmd.Context(), f) },
	}
	f.add(c.Flags())
	c.Flags().BoolVar(&f.keepNames, "keep-names", false, "leave the records as they are: you have moved the names yourself")
	c.Flags().DurationVar(&f.linger, "linger", 0, "how long the refuge still answers when the names lead home: a `TIME` (default: [evacuate] linger)")
	c.Flags().BoolVar(&f.keepBytes, "keep-bytes", false, "leave the copy at the refuge for the next time, where that costs nothing")
	return c
}

// open opens the journey that the flags and the configuration describe.
func (p *Program) openJourney(ctx context.Context, f evacuateFlags) (*journey, error) {
	r, err := p.route(f)
	if err != nil {
		return nil, err
	}
	return p.journey(ctx, r)
}

func (p *Program) evacuate(ctx context.Context, f evacuateFlags) error {
	if f.status {
		return p.tellState(f.state)
	}
	until, err := whenOf(f.at, time.Now())
	if err != nil {
		return withStatus(statusMisused, err)
	}
	j, err := p.openJourney(ctx, f)
	if err != nil {
		return err
	}
	if f.ahead {
		return errors.Join(explainTrip(p.pushAhead(ctx, j)), j.Close())
	}
	if err := p.agree(ctx, j, until, f.dryRun); err != nil || f.dryRun {
		return errors.Join(err, j.Close())
	}
	if !until.IsZero() {
		if j, err = p.leaveAt(ctx, j, f, until); err != nil {
			return explainTrip(err)
		}
	}
	return errors.Join(p.leave(ctx, j, f.state), j.Close())
}

// agree shows what would be done, and asks unless that is all.
func (p *Program) agree(ctx context.Context, j *journey, until time.Time, dryRun bool) error {
	if j.unsure != nil {
		return explainTrip(j.unsure)
	}
	preview, err := j.Preview(ctx, j.plan)
	if err != nil {
		return explainTrip(err)
	}
	if err := p.showPreview(preview, j.config); err != nil {
		return err
	}
	if !until.IsZero() {
		p.talk("the names move on %s, in %s", until.Format("Monday at 15:04:05 MST"), time.Until(until).Round(time.Second))
	}
	if dryRun {
		return nil
	}
	return p.confirm(ctx, "Evacuate?")
}

// leave goes to the refuge and says where the site is then.
func (p *Program) leave(ctx context.Context, j *journey, state string) error {
	if err := j.leave(ctx); err != nil {
		return p.explainOut(j, state, err)
	}
	p.talk("away: %s is answered by %s; come home with: %s", j.plan.Host, j.plan.Refuge, p.again("return", state))
	return p.writeState(j.State())
}

// explainOut says where the names are after a failure.
func (p *Program) explainOut(j *journey, state string, err error) error {
	moved := ""
	if !j.State().Moved {
		moved = "no name has been moved; "
	}
	p.talk("%sgo on: %s; or go back: %s", moved, p.again("evacuate", state), p.again("return", state))
	return explainTrip(err)
}

// again is a command for the same configuration and journal.
func (p *Program) again(command, state string) string {
	text := "buzzproof " + command
	if p.globals.config != "" {
		text += " -c " + p.globals.config
	}
	if state != defaultState() {
		text += " --state " + state
	}
	return text
}

// pushAhead brings the copy to the refuge in calm weather.
func (p *Program) pushAhead(ctx context.Context, j *journey) error {
	stop := p.showProgress(j.progress)
	err := j.Ahead(ctx)
	stop()
	if err == nil {
		p.talk("the refuge has the copy of now: an evacuation moves the names only")
	}
	return err
}

func (p *Program) comeHome(ctx context.Context, f evacuateFlags) (err error) {
	j, err := p.openJourney(ctx, f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	if j.State().Way == evacuate.Home {
		p.talk("the site is at home: there is nothing to come back from")
		return nil
	}
	if err := p.showReturn(ctx, j, f); err != nil || f.dryRun {
		return explainTrip(err)
	}
	if err := p.confirm(ctx, "Come home?"); err != nil {
		return err
	}
	bill, err := j.Back(ctx, evacuate.Return{KeepNames: f.keepNames, KeepBytes: f.keepBytes})
	if err != nil {
		p.talk("go on: %s; the site is answered by the refuge or at home, as its names say", p.again("return", f.state))
		return explainTrip(err)
	}
	p.talk("home: %s", bill)
	return p.writeState(j.State())
}

// showReturn prints what coming home would do.
func (p *Program) showReturn(ctx context.Context, j *journey, f evacuateFlags) error {
	now, was, err := j.Records(ctx)
	if err != nil {
		return err
	}
	if p.globals.quiet && !f.dryRun {
		return nil
	}
	fmt.Fprintf(p.Stderr, "come home from %s, where the site is since %s\n", j.plan.Refuge, j.State().Began.Local().Format("2 January 15:04"))
	if j.State().Moved && !f.keepNames {
		fmt.Fprintf(p.Stderr, "  records, after home has answered:\n    %s\n", strings.Join(evacuate.Difference(now, was), "\n    "))
	}
	fmt.Fprintf(p.Stderr, "  then what was made at the refuge is taken away\n  so far: %s\n  undo: buzzproof evacuate\n", j.Bill(ctx))
	return nil
}
