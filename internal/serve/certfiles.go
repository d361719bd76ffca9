package serve

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// lookAgain is how often, at most, handshakes look whether a certificate's
// files have changed: renewal tools run days before the old one ends.
const lookAgain = time.Second

// certFiles is a certificate kept in two files by somebody else. It is read
// again when they change, so that a renewal needs no restart and no signal.
type certFiles struct {
	cert, key string
	log       *slog.Logger

	mu     sync.Mutex
	pair   *tls.Certificate
	stamp  string // of the files that pair was read from, or failed to be
	looked time.Time
}

// CertFiles returns a TLS configuration for a certificate chain and its key in
// PEM files.
func CertFiles(cert, key string, log *slog.Logger) (*tls.Config, error) {
	f := &certFiles{cert: cert, key: key, log: log}
	stamp, err := f.stampNow()
	if err != nil {
		return nil, err
	}
	if f.pair, err = f.read(); err != nil {
		return nil, err
	}
	f.stamp = stamp
	return tlsConfig(f.certificate), nil
}

// tlsConfig is what all ways to have a certificate share.
func tlsConfig(get func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: get,
	}
}

// certificate is called for every handshake. Files that have become unreadable
// or do not fit each other, as between the writing of one and of the other,
// leave the old pair in use.
func (f *certFiles) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	if now.Sub(f.looked) < lookAgain {
		return f.pair, nil
	}
	f.looked = now
	stamp, err := f.stampNow()
	if err != nil || stamp == f.stamp {
		return f.pair, nil
	}
	f.stamp = stamp
	pair, err := f.read()
	if err != nil {
		f.log.Error("new certificate not used", "error", err)
		return f.pair, nil
	}
	f.log.Info("certificate read again", "file", f.cert, "until", pair.Leaf.NotAfter)
	f.pair = pair
	return f.pair, nil
}

func (f *certFiles) stampNow() (string, error) {
	var stamp string
	for _, name := range []string{f.cert, f.key} {
		info, err := os.Stat(name)
		if err != nil {
			return "", fmt.Errorf("read certificate: %w", err)
		}
		stamp += fmt.Sprintln(info.Size(), info.ModTime().UnixNano())
	}
	return stamp, nil
}

// read loads the pair. One that is out of its time is used all the same, with
// a warning: the owner may have nothing better tonight.
func (f *certFiles) read() (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return nil, fmt.Errorf("read certificate %s with key %s: %w", f.cert, f.key, err)
	}
	switch now := time.Now(); {
	case now.After(pair.Leaf.NotAfter):
		f.log.Warn("certificate has expired: browsers will refuse it", "file", f.cert, "since", pair.Leaf.NotAfter)
	case now.Before(pair.Leaf.NotBefore):
		f.log.Warn("certificate is not valid yet: browsers will refuse it", "file", f.cert, "from", pair.Leaf.NotBefore)
	}
	return &pair, nil
}
