package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/miekg/dns"
	"github.com/spf13/cobra"

	"buzzproof/internal/check"
	"buzzproof/internal/picture"
	"buzzproof/internal/site"
	"buzzproof/internal/words"
)

type checkOptions struct {
	uplink, target, rung string
	resolver             string
	insecure             bool
}

func (p *Program) checkCommand() *cobra.Command {
	var o checkOptions
	c := &cobra.Command{
		Use:   "check URL",
		Short: "what one visitor costs, how many a second your line survives, what to mend",
		Long: `check loads one page of a public site once, as a browser does, and counts
everything that the server sends for it: files by kind, TLS, packets. It says
how many visits a second the line survives with the page as it is and with each
lighter rendition, and what to mend, most worth first. It needs no rights and
changes nothing. Exit status 4 says that --target is not met.`,
		Example: `  buzzproof check https://blog.example.org --uplink 1Mbit/s
  buzzproof check https://blog.example.org/hello/ --uplink 1Mbit/s --target 13/s --rung lite`,
		Args:              wants(cobra.ExactArgs(1)),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, args []string) error { return p.check(cmd.Context(), args[0], &o) },
	}
	flags := c.Flags()
	flags.StringVar(&o.uplink, "uplink", "", "`RATE` of the site's line towards its visitors, such as 1Mbit/s (default: what was seen)")
	flags.StringVar(&o.target, "target", "", "`VISITS` a second to survive, such as 13/s or 40/min; exit status 4 if it does not")
	flags.StringVar(&o.rung, "rung", "", "`NAME` of the rendition that --target is about: full, slim, lite or postcard (default: the lightest)")
	flags.BoolVar(&o.insecure, "insecure", false, "believe a certificate that nobody vouches for; it stays a finding")
	flags.StringVar(&o.resolver, "resolver", "", "name server to ask, `HOST:PORT` (default: those of this system)")
	return c
}

func (p *Program) check(ctx context.Context, raw string, o *checkOptions) error {
	config, err := o.config(raw)
	if err != nil {
		return withStatus(statusMisused, err)
	}
	if config.Words, err = words.Load(configFolder()); err != nil {
		return withStatus(statusMisused, err)
	}
	config.Encoders = picture.FindEncoders()
	config.Encoders.AVIF = "" // some seconds for each picture; its slim page would be lighter still
	checker := check.New(config)
	stop := p.showProgress(func() string {
		now := checker.Progress()
		return fmt.Sprintf("check, %s: %d files, %s", now.Step, now.Files, bytesText(now.Bytes))
	})
	report, err := checker.Run(ctx)
	stop()
	if err != nil {
		return explainCheck(err)
	}
	if p.globals.json {
		err = writeJSON(p.Stdout, report)
	} else {
		err = p.printCheck(report)
	}
	if t := report.Target; err == nil && t != nil && !t.OK {
		err = withStatus(statusThreshold, fmt.Errorf("the line survives %s with %s pages, want %s", perSecond(t.Got), t.Rung, perSecond(t.Want)))
	}
	return err
}

// config turns the flags into what check understands.
func (o *checkOptions) config(raw string) (c check.Config, err error) {
	if c.URL, err = parseSite(raw); err != nil {
		return c, err
	}
	c.URL.Fragment = ""
	c.Insecure, c.Rung, c.Resolver = o.insecure, o.rung, o.resolver
	if o.uplink != "" {
		if c.Uplink, err = site.ParseRate(o.uplink); err != nil {
			return c, fmt.Errorf("--uplink: %w", err)
		}
	}
	if o.target != "" {
		if c.Target, err = parseVisits(o.target); err != nil {
			return c, fmt.Errorf("--target %s: %w", o.target, err)
		}
	}
	switch {
	case o.rung != "" && o.target == "":
		return c, errors.New("--rung goes with --target: the table has all rungs")
	case o.rung != "" && !isRung(o.rung):
		return c, fmt.Errorf("--rung %s: there is no such rung\ntry one of: full, slim, lite, postcard", o.rung)
	}
	c.Resolvers, err = o.resolvers()
	return c, err
}

func isRung(name string) bool {
	for r := site.Full; r < site.Refused; r++ {
		if r.String() == name {
			return true
		}
	}
	return false
}

// resolvers are the name servers to ask. A system that names none has none.
func (o *checkOptions) resolvers() ([]string, error) {
	if o.resolver != "" {
		if _, _, err := net.SplitHostPort(o.resolver); err != nil {
			return nil, fmt.Errorf("--resolver %s: want HOST:PORT, such as 9.9.9.9:53", o.resolver)
		}
		return []string{o.resolver}, nil
	}
	system, err := dns.ClientConfigFromFile("/etc/resolv.conf")
	if err != nil {
		return nil, nil
	}
	var all []string
	for _, s := range system.Servers {
		all = append(all, net.JoinHostPort(s, system.Port))
	}
	return all, nil
}

// parseVisits reads visits a second: 13/s, 40/min, 500/h, or a number alone.
func parseVisits(s string) (float64, error) {
	number, unit, _ := strings.Cut(s, "/")
	seconds, known := map[string]float64{"": 1, "s": 1, "min": 60, "h": 3600}[strings.TrimSpace(unit)]
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !known || !(n > 0 && n < 1e9) {
		return 0, errors.New("want visits such as 13/s, 40/min or 500/h")
	}
	return n / seconds, nil
}

