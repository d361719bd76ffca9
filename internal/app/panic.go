package app

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"buzzproof/internal/snapshot"
)

// panicFlags are the answers that are given beforehand.
type panicFlags struct {
	evacuateFlags
	inside string
	names  []string
	home   string
	ttl    time.Duration
	cap    float64

	authorities, resolvers []string
}

func (p *Program) panicCommand() *cobra.Command {
	var f panicFlags
	c := &cobra.Command{
		Use:   "panic URL",
		Short: "nothing is installed and it is happening now",
		Long: `panic asks three questions: where the server is within your network, where to
flee to, and who holds the name. Then it freezes the site from the inside, which
leaves the line alone, brings the copy to the refuge, checks all of it there,
and, after showing what will change and what it costs, moves the name. Every
answer can be a flag. Ctrl-C is safe at any moment; the same command goes on.

A refuge and a zone are named by their kind and settings, as in the
configuration (docs/evacuation.md): ` + "`host,address=192.0.2.7,user=root`" + `; what
you answer is kept in a file for "buzzproof return". Secrets are env:NAME or
file:PATH.`,
		Example: `  buzzproof panic https://blog.example.org
  buzzproof panic https://blog.example.org --inside 192.168.1.10 \
    --to host,address=192.0.2.7,user=root --dns rfc2136,...`,
		Args: wants(cobra.ExactArgs(1)), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error { return p.panic(cmd.Context(), args[0], f) },
	}
	flags := c.Flags()
	f.add(flags)
	flags.StringVar(&f.inside, "inside", "", "where the server is within your network: an `ADDRESS`, a URL, or none")
	flags.StringVar(&f.refuge, "to", "", "`WHERE` to flee to: KIND,SETTING=VALUE,...")
	flags.StringVar(&f.dns, "dns", "", "`WHO` holds the name: KIND,SETTING=VALUE,...")
	flags.StringSliceVar(&f.names, "names", nil, "all `NAMES` that are moved (default: the site's, and its twin with or without www.)")
	flags.StringVar(&f.home, "home", "", "`HOST:PORT` where home is asked before a return (default: what --inside says)")
	flags.DurationVar(&f.ttl, "ttl", time.Minute, "`TIME` that resolvers may keep the way to the refuge")
	flags.Float64Var(&f.cap, "cap", 10, "most US `DOLLARS` that being away may cost")
	flags.StringSliceVar(&f.authorities, "authorities", nil, "the zone's own name servers, `HOST:PORT` (default: those that it names)")
	flags.StringSliceVar(&f.resolvers, "resolvers", nil, "resolvers that are asked what visitors are told, `HOST:PORT`")
	return c
}

func (p *Program) panic(ctx context.Context, raw string, f panicFlags) error {
	site, err := parseSite(raw)
	if err != nil {
		return err
	}
	if f.store == "" {
		f.store = storeFor(site)
	}
	if err := p.interview(ctx, site, &f); err != nil {
		return err
	}
	if f.dryRun {
		p.talk("would freeze %s%s into %s, and then evacuate it as %s says", site, insideText(f.inside), f.store, p.globals.config)
		if _, err := snapshot.CurrentID(f.store); err != nil {
			p.talk("there is no copy yet: what it brings to the refuge, and which records change, is shown after the freeze, before anything is moved")
			return nil
		}
	} else if err := p.freezeInside(ctx, raw, f); err != nil {
		return err
	}
	p.talk("what you answered is in %s; come home with: %s", p.globals.config, p.again("return", f.state))
	return p.evacuate(ctx, f.evacuateFlags)
}

func insideText(inside string) string {
	if inside == "" {
		return ""
	}
	return " from " + inside
}

// freezeInside makes the copy. What is missing or differs is told and does not
// stop a flight: most of a site is better than none.
func (p *Program) freezeInside(ctx context.Context, raw string, f panicFlags) error {
	report, err := p.runFreeze(ctx, raw, freezeFlags{out: f.store, inside: f.inside, jobs: 8, keep: 3})
	if err != nil {
		return err
	}
	p.summarise(report.Report, f.store)
	return nil
}

