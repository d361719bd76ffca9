package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"buzzproof/internal/link"
	"buzzproof/internal/rehearse"
	"buzzproof/internal/snapshot"
)

type rehearseOptions struct {
	store      string
	crowds     []string
	uplink     string
	downlink   string
	framing    string
	buffer     string
	delay      time.Duration
	duration   time.Duration
	thresholds []string
	seed       uint64
	page       string
	tun        bool
	command    string
}

func (p *Program) rehearseCommand() *cobra.Command {
	var o rehearseOptions
	c := &cobra.Command{
		Use:   "rehearse [URL|DIR]",
		Short: "a crowd against your site through your line, before it is real",
		Args:  wants(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			what := "."
			if len(args) == 1 {
				what = args[0]
			}
			return p.rehearse(cmd.Context(), what, &o)
		},
	}
	flags := c.Flags()
	flags.StringVarP(&o.store, "store", "o", "", "`DIR` that keeps the copy of URL (default: the site's host name)")
	flags.StringArrayVar(&o.crowds, "crowd", []string{"13/s"}, "`CROWD` to play; may be given more than once")
	flags.StringVar(&o.uplink, "uplink", "1Mbit/s", "`RATE` of the line towards the visitors")
	flags.StringVar(&o.downlink, "downlink", "8Mbit/s", "`RATE` of the line from the visitors")
	flags.StringVar(&o.framing, "framing", "none", "what a packet costs on the wire: none, or atm as ADSL has it")
	flags.StringVar(&o.buffer, "buffer", "96KB", "`SIZE` of what the modem holds")
	flags.DurationVar(&o.delay, "delay", 20*time.Millisecond, "`TIME` from the home to a visitor")
	flags.DurationVar(&o.duration, "duration", 0, "`TIME` the crowd takes (default: its own)")
	flags.StringArrayVar(&o.thresholds, "threshold", nil, "what must be met, such as text_under_2s>=99%; may be given more than once")
	flags.Uint64Var(&o.seed, "seed", 1, "`NUMBER` that decides who comes when")
	flags.StringVar(&o.page, "page", "", "`PATH` of the page that the crowd comes for (default: one of middle weight)")
	flags.BoolVar(&o.tun, "tun", false, "through the kernel's TCP between two network namespaces; needs root")
	flags.StringVar(&o.command, "command", "", "with --tun, the server to start; {dir}, {listen}, {cert}, {key} and {uplink} are filled in")
	return c
}

// line reads the flags that describe the line.
func (o *rehearseOptions) line() (link.Line, error) {
	line := link.Home()
	var err error
	if line.Up.Rate, err = link.ParseRate(o.uplink); err != nil {
		return line, fmt.Errorf("--uplink: %w", err)
	}
	if line.Down.Rate, err = link.ParseRate(o.downlink); err != nil {
		return line, fmt.Errorf("--downlink: %w", err)
	}
	if line.Up.Framing, err = link.ParseFraming(o.framing); err != nil {
		return line, fmt.Errorf("--framing: %w", err)
	}
	size, err := parseSize(o.buffer)
	if err != nil {
		return line, fmt.Errorf("--buffer: %w", err)
	}
	line.Up.Buffer, line.Up.Delay = int(size), o.delay
	line.Down.Buffer, line.Down.Delay, line.Down.Framing = int(size), o.delay, line.Up.Framing
	return line, nil
}

func (p *Program) rehearse(ctx context.Context, what string, o *rehearseOptions) error {
	line, err := o.line()
	if err != nil {
		return withStatus(statusMisused, err)
	}
	dir, err := p.storeOf(ctx, what, o.store)
	if err != nil {
		return err
	}
	s, err := snapshot.Open(dir)
	if err != nil {
		return err
	}
	site, err := siteToRehearse(s, o.page)
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	chain, err := rehearse.NewChain(site.URL.Hostname())
	if err != nil {
		return err
	}
	site.Roots = chain.Roots
	for _, name := range o.crowds {
		crowd, err := rehearse.ParseCrowd(name)
		if err != nil {
			return withStatus(statusMisused, err)
		}
		if o.duration > 0 {
			crowd = crowd.Lasting(o.duration)
		}
		stage := &stage{Program: p, options: o, dir: dir, line: line, chain: chain}
		play := rehearse.Play{Site: *site, Crowd: crowd, Seed: o.seed, Watch: p.showMoment}
		r, err := stage.play(ctx, play)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.Stdout, "%+v\n", r.Figures())
	}
	return nil
}

func (p *Program) showMoment(m rehearse.Moment) {
	p.talk("%4.0f s  came %d  inside %d  text in 2 s %.1f %%  p95 %.2f s  refused %d  full %d  line %.0f %%  drops %d",
		m.At.Seconds(), m.Came, m.Inside, 100*m.TextUnder2s, m.TextP95, m.Refused, m.Full, 100*m.LineUse, m.Drops)
}

// siteToRehearse finds out where the crowd can go.
func siteToRehearse(s *snapshot.Snapshot, landing string) (*rehearse.Site, error) {
	site := &rehearse.Site{URL: &url.URL{Scheme: "https", Host: "www.example.org"}, Landing: landing}
	if public, err := url.Parse(s.Manifest.Public); err == nil && public.Hostname() != "" && net.ParseIP(public.Hostname()) == nil {
		site.URL.Host = public.Hostname()
	}
	for _, e := range s.Manifest.Entries {
		if e.Page {
			site.Pages = append(site.Pages, e.URL)
		}
	}
	if len(site.Pages) == 0 {
		return nil, errors.New("the snapshot has no page to come for")
	}
	if site.Landing == "" {
		site.Landing = site.Pages[len(site.Pages)/2]
	}
	return site, nil
}
