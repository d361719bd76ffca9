package serve

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
)

// ACMEConfig says how to obtain a certificate from an authority that speaks
// ACME (RFC 8555), and to renew it for as long as the server runs.
type ACMEConfig struct {
	Host string // the name to certify, which must lead here
	Dir  string // where account, keys and certificates are kept

	Email string // Optional. Told by the authority about problems.
	CA    string // Optional. The authority's directory; default Let's Encrypt.
	Root  string // Optional. PEM file of the root that CA's own certificate hangs from.

	// ListenHost is the address that both ports are on, "" for all of them.
	ListenHost string
	// TLSPort is the local port that visitors to port 443 arrive at.
	TLSPort int
	// HTTPPort is the local port that visitors to port 80 arrive at, if one
	// is served by HTTP. Without it, only the challenge over TLS is used.
	HTTPPort int

	Log *slog.Logger
}

// ACME keeps a certificate that an authority renews.
type ACME struct {
	host   string
	cache  *certmagic.Cache
	magic  *certmagic.Config
	issuer *certmagic.ACMEIssuer
}

// NewACME prepares to obtain a certificate; Obtain does it. Close must be
// called: the library's cache runs a goroutine for renewals from the start.
func NewACME(c ACMEConfig) (*ACME, error) {
	roots, err := readRoots(c.Root)
	if err != nil {
		return nil, err
	}
	a := &ACME{host: c.Host}
	a.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return a.magic, nil },
		Logger:           zap.NewNop(),
	})
	a.magic = certmagic.New(a.cache, certmagic.Config{
		Storage:           &certmagic.FileStorage{Path: c.Dir},
		DefaultServerName: c.Host, // for clients that send no name
		OnEvent:           reportTo(c.Log),
		Logger:            zap.NewNop(),
	})
	a.issuer = certmagic.NewACMEIssuer(a.magic, certmagic.ACMEIssuer{
		CA:                   c.CA,
		Email:                c.Email,
		Agreed:               true,
		TrustedRoots:         roots,
		ListenHost:           c.ListenHost,
		AltTLSALPNPort:       c.TLSPort,
		AltHTTPPort:          c.HTTPPort,
		DisableHTTPChallenge: c.HTTPPort == 0,
		CertObtainTimeout:    2 * time.Minute,
		Logger:               zap.NewNop(),
	})
	a.magic.Issuers = []certmagic.Issuer{unattended{a.issuer}}
	return a, nil
}

// An unattended issuer never asks the terminal for a mail address: nobody may
// be there, and the one who started us may be waiting for "ready".
type unattended struct{ *certmagic.ACMEIssuer }

func (u unattended) PreCheck(ctx context.Context, names []string, _ bool) error {
	return u.ACMEIssuer.PreCheck(ctx, names, false)
}

func readRoots(name string) (*x509.CertPool, error) {
	if name == "" {
		return nil, nil // those of the system
	}
	pem, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read ACME root: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read ACME root %s: no certificate in it", name)
	}
	return pool, nil
}

// reportTo passes on the library's events that an owner wants to know. The
// failure of a first certificate is Obtain's to report.
func reportTo(log *slog.Logger) func(context.Context, string, map[string]any) error {
	return func(_ context.Context, event string, data map[string]any) error {
		switch renewal := data["renewal"] == true; {
		case event == "cert_obtained":
			log.Info("certificate obtained", "host", data["identifier"], "renewal", renewal)
		case event == "cert_failed" && renewal:
			log.Error("certificate not renewed, trying again later", "host", data["identifier"], "error", data["error"])
		}
		return nil
	}
}

// TLS returns the configuration to serve with, challenges over TLS included.
func (a *ACME) TLS() *tls.Config {
	config := tlsConfig(a.magic.GetCertificate)
	config.NextProtos = append(config.NextProtos, "acme-tls/1")
	return config
}

// HTTP answers challenges over HTTP and hands everything else to next.
func (a *ACME) HTTP(next http.Handler) http.Handler { return a.issuer.HTTPChallengeHandler(next) }

// Obtain returns when there is a certificate, from disk or from the authority.
// The server must be running: the authority will visit it.
func (a *ACME) Obtain(ctx context.Context) error {
	if err := a.magic.ManageSync(ctx, []string{a.host}); err != nil {
		return fmt.Errorf("obtain certificate for %s: %w", a.host, err)
	}
	return nil
}

// Close ends the renewals.
func (a *ACME) Close() { a.cache.Stop() }
