package refuge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"buzzproof/internal/secret"
	"buzzproof/internal/site"
)

// HostConfig describes a Linux machine that is reached over ssh.
type HostConfig struct {
	// Address is where its sshd listens: "203.0.113.7" or "203.0.113.7:2222".
	Address string `toml:"address"`
	// User logs in there; default root.
	User string `toml:"user"`
	// Key is the private key, in a file: "file:/etc/buzzproof/refuge.key".
	// Without it the agent at SSH_AUTH_SOCK is asked.
	Key secret.Text `toml:"key"`
	// HostKey is the fingerprint of the machine's key, as ssh-keygen -l shows
	// it: "SHA256:...".
	HostKey string `toml:"host_key"`
	// KnownHosts is a file of ssh's that names the key, instead of host_key.
	KnownHosts string `toml:"known_hosts"`
	// Dir is an absolute path on the machine that is all ours; default /opt/buzzproof.
	Dir string `toml:"dir"`
	// Program is a buzzproof for the machine; default: this one, where it fits.
	Program string `toml:"program"`
	// Listen is where it serves; default :80, with a certificate :443.
	Listen string `toml:"listen"`
	// Addrs are the addresses by which visitors reach it; default: that of address.
	Addrs []netip.Addr `toml:"addrs"`
	// Cert and CertKey are PEM files that are brought along, to serve over TLS.
	Cert    string `toml:"cert"`
	CertKey string `toml:"cert_key"`
	// Rate is the most that a push takes of the line, such as "500kbit/s".
	Rate string `toml:"rate"`
	// Hour is what the machine costs in US dollars per hour.
	Hour float64 `toml:"hour"`
}

type host struct {
	HostConfig
	pace *pace
	base string
}

// NewHost describes the machine. It connects to nothing yet.
func NewHost(c HostConfig) (Refuge, error) { return newHost(c) }

func newHost(c HostConfig) (*host, error) {
	c.User, c.Dir = cmp.Or(c.User, "root"), cmp.Or(strings.TrimRight(c.Dir, "/"), "/opt/buzzproof")
	switch {
	case c.Address == "":
		return nil, errors.New("host: it has no address")
	case (c.HostKey == "") == (c.KnownHosts == ""):
		return nil, errors.New("host: whose key is it? set host_key or known_hosts")
	case !strings.HasPrefix(c.Dir, "/") || strings.ContainsAny(c.Dir, " '\"\\%$\n"):
		return nil, fmt.Errorf("host: dir %q must be an absolute path without spaces and quotes", c.Dir)
	case (c.Cert == "") != (c.CertKey == ""):
		return nil, errors.New("host: cert and cert_key go together")
	}
	scheme, listen := "http", ":80"
	if c.Cert != "" {
		scheme, listen = "https", ":443"
	}
	c.Listen = cmp.Or(c.Listen, listen)
	if _, _, err := net.SplitHostPort(c.Address); err != nil {
		c.Address = net.JoinHostPort(c.Address, "22")
	}
	name, _, _ := net.SplitHostPort(c.Address)
	if len(c.Addrs) == 0 {
		a, err := netip.ParseAddr(name)
		if err != nil {
			return nil, fmt.Errorf("host: %s is a name: set addrs, which the records will hold", name)
		}
		c.Addrs = []netip.Addr{a}
	}
	_, port, err := net.SplitHostPort(c.Listen)
	if err != nil || strings.ContainsAny(c.Listen, " '\"\\%$\n") {
		return nil, fmt.Errorf("host: listen is %q: want HOST:PORT", c.Listen)
	}
	p, err := newPace(c.Rate)
	if err != nil {
		return nil, fmt.Errorf("host: rate: %w", err)
	}
	return &host{c, p, scheme + "://" + net.JoinHostPort(c.Addrs[0].String(), port)}, nil
}

// Check logs in and writes a probe.
func (h *host) Check(ctx context.Context) []site.Finding {
	f := site.Finding{About: "host", OK: true, Found: h.Address + " can be written to"}
	s, err := h.dial(ctx)
	if err == nil {
		defer s.Close()
		_, err = s.run("mkdir -p $d/releases && : >$d/probe && rm $d/probe && command -v tar sha256sum setsid >/dev/null")
	}
	if err != nil {
		f.OK, f.Found, f.Mend = false, err.Error(), "try: ssh "+h.User+"@"+h.Address
	}
	return []site.Finding{f}
}

// Foresee is known: the address is fixed.
func (h *host) Foresee() (Place, bool) {
	return Place{Addrs: h.Addrs, Base: h.base, TLS: h.Cert != ""}, true
}

// Place starts the current release and waits until it answers.
func (h *host) Place(ctx context.Context) (Place, error) {
	s, err := h.dial(ctx)
	if err != nil {
		return Place{}, err
	}
	defer s.Close()
	if err := s.serve(ctx); err != nil {
		return Place{}, err
	}
	p, _ := h.Foresee()
	return p, nil
}

// Leave stops the server and, unless they may stay, removes all releases.
func (h *host) Leave(ctx context.Context, keep bool) error {
	s, err := h.dial(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.stop(); err != nil || keep {
		return err
	}
	_, err = s.run("rm -rf $d/current $d/current.new $d/previous $d/releases $d/state $d/log && { rmdir $d 2>/dev/null || :; }")
	return err
}

func (h *host) Cost() Cost { return Cost{Hour: h.Hour} }
