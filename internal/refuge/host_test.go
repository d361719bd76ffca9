package refuge

import (
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"buzzproof/internal/secret"
)

func hostConfig() HostConfig {
	return HostConfig{Address: "192.0.2.7", HostKey: "SHA256:x", Key: secret.Of("planted-key")}
}

func TestAHostIsRefusedWithoutWhatItNeeds(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*HostConfig)
		want   string
	}{
		"no address":              {func(c *HostConfig) { c.Address = "" }, "no address"},
		"no key to compare with":  {func(c *HostConfig) { c.HostKey = "" }, "host_key or known_hosts"},
		"a relative folder":       {func(c *HostConfig) { c.Dir = "site" }, "absolute"},
		"a folder with a quote":   {func(c *HostConfig) { c.Dir = "/a'b" }, "quotes"},
		"half of a certificate":   {func(c *HostConfig) { c.Cert = "cert.pem" }, "together"},
		"a name without its addr": {func(c *HostConfig) { c.Address = "vps.example.net" }, "set addrs"},
	} {
		t.Run(name, func(t *testing.T) {
			config := hostConfig()
			c.change(&config)
			if _, err := newHost(config); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestAHostForeseesWhereItIs(t *testing.T) {
	c := hostConfig()
	c.Cert, c.CertKey = "cert.pem", "key.pem"
	h, err := newHost(c)
	if err != nil {
		t.Fatal(err)
	}
	p, ok := h.Foresee()
	if !ok || p.Base != "https://192.0.2.7:443" || !p.TLS || p.Addrs[0] != netip.MustParseAddr("192.0.2.7") {
		t.Errorf("got %+v", p)
	}
}

func TestTheUnitOfAHostPassesSystemd(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("no systemd-analyze")
	}
	c := hostConfig()
	c.Dir, c.Cert, c.CertKey = t.TempDir(), "cert.pem", "key.pem"
	h, err := newHost(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(h.Dir, "current"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(h.Dir, "current/buzzproof"), nil, 0o755); err != nil {
		t.Fatal(err)
	}
	unit := filepath.Join(t.TempDir(), hostUnit)
	if err := os.WriteFile(unit, []byte(h.unit()), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("systemd-analyze", "verify", unit).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}
