package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"buzzproof/internal/dashboard"
	"buzzproof/internal/line"
	"buzzproof/internal/serve"
	"buzzproof/internal/site"
	"buzzproof/internal/snapshot"
)

// copyOrHere is what the arguments name, or the copy in the folder of the
// shell. Any other folder must be named: nobody publishes his home by mistake.
func copyOrHere(args []string) (string, error) {
	if len(args) == 1 {
		return args[0], nil
	}
	if _, err := snapshot.CurrentID("."); err != nil {
		return "", withStatus(statusMisused, errors.New("this folder holds no copy\nname one, or the URL of your site; . is this folder as it is"))
	}
	return ".", nil
}

// up serves what is named until ctx ends.
func (p *Program) up(ctx context.Context, what string, o *upOptions, c *config) error {
	config, err := o.check()
	if err != nil {
		return withStatus(statusMisused, err)
	}
	config.Log = p.logger()
	k, err := newDoorkeeper(o.secure.state, o.ban, config.Proxies, config.Log)
	if err != nil {
		return err
	}
	// The ports come first: to hear after a long freeze that one is taken
	// would be a pity. Visitors who come meanwhile wait in the system's queue.
	e, err := openEdge(o)
	if err != nil {
		return err
	}
	return errors.Join(p.upOn(ctx, e, k, what, o, config, c), e.close())
}

// upOn serves on ports that are open.
func (p *Program) upOn(ctx context.Context, e *edge, k *doorkeeper, what string, o *upOptions, config serve.Config, c *config) error {
	dir, err := p.storeOf(ctx, what, o.store)
	if err != nil {
		return err
	}
	id, first, err := openNewer(dir, "")
	if err != nil {
		return err
	}
	public := first.Manifest.Public
	places, err := openPlaces(o.mmdb)
	if err != nil {
		return withStatus(statusMisused, fmt.Errorf("--mmdb: %w", err))
	}
	defer places.Close() // it was only read
	w, err := newWatchman(siteState(o.secure.state, public), public, k,
		watchOptions{o.history, o.originOf(what), time.Local, c, o.secure.state, places}, config.Log)
	if err != nil {
		return err
	}
	config.Before, config.Record = k.before, w.record
	server := serve.New(first, config)
	defer server.Close()
	if err := e.secure(&o.secure, public, config.Log); err != nil {
		return err
	}
	g := newGroup(ctx)
	keepFresh(g, &follower{dir: dir, id: id}, server, o.lighten, config.Log)
	paceLine(g, config.Line, server, config.Log)
	p.flees(g, o, dir, server, w.hear, config.Log)
	w.watch(g, server)
	if err := w.screen(g, e.screen, ownerOf(g, w, o, p.freezeAgain(o, what, dir, public))); err != nil {
		return err
	}
	stop := w.count(ctx)
	p.decides(g, w, evacuateFlags{state: o.secure.state, store: dir}, c)
	e.main = k.keep(g, e.main)
	p.opens(g, e, server, o.listen)
	return errors.Join(g.wait(), stop())
}

// ownerOf acts for the owner on the screen; nobody does if it only shows.
func ownerOf(g *group, w *watchman, o *upOptions, freeze func(context.Context) error) dashboard.Owner {
	if o.watchOnly {
		return nil
	}
	return &owner{w: w, g: g, freeze: freeze}
}

// opens lets visitors in, and says where.
func (p *Program) opens(g *group, e *edge, server *serve.Server, listen string) {
	if err := e.run(g, server); err != nil {
		g.fail(err)
	} else if g.ctx.Err() == nil {
		fmt.Fprintf(p.Stderr, "ready %s\n", readyURL(listen, e.main, e.tls != nil))
	}
}

// keepFresh takes over new snapshots, and makes the renditions that they lack.
func keepFresh(g *group, f *follower, server *serve.Server, lightens bool, log *slog.Logger) {
	g.goes(func(ctx context.Context) error { return f.run(ctx, server, log) })
	if lightens {
		g.goes(func(ctx context.Context) error {
			keepLight(ctx, f.dir, log)
			return nil
		})
	}
}

// paceLine paces the line, if there is one to pace, and tells how it is.
func paceLine(g *group, l *line.Line, server *serve.Server, log *slog.Logger) {
	if l != nil {
		g.goes(l.Run)
		g.goes(func(ctx context.Context) error { return narrate(ctx, server, log) })
	}
}

// freezeAgain freezes the living site into the store that is served; nil when
// it is not known where it is.
func (p *Program) freezeAgain(o *upOptions, what, dir, public string) func(context.Context) error {
	from := o.originOf(what)
	if from == "" {
		return nil
	}
	return func(ctx context.Context) error {
		_, err := p.runFreeze(ctx, from, freezeFlags{out: dir, as: public, jobs: 8, keep: 3})
		return err
	}
}

// originOf is where the living site is, as far as it is known.
func (o *upOptions) originOf(what string) string {
	if o.origin == "" && strings.Contains(what, "://") {
		return what
	}
	return o.origin
}

