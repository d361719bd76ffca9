package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"buzzproof/internal/accesslog"
	"buzzproof/internal/figures"
	"buzzproof/internal/tail"
	"buzzproof/internal/traffic"
)

type statsOptions struct {
	format, dateFormat, timeFormat string
	html                           string
	csv, follow, noQuery           bool
	every                          time.Duration
	top, jobs                      int
	state, site                    string
	mmdb                           []string
	only                           onlyOptions
}

func (p *Program) statsCommand() *cobra.Command {
	var o statsOptions
	c := &cobra.Command{
		Use:   "stats [LOG...]",
		Short: "statistics of access logs, or of what up has served",
		Long: `stats reads access logs, plain or packed by gzip or zstd, and shows who came,
for what, from where and how it went. The format is recognised by itself; "-" is
standard input. Lines that cannot be read are counted and shown. Without a LOG
it shows what "up" has answered itself, out of the history in its state.`,
		Example: `  buzzproof stats
  buzzproof stats /var/log/nginx/access.log*
  buzzproof stats -f access.log --html /var/www/stats.html
  buzzproof stats access.log --since 2016-09-05 --class person --json
  ssh home cat access.log | buzzproof stats -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.stats(cmd.Context(), args, &o)
		},
	}
	flags := c.Flags()
	flags.StringVar(&o.format, "format", "", "`NAME` of a format, or one in nginx's, Apache's or GoAccess's notation")
	flags.StringVar(&o.dateFormat, "date-format", "%d/%b/%Y", "`FORMAT` of GoAccess's %d, as strptime has it")
	flags.StringVar(&o.timeFormat, "time-format", "%H:%M:%S", "`FORMAT` of GoAccess's %t or %x")
	flags.StringVar(&o.html, "html", "", "write a page with plots into `FILE`")
	flags.BoolVar(&o.csv, "csv", false, "every number as CSV on stdout")
	flags.BoolVarP(&o.follow, "follow", "f", false, "go on as the logs grow, also when they are rotated, until Ctrl-C")
	flags.DurationVar(&o.every, "every", 2*time.Second, "`TIME` between two drawings of --follow")
	flags.IntVar(&o.top, "top", 0, "`NUMBER` of items a panel (default 10 on the terminal, 500 elsewhere)")
	flags.IntVar(&o.jobs, "jobs", 0, "`NUMBER` of cores to use (default: one for less than 512 MB, else all)")
	flags.StringArrayVar(&o.mmdb, "mmdb", nil, "MaxMind `FILE` of countries or networks; may be given twice")
	flags.StringVar(&o.state, "state", defaultState(), "`DIR` that up keeps its state in")
	flags.StringVar(&o.site, "site", "", "`HOST` whose history is shown, where up serves several")
	flags.BoolVar(&o.noQuery, "no-query", false, "count addresses without what follows a question mark")
	o.only.addFlags(flags)
	return c
}

// check finds what does not go together.
func (o *statsOptions) check(asJSON bool, names []string) error {
	switch {
	case asJSON && o.csv:
		return errors.New("--json and --csv both write to stdout; choose one")
	case o.jobs < 0:
		return fmt.Errorf("--jobs %d: there are no fewer cores than one", o.jobs)
	case o.top < 0:
		return fmt.Errorf("--top %d: there is no list that short", o.top)
	case o.every < 100*time.Millisecond:
		return fmt.Errorf("--every %v: drawing takes longer than that; from 100ms on", o.every)
	case o.follow && o.only.filtersClass():
		return errors.New("--class goes with logs that end: what a client will have done decides\nleave out --follow or --class")
	}
	stdin := 0
	for _, name := range names {
		if name == "-" {
			stdin++
		}
	}
	if stdin > 1 {
		return errors.New("standard input can be read once only")
	}
	return nil
}

func (p *Program) stats(ctx context.Context, names []string, o *statsOptions) error {
	if err := o.check(p.globals.json, names); err != nil {
		return withStatus(statusMisused, err)
	}
	if len(names) == 0 {
		return p.historyStats(ctx, o)
	}
	shards := o.cores(names)
	options := traffic.Options{Shards: shards, Judge: judges(shards), NoQuery: o.noQuery}
	var err error
	if options.Filter, err = o.only.filter(); err != nil {
		return withStatus(statusMisused, err)
	}
	format, err := o.known()
	if err != nil {
		return withStatus(statusMisused, err)
	}
	places, err := openPlaces(o.mmdb)
	if err != nil {
		return err
	}
	defer places.Close()
	if len(o.mmdb) > 0 {
		options.Where = places
	}
	// The tables take 46 MB at most, and little garbage is made. Closer to them than
	// 58 MB it would be collected all the time, which doubles what a long log costs.
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(58 << 20))
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	// Cores that do not read would collect for want of something better to do.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(shards))
	s := &statsRun{p: p, o: o, format: format, counter: traffic.New(options)}
	return s.run(ctx, names)
}

// A statsRun is one run of the command.
type statsRun struct {
	p       *Program
	o       *statsOptions
	format  accesslog.Format
	counter *traffic.Counter

	sources []*traffic.Source // all that are open
	growing []*traffic.Log    // those that are followed
	silent  []string          // and those that have no line yet to know their format by
	broken  error             // of logs that end too early
}

func (s *statsRun) run(ctx context.Context, names []string) error {
	if s.o.only.filtersClass() {
		if err := s.learn(ctx, names); err != nil {
			return err
		}
	}
	defer s.close()
	for _, name := range names {
		if s.o.follow && s.unbegun(name) {
			s.silent = append(s.silent, name)
			continue
		}
		if err := s.read(ctx, name); err != nil {
			return err
		}
	}
	if len(s.growing)+len(s.silent) > 0 {
		if err := s.follow(ctx); err != nil {
			return err
		}
	}
	return errors.Join(s.show(), s.broken)
}

// read counts what a log has, which may grow.
func (s *statsRun) read(ctx context.Context, name string) error {
	source, log, err := s.open(name)
	if errors.Is(err, traffic.ErrUnreadable) {
		s.broken = errors.Join(s.broken, err)
		return nil
	}
	if err != nil {
		return err
	}
	s.sources = append(s.sources, source)
	if s.o.follow && source.Follow() {
		log = traffic.NewLog(name, source, log.Format())
		s.growing = append(s.growing, log)
	}
	err = s.counter.Read(ctx, log)
	switch {
	case err == nil || errors.Is(err, tail.ErrPause):
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("read %s: %w", name, err)
	}
	// One damaged archive does not spoil the others.
	s.broken = errors.Join(s.broken, fmt.Errorf("read %s: %w; what came before is counted", name, err))
	return nil
}

func (s *statsRun) close() {
	for _, source := range s.sources {
		source.Close()
	}
}

// learn reads the logs a first time, for the judge. What can be read only once
// is judged as it comes.
func (s *statsRun) learn(ctx context.Context, names []string) error {
	for _, name := range names {
		if info, err := os.Stat(name); name == "-" || err == nil && !info.Mode().IsRegular() {
			return nil
		}
	}
	for _, name := range names {
		source, log, err := s.open(name)
		if errors.Is(err, traffic.ErrUnreadable) {
			continue // told when it is to be counted
		}
		if err != nil {
			return err
		}
		err = s.counter.Learn(ctx, log)
		source.Close()
		if err != nil && ctx.Err() != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
	}
	return nil
}

// open opens a log and finds out its format.
func (s *statsRun) open(name string) (*traffic.Source, *traffic.Log, error) {
	var source *traffic.Source
	var err error
	if name == "-" {
		source, err = traffic.Unpack("standard input", s.p.stdin())
	} else {
		source, err = traffic.Open(name)
	}
	if err != nil {
		return nil, nil, err
	}
	format := s.format
	if format == nil {
		kind, ok, err := source.Recognise()
		if err == nil && !ok && !source.Empty() {
			err = fmt.Errorf("%s: no line at its start is of a known format\ndescribe it with --format, in nginx's, Apache's or GoAccess's notation, or name one of:\n%s", name, formatNames())
		}
		if err != nil {
			source.Close()
			return nil, nil, err
		}
		if ok {
			s.p.talk("%s: %s", name, kind.Title)
		}
		format = kind.Format
	}
	if format == nil {
		format = accesslog.Kinds()[0].Format // of a log without a line
	}
	return source, traffic.NewLog(source.Name, source, format), nil
}

func (p *Program) stdin() io.Reader { return os.Stdin }

// show writes the report in every way that was asked for.
func (s *statsRun) show() error { return s.write(s.counter.Report(s.o.items())) }

// items is how many items a panel has, at most.
func (o *statsOptions) items() int { return cmp.Or(o.top, 500) }

func (s *statsRun) write(r *traffic.Report) error {
	if s.o.html != "" {
		if err := s.page(r); err != nil {
			return err
		}
		s.p.talk("written: %s", s.o.html)
	}
	switch {
	case s.p.globals.json:
		return figures.WriteJSON(s.p.Stdout, r)
	case s.o.csv:
		return figures.WriteCSV(s.p.Stdout, r)
	case s.o.html != "":
		return nil
	}
	return s.terminal().Write(s.p.Stdout, r)
}
