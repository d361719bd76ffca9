package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"buzzproof/internal/link"
	"buzzproof/internal/rehearse"
	"buzzproof/internal/site"
)

// rehearseOptions are the flags of rehearse as they were given.
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
	out        string
}

func (o *rehearseOptions) addFlags(flags *pflag.FlagSet) {
	o.addLineFlags(flags)
	flags.StringVarP(&o.store, "store", "s", "", "`DIR` that keeps the copy of URL (default: the site's host name)")
	flags.StringArrayVar(&o.crowds, "crowd", []string{"13/s"}, "`CROWD` to play; may be given more than once")
	flags.DurationVar(&o.duration, "duration", 0, "`TIME` the crowd takes (default: its own)")
	flags.StringArrayVar(&o.thresholds, "threshold", nil, "`FIGURE` that must be met, such as text_under_2s>=99%; may be given more than once")
	flags.Uint64Var(&o.seed, "seed", 1, "`NUMBER` that decides who comes when")
	flags.StringVar(&o.page, "page", "", "`PATH` of the page that the crowd comes for (default: one of middle weight)")
	flags.StringVarP(&o.out, "output", "o", "", "`FILE` that gets every single visit, as lines of JSON")
	flags.DurationVar(&o.patience, "patience", 30*time.Second, "`TIME` a visitor waits for a page and all that belongs to it")
	flags.StringVar(&o.congestion, "congestion", "", "with --tun, the `NAME` of TCP's congestion control (default: cubic)")
	flags.BoolVar(&o.tun, "tun", false, "through the kernel's TCP between two network namespaces; needs root")
	flags.StringVar(&o.command, "command", "", "with --tun, the server to start as a shell `LINE`; {dir}, {listen}, {cert}, {key} and {uplink} are filled in")
}

// addLineFlags adds those that describe the line.
func (o *rehearseOptions) addLineFlags(flags *pflag.FlagSet) {
	flags.StringVar(&o.uplink, "uplink", "1Mbit/s", "`RATE` of the line towards the visitors")
	flags.StringVar(&o.downlink, "downlink", "8Mbit/s", "`RATE` of the line from the visitors")
	flags.StringVar(&o.framing, "framing", "none", "`NAME` of what a packet costs on the wire: none, or atm as ADSL has it")
	flags.StringVar(&o.buffer, "buffer", "96KB", "`SIZE` of what the modem holds")
	flags.DurationVar(&o.delay, "delay", 20*time.Millisecond, "`TIME` from the home to a visitor")
	flags.StringVar(&o.told, "told", "", "`RATE` that the server is told; auto lets it find out, none takes its pacing away (default: the truth)")
	flags.StringArrayVar(&o.changes, "change", nil, "another rate of the line towards the visitors after a time, `TIME=RATE` such as 30s=500kbit/s")
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
	if line.Up.Changes, err = parseChanges(o.changes); err != nil {
		return line, fmt.Errorf("--change: %w", err)
	}
	size, err := parseSize(o.buffer)
	if err != nil {
		return line, fmt.Errorf("--buffer: %w", err)
	}
	line.Up.Buffer, line.Up.Delay = int(size), o.delay
	line.Down.Buffer, line.Down.Delay, line.Down.Framing = int(size), o.delay, line.Up.Framing
	return line, nil
}

// parseChanges reads 30s=500kbit/s.
func parseChanges(list []string) (changes []link.Change, err error) {
	for _, s := range list {
		after, rate, _ := strings.Cut(s, "=")
		d, err := time.ParseDuration(after)
		to, rateErr := site.ParseRate(rate)
		if err := errors.Join(err, rateErr); err != nil {
			return nil, fmt.Errorf("%q: want TIME=RATE such as 30s=500kbit/s: %w", s, err)
		}
		if n := len(changes); n > 0 && d < changes[n-1].After {
			return nil, fmt.Errorf("%q comes before the change that was named first", s)
		}
		changes = append(changes, link.Change{After: d, Rate: link.Rate(to)})
	}
	return changes, nil
}

// A rehearsal is what was asked for.
type rehearsal struct {
	line       link.Line
	crowds     []rehearse.Crowd
	thresholds []rehearse.Threshold
}

// ask reads what shall be played and what it must come to.
func (o *rehearseOptions) ask() (*rehearsal, error) {
	if !o.tun && (o.command != "" || o.congestion != "") {
		return nil, errors.New("--command and --congestion need --tun: without it the server is this program's own")
	}
	if o.delay < 0 || o.patience < 0 || o.duration < 0 {
		return nil, errors.New("--delay, --patience and --duration are times from 0 on")
	}
	line, err := o.line()
	if err != nil {
		return nil, err
	}
	r := &rehearsal{line: line}
	for _, name := range o.crowds {
		crowd, err := crowdOf(name)
		if err != nil {
			return nil, fmt.Errorf("--crowd: %w", err)
		}
		if o.duration > 0 {
			crowd = crowd.Lasting(o.duration)
		}
		r.crowds = append(r.crowds, crowd)
	}
	for _, text := range o.thresholds {
		t, err := rehearse.ParseThreshold(text)
		if err != nil {
			return nil, fmt.Errorf("--%w", err)
		}
		r.thresholds = append(r.thresholds, t)
	}
	return r, nil
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

// openOut opens the file for single visits.
func (o *rehearseOptions) openOut() (io.WriteCloser, error) {
	if o.out == "" {
		return discard{io.Discard}, nil
	}
	return os.Create(o.out)
}

type discard struct{ io.Writer }

func (discard) Close() error { return nil }
