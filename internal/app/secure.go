package app

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"buzzproof/internal/serve"
)

// secureOptions are the flags that decide on TLS.
type secureOptions struct {
	mode         string
	host         string
	state        string
	redirectHTTP string
	acmeEmail    string
	acmeCA       string
	acmeRoot     string
}

func (o *secureOptions) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&o.mode, "tls", "off", "`MODE`: off, auto (by ACME), internal (our own certificate) or CERT,KEY (PEM files)")
	flags.StringVar(&o.host, "host", "", "`NAME` to certify (default: the site's public host)")
	flags.StringVar(&o.state, "state", defaultState(), "`DIR` for keys and certificates")
	flags.StringVar(&o.redirectHTTP, "redirect-http", "", "`HOST:PORT` where plain HTTP is sent on to https")
	flags.StringVar(&o.acmeEmail, "acme-email", "", "`ADDRESS` the authority may write to")
	flags.StringVar(&o.acmeCA, "acme-ca", "", "`URL` of the authority's ACME directory (default: Let's Encrypt)")
	flags.StringVar(&o.acmeRoot, "acme-root", "", "PEM `FILE` of the root that vouches for the ACME directory itself")
}

// defaultState is where systemd or the desktop wants such things kept.
func defaultState() string {
	if dir := os.Getenv("STATE_DIRECTORY"); dir != "" {
		return dir
	}
	if dir := os.Getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "buzzproof")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "buzzproof-state"
	}
	return filepath.Join(home, ".local", "state", "buzzproof")
}

// check refuses contradictions before anything is opened.
func (o *secureOptions) check() error {
	cert, key, files := strings.Cut(o.mode, ",")
	switch {
	case files && (cert == "" || key == ""):
		return fmt.Errorf("--tls %s: want CERT,KEY: two files with a comma between", o.mode)
	case !files && o.mode != "off" && o.mode != "auto" && o.mode != "internal":
		return fmt.Errorf("--tls %s: want off, auto, internal or CERT,KEY", o.mode)
	case o.mode == "off" && o.redirectHTTP != "":
		return errors.New("--redirect-http needs --tls: there is no https to send visitors to")
	case o.mode != "auto" && (o.acmeCA != "" || o.acmeRoot != "" || o.acmeEmail != ""):
		return errors.New("--acme-ca, --acme-root and --acme-email need --tls auto")
	}
	return nil
}

// An edge is what stands between the network and the server: the ports and,
// with TLS, the certificate.
type edge struct {
	main      net.Listener
	redirect  net.Listener // nil without --redirect-http
	screen    net.Listener // nil with --watch off
	tls       *tls.Config  // nil without TLS
	acme      *serve.ACME  // nil unless --tls auto
	httpsHost string
}

// openEdge opens the ports.
func openEdge(o *upOptions) (*edge, error) {
	e := &edge{}
	var err error
	if e.main, err = listen(o.listen); err != nil {
		return nil, err
	}
	if o.secure.redirectHTTP != "" {
		if e.redirect, err = listen(o.secure.redirectHTTP); err != nil {
			return nil, errors.Join(err, e.close())
		}
	}
	if e.screen, err = openScreen(o.watch); err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

// secure readies the certificate.
func (e *edge) secure(o *secureOptions, public string, log *slog.Logger) (err error) {
	site, err := url.Parse(public)
	if err != nil {
		return fmt.Errorf("public URL of the snapshot: %w", err)
	}
	host := cmp.Or(o.host, site.Hostname())
	e.httpsHost = site.Host
	if site.Scheme != "https" || o.host != "" {
		e.httpsHost = hostPort(cmp.Or(host, "localhost"), port(e.main))
	}
	switch {
	case o.mode == "off":
	case o.mode == "internal":
		e.tls, err = serve.SelfSigned(cmp.Or(host, "localhost"), filepath.Join(o.state, "internal"), log)
	case o.mode == "auto" && host == "":
		err = withStatus(statusMisused, errors.New("--tls auto needs --host NAME: the site does not say its public name"))
	case o.mode == "auto":
		err = e.useACME(o, host, log)
	default:
		cert, key, _ := strings.Cut(o.mode, ",")
		e.tls, err = serve.CertFiles(cert, key, log)
	}
	return err
}

func (e *edge) useACME(o *secureOptions, host string, log *slog.Logger) (err error) {
	config := serve.ACMEConfig{
		Host: host, Dir: filepath.Join(o.state, "acme"), Email: o.acmeEmail, CA: o.acmeCA, Root: o.acmeRoot,
		TLSPort: port(e.main), Log: log,
	}
	if ip := e.main.Addr().(*net.TCPAddr).IP; !ip.IsUnspecified() {
		config.ListenHost = ip.String()
	}
	if e.redirect != nil {
		config.HTTPPort = port(e.redirect)
	}
	if e.acme, err = serve.NewACME(config); err == nil {
		e.tls = e.acme.TLS()
	}
	return err
}

// run serves by the group's goroutines. It returns when visitors can be
// answered, which by ACME takes a certificate first.
func (e *edge) run(g *group, server *serve.Server) error {
	g.goes(func(ctx context.Context) error { return server.Run(ctx, e.main, e.tls) })
	if e.redirect != nil {
		var between func(http.Handler) http.Handler
		if e.acme != nil {
			between = e.acme.HTTP
		}
		g.goes(func(ctx context.Context) error { return server.RunHTTP(ctx, e.redirect, e.httpsHost, between) })
	}
	if e.acme == nil {
		return nil
	}
	if err := e.acme.Obtain(g.ctx); err != nil && g.ctx.Err() == nil {
		return withStatus(statusNetwork, fmt.Errorf("%w\nthe name must lead to this machine: port 443 to --listen, port 80 to --redirect-http", err))
	}
	return nil
}

// close gives back what is open. Listeners may be closed already.
func (e *edge) close() error {
	if e.acme != nil {
		e.acme.Close()
	}
	for _, l := range []net.Listener{e.main, e.redirect, e.screen} {
		if l == nil {
			continue
		}
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return err
		}
	}
	return nil
}

func port(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

// hostPort leaves out the port that https has anyway.
func hostPort(host string, port int) string {
	joined := net.JoinHostPort(host, strconv.Itoa(port))
	return strings.TrimSuffix(joined, ":443")
}
