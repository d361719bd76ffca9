package refuge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path"
	"strconv"
	"strings"
	"time"

	"buzzproof/internal/secret"
)

// HostConfig describes a Linux machine that is reached over ssh.
type HostConfig struct {
	// Address is its name or address, with the port unless it is 22.
	Address string `toml:"address"`
	// User logs in there; default root.
	User string `toml:"user"`
	// Key is the private key, in a file: "file:/etc/buzzproof/refuge.key".
	// Without it those of the agent at SSH_AUTH_SOCK are tried.
	Key secret.Text `toml:"key"`
	// Passphrase opens Key.
	Passphrase secret.Text `toml:"passphrase"`
	// HostKey is the fingerprint of the machine's key, as ssh-keygen -l shows
	// it: "SHA256:...".
	HostKey string `toml:"host_key"`
	// KnownHosts is a file of ssh's that names the key, if HostKey does not;
	// default ~/.ssh/known_hosts.
	KnownHosts string `toml:"known_hosts"`
	// Sudo runs everything there by sudo, which must not ask for a password.
	Sudo bool `toml:"sudo"`
	// Dir is the folder there; default /opt/buzzproof. It must be ours alone.
	Dir string `toml:"dir"`
	// Program is a buzzproof for that machine; default: this program itself,
	// which fits if the processors are of one kind.
	Program string `toml:"program"`
	// ProgramURL is where the machine fetches that very file by itself, with what
	// debuggers read or without. What differs from Program is brought from here.
	ProgramURL string `toml:"program_url"`
	// Addrs are what the names are to point to; default: those of Address.
	Addrs []netip.Addr `toml:"addrs"`
	// Listen is where it serves; default :443, or :80 without TLS.
	Listen string `toml:"listen"`
	// Cert and CertKey are PEM files here that are brought along, to serve over TLS.
	Cert    string `toml:"cert"`
	CertKey string `toml:"cert_key"`
	// TLS without them is "off" or "auto": a certificate by ACME, which works
	// once the name leads there, or at once with ACMEDir.
	TLS string `toml:"tls"`
	// ACMEDir is the folder "acme" in the state of `buzzproof up` here. It is
	// copied, so that the certificate is there before the name is.
	ACMEDir string `toml:"acme_dir"`
	// Rate is the most that a push takes of the line, such as "500kbit/s".
	Rate string `toml:"rate"`
	// Keep is how many earlier releases stay, to go back to; default 2.
	Keep int `toml:"keep"`
	// Hour and GB are what the machine costs, in US dollars.
	Hour float64 `toml:"hour"`
	GB   float64 `toml:"gb"`
	// Listed is when that was looked up: "2026-11-01".
	Listed string `toml:"listed"`
}

type host struct {
	HostConfig
	pace *pace
	cost Cost
}

// NewHost opens a machine. It connects to nothing yet.
func NewHost(c HostConfig) (Refuge, error) { return newHost(c) }

func newHost(c HostConfig) (*host, error) {
	c.fill()
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("host: %w", err)
	}
	p, err := newPace(c.Rate)
	if err != nil {
		return nil, fmt.Errorf("host: rate: %w", err)
	}
	cost, err := ownPrice(c.Hour, c.GB, c.Listed)
	if err != nil {
		return nil, fmt.Errorf("host: %w", err)
	}
	return &host{HostConfig: c, pace: p, cost: cost}, nil
}

// fill puts in what is usual where nothing is said.
func (c *HostConfig) fill() {
	if _, _, err := net.SplitHostPort(c.Address); err != nil && c.Address != "" {
		c.Address = net.JoinHostPort(strings.Trim(c.Address, "[]"), "22")
	}
	c.User, c.Dir, c.TLS, c.Keep = cmp.Or(c.User, "root"), cmp.Or(c.Dir, "/opt/buzzproof"), cmp.Or(c.TLS, "off"), cmp.Or(c.Keep, 2)
	if c.Cert != "" {
		c.TLS = "files"
	}
	if c.Listen == "" {
		c.Listen = map[bool]string{true: ":80", false: ":443"}[c.TLS == "off"]
	}
}

// check finds what does not go together.
func (c *HostConfig) check() error {
	switch {
	case c.Address == "":
		return errors.New("it needs an address")
	case !path.IsAbs(c.Dir) || path.Clean(c.Dir) != c.Dir || strings.Count(c.Dir, "/") < 2 || strings.ContainsAny(c.Dir, " \t\n'\"\\%$"):
		return fmt.Errorf("dir %q must be a plain folder of its own, such as /opt/buzzproof", c.Dir)
	case (c.Cert == "") != (c.CertKey == ""):
		return errors.New("cert and cert_key go together")
	case c.TLS != "off" && c.TLS != "auto" && c.TLS != "files" || c.TLS == "files" && c.Cert == "":
		return fmt.Errorf("tls is %q: want off or auto, or set cert and cert_key", c.TLS)
	case c.ACMEDir != "" && c.TLS != "auto":
		return errors.New("acme_dir goes with tls = \"auto\"")
	case c.ProgramURL != "" && !strings.HasPrefix(c.ProgramURL, "https://") && !strings.HasPrefix(c.ProgramURL, "http://"):
		return fmt.Errorf("program_url %q must begin with https:// or http://", c.ProgramURL)
	case c.Keep < 1:
		return errors.New("keep must be 1 or more")
	}
	if _, err := portOf(c.Listen); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	return nil
}

