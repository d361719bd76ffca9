package app

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"buzzproof/internal/rehearse"
	"buzzproof/internal/tun"
)

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