// explainCheck adds what the owner can do.
func explainCheck(err error) error {
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, check.ErrNoLine):
		return withStatus(statusMisused, errors.New("--target needs the rate of the line: the page is too small to see it from here\nsay it: --uplink 1Mbit/s"))
	case errors.As(err, &untrusted):
		return withStatus(statusNetwork, fmt.Errorf("%w\nvisitors see a warning instead of the page; to check it all the same: --insecure", err))
	}
	return withStatus(statusNetwork, err)
}

// printCheck writes the report for people.
func (p *Program) printCheck(r *check.Report) error {
	fmt.Fprintf(p.Stdout, "%s\n", r.Final)
	connections := "one connection"
	if r.Connections != 1 {
		connections = fmt.Sprintf("%d connections", r.Connections)
	}
	fmt.Fprintf(p.Stdout, "one visitor costs %s: %d requests by %s over %s, on a screen of %s\n\n",
		bytesText(r.Bytes.Sum), r.Requests, r.Protocol, connections, r.Screen)
	t := tabwriter.NewWriter(p.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "html\tcss\tjs\tfonts\timages\tother\ttls\ttcp/ip\t\n")
	for _, n := range []int64{r.Bytes.HTML, r.Bytes.CSS, r.Bytes.JS, r.Bytes.Fonts, r.Bytes.Images, r.Bytes.Other, r.Bytes.TLS, r.Bytes.Network} {
		fmt.Fprintf(t, "%s\t", bytesText(n))
	}
	fmt.Fprintln(t)
	if err := t.Flush(); err != nil {
		return err
	}
	if r.Lazy > 0 {
		fmt.Fprintf(p.Stdout, "who reads to the end: %s more of lazy pictures\n", bytesText(r.Lazy))
	}
	if err := p.printRungs(r); err != nil {
		return err
	}
	p.printFindings(r)
	return nil
}

func (p *Program) printRungs(r *check.Report) error {
	switch {
	case r.Uplink == nil:
		fmt.Fprintln(p.Stdout, "\nthe line is not known; say it: --uplink 1Mbit/s")
	case r.Uplink.From == "given":
		fmt.Fprintf(p.Stdout, "\na line of %s, used to 85 %%, survives\n", r.Uplink.Rate)
	default:
		fmt.Fprintf(p.Stdout, "\na line of at least %s, as seen from here, used to 85 %%, survives\n", r.Uplink.Rate)
	}
	if r.Handshake == nil {
		fmt.Fprintln(p.Stdout, "  (without TLS, which costs each visit some 3 KB more)")
	}
	t := tabwriter.NewWriter(p.Stdout, 0, 0, 2, ' ', 0)
	for _, rung := range r.Rungs {
		line := fmt.Sprintf("  %s\t%s\t%s", rung.Name, perSecond(rung.Survives), bytesText(rung.Bytes))
		switch {
		case !rung.Made:
			line = fmt.Sprintf("  %s\t-\t-", rung.Name)
		case r.Uplink == nil:
			line = fmt.Sprintf("  %s\t-\t%s", rung.Name, bytesText(rung.Bytes))
		}
		if rung.Note != "" {
			line += "\t" + rung.Note
		}
		fmt.Fprintln(t, line)
	}
	if t := r.Target; t != nil && t.OK {
		defer fmt.Fprintf(p.Stdout, "the target of %s is met: %s with %s pages\n", perSecond(t.Want), perSecond(t.Got), t.Rung)
	}
	return t.Flush()
}

// printFindings lists what to mend.
func (p *Program) printFindings(r *check.Report) {
	if len(r.Findings) == 0 {
		fmt.Fprintln(p.Stdout, "\nthere is nothing to mend")
		return
	}
	fmt.Fprintln(p.Stdout, "\nwhat to mend, most worth first")
	for _, f := range r.Findings {
		cost := ""
		if f.Costs > 0 {
			cost = fmt.Sprintf(": %s of each visit", bytesText(f.Costs))
		}
		fmt.Fprintf(p.Stdout, "  %s%s\n    %s\n    -> %s\n", f.What, cost, f.Why, f.Mend)
		for i, file := range f.Files {
			if i == 3 && len(f.Files) > 4 {
				fmt.Fprintf(p.Stdout, "       and %d more; --json lists all\n", len(f.Files)-3)
				break
			}
			fmt.Fprintf(p.Stdout, "       %s\n", file)
		}
	}
	if r.Names != nil && !r.Names.Known {
		fmt.Fprintf(p.Stdout, "  not known: how long others remember the address of %s: %s\n", r.Names.Host, r.Names.Why)
	}
}

// perSecond writes visits a second in the unit that shows them.
func perSecond(n float64) string {
	switch {
	case n >= 1:
		return strconv.FormatFloat(n, 'f', -1, 64) + "/s"
	case n*60 >= 1:
		return fmt.Sprintf("%.1f/min", n*time.Minute.Seconds())
	}
	return fmt.Sprintf("%.1f/h", n*time.Hour.Seconds())
}
