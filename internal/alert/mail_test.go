package alert

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// mailRigs are the ways to speak to a mail server.
func mailRigs() []rig {
	var all []rig
	for _, way := range []string{"starttls", "implicit", "none"} {
		r := rig{kind: "mail " + way, start: func(t *testing.T, how manner) (plan, func() string) {
			m, got := mailServer(t, way, how)
			return m, got
		}}
		if way == "none" {
			r.less = []manner{denies} // no key is sent
		}
		all = append(all, r)
	}
	return all
}

func mailServer(t *testing.T, way string, how manner) (*MailConfig, func() string) {
	t.Helper()
	c := &MailConfig{TLS: way, From: "Buzzproof <buzz@blog.example.org>", To: []string{"owner@example.org", "other@example.org"}}
	if way != "none" {
		c.User, c.Password = "owner", text(key)
	}
	certificate, ca := selfSigned(t)
	c.CA = ca
	switch how {
	case silent:
		c.Server = stuck(t, "")
		return c, nil
	case trickle:
		c.Server = stuck(t, "220 a ESMTP aaaaaaaaa")
		return c, nil
	case gone:
		c.Server = closedAddress(t)
		return c, nil
	}
	box := &mailbox{how: how}
	s := smtp.NewServer(box)
	s.Domain, s.TLSConfig = "mail.example.org", &tls.Config{Certificates: []tls.Certificate{certificate}}
	s.ErrorLog = quietLog{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.Server = l.Addr().String()
	if way == "implicit" {
		l = tls.NewListener(l, s.TLSConfig)
	}
	if way == "none" {
		s.TLSConfig = nil
	}
	go func() { _ = s.Serve(l) }() // ends when the test closes it
	t.Cleanup(func() { s.Close() })
	return c, box.got
}

type quietLog struct{}

func (quietLog) Printf(string, ...any) {}
func (quietLog) Println(...any)        {}

// A mailbox is what a real SMTP server keeps.
type mailbox struct {
	how  manner
	mu   sync.Mutex
	kept bytes.Buffer
}

func (b *mailbox) NewSession(c *smtp.Conn) (smtp.Session, error) {
	_, secured := c.TLSConnectionState()
	return &mailSession{box: b, secured: secured}, nil
}

var varies = regexp.MustCompile(`(?m)^Date: .*$`)

func (b *mailbox) got() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	text := strings.ReplaceAll(b.kept.String(), "\r\n", "\n")
	return varies.ReplaceAllString(text, "Date: ...")
}

type mailSession struct {
	box     *mailbox
	secured bool
	user    string
}

func (s *mailSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if s.box.how == denies || password != key || !s.secured {
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "wrong key " + password}
		}
		s.user = user
		return nil
	}), nil
}

func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	if s.box.how == busy {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "come again"}
	}
	s.box.write("MAIL " + from + " user=" + s.user + "\n")
	return nil
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.box.how == refuses {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "nobody here"}
	}
	s.box.write("RCPT " + to + "\n")
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	s.box.write(string(data))
	return err
}

func (s *mailSession) Reset()        {}
func (s *mailSession) Logout() error { return nil }

func (b *mailbox) write(s string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept.WriteString(s)
}

// selfSigned makes a certificate for this machine and a file of it.
func selfSigned(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}, file
}

// A server that has lost its TLS, or never had any, gets no password.
func TestNoPasswordWithoutTLS(t *testing.T) {
	c, got := mailServer(t, "none", takes)
	c.TLS, c.User, c.Password = "starttls", "owner", text(key)
	channel, err := c.open()
	if err != nil {
		t.Fatal(err)
	}
	if err := channel.Send(t.Context(), hostileMessage(t)); err == nil || got() != "" {
		t.Errorf("error %v, the server got %q", err, got())
	}
}

func TestACertificateThatNobodyVouchesForIsNotBelieved(t *testing.T) {
	for _, way := range []string{"starttls", "implicit"} {
		c, got := mailServer(t, way, takes)
		_, c.CA = selfSigned(t) // another one
		channel, err := c.open()
		if err != nil {
			t.Fatal(err)
		}
		if err := channel.Send(t.Context(), hostileMessage(t)); err == nil || got() != "" {
			t.Errorf("%s: error %v, the server got %q", way, err, got())
		}
	}
}
