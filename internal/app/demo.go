package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"buzzproof/internal/sample"
	"buzzproof/internal/serve"
)

type demoOptions struct {
	listen, out string
	delay       time.Duration
	evening     time.Duration
	picture     string
	once        bool
}

func (p *Program) demoCommand() *cobra.Command {
	var o demoOptions
	c := &cobra.Command{
		Use:   "demo",
		Short: "the evening of 2016 on this machine, before and after, in a minute",
		Long: `demo needs nothing but this program: it starts a small blog that renders a page
as slowly as a CMS does, freezes it and serves the copy. Then it plays the
evening of 2016 inside this process, with no root and no network: 13 visits a
second through a line of 1 Mbit/s, to a plain server and to buzzproof at once.
Ctrl-C ends it and removes the copy, unless -o keeps it.`,
		Args:              wants(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return p.demo(cmd.Context(), &o) },
	}
	c.Flags().StringVar(&o.listen, "listen", "127.0.0.1:8080", "`HOST:PORT` to serve the copy on; a free port is taken where this one is held")
	c.Flags().StringVarP(&o.out, "output", "o", "", "`DIR` that keeps the copy (default: a temporary one)")
	// 150 ms is what a blog without a cache takes on a small machine.
	c.Flags().DurationVar(&o.delay, "delay", 150*time.Millisecond, "`TIME` the blog takes to render a page")
	c.Flags().DurationVar(&o.evening, "evening", 25*time.Second, "`TIME` that visitors come in the evening; 0 leaves it out")
	c.Flags().StringVar(&o.picture, "picture", "", "`FILE` that gets a picture of the evening, as SVG")
	c.Flags().BoolVar(&o.once, "once", false, "end after the copy has answered for the first time")
	return c
}

