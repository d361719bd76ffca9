package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"buzzproof/internal/alert"
)

func (p *Program) alertCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "alert",
		Short: "try the channels by which you are told",
		Long: "Alerts go over the channels that the configuration names, [alert.NAME]. Nothing\n" +
			"is sent by up that a test of the same channel would not send.",
		Args: wants(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(&cobra.Command{
		Use:   "list",
		Short: "the channels that are configured",
		Args:  wants(cobra.NoArgs),
		RunE:  func(*cobra.Command, []string) error { return p.alertList() },
	}, &cobra.Command{
		Use:     "test [CHANNEL...]",
		Short:   "send one message over each channel, or over those named",
		Example: "  buzzproof alert test\n  buzzproof -c buzzproof.toml alert test phone",
		RunE:    func(cmd *cobra.Command, args []string) error { return p.alertTest(cmd.Context(), args) },
	})
	return c
}

// channels opens the channels of the configuration; there is at least one.
func (p *Program) channels() (*alert.Dispatcher, []string, error) {
	c, err := p.config()
	if err != nil {
		return nil, nil, err
	}
	names := slices.Sorted(maps.Keys(c.Channels.Members))
	if len(names) == 0 {
		return nil, nil, withStatus(statusConfig, errors.New("no channel is configured\nname one in the configuration: [alert.phone] with kind = \"ntfy\"; see docs/alerts.md"))
	}
	d, err := alert.New(c.Alerts, c.Channels.Members, alert.Options{Site: "buzzproof"})
	if err != nil {
		return nil, nil, withStatus(statusConfig, err)
	}
	return d, names, nil
}

func (p *Program) alertList() error {
	d, _, err := p.channels()
	if err != nil {
		return err
	}
	if p.globals.json {
		return writeJSON(p.Stdout, d.Health().Channels)
	}
	w := tabwriter.NewWriter(p.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CHANNEL\tKIND\tFROM WHICH VOICE ON")
	for _, s := range d.Health().Channels {
		fmt.Fprintf(w, "%s\t%s\t%s\n", s.Name, s.Kind, s.Voice)
	}
	return w.Flush()
}

// testTime is how long a channel may take to take a message.
const testTime = time.Minute

func (p *Program) alertTest(ctx context.Context, names []string) error {
	d, all, err := p.channels()
	if err != nil {
		return err
	}
	for _, name := range names {
		if !slices.Contains(all, name) {
			return withStatus(statusMisused, fmt.Errorf("there is no channel %q, only %s", name, strings.Join(all, ", ")))
		}
	}
	if len(names) == 0 {
		names = all
	}
	failed, tried := 0, alertTried{Schema: 1}
	for _, name := range names {
		ctx, cancel := context.WithTimeout(ctx, testTime)
		err := d.Test(ctx, name)
		cancel()
		said := "taken"
		if err != nil {
			failed++
			said = err.Error()
		}
		tried.Channels = append(tried.Channels, channelTried{name, err == nil, said})
		if !p.globals.json {
			fmt.Fprintf(p.Stdout, "%s: %s\n", name, said)
		}
	}
	if p.globals.json {
		if err := writeJSON(p.Stdout, tried); err != nil {
			return err
		}
	}
	if failed > 0 {
		return withStatus(statusNetwork, fmt.Errorf("%d of %d channels did not take the message", failed, len(names)))
	}
	return nil
}

// alertTried is what alert test --json prints.
type alertTried struct {
	Schema   int            `json:"schema"`
	Channels []channelTried `json:"channels"`
}

type channelTried struct {
	Name  string `json:"name"`
	Taken bool   `json:"taken"`
	Said  string `json:"said"`
}
