package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"buzzproof/internal/lighten"
	"buzzproof/internal/site"
	"buzzproof/internal/snapshot"
)

type showOptions struct {
	as, store, screenshot string
	part                  int
	open                  bool
}

// rungs are what a page can be shown as, the heaviest first.
var rungs = []string{lighten.Full, lighten.Slim, lighten.Lite, lighten.Postcard, lighten.Preview}

func (p *Program) showCommand() *cobra.Command {
	var o showOptions
	c := &cobra.Command{
		Use:   "show URL",
		Short: "one page in each weight, with its bytes",
		Long: `show says what a page of the current snapshot weighs in each of its renditions,
by kind of file, as sent. With --as it prints one rendition; --open shows it in
the browser, --screenshot draws it with Chromium.`,
		Example: `  buzzproof show https://blog.example.org/hello/
  buzzproof show https://blog.example.org/hello/ --as lite
  buzzproof show /hello/ -s copy --as slim --screenshot slim.png`,
		Args:              wants(cobra.ExactArgs(1)),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, args []string) error { return p.show(cmd.Context(), args[0], &o) },
	}
	flags := c.Flags()
	flags.StringVar(&o.as, "as", "", "print the page `AS` full, slim, lite, postcard or preview")
	flags.IntVar(&o.part, "part", 1, "`NUMBER` of the part of a postcard")
	flags.StringVarP(&o.store, "store", "s", "", "`DIR` that keeps the copy (default: the site's host name)")
	flags.BoolVar(&o.open, "open", false, "show it in the browser until Ctrl-C")
	flags.StringVar(&o.screenshot, "screenshot", "", "draw it into `FILE` as PNG; needs Chromium")
	return c
}

func (p *Program) show(ctx context.Context, raw string, o *showOptions) error {
	if err := o.check(p.globals.json); err != nil {
		return withStatus(statusMisused, err)
	}
	s, e, err := openPage(raw, o.store)
	if err != nil {
		return err
	}
	defer s.Close()
	if o.open || o.screenshot != "" {
		return p.showInBrowser(ctx, s, e, o)
	}
	if o.as != "" {
		return p.print(s, e, o)
	}
	sheet := weights(s, e)
	if p.globals.json {
		return writeJSON(p.Stdout, sheet)
	}
	return p.table(sheet)
}

// check finds what does not go together.
func (o *showOptions) check(asJSON bool) error {
	switch {
	case o.as != "" && !slices.Contains(rungs, o.as):
		return fmt.Errorf("--as %s: there is no such rendition\ntry one of: %s", o.as, strings.Join(rungs, ", "))
	case o.part < 1:
		return fmt.Errorf("--part %d: the first part of a postcard is 1", o.part)
	case o.part > 1 && o.as != lighten.Postcard:
		return errors.New("--part goes with --as postcard: nothing else has parts")
	case asJSON && (o.as != "" || o.open || o.screenshot != ""):
		return errors.New("--json is the table as data; a rendition is printed, opened or drawn as it is")
	}
	return nil
}

// openPage opens the snapshot that holds a page, and finds the page in it.
func openPage(raw, store string) (*snapshot.Snapshot, *snapshot.Entry, error) {
	u, err := url.Parse(raw)
	if err == nil && u.Host == "" && !strings.HasPrefix(raw, "/") {
		u, err = parseSite(raw)
	}
	if err != nil {
		return nil, nil, withStatus(statusMisused, fmt.Errorf("%q is not the address of a page\ntry: https://blog.example.org/hello/", raw))
	}
	dir := cmp.Or(store, u.Hostname(), ".")
	_, err = snapshot.CurrentID(dir)
	if store != "" {
		err = nil // a plain folder has pages too, where it is named
	}
	var s *snapshot.Snapshot
	if err == nil {
		s, err = openLight(dir)
	}
	if errors.Is(err, snapshot.ErrNoSnapshot) {
		err = fmt.Errorf("there is no copy in %s\nname its folder with -s, or make one: buzzproof freeze URL", dir)
	}
	if err != nil {
		return nil, nil, err
	}
	a := s.Find(site.Key(u))
	for range 5 {
		to, err := url.Parse(a.To)
		if a.To == "" || err != nil {
			break
		}
		a = s.Find(site.Key(to))
	}
	if a.Entry == nil || a.Status != 200 {
		return nil, nil, errors.Join(fmt.Errorf("the copy in %s holds no %s", dir, site.Key(u)), s.Close())
	}
	return s, a.Entry, nil
}