func (p *Program) demo(ctx context.Context, o *demoOptions) (err error) {
	dir := o.out
	if dir == "" {
		if dir, err = os.MkdirTemp("", "buzzproof-demo-"); err != nil {
			return fmt.Errorf("folder of the copy: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	front, err := p.listenNear(o.listen)
	if err != nil {
		return err
	}
	defer front.Close()
	g := newGroup(ctx)
	d := &demonstration{Program: p, options: o, dir: dir, front: front, copyURL: readyURL(o.listen, front, false)}
	if d.originURL, err = startSample(g, o.delay); err == nil {
		err = d.run(g)
	}
	if err != nil || o.once {
		g.fail(err)
	}
	return g.wait()
}

// listenNear takes a free port where the wanted one is held: a demo must run.
func (p *Program) listenNear(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err == nil {
		return l, nil
	}
	host, _, splitErr := net.SplitHostPort(address)
	if splitErr != nil || !errors.Is(err, syscall.EADDRINUSE) {
		return listen(address) // finds the words
	}
	p.talk("%s is held by %s; the copy takes a free port", address, portHolder(address))
	return listen(net.JoinHostPort(host, "0"))
}

// startSample lets the blog answer on a free port of this machine.
func startSample(g *group, delay time.Duration) (address string, err error) {
	l, err := listen("127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{
		Handler:           sample.New(sample.Options{Delay: delay}),
		ReadHeaderTimeout: 10 * time.Second, WriteTimeout: time.Minute, IdleTimeout: time.Minute,
	}
	g.goes(func(ctx context.Context) error {
		stop := context.AfterFunc(ctx, func() { _ = server.Close() }) // nobody waits for its answers any more
		defer stop()
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("sample blog: %w", err)
		}
		return nil
	})
	return readyURL("127.0.0.1:0", l, false), nil
}

// A demonstration is one run of demo.
type demonstration struct {
	*Program
	options            *demoOptions
	dir                string
	front              net.Listener // of the copy
	originURL, copyURL string
}

// run freezes the blog, serves the copy by the group's goroutines and tells
// what came of it.
func (d *demonstration) run(g *group) error {
	d.talk("a sample blog answers on %s and takes %v to render a page; freezing it", d.originURL, d.options.delay)
	report, err := d.freezeSample(g.ctx)
	if errors.Is(err, context.Canceled) {
		return context.Canceled // nothing to go on with: the next demo is another blog
	}
	if err != nil {
		return err
	}
	d.summarise(report.Report, d.dir)
	_, first, err := openNewer(d.dir, "")
	if err != nil {
		return err
	}
	server := serve.New(first, serve.Config{Memory: 64 << 20, Log: slog.New(slog.DiscardHandler)})
	g.goes(func(ctx context.Context) error {
		defer server.Close()
		return server.Run(ctx, d.front, nil)
	})
	if err := d.compare(g.ctx); err != nil || d.options.once {
		return err
	}
	g.goes(func(ctx context.Context) error {
		if err := d.lightenBehind(ctx, server); err != nil || ctx.Err() != nil || d.options.evening == 0 {
			return err
		}
		if err := d.playEvening(ctx, d.dir, d.options.evening, d.options.picture); err != nil && ctx.Err() == nil {
			return err
		}
		d.advise()
		return nil
	})
	return nil
}

// lightenBehind makes the renditions while the copy is served already.
func (d *demonstration) lightenBehind(ctx context.Context, server *serve.Server) error {
	if err := lightenOnce(ctx, d.dir, slog.New(slog.DiscardHandler)); err != nil {
		if ctx.Err() != nil {
			return nil // Ctrl-C came first
		}
		return err
	}
	_, next, err := openNewer(d.dir, "")
	if err != nil {
		return err
	}
	server.Swap(next)
	d.talk("  lighter: %s/?lite is the front page in one small document; so is every page", d.copyURL)
	return nil
}

// freezeSample makes a copy that speaks as the address it is served on.
func (d *demonstration) freezeSample(ctx context.Context) (*frozenReport, error) {
	report, err := d.runFreeze(ctx, d.originURL, freezeFlags{out: d.dir, as: d.copyURL, jobs: 8, keep: 3})
	if err != nil {
		return nil, err
	}
	if !report.Complete {
		return nil, withStatus(statusIncomplete, fmt.Errorf("the copy of the sample blog is incomplete: %d addresses are missing", len(report.Missing)))
	}
	return report, nil
}

// compare asks both for the front page and says where to look.
func (d *demonstration) compare(ctx context.Context) error {
	living, err := pageTime(ctx, d.originURL+"/")
	if err != nil {
		return err
	}
	frozen, err := pageTime(ctx, d.copyURL+"/")
	if err != nil {
		return err
	}
	d.talk("")
	d.talk("  the living blog  %-24s %8s for the front page", d.originURL, roughly(living))
	d.talk("  its frozen copy  %-24s %8s", d.copyURL, roughly(frozen))
	d.talk("")
	fmt.Fprintf(d.Stderr, "ready %s\n", d.copyURL)
	if !d.options.once && d.options.evening == 0 {
		d.advise()
	}
	return nil
}

func (d *demonstration) advise() {
	d.talk("  look:    open both in a browser; every link of the copy works")
	d.talk("  inspect: ls %s", filepath.Join(d.dir, "current"))
	d.talk("  again:   buzzproof freeze %s --as %s -o %s", d.originURL, d.copyURL, d.dir)
	d.talk("  yours:   buzzproof up https://blog.example.org")
	d.talk("Ctrl-C ends the demo")
}

// pageTime is the median time of a few answers. Both sides are asked over
// connections that are open already, as a browser's second click is.
func pageTime(ctx context.Context, address string) (time.Duration, error) {
	const asked = 5
	client := &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	var took []time.Duration
	for range asked + 1 {
		began := time.Now()
		if err := fetchPage(ctx, client, address); err != nil {
			return 0, err
		}
		took = append(took, time.Since(began))
	}
	took = took[1:] // the first one opened the connection
	slices.Sort(took)
	return took[asked/2], nil
}

func fetchPage(ctx context.Context, client *http.Client, address string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("look at %s: %w", address, err)
	}
	resp, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("look at the page: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("look at %s: %s", address, resp.Status)
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return fmt.Errorf("look at %s: %w", address, err)
	}
	return nil
}

// roughly rounds to what a person reads.
func roughly(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.1f ms", float64(d)/1e6)
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}
