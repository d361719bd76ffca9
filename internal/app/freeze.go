package app

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"buzzproof/internal/freeze"
	"buzzproof/internal/snapshot"
)

// freezeFlags are the flags of freeze as the command line gives them.
type freezeFlags struct {
	out, as, inside               string
	include, exclude, adopt, with []string
	jobs, keep, maxPages          int
	rate                          float64
	maxFile, maxTotal             string
	shrink, fresh, dryRun         bool
	lighten, minify               bool
}

func (p *Program) freezeCommand() *cobra.Command {
	var f freezeFlags
	c := &cobra.Command{
		Use:   "freeze URL",
		Short: "make a complete, verified snapshot of a living site",
		Long: `freeze asks a living site for everything that belongs to it, rewrites the
references, checks the copy link by link and makes it the current snapshot:

  DIR/current         the plain tree, which any web server can serve
  DIR/manifest.json   every file's address, type, size, digest; redirects; forms

The previous snapshot stays current until the new one is whole. A freeze that
was cut off goes on where it was; a second one transfers only what changed.
Exit status 8 says that something is missing; the summary says what, and why.`,
		Example: `  buzzproof freeze http://localhost:2368 --as https://blog.example.org -o copy
  buzzproof freeze https://blog.example.org --exclude '/shop/*' --adopt cdn.example.net`,
		Args:              oneURL,
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.RunE = func(cmd *cobra.Command, args []string) error { return p.freeze(cmd.Context(), args[0], f) }
	f.add(c.Flags())
	return c
}

func (f *freezeFlags) add(flags *pflag.FlagSet) {
	flags.StringVarP(&f.out, "output", "o", "", "`DIR` of the copy (default: the site's host name)")
	flags.StringVar(&f.as, "as", "", "the public `URL`, when the site is read through another")
	flags.StringVar(&f.inside, "inside", "", "where the server is within your own network, so that your line is left alone: an `ADDRESS` such as 192.168.1.10, or a URL such as http://192.168.1.10:2368")
	flags.StringSliceVar(&f.include, "include", nil, "keep only pages whose public path is like `PATTERN`, such as '/blog/*'")
	flags.StringSliceVar(&f.exclude, "exclude", nil, "leave out what is like `PATTERN`")
	flags.StringSliceVar(&f.adopt, "adopt", nil, "bring in the files of this foreign `HOST`")
	flags.StringSliceVar(&f.with, "with", nil, "keep a `CLASS` that is left out, such as search or api")
	flags.IntVar(&f.jobs, "jobs", 8, "most requests at once, a `NUMBER`; fewer are made when the origin slows down")
	flags.Float64Var(&f.rate, "rate", 0, "most requests per second, a `NUMBER` (0: no bound)")
	flags.IntVar(&f.keep, "keep", 3, "`NUMBER` of snapshots that stay on disk")
	flags.IntVar(&f.maxPages, "max-pages", 200_000, "most addresses to ask for, a `NUMBER`")
	flags.StringVar(&f.maxFile, "max-file", "2GB", "`SIZE` of the largest file to bring in")
	flags.StringVar(&f.maxTotal, "max-total", "50GB", "`SIZE` of what may be received in all")
	flags.BoolVar(&f.shrink, "shrink", false, "replace a copy even by one of less than half its pages")
	flags.BoolVar(&f.fresh, "fresh", false, "do not go on with a freeze that was cut off")
	flags.BoolVar(&f.lighten, "lighten", true, "make lighter renditions of the pages; --lighten=false leaves that to up")
	flags.BoolVar(&f.minify, "minify", false, "send full pages, styles and scripts without comments and needless space; DIR stays as it is")
	flags.BoolVar(&f.dryRun, "dry-run", false, "say what would be fetched, and fetch only the front page and the sitemaps")
}

// oneURL accepts exactly one argument that can be a site.
func oneURL(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return withStatus(statusMisused, fmt.Errorf("freeze wants one URL and got %d\ntry: buzzproof freeze https://blog.example.org", len(args)))
	}
	_, err := parseSite(args[0])
	return err
}

// config turns the flags into what freeze understands.
func (f freezeFlags) config(rawURL string) (freeze.Config, error) {
	origin, err := parseSite(rawURL)
	if err != nil {
		return freeze.Config{}, err
	}
	c := freeze.Config{
		Origin: origin, Include: f.include, Exclude: f.exclude, Adopt: f.adopt, With: f.with,
		Jobs: f.jobs, Rate: f.rate, Shrink: f.shrink, MaxPages: f.maxPages, UserAgent: "buzzproof (freeze)",
	}
	if f.as != "" {
		if c.Public, err = parseSite(f.as); err != nil {
			return c, fmt.Errorf("--as: %w", err)
		}
	}
	if err := f.fromInside(&c); err != nil {
		return c, err
	}
	for _, limit := range []struct {
		name, text string
		bytes      *int64
	}{{"--max-file", f.maxFile, &c.MaxFile}, {"--max-total", f.maxTotal, &c.MaxTotal}} {
		if limit.text == "" {
			continue // up's own freeze has no such flags
		}
		if *limit.bytes, err = parseSize(limit.text); err != nil {
			return c, withStatus(statusMisused, fmt.Errorf("%s: %w", limit.name, err))
		}
	}
	if _, err := freeze.New(nil, c); err != nil { // looked over before a folder is made for it
		return c, withStatus(statusMisused, err)
	}
	return c, nil
}