// ownPrice is a price list of the owner's.
func ownPrice(hour, gb float64, listed string) (Cost, error) {
	if hour == 0 && gb == 0 {
		return Cost{}, nil
	}
	at, err := time.Parse(time.DateOnly, listed)
	if err != nil {
		return Cost{}, errors.New("prices need the day when they were looked up: listed = \"2026-11-01\"")
	}
	return Cost{Hour: hour, GB: gb, Listed: at, Source: "your configuration"}, nil
}

func portOf(listen string) (int, error) {
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(port)
	if err != nil || n < 1 || n > 65535 {
		return 0, fmt.Errorf("%q has no port", listen)
	}
	return n, nil
}

func (h *host) Cost() Cost { return h.cost }

// Foresee is where the machine will answer, if that can be said without asking
// a name server.
func (h *host) Foresee() (Place, bool) {
	place, err := h.at(h.Addrs)
	return place, err == nil
}

// at is the place at these addresses, or at that of the configuration.
func (h *host) at(addrs []netip.Addr) (Place, error) {
	if len(addrs) == 0 {
		name, _, _ := net.SplitHostPort(h.Address) // it was put together by newHost
		a, err := netip.ParseAddr(name)
		if err != nil {
			return Place{}, err
		}
		addrs = []netip.Addr{a}
	}
	port, err := portOf(h.Listen)
	if err != nil {
		return Place{}, err
	}
	scheme := map[bool]string{true: "http", false: "https"}[h.TLS == "off"]
	base := scheme + "://" + net.JoinHostPort(addrs[0].String(), strconv.Itoa(port))
	return Place{Addrs: addrs, Base: base, TLS: h.TLS != "off"}, nil
}

// addresses are what visitors are to be led to.
func (h *host) addresses(ctx context.Context) ([]netip.Addr, error) {
	if len(h.Addrs) > 0 {
		return h.Addrs, nil
	}
	name, _, err := net.SplitHostPort(h.Address)
	if err != nil {
		return nil, err
	}
	if a, err := netip.ParseAddr(name); err == nil {
		return []netip.Addr{a}, nil
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	if err != nil {
		return nil, fmt.Errorf("addresses of %s: %w", name, err)
	}
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	return addrs, nil
}

// Place starts what serves, if it does not run yet.
func (h *host) Place(ctx context.Context) (Place, error) {
	addrs, err := h.addresses(ctx)
	if err != nil {
		return Place{}, err
	}
	place, err := h.at(addrs)
	if err != nil {
		return Place{}, err
	}
	r, err := h.hold(ctx)
	if err != nil {
		return Place{}, err
	}
	defer r.close()
	there, err := h.look(ctx, r)
	if err != nil {
		return Place{}, err
	}
	if there.current == "" {
		return Place{}, fmt.Errorf("host %s: nothing was pushed there", h.Address)
	}
	return place, h.bringUp(ctx, r, there, place)
}

// Leave stops what serves and, unless the bytes may stay, removes everything.
func (h *host) Leave(ctx context.Context, keep bool) error {
	r, err := h.hold(ctx)
	if err != nil {
		return err
	}
	defer r.close()
	if err := h.stop(ctx, r); err != nil {
		return err
	}
	script := h.script(stateFolder + `rm -rf run "$S/evacuate/away.json" "$S/sites"`) // dimmed, and counted, for that stay only
	if !keep {
		script = h.script(`cd / && rm -rf "$B" /var/lib/private/` + unitName + ` /var/lib/` + unitName)
	}
	if _, err := r.run(ctx, script); err != nil {
		return fmt.Errorf("leave %s: %w", h.Address, err)
	}
	return nil
}

// Dim has everybody served the lightest pages from now on, as home does for its
// stragglers: `up` heeds a note in its state.
func (h *host) Dim(ctx context.Context) error {
	r, err := h.hold(ctx)
	if err != nil {
		return err
	}
	defer r.close()
	note := fmt.Sprintf(`{"schema":1,"since":%q}`, time.Now().UTC().Format(time.RFC3339))
	_, err = r.run(ctx, h.script(stateFolder+`mkdir -p "$S/evacuate" && echo `+quote(note)+` >"$S/evacuate/new" && chmod 644 "$S/evacuate/new" && `+
		`chmod 755 "$S/evacuate" && mv "$S/evacuate/new" "$S/evacuate/away.json"`))
	if err != nil {
		return fmt.Errorf("dim %s: %w", h.Address, err)
	}
	return nil
}
