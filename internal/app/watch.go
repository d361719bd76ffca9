package app

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"buzzproof/internal/dashboard"
	"buzzproof/internal/health"
	"buzzproof/internal/secret"
)

// usualScreen is where the screen is unless the owner says otherwise, or
// another site of his has it already.
const usualScreen = "127.0.0.1:8088"

// A place is where a running up can be watched: a file says so to those who
// may read the state.
type place struct {
	URL string `json:"url"`
	Key string `json:"key"`
}

const placeFile = "watch.json"

// openScreen listens for those who watch. Off is no listener.
func openScreen(where string) (net.Listener, error) {
	switch where {
	case "off":
		return nil, nil
	case "auto":
		if l, err := net.Listen("tcp", usualScreen); err == nil {
			return l, nil
		}
		return net.Listen("tcp", "127.0.0.1:0")
	}
	if strings.HasPrefix(where, handedDown) {
		return takeOver(where)
	}
	l, err := net.Listen("tcp", where)
	if err != nil {
		return nil, fmt.Errorf("--watch: %w", err)
	}
	return l, nil
}

// screen serves the screen as long as g runs, and says where it is; without a
// listener there is none.
func (w *watchman) screen(g *group, l net.Listener, o dashboard.Owner) error {
	if l == nil {
		return nil
	}
	key, err := screenKey(filepath.Join(w.dir, "watch.key"))
	if err != nil && !w.unkept {
		w.log.Warn("the screen can be seen from this machine only", "error", err)
	}
	here := place{URL: "http://" + reachable(l.Addr()).String() + "/", Key: key}
	w.link = here.URL
	w.log.Info("what happens is on the screen", "url", here.URL)
	data, err := json.Marshal(here)
	if err != nil {
		return err
	}
	if err := writeWhole(filepath.Join(w.dir, placeFile), data, 0o600); err != nil && !w.unkept {
		w.log.Warn("buzzproof watch will not find this site", "error", err)
	}
	server := &http.Server{
		Handler: w.answered(dashboard.Handler(w.hub, dashboard.Config{Key: key, Owner: o, Metrics: health.Metrics(w.figures), Courses: w.howTheyWent})), ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout: 20 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		BaseContext: func(net.Listener) context.Context { return g.ctx }, // ends streams
	}
	g.goes(func(ctx context.Context) error {
		<-ctx.Done()
		_ = os.Remove(filepath.Join(w.dir, placeFile))
		return server.Close()
	})
	g.goes(func(context.Context) error {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("the screen: %w", err)
		}
		return nil
	})
	return nil
}

// reachable is an address by which this machine reaches a listener.
func reachable(a net.Addr) net.Addr {
	if t, ok := a.(*net.TCPAddr); ok && t.IP.IsUnspecified() {
		return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: t.Port}
	}
	return a
}