// A weightSheet is what a page weighs in each rendition, in bytes as sent.
type weightSheet struct {
	Schema     int          `json:"schema"`
	URL        string       `json:"url"`
	Renditions []weightLine `json:"renditions"`
	Notices    []string     `json:"notices"`
}

type weightLine struct {
	Name  string         `json:"name"`
	Parts int            `json:"parts"`
	Bytes lighten.Weight `json:"bytes"`
	Sum   int64          `json:"sum"`
}

// publicURL is where the living site has the entry. Addresses of entries begin
// at the root of the host, also when the site is only a folder of it.
func publicURL(s *snapshot.Snapshot, e *snapshot.Entry) string {
	public, err := url.Parse(s.Manifest.Public)
	if err != nil {
		return e.URL
	}
	at, err := public.Parse(e.URL)
	if err != nil {
		return e.URL
	}
	return at.String()
}

// weights reads back what was found out when the renditions were made.
func weights(s *snapshot.Snapshot, e *snapshot.Entry) weightSheet {
	sheet := weightSheet{Schema: 1, URL: publicURL(s, e), Notices: []string{}}
	for _, b := range s.Bundles(e.URL) {
		sheet.Notices = append(sheet.Notices, b.Notices...)
	}
	for _, name := range rungs {
		if line := lighten.WeightOf(s, e, name); line.Parts > 0 {
			sheet.Renditions = append(sheet.Renditions, weightLine{name, line.Parts, line.Weight, line.Sum()})
		}
	}
	return sheet
}

func (p *Program) table(sheet weightSheet) error {
	fmt.Fprintf(p.Stdout, "%s\n", sheet.URL)
	t := tabwriter.NewWriter(p.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "\tsent\thtml\tcss\tjs\tfonts\timages\tother\t\n")
	for _, l := range sheet.Renditions {
		name := l.Name
		if l.Parts > 1 {
			name = fmt.Sprintf("%s (%d parts)", name, l.Parts)
		}
		fmt.Fprintf(t, "%s\t", name)
		for _, n := range []int64{l.Sum, l.Bytes.HTML, l.Bytes.CSS, l.Bytes.JS, l.Bytes.Fonts, l.Bytes.Images, l.Bytes.Other} {
			if n == 0 {
				fmt.Fprint(t, "-\t")
			} else {
				fmt.Fprintf(t, "%s\t", bytesText(n))
			}
		}
		fmt.Fprintln(t)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, n := range sheet.Notices {
		p.talk("  %s", n)
	}
	return nil
}

// print writes one rendition as a visitor gets it, uncoded.
func (p *Program) print(s *snapshot.Snapshot, e *snapshot.Entry, o *showOptions) error {
	name := o.as
	if name == lighten.Postcard {
		name = lighten.PostcardName(o.part)
	}
	if name == lighten.Full {
		f, err := s.File(e)
		if err != nil {
			return err
		}
		_, err = f.WriteTo(p.Stdout)
		return errors.Join(err, f.Close())
	}
	b, part := s.Made(e.URL, name)
	if part == nil {
		return fmt.Errorf("%s has no rendition %s\nsee what it has: the same command without --as", e.URL, name)
	}
	data, err := b.Plain(part)
	if err != nil {
		return err
	}
	best := part.Smallest()
	p.talk("%s as %s: %s, as sent %s", e.URL, name, bytesText(part.Size), bytesText(best))
	_, err = p.Stdout.Write(data)
	return err
}
