package health

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"

	"buzzproof/internal/settings"
)

// HTTPConfig asks for a page.
type HTTPConfig struct {
	Common
	// URL that is asked for.
	URL string `toml:"url"`
	// Status that is right. Default: any below 400.
	Status int `toml:"status"`
	// Contains is a text that must stand in the first megabyte.
	Contains string `toml:"contains"`
	// Host is the name to ask for, when it is not that of the URL: a site behind
	// its address inside the house.
	Host string `toml:"host"`
}

func (c *HTTPConfig) check() error {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("url = %q: want http://... or https://", c.URL)
	}
	return nil
}

// mostRead is as much of a page as is looked through.
const mostRead = 1 << 20

func (c *HTTPConfig) probe(ctx context.Context) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL, http.NoBody)
	if err != nil {
		return "", err
	}
	r.Header.Set("User-Agent", "buzzproof (check)")
	r.Host = c.Host
	transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{ServerName: c.Host}}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		return "", bare(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, mostRead))
	switch {
	case err != nil:
		return "", fmt.Errorf("read the answer: %w", err)
	case c.Status != 0 && response.StatusCode != c.Status, c.Status == 0 && response.StatusCode >= 400:
		return "", fmt.Errorf("status %s", response.Status)
	case !strings.Contains(string(body), c.Contains):
		return "", fmt.Errorf("the answer does not contain %q", c.Contains)
	}
	return fmt.Sprintf("status %d, %d bytes", response.StatusCode, len(body)), nil
}

// bare is what went wrong, without the address that the check is named after.
func bare(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// TCPConfig opens a connection.
type TCPConfig struct {
	Common
	// Address is HOST:PORT.
	Address string `toml:"address"`
}

func (c *TCPConfig) check() error {
	if _, _, err := net.SplitHostPort(c.Address); err != nil {
		return fmt.Errorf("address: %w", err)
	}
	return nil
}

func (c *TCPConfig) probe(ctx context.Context) (string, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", c.Address)
	if err != nil {
		return "", err
	}
	return "it answers", conn.Close()
}

// ICMPConfig sends an echo request (RFC 792, RFC 4443). The system must let
// programs do so: on Linux by net.ipv4.ping_group_range, or as root.
type ICMPConfig struct {
	Common
	// Host is a name or an address.
	Host string `toml:"host"`
}

func (c *ICMPConfig) check() error {
	if c.Host == "" {
		return errors.New("icmp wants a host")
	}
	return nil
}

func (c *ICMPConfig) probe(ctx context.Context) (string, error) {
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", c.Host)
	if err != nil {
		return "", err
	}
	addr := addrs[0].Unmap()
	conn, to, err := echoSocket(addr)
	if err != nil {
		return "", fmt.Errorf("this program may not send pings: sysctl net.ipv4.ping_group_range=\"0 2147483647\": %w", err)
	}
	defer conn.Close()
	kind := icmp.Type(ipv4.ICMPTypeEcho)
	if addr.Is6() {
		kind = ipv6.ICMPTypeEchoRequest
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	text := fmt.Appendf(nil, "buzzproof %d %d", os.Getpid(), time.Now().UnixNano())
	message := icmp.Message{Type: kind, Body: &icmp.Echo{ID: os.Getpid() & 0xffff, Seq: 1, Data: text}}
	packet, err := message.Marshal(nil)
	if err != nil {
		return "", err
	}
	if _, err := conn.WriteTo(packet, to); err != nil {
		return "", err
	}
	answer := make([]byte, 1500)
	for { // other programs' answers may come by here
		n, _, err := conn.ReadFrom(answer)
		if err != nil {
			return "", errors.New("no answer to a ping")
		}
		if n > 8 && strings.Contains(string(answer[:n]), string(text)) {
			return "it answers a ping", nil
		}
	}
}

// echoSocket is a socket for pings that needs no rights, or else one for root.
func echoSocket(addr netip.Addr) (*icmp.PacketConn, net.Addr, error) {
	free, root, listen := "udp4", "ip4:icmp", "0.0.0.0"
	if addr.Is6() {
		free, root, listen = "udp6", "ip6:ipv6-icmp", "::"
	}
	conn, err := icmp.ListenPacket(free, listen)
	if err == nil {
		return conn, &net.UDPAddr{IP: addr.AsSlice(), Zone: addr.Zone()}, nil
	}
	if conn, rootErr := icmp.ListenPacket(root, listen); rootErr == nil {
		return conn, &net.IPAddr{IP: addr.AsSlice(), Zone: addr.Zone()}, nil
	}
	return nil, nil, err
}

// CertificateConfig looks at the certificate that a server shows.
type CertificateConfig struct {
	Common
	// Address is HOST:PORT.
	Address string `toml:"address"`
	// Name that it must be for. Default: the host of the address.
	Name string `toml:"name"`
	// Before is how long before its end it is called down. Default 14d.
	Before settings.Duration `toml:"before"`
}

func (c *CertificateConfig) check() error { return (&TCPConfig{Address: c.Address}).check() }

// A certificate by ACME is renewed 30 days before its end: at 14 that has
// failed for a while, and there is time to mend it.
const usualBefore = 14 * 24 * time.Hour

func (c *CertificateConfig) probe(ctx context.Context) (string, error) {
	name := c.Name
	if name == "" {
		name, _, _ = net.SplitHostPort(c.Address) // checked before
	}
	// Who signed it is looked at too, but a certificate that has run out shall
	// be told as that.
	dialer := tls.Dialer{Config: &tls.Config{ServerName: name, InsecureSkipVerify: true}} //nolint:gosec // nothing is sent
	conn, err := dialer.DialContext(ctx, "tcp", c.Address)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	chain := conn.(*tls.Conn).ConnectionState().PeerCertificates
	if len(chain) == 0 {
		return "", errors.New("the server shows no certificate")
	}
	left := time.Until(chain[0].NotAfter)
	days := int(left.Hours() / 24)
	switch {
	case left <= 0:
		return "", fmt.Errorf("the certificate has run out on %s", chain[0].NotAfter.Format(time.DateOnly))
	case left < c.Before.Or(usualBefore):
		return "", fmt.Errorf("the certificate runs out in %d days, on %s", days, chain[0].NotAfter.Format(time.DateOnly))
	}
	if err := chain[0].VerifyHostname(name); err != nil {
		return "", err
	}
	return fmt.Sprintf("the certificate is good for %d days", days), nil
}