// screenKey is the key to the screen, made when there is none.
func screenKey(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err == nil {
		if key := strings.TrimSpace(string(data)); len(key) >= 16 {
			return key, nil
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	key := rand.Text() // 130 bits
	return key, writeWhole(path, []byte(key+"\n"), 0o600)
}

// watchFlags are those of watch.
type watchFlags struct {
	state string
	key   string
	ascii bool
}

func (p *Program) watchCommand() *cobra.Command {
	var o watchFlags
	c := &cobra.Command{
		Use:   "watch [SITE|URL]",
		Short: "what happens now, on one screen",
		Long: "Shows what happens on a site that \"up\" serves on this machine: who comes, from\n" +
			"where, what the line does, what was said. The same is in the browser at the\n" +
			"address it prints at the end. With a URL it watches from elsewhere, by the key\n" +
			"that lies in the state of that machine. --json prints a line every second.",
		Example: `  buzzproof watch
  buzzproof watch blog.example.org
  buzzproof watch http://192.168.1.10:8088 --key "$KEY"`,
		Args:              wants(cobra.MaximumNArgs(1)),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, args []string) error { return p.watch(cmd.Context(), args, &o) },
	}
	flags := c.Flags()
	flags.StringVar(&o.state, "state", defaultState(), "`DIR` that up keeps its state in")
	flags.StringVar(&o.key, "key", "", "`KEY` of a screen elsewhere, or file:PATH, or env:NAME")
	flags.BoolVar(&o.ascii, "ascii", false, "draw with nothing but ASCII")
	return c
}

func (p *Program) watch(ctx context.Context, args []string, o *watchFlags) error {
	here, err := o.find(args)
	if err != nil {
		return err
	}
	base, err := url.Parse(here.URL)
	if err != nil {
		return withStatus(statusMisused, err)
	}
	c := &dashboard.Client{Base: base, Key: here.Key, HTTP: &http.Client{}}
	if p.globals.json {
		return p.watchLines(ctx, c)
	}
	out, isFile := p.Stdout.(*os.File)
	if !isFile || !term.IsTerminal(int(out.Fd())) {
		return withStatus(statusMisused, errors.New("watch draws on a terminal\nfor a program: buzzproof watch --json"))
	}
	style := dashboard.Style{ASCII: o.ascii, Color: !p.globals.noColor && os.Getenv("NO_COLOR") == ""}
	err = dashboard.Terminal(ctx, c, os.Stdin, out, style)
	if err == nil {
		p.talk("the same in a browser: %s", here.URL)
	}
	return explainWatch(err)
}

// explainWatch says what to do about a screen that wants its key.
func explainWatch(err error) error {
	if errors.Is(err, dashboard.ErrKey) {
		return withStatus(statusMisused, fmt.Errorf("%w\nit lies in watch.key, in the state of that machine: --key file:watch.key", err))
	}
	return err
}

// watchLines prints every state as a line of JSON until ctx ends or the
// connection is lost.
func (p *Program) watchLines(ctx context.Context, c *dashboard.Client) error {
	enc := json.NewEncoder(p.Stdout)
	var wrong error
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	err := c.Watch(ctx, func(u dashboard.Update) {
		if wrong == nil {
			if wrong = enc.Encode(u.State); wrong != nil {
				cancel() // nobody reads any more
			}
		}
	})
	if wrong != nil {
		return wrong
	}
	return withStatus(statusNetwork, explainWatch(err))
}

// find says where the screen is that is meant.
func (o *watchFlags) find(args []string) (place, error) {
	if len(args) == 1 && strings.Contains(args[0], "://") {
		key, err := reveal("--key", o.key)
		return place{args[0], key}, err
	}
	places, err := filepath.Glob(filepath.Join(o.state, "sites", "*", placeFile))
	if err != nil {
		return place{}, err
	}
	var names []string
	for _, path := range places {
		name := filepath.Base(filepath.Dir(path))
		names = append(names, name)
		if len(args) == 1 && name == strings.ReplaceAll(args[0], ":", "_") || len(args) == 0 && len(places) == 1 {
			return readPlace(path)
		}
	}
	switch {
	case len(places) == 0:
		return place{}, fmt.Errorf("nothing is served on this machine that can be watched: no %s in %s\nstart: buzzproof up", placeFile, o.state)
	case len(args) == 0:
		return place{}, withStatus(statusMisused, fmt.Errorf("several sites are served here: name one of %s", strings.Join(names, ", ")))
	}
	return place{}, withStatus(statusMisused, fmt.Errorf("%s is not served here, only %s", args[0], strings.Join(names, ", ")))
}

func readPlace(path string) (here place, err error) {
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, &here)
	}
	if err != nil {
		return here, fmt.Errorf("read %s: %w", path, err)
	}
	return here, nil
}

// reveal is a key as it was given by that flag, or what lies where it says.
func reveal(flag, key string) (string, error) {
	kind, _, _ := strings.Cut(key, ":")
	if kind != "file" && kind != "env" && kind != "credential" {
		return key, nil
	}
	var t secret.Text
	if err := t.UnmarshalText([]byte(key)); err != nil {
		return "", withStatus(statusMisused, fmt.Errorf("%s: %w", flag, err))
	}
	return t.Reveal(), nil
}