// The three questions.
const (
	askInside = `1 Where is the server within your network? An address such as 192.168.1.10 or
  http://192.168.1.10:2368 leaves your line to visitors; "none" goes through it.
 >`
	askRefuge = `2 Where to? KIND,SETTING=VALUE,... such as
  host,address=192.0.2.7,user=root   or   bucket,bucket=blog.example.org,region=eu-west-3
  A machine needs this program too, 15 MB: 2 minutes at 1 Mbit/s, unless it fetches
  it itself (program_url=https://...). A bucket needs the pages only.
  kinds: %s
 >`
	askZone = `3 Who holds the name? KIND,SETTING=VALUE,... with the kinds: %s
 >`
)

// interview asks for what no flag says, and writes the answers down as a
// configuration, which this run and the return read.
func (p *Program) interview(ctx context.Context, site *url.URL, f *panicFlags) (err error) {
	if f.inside == "" {
		if f.inside, err = p.need(ctx, askInside, "--inside ADDRESS, or --inside none"); err != nil {
			return err
		}
	}
	if f.inside == "none" {
		f.inside = ""
	}
	if p.globals.config != "" && f.refuge == "" && f.dns == "" {
		return nil // the owner has written it all down
	}
	secrets := secretFiles{dir: filepath.Join(f.state, "panic")}
	refuge, err := answered(ctx, p, f.refuge, fmt.Sprintf(askRefuge, kindNames(refugeKinds)), "--to", refugeKinds, secrets)
	if err != nil {
		return err
	}
	zone, err := answered(ctx, p, f.dns, fmt.Sprintf(askZone, kindNames(dnsKinds)), "--dns", dnsKinds, secrets)
	if err != nil {
		return err
	}
	f.refuge, f.dns = "panic", "panic"
	p.globals.config = filepath.Join(f.state, "panic.toml")
	return writePanic(p.globals.config, f.section(site)+"\n[refuge.panic]\n"+refuge+"\n[dns.panic]\n"+zone)
}

// need asks a question that must be answered.
func (p *Program) need(ctx context.Context, question, flag string) (string, error) {
	for {
		answer, err := p.ask(ctx, question)
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if err != nil {
			return "", withStatus(statusMisused, fmt.Errorf("nobody answers here\nsay it beforehand: %s", flag))
		}
		if answer != "" {
			return answer, nil
		}
	}
}

// section is [evacuate] as the flags say it.
func (f *panicFlags) section(site *url.URL) string {
	store, err := filepath.Abs(f.store)
	if err != nil {
		store = f.store
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Answers given to: buzzproof panic %s\n[evacuate]\nstore = %q\nttl = %q\ncap = %g\n", site, store, f.ttl, f.cap)
	home := f.home
	if home == "" {
		home = doorOf(f.inside, site)
	}
	for _, s := range []struct{ name, value string }{{"home", home}} {
		if s.value != "" {
			fmt.Fprintf(&b, "%s = %q\n", s.name, s.value)
		}
	}
	for _, l := range []struct {
		name   string
		values []string
	}{{"names", f.names}, {"authorities", f.authorities}, {"resolvers", f.resolvers}} {
		if len(l.values) > 0 {
			fmt.Fprintf(&b, "%s = [%s]\n", l.name, quoted(l.values))
		}
	}
	return b.String()
}

func quoted(values []string) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = fmt.Sprintf("%q", v)
	}
	return strings.Join(texts, ", ")
}

// doorOf is where home is asked, if what was said of the inside is a door that
// visitors come through too: a CMS behind it may know another port only.
func doorOf(inside string, site *url.URL) string {
	if inside == "" || strings.Contains(inside, "://") {
		return ""
	}
	if strings.Contains(inside, ":") {
		return inside
	}
	port := site.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[site.Scheme]
	}
	return inside + ":" + port
}

// writePanic keeps the answers for the owner alone.
func writePanic(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return fmt.Errorf("keep the answers: %w", err)
	}
	if err := errors.Join(os.WriteFile(name+".new", []byte(text), 0o600), os.Rename(name+".new", name)); err != nil {
		return fmt.Errorf("keep the answers: %w", err)
	}
	return nil
}
