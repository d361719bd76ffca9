package app

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"buzzproof/internal/link"
	"buzzproof/internal/rehearse"
	"buzzproof/internal/serve"
	"buzzproof/internal/stacks"
	"buzzproof/internal/tun"
)

// httpsPort is where the rehearsed server listens, at home inside the
// rehearsal: no port of this machine is taken.
const httpsPort = 443

// A stage is where a crowd and a server meet.
type stage struct {
	*Program
	options *rehearseOptions
	dir     string
	line    link.Line
	chain   *rehearse.Chain
}

// play plays on a stage of its own: what one crowd left behind must not wait
// for the next.
func (s *stage) play(ctx context.Context, play rehearse.Play) (*rehearse.Result, error) {
	var moment atomic.Pointer[rehearse.Moment]
	play.Watch = func(m rehearse.Moment) { moment.Store(&m) }
	s.talk("%s, %.0f s against %s%s", play.Crowd.Name, play.Crowd.Length().Seconds(), play.Site.URL, play.Site.Landing)
	stop := s.showProgress(func() string { return momentLine(moment.Load()) })
	defer stop()
	if s.options.tun {
		return s.playBetweenNamespaces(ctx, play)
	}
	return s.playInside(ctx, play)
}

// insideRoad leads over a pair of stacks in this process.
type insideRoad struct{ *stacks.Pair }

func (r insideRoad) Dial(ctx context.Context, n int) (net.Conn, error) {
	return r.Pair.Dial(ctx, n, httpsPort)
}

func (s *stage) playInside(ctx context.Context, play rehearse.Play) (r *rehearse.Result, err error) {
	pair, err := stacks.New(s.line)
	if err != nil {
		return nil, err
	}
	defer pair.Close()
	l, err := pair.Listen(httpsPort)
	if err != nil {
		return nil, err
	}
	_, first, err := openNewer(s.dir, "")
	if err != nil {
		return nil, err
	}
	config, err := s.serverConfig()
	if err != nil {
		return nil, errors.Join(err, first.Close())
	}
	server := serve.New(first, config)
	defer server.Close()
	road := newGroup(context.WithoutCancel(ctx)) // carries the server's last words too
	road.goes(pair.Run)
	g := newGroup(ctx)
	if config.Line != nil {
		g.goes(config.Line.Run)
	}
	g.goes(func(ctx context.Context) error {
		return server.Run(ctx, l, &tls.Config{Certificates: []tls.Certificate{s.chain.Certificate}})
	})
	play.Road = insideRoad{pair}
	r, err = play.Run(g.ctx)
	g.cancel()
	err = errors.Join(err, g.wait())
	road.cancel()
	return r, errors.Join(err, road.wait())
}

// serverConfig is what up would have with the same flags.
func (s *stage) serverConfig() (serve.Config, error) {
	o := &upOptions{memory: "256MB", uplink: s.told(), handshake: "auto", secure: secureOptions{mode: "internal"}}
	config, err := o.serveConfig()
	if err != nil {
		return config, withStatus(statusMisused, fmt.Errorf("--told: %w", err))
	}
	config.Log = slog.New(slog.DiscardHandler)
	return config, nil
}

func (s *stage) told() string { return cmp.Or(s.options.told, s.options.uplink) }

// tunRoad leads over the kernel's TCP.
type tunRoad struct{ *tun.Rig }

func (r tunRoad) Dial(ctx context.Context, n int) (net.Conn, error) {
	return r.Rig.Dial(ctx, n, httpsPort)
}

func (s *stage) playBetweenNamespaces(ctx context.Context, play rehearse.Play) (r *rehearse.Result, err error) {
	rig, err := tun.Open(tun.Config{Line: s.line, Congestion: s.options.congestion})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rig.Close()) }()
	command, clean, err := s.serverCommand(rig.Home())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, clean()) }()
	road := newGroup(context.WithoutCancel(ctx))
	road.goes(rig.Run)
	program, err := rig.Start(command)
	if err == nil {
		err = s.waitFor(ctx, rig, program, &play.Site)
		if err == nil {
			play.Road = tunRoad{rig}
			r, err = play.Run(ctx)
		}
		program.Stop()
	}
	road.cancel()
	return r, errors.Join(err, road.wait())
}

// serverCommand fills in the command of the server under test.
func (s *stage) serverCommand(home netip.Addr) (*exec.Cmd, func() error, error) {
	dir, err := os.MkdirTemp("", "buzzproof-rehearse-")
	if err != nil {
		return nil, nil, err
	}
	clean := func() error { return os.RemoveAll(dir) }
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	self, err := os.Executable()
	if err = errors.Join(err, writeChain(s.chain, cert, key)); err != nil {
		return nil, nil, errors.Join(err, clean())
	}
	line := cmp.Or(s.options.command, "{self} up {dir} --listen {listen} --tls {cert},{key} --uplink {uplink}")
	line = strings.NewReplacer(
		"{self}", self, "{dir}", s.dir, "{listen}", netip.AddrPortFrom(home, httpsPort).String(),
		"{cert}", cert, "{key}", key, "{uplink}", s.told(),
	).Replace(line)
	command := exec.Command("/bin/sh", "-c", "exec "+line)
	command.Stderr = s.Stderr
	return command, clean, nil
}

func writeChain(c *rehearse.Chain, cert, key string) error {
	var text strings.Builder
	for _, der := range c.Certificate.Certificate {
		if err := pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
			return err
		}
	}
	secret, err := x509.MarshalPKCS8PrivateKey(c.Certificate.PrivateKey)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(cert, []byte(text.String()), 0o600),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
}

// waitFor returns when the server has answered with the page, asked from
// inside the home: its readiness is not what is measured.
func (s *stage) waitFor(ctx context.Context, rig *tun.Rig, program *tun.Program, site *rehearse.Site) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := rig.WaitFor(ctx, program, httpsPort); err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{
		DialContext:     func(ctx context.Context, _, _ string) (net.Conn, error) { return rig.DialHome(ctx, httpsPort) },
		TLSClientConfig: &tls.Config{RootCAs: site.Roots},
	}}
	defer client.CloseIdleConnections()
	if err := fetchPage(ctx, client, site.URL.String()+site.Landing); err != nil {
		return fmt.Errorf("the server under test: %w", err)
	}
	return nil
}
