package alert

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"buzzproof/internal/secret"
	"buzzproof/internal/site"
)

// MailConfig is a mail server that takes mail for others: that of the provider,
// with a name and a password.
type MailConfig struct {
	Common
	// Server and port: "smtp.example.org:587", or ":465" for TLS from the start.
	Server string `toml:"server"`
	// TLS is starttls, implicit or none. Default: implicit on port 465, starttls
	// on others, none on this machine. Without it no password is sent.
	TLS string `toml:"tls"`
	// CA is a file of certificates (PEM) that are believed instead of the
	// system's, for a server with its own authority.
	CA string `toml:"ca"`
	// User and Password, where the server wants them.
	User     string      `toml:"user"`
	Password secret.Text `toml:"password"`
	// From is the address of the sender.
	From string `toml:"from"`
	// To are those who are told.
	To []string `toml:"to"`
}

type mailer struct {
	MailConfig
	host  string
	port  int
	trust *tls.Config
}

func (c *MailConfig) open() (Channel, error) {
	host, portText, err := net.SplitHostPort(c.Server)
	port, portErr := strconv.Atoi(portText)
	if err != nil || portErr != nil || host == "" {
		return nil, errors.New("server wants HOST:PORT, such as smtp.example.org:587")
	}
	m := &mailer{*c, host, port, &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}}
	if m.TLS == "" {
		m.TLS = usualTLS(host, port)
	}
	switch {
	case m.TLS != "starttls" && m.TLS != "implicit" && m.TLS != "none":
		return nil, fmt.Errorf("tls = %q: want starttls, implicit or none", m.TLS)
	case m.TLS == "none" && !m.Password.IsZero():
		return nil, errors.New("a password is sent over TLS only: tls = starttls or implicit")
	case (m.User == "") != m.Password.IsZero():
		return nil, errors.New("user and password go together")
	}
	if c.CA != "" {
		if m.trust.RootCAs, err = authorities(c.CA); err != nil {
			return nil, err
		}
	}
	_, err = m.letter(Message{ID: "0"})
	return m, err
}

func usualTLS(host string, port int) string {
	ip := net.ParseIP(host)
	switch {
	case port == 465:
		return "implicit"
	case host == "localhost" || ip != nil && ip.IsLoopback():
		return "none"
	}
	return "starttls"
}

func authorities(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("ca: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("ca: %s holds no certificate", file)
	}
	return pool, nil
}

// letter writes the mail. It says that a program wrote it (RFC 3834), so that
// nobody's out-of-office note comes back.
func (m *mailer) letter(message Message) (*mail.Msg, error) {
	letter := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := letter.From(m.From); err != nil {
		return nil, fmt.Errorf("from: %q is no address", m.From)
	}
	if len(m.To) == 0 {
		return nil, errors.New("to wants a list of addresses")
	}
	if err := letter.To(m.To...); err != nil {
		return nil, fmt.Errorf("to: one of %s is no address", strings.Join(m.To, ", "))
	}
	_, domain, _ := strings.Cut(letter.GetFrom()[0].Address, "@")
	letter.SetMessageIDWithValue(message.ID + ".buzzproof@" + domain)
	letter.SetDate()
	letter.SetGenHeader("Auto-Submitted", "auto-generated")
	letter.SetGenHeader("X-Buzzproof-Voice", message.Voice.String())
	if message.Voice == site.Howl {
		letter.SetImportance(mail.ImportanceHigh)
	}
	letter.Subject(message.Title)
	letter.SetBodyString(mail.TypeTextPlain, message.Text)
	return letter, nil
}

// Send hands the mail over. The library heeds the context while it dials; past
// that the connection is closed under it.
func (m *mailer) Send(ctx context.Context, message Message) error {
	letter, err := m.letter(message)
	if err != nil {
		return err
	}
	client, err := mail.NewClient(m.host, m.options(ctx)...)
	if err == nil {
		err = client.DialAndSendWithContext(ctx, letter)
	}
	if err == nil {
		return nil
	}
	told := fmt.Errorf("mail by %s: %w", m.Server, hidden(err, m.Password))
	if ctx.Err() != nil {
		told = fmt.Errorf("mail by %s: no answer in time", m.Server)
	}
	if failed, ok := errors.AsType[*mail.SendError](err); ok && permanent(failed.ErrorCode()) {
		return &refusal{told}
	}
	return told
}

// permanent reports a reply of SMTP that another try will not change (RFC 5321,
// section 4.2.1). What is said of a password may change tomorrow: 530, 534, 535
// and 538 (RFC 4954, section 6).
func permanent(code int) bool {
	return code >= 500 && code != 530 && code != 534 && code != 535 && code != 538
}

func (m *mailer) options(ctx context.Context) []mail.Option {
	options := []mail.Option{
		mail.WithPort(m.port), mail.WithTLSConfig(m.trust), mail.WithTimeout(m.within(ctx)),
		mail.WithDialContextFunc(func(dialing context.Context, network, address string) (net.Conn, error) {
			conn, err := m.dial(dialing, network, address)
			if err == nil {
				context.AfterFunc(ctx, func() { _ = conn.Close() }) // past its end nobody reads the error
			}
			return conn, err
		}),
	}
	policy := mail.NoTLS // implicit TLS is under it
	if m.TLS == "starttls" {
		policy = mail.TLSMandatory
	}
	options = append(options, mail.WithTLSPolicy(policy))
	if !m.Password.IsZero() {
		// All of them go through TLS: open refuses a password without.
		options = append(options, mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthCramMD5, mail.SMTPAuthPlain, mail.SMTPAuthLogin),
			mail.WithUsername(m.User), mail.WithPassword(m.Password.Reveal()))
	}
	return options
}

// within is what is left of a try.
func (m *mailer) within(ctx context.Context) time.Duration {
	if end, ok := ctx.Deadline(); ok {
		return max(time.Until(end), time.Millisecond)
	}
	return defaultTimeout
}

// dial opens the connection, with TLS from the start where that is wanted.
func (m *mailer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if m.TLS == "implicit" {
		secured := tls.Client(conn, m.trust)
		if err := secured.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		return secured, nil
	}
	return conn, nil
}
