package serve

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// selfSignedLife is what browsers accept at most, 398 days, less one for
// clocks that differ. A month before the end a new certificate is made.
const (
	selfSignedLife = 397 * 24 * time.Hour
	renewBefore    = 30 * 24 * time.Hour
)

// SelfSigned returns a TLS configuration with a certificate for host that
// nobody but us vouches for, good for a test or the local network. It is kept
// in dir so that who has accepted it once is not asked again.
func SelfSigned(host, dir string, log *slog.Logger) (*tls.Config, error) {
	cert, key := filepath.Join(dir, host+".crt"), filepath.Join(dir, host+".key")
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil || time.Until(pair.Leaf.NotAfter) < renewBefore || pair.Leaf.VerifyHostname(host) != nil {
		if err := makeSelfSigned(host, cert, key); err != nil {
			return nil, fmt.Errorf("make certificate for %s: %w", host, err)
		}
		log.Info("made a certificate of our own", "host", host, "file", cert)
	}
	return CertFiles(cert, key, log)
}

func makeSelfSigned(host, certFile, keyFile string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: host},
		NotBefore:    now.Add(-time.Hour), // clocks differ
		NotAfter:     now.Add(selfSignedLife),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(keyFile), 0o700); err != nil {
		return err
	}
	if err := writePEM(keyFile, "PRIVATE KEY", secret); err != nil {
		return err
	}
	return writePEM(certFile, "CERTIFICATE", der)
}

// writePEM replaces a file in one step, readable by us alone. A pair torn by a
// crash does not fit and is made again at the next start.
func writePEM(name, kind string, der []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once it has been renamed
	if err := pem.Encode(f, &pem.Block{Type: kind, Bytes: der}); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
