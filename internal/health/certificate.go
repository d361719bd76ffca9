package health

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	"buzzproof/internal/settings"
)

// CertificateConfig looks when a certificate runs out.
type CertificateConfig struct {
	Common
	// Address is HOST:PORT, where TLS is spoken from the start.
	Address string `toml:"address"`
	// Name that the certificate must be for. Default: the host.
	Name string `toml:"name"`
	// Before is how long before its end it is time to do something. Default 14d:
	// authorities renew with a third of 90 days, or of 45, left.
	Before settings.Duration `toml:"before"`
	// Insecure asks for nothing but the date: for a certificate of one's own.
	Insecure bool `toml:"insecure"`
}

const defaultBefore = 14 * 24 * time.Hour

type certificate struct {
	CertificateConfig
	name string
}

func (c *CertificateConfig) open() (Check, error) {
	host, _, err := net.SplitHostPort(c.Address)
	if err != nil {
		return nil, errors.New("address wants HOST:PORT, such as blog.example.org:443")
	}
	name := c.Name
	if name == "" {
		name = host
	}
	return &certificate{*c, name}, nil
}

func (c *certificate) Look(ctx context.Context) (Outcome, error) {
	began := time.Now()
	// What is wrong with it is judged below, to say more than "bad certificate".
	dialer := tls.Dialer{Config: &tls.Config{ServerName: c.name, InsecureSkipVerify: true}} //nolint:gosec // see above
	conn, err := dialer.DialContext(ctx, "tcp", c.Address)
	if err != nil {
		return down(time.Since(began), err), nil
	}
	defer conn.Close()
	state := conn.(*tls.Conn).ConnectionState()
	return c.judge(state.PeerCertificates, time.Now(), time.Since(began)), nil
}

// judge looks at a chain, the server's own certificate first.
func (c *certificate) judge(chain []*x509.Certificate, now time.Time, took time.Duration) Outcome {
	end := chain[0].NotAfter
	for _, link := range chain[1:] {
		if link.NotAfter.Before(end) {
			end = link.NotAfter
		}
	}
	left := end.Sub(now)
	day := end.UTC().Format("2006-01-02")
	if left <= 0 {
		return down(took, fmt.Errorf("the certificate ran out on %s", day))
	}
	if !c.Insecure {
		between := x509.NewCertPool()
		for _, link := range chain[1:] {
			between.AddCert(link)
		}
		if _, err := chain[0].Verify(x509.VerifyOptions{DNSName: c.name, Intermediates: between, CurrentTime: now}); err != nil {
			return down(took, err)
		}
	}
	o := works(took, c.slow(), fmt.Sprintf("until %s, %d days", day, int(left.Hours()/24)))
	if left < c.Before.Or(defaultBefore) {
		o.State, o.Phase = Near, "expiring"
	}
	return o
}
