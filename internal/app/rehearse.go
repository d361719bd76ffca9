package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"buzzproof/internal/lighten"
	"buzzproof/internal/link"
	"buzzproof/internal/rehearse"
	"buzzproof/internal/site"
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
	told       string
	changes    []string
	congestion string
	patience   time.Duration
}

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
	flags.StringVar(&o.told, "told", "", "`RATE` that the server is told; auto lets it find out, none takes its pacing away (default: the truth)")
	flags.StringArrayVar(&o.changes, "change", nil, "another rate of the line towards the visitors after a time, such as 30s=500kbit/s")
	flags.DurationVar(&o.patience, "patience", 30*time.Second, "`TIME` a visitor waits for a page and all that belongs to it")
	flags.StringVar(&o.congestion, "congestion", "cubic", "with --tun, the congestion control of TCP")
	flags.BoolVar(&o.tun, "tun", false, "through the kernel's TCP between two network namespaces; needs root")
	flags.StringVar(&o.command, "command", "", "with --tun, the server to start; {dir}, {listen}, {cert}, {key} and {uplink} are filled in")
	return c
}

// line reads the flags that describe the line.
func (o *rehearseOptions) line() (link.Line, error) {
	line := link.Home()
	up, err := site.ParseRate(o.uplink)
	if err != nil {
		return line, fmt.Errorf("--uplink: %w", err)
	}
	down, err := site.ParseRate(o.downlink)
	if err != nil {
		return line, fmt.Errorf("--downlink: %w", err)
	}
	line.Up.Rate, line.Down.Rate = link.Rate(up), link.Rate(down)
	if line.Up.Framing, err = link.ParseFraming(o.framing); err != nil {
		return line, fmt.Errorf("--framing: %w", err)
	}
	for _, c := range o.changes {
		after, rate, _ := strings.Cut(c, "=")
		d, err := time.ParseDuration(after)
		to, err2 := site.ParseRate(rate)
		if err := errors.Join(err, err2); err != nil {
			return line, fmt.Errorf("--change %s: want TIME=RATE: %w", c, err)
		}
		line.Up.Changes = append(line.Up.Changes, link.Change{After: d, Rate: link.Rate(to)})
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
	crowds, thresholds, err := o.ask()
	if err != nil {
		return withStatus(statusMisused, err)
	}
	dir, err := p.storeOf(ctx, what, o.store)
	if err != nil {
		return err
	}
	s, err := openLight(dir)
	if err != nil {
		return err
	}
	twin, err := twinOf(s, o.page)
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	stage := &stage{Program: p, options: o, dir: dir, line: line}
	if stage.chain, err = rehearse.NewChain(twin.URL.Hostname()); err != nil {
		return err
	}
	twin.Roots = stage.chain.Roots
	report := &rehearse.Report{Crowds: []rehearse.CrowdRow{}, Thresholds: []rehearse.Verdict{}}
	for _, crowd := range crowds {
		r, err := stage.play(ctx, rehearse.Play{Site: *twin, Crowd: crowd, Seed: o.seed, Patience: o.patience})
		if err != nil {
			return fmt.Errorf("crowd %s: %w", crowd.Name, err)
		}
		report.Add(r, thresholds)
	}
	return p.reportRehearsal(report)
}

// ask reads what shall be played and what it must come to.
func (o *rehearseOptions) ask() (crowds []rehearse.Crowd, thresholds []rehearse.Threshold, err error) {
	for _, name := range o.crowds {
		crowd, err := crowdOf(name)
		if err != nil {
			return nil, nil, fmt.Errorf("--crowd: %w", err)
		}
		if o.duration > 0 {
			crowd = crowd.Lasting(o.duration)
		}
		crowds = append(crowds, crowd)
	}
	for _, text := range o.thresholds {
		t, err := rehearse.ParseThreshold(text)
		if err != nil {
			return nil, nil, fmt.Errorf("--%w", err)
		}
		thresholds = append(thresholds, t)
	}
	return crowds, thresholds, nil
}

// crowdOf returns a crowd by name, form or log.
func crowdOf(name string) (rehearse.Crowd, error) {
	file, ok := strings.CutPrefix(name, "log:")
	if !ok {
		return rehearse.ParseCrowd(name)
	}
	f, err := os.Open(file)
	if err != nil {
		return rehearse.Crowd{}, err
	}
	defer f.Close()
	return rehearse.CrowdOfLog(name, f)
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
	return fmt.Sprintf("%.0f of %.0f s: %d came, %d are waiting, %.1f %% of the others had the text in 2 s, p95 %.2f s, %d refused, line %.0f %%, %d drops",
		m.At.Seconds(), m.Length.Seconds(), m.Came, m.Inside, 100*m.TextUnder2s, m.TextP95, m.Refused, 100*m.LineUse, m.Drops)
}

// twinOf finds out where the crowd can go.
func twinOf(s *snapshot.Snapshot, landing string) (*rehearse.Site, error) {
	twin := &rehearse.Site{URL: &url.URL{Scheme: "https", Host: "www.example.org"}, Landing: landing}
	if public, err := url.Parse(s.Manifest.Public); err == nil && public.Hostname() != "" && net.ParseIP(public.Hostname()) == nil {
		twin.URL.Host = public.Hostname()
	}
	for _, e := range s.Manifest.Entries {
		if e.Page {
			twin.Pages = append(twin.Pages, e.URL)
		}
	}
	if len(twin.Pages) == 0 {
		return nil, errors.New("the snapshot has no page to come for")
	}
	if twin.Landing == "" {
		twin.Landing = middling(s)
	}
	u, err := twin.URL.Parse(twin.Landing)
	if err != nil || !strings.HasPrefix(twin.Landing, "/") {
		return nil, withStatus(statusMisused, fmt.Errorf("--page %s: want a path such as /hello/", twin.Landing))
	}
	if a := s.Find(site.Key(u)); a.Status != http.StatusOK || a.Entry == nil || !a.Entry.Page {
		return nil, withStatus(statusMisused, fmt.Errorf("--page %s: the copy has no such page\nit has, for one: %s", twin.Landing, middling(s)))
	}
	return twin, nil
}

// middling returns the page whose weight is in the middle of all: a site's
// shortest page would promise too much, its longest scare without need.
func middling(s *snapshot.Snapshot) string {
	type weighed struct {
		url    string
		weight int64
	}
	var pages []weighed
	for i := range s.Manifest.Entries {
		if e := &s.Manifest.Entries[i]; e.Page {
			pages = append(pages, weighed{e.URL, cmp.Or(lighten.WeightOf(s, e, lighten.Full).Sum(), e.Size)})
		}
	}
	slices.SortStableFunc(pages, func(a, b weighed) int { return cmp.Compare(a.weight, b.weight) })
	return pages[len(pages)/2].url
}