// fromInside reads the site by an address within the owner's own network.
func (f freezeFlags) fromInside(c *freeze.Config) error {
	if !strings.Contains(f.inside, "://") {
		c.Inside = f.inside
		return nil
	}
	inside, err := parseSite(f.inside)
	if err != nil {
		return fmt.Errorf("--inside: %w", err)
	}
	if c.Public == nil {
		c.Public = c.Origin
	}
	c.Origin, c.ByName = inside, true
	return nil
}

func (p *Program) freeze(ctx context.Context, rawURL string, flags freezeFlags) error {
	if flags.minify && !flags.lighten {
		return withStatus(statusMisused, errors.New("--minify makes full renditions, which --lighten=false forbids\nleave one of them out"))
	}
	if flags.out == "" {
		u, err := parseSite(rawURL)
		if err != nil {
			return err
		}
		flags.out = storeFor(u)
	}
	if flags.dryRun {
		return p.planFreeze(ctx, rawURL, flags)
	}
	if err := flags.sameSite(rawURL); err != nil {
		return err
	}
	if flags.lighten { // a slip in the owner's words is told before the long work
		if _, err := lightenConfig(flags.minify); err != nil {
			return err
		}
	}
	report, err := p.runFreeze(ctx, rawURL, flags)
	if err != nil {
		return err
	}
	if p.globals.json {
		if err := writeJSON(p.Stdout, report); err != nil {
			return err
		}
	} else {
		p.summarise(report.Report, flags.out)
		p.summariseRenditions(report.Renditions)
		p.talk("  serve it: buzzproof up %s", flags.out)
	}
	if !report.Complete {
		return withStatus(statusIncomplete, fmt.Errorf("the copy is incomplete: %d addresses are missing, %d pages differ", len(report.Missing), len(report.Differs)))
	}
	return nil
}

// runFreeze makes a snapshot, with progress on the terminal.
func (p *Program) runFreeze(ctx context.Context, rawURL string, flags freezeFlags) (*frozenReport, error) {
	config, err := flags.config(rawURL)
	if err != nil {
		return nil, err
	}
	store, err := snapshot.OpenStore(flags.out)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	if flags.fresh {
		if err := store.DropDraft(); err != nil {
			return nil, err
		}
	}
	freezer, err := freeze.New(store, config)
	if err != nil {
		return nil, withStatus(statusMisused, err)
	}
	stop := p.showProgress(func() string { return progressLine(freezer.Progress()) })
	report, err := freezer.Run(ctx)
	stop()
	if err != nil {
		return nil, explainFreeze(err, flags.out)
	}
	keep := max(1, flags.keep)
	if report.Changed { // whoever serves the copy takes seconds to let go of the one before
		keep = max(2, keep)
	}
	if err := store.Prune(keep); err != nil {
		return nil, err
	}
	if err := store.Log(logLine(report)); err != nil {
		return nil, err
	}
	if err := store.DropDraft(); err != nil || !flags.lighten {
		return &frozenReport{Report: report}, err
	}
	renditions, err := p.lighten(ctx, store, flags.minify)
	return &frozenReport{report, renditions}, err
}

// explainFreeze adds what the owner can do.
func explainFreeze(err error, dir string) error {
	const kept = "an earlier copy is untouched; what was fetched is kept, run the same command to go on"
	switch {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("interrupted; %s: %w", kept, err)
	case errors.Is(err, freeze.ErrOriginDown):
		return withStatus(statusNetwork, fmt.Errorf("%w\n%s\n%s", err, whyDown(err), kept))
	case errors.Is(err, freeze.ErrRuin):
		return fmt.Errorf("%w\nthe previous copy, if there is one, is untouched", err)
	case isDiskFull(err):
		return fmt.Errorf("%w\nfree some space for %s; %s", err, dir, kept)
	}
	return err
}

// whyDown is what to look at when an origin does not answer.
func whyDown(err error) string {
	if _, untrusted := errors.AsType[*tls.CertificateVerificationError](err); untrusted {
		return "renew its certificate, or freeze it by where it answers without one: buzzproof freeze URL --inside http://ADDRESS:PORT"
	}
	if _, strange := errors.AsType[tls.RecordHeaderError](err); strange {
		return "does it speak http:// there?"
	}
	return "is the CMS running, and is this its address?"
}

// freezeInto makes the first copy of a site for up.
func (p *Program) freezeInto(ctx context.Context, rawURL, dir string) error {
	report, err := p.runFreeze(ctx, rawURL, freezeFlags{out: dir, jobs: 8, keep: 3})
	if err != nil {
		return err
	}
	p.summarise(report.Report, dir)
	return nil
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