// storeOf returns the folder that up serves, frozen first when it is told a
// URL of which there is no copy.
func (p *Program) storeOf(ctx context.Context, what, store string) (string, error) {
	if !strings.HasPrefix(what, "http://") && !strings.HasPrefix(what, "https://") {
		if store != "" && store != what {
			return "", withStatus(statusMisused, errors.New("--store goes with a URL: a folder is served where it is"))
		}
		return what, nil
	}
	if store == "" {
		u, err := url.Parse(what)
		if err != nil || u.Hostname() == "" {
			return "", withStatus(statusMisused, fmt.Errorf("%s is not the address of a site", what))
		}
		store = storeFor(u)
	}
	_, err := snapshot.CurrentID(store)
	if errors.Is(err, snapshot.ErrNoSnapshot) {
		err = p.freezeInto(ctx, what, store)
	}
	return store, err
}

// openNewer opens what is current in dir unless that is called known. The name
// is read first: what becomes current in between is taken over the next time.
func openNewer(dir, known string) (id string, s *snapshot.Snapshot, err error) {
	id, err = snapshot.Fingerprint(dir)
	if err == nil && id != known {
		s, err = openLight(dir)
	}
	return id, s, explainEmpty(err, dir)
}

// explainEmpty says what to do about a folder with nothing to serve.
func explainEmpty(err error, dir string) error {
	if errors.Is(err, snapshot.ErrNoSnapshot) {
		return fmt.Errorf("nothing to serve in %s: neither a snapshot nor files\nmake one: buzzproof freeze URL -o %s", dir, dir)
	}
	return err
}

// openLight opens a snapshot with its renditions, if there are some yet.
func openLight(dir string) (*snapshot.Snapshot, error) {
	s, err := snapshot.Open(dir)
	if err != nil {
		return nil, err
	}
	folder, err := snapshot.RenditionsOf(dir)
	if err != nil {
		return s, nil // a plain folder of somebody without a home: full pages
	}
	s.Attach(folder)
	return s, nil
}

// logger writes for the owner who watches the terminal or the journal.
func (p *Program) logger() *slog.Logger {
	level := slog.LevelInfo
	if p.globals.quiet {
		level = slog.LevelWarn
	}
	return slog.New(slog.NewTextHandler(p.Stderr, &slog.HandlerOptions{Level: level}))
}

// check reads what the flags say, without a look at the system.
func (o *upOptions) check() (serve.Config, error) {
	if err := o.secure.check(); err != nil {
		return serve.Config{}, err
	}
	if o.ban < 0 {
		return serve.Config{}, errors.New("--ban wants a time such as 24h, or 0")
	}
	if err := o.checkPorts(); err != nil {
		return serve.Config{}, err
	}
	return o.serveConfig()
}

func (o *upOptions) checkPorts() error {
	for _, port := range []struct {
		flag, where string
		words       []string // that stand for a port, or for none
	}{{"--listen", o.listen, nil}, {"--redirect-http", o.secure.redirectHTTP, []string{""}}, {"--watch", o.watch, []string{"auto", "off"}}} {
		if slices.Contains(port.words, port.where) || strings.HasPrefix(port.where, handedDown) {
			continue
		}
		if _, _, err := net.SplitHostPort(port.where); err != nil {
			return fmt.Errorf("%s %s: want HOST:PORT, such as 127.0.0.1:8080 or :8080", port.flag, port.where)
		}
	}
	return nil
}

func (o *upOptions) serveConfig() (serve.Config, error) {
	memory, err := parseSize(o.memory)
	if err != nil {
		return serve.Config{}, fmt.Errorf("--memory %s: %w", o.memory, err)
	}
	proxies, err := parsePrefixes(o.trustForwarded)
	if err != nil {
		return serve.Config{}, fmt.Errorf("--trust-forwarded: %w", err)
	}
	if o.proxyProtocol && len(proxies) == 0 {
		return serve.Config{}, errors.New("--proxy-protocol needs --trust-forwarded CIDR: anybody could claim to be anybody")
	}
	config := serve.Config{Memory: memory, Proxies: proxies, ProxyProtocol: o.proxyProtocol}
	if config.Handshake, err = serve.ParseHandshake(o.handshake); err != nil {
		return serve.Config{}, fmt.Errorf("--handshake: %w", err)
	}
	config.Line, err = o.line(proxies)
	return config, err
}

// refusal is what visitors read when the line is full and they came without
// TLS, where a word can still be said.
const refusal = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nContent-Type: text/plain\r\n" +
	"Content-Length: 58\r\nConnection: close\r\n\r\n" +
	"Too many people are here at once. Please try again later.\n"

// standsForMany reports addresses behind which there may be any number of
// visitors: those of proxies, and this machine, from which reverse proxies and
// tunnels come whether or not somebody has named them.
func standsForMany(proxies []netip.Prefix) func(netip.Addr) bool {
	return func(a netip.Addr) bool {
		return a.IsLoopback() || slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(a) })
	}
}

// line returns the line that --uplink names.
func (o *upOptions) line(proxies []netip.Prefix) (*line.Line, error) {
	if o.uplink == "none" {
		return nil, nil
	}
	config := line.Config{Shared: standsForMany(proxies)}
	if o.uplink != "auto" {
		rate, err := site.ParseRate(o.uplink)
		if err != nil {
			return nil, fmt.Errorf("--uplink: %w; or auto, or none", err)
		}
		config.Rate = rate.Bytes()
	}
	if o.secure.mode == "off" {
		config.Refusal = []byte(refusal)
	} else {
		config.Handshake = line.HandshakeBytes
	}
	return line.New(config), nil
}
