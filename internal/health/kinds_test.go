package health

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"github.com/shirou/gopsutil/v4/disk"

	"buzzproof/internal/settings"
)

func look(t *testing.T, p plan) Outcome {
	t.Helper()
	c, err := p.open()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	o, err := c.Look(ctx)
	if err != nil {
		return Outcome{State: Unknown, Detail: err.Error()}
	}
	return o
}

func check(t *testing.T, name string, p plan, state, detail string) {
	t.Helper()
	if o := look(t, p); o.State != state || !strings.Contains(o.Detail, detail) {
		t.Errorf("%s: %s, %q, want %s, %q", name, o.State, o.Detail, state, detail)
	}
}

// nobody is an address that nobody listens on.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestWebsites(t *testing.T) {
	asked := make(chan string, 10)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/lost":
			http.Error(w, "no", http.StatusNotFound)
		case "/moved":
			http.Redirect(w, r, "/lost", http.StatusMovedPermanently)
		case "/slow":
			<-time.After(100 * time.Millisecond)
		case "/host":
			asked <- r.Host
		}
		fmt.Fprint(w, "Welcome, welcome")
	}))
	defer s.Close()
	slow := Common{Slow: settings.Duration(50 * time.Millisecond)}
	check(t, "a page", &HTTPConfig{URL: s.URL}, Up, "200 OK")
	check(t, "a lost page", &HTTPConfig{URL: s.URL + "/lost"}, Down, "404 Not Found")
	check(t, "a page that shall be lost", &HTTPConfig{URL: s.URL + "/lost", Status: []int{404}}, Up, "404")
	check(t, "a redirect is not followed", &HTTPConfig{URL: s.URL + "/moved"}, Up, "301")
	check(t, "a slow page", &HTTPConfig{Common: slow, URL: s.URL + "/slow"}, Slow, "200 OK")
	check(t, "a text", &HTTPConfig{URL: s.URL, Text: "Welcome"}, Up, "")
	check(t, "a text that is missing", &HTTPConfig{URL: s.URL, Text: "Goodbye"}, Down, `without "Goodbye"`)
	check(t, "nobody there", &HTTPConfig{URL: "http://" + nobody(t)}, Down, "connection refused")
	check(t, "by a name", &HTTPConfig{URL: "http://blog.example.org/host", Connect: s.Listener.Addr().String()}, Up, "")
	if host := <-asked; host != "blog.example.org" {
		t.Errorf("asked for %s", host)
	}
	safe := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer safe.Close()
	safe.Config.ErrorLog = nil
	check(t, "an unknown certificate", &HTTPConfig{URL: safe.URL}, Down, "certificate")
	check(t, "an unknown certificate that is believed", &HTTPConfig{URL: safe.URL, Insecure: true}, Up, "")
}

func TestConnections(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			fmt.Fprint(c, "SSH-")
			fmt.Fprint(c, "2.0-Test\r\n")
			c.Close()
		}
	}()
	check(t, "open", &TCPConfig{Address: l.Addr().String()}, Up, "connected")
	check(t, "with its greeting", &TCPConfig{Address: l.Addr().String(), Text: "SSH-2.0"}, Up, "")
	check(t, "with another greeting", &TCPConfig{Address: l.Addr().String(), Text: "220 "}, Down, "does not say")
	check(t, "closed", &TCPConfig{Address: nobody(t)}, Down, "refused")
}

func TestPings(t *testing.T) {
	o := look(t, &ICMPConfig{Host: "127.0.0.1"})
	if o.State == Unknown && strings.Contains(o.Detail, "ping_group_range") {
		t.Skip(o.Detail)
	}
	if o.State != Up {
		t.Errorf("%+v", o)
	}
	check(t, "a name that is none", &ICMPConfig{Host: "nobody.invalid"}, Down, "nobody.invalid")
}

func TestNames(t *testing.T) {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &dns.Server{PacketConn: pc, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		if q.Question[0].Name == "blog.example.org." && q.Question[0].Qtype == dns.TypeA {
			for _, text := range []string{"192.0.2.2", "192.0.2.1"} {
				rr, _ := dns.NewRR("blog.example.org. 3600 IN A " + text)
				m.Answer = append(m.Answer, rr)
			}
		} else {
			m.Rcode = dns.RcodeNameError
		}
		_ = w.WriteMsg(m)
	})}
	go func() { _ = s.ActivateAndServe() }()
	defer func() { _ = s.Shutdown() }()
	at := pc.LocalAddr().String()
	check(t, "a name", &DNSConfig{Name: "blog.example.org", Resolver: at}, Up, "192.0.2.1, 192.0.2.2, for 3600 s")
	check(t, "its records", &DNSConfig{Name: "blog.example.org", Resolver: at, Want: []string{"192.0.2.2", "192.0.2.1"}}, Up, "")
	check(t, "others", &DNSConfig{Name: "blog.example.org", Resolver: at, Want: []string{"192.0.2.2"}}, Down, "want 192.0.2.2")
	check(t, "a short memory", &DNSConfig{Name: "blog.example.org", Resolver: at, MostTTL: 300}, Down, "want at most 300 s")
	check(t, "no name", &DNSConfig{Name: "nobody.example.org", Resolver: at}, Down, "NXDOMAIN")
	check(t, "nobody there", &DNSConfig{Name: "blog.example.org", Resolver: nobody(t)}, Down, "")
}

// withCertificate is a TLS server whose certificate ends after left.
func withCertificate(t *testing.T, left time.Duration) string {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour * 24 * 90), NotAfter: time.Now().Add(left),
		DNSNames: []string{"blog.example.org"},
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: private}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _ = c.(*tls.Conn).Handshake(); c.Close() }()
		}
	}()
	return l.Addr().String()
}

func TestCertificates(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		name     string
		left     time.Duration
		before   time.Duration
		insecure bool
		state    string
		detail   string
	}{
		{"fresh", 60*day + time.Hour, 0, true, Up, "60 days"},
		{"near its end", 10*day + time.Hour, 0, true, Near, "10 days"},
		{"near its end, as the owner sees it", 20*day + time.Hour, 30 * day, true, Near, "20 days"},
		{"run out", -time.Hour, 0, true, Down, "ran out on"},
		{"unknown", 60 * day, 0, false, Down, "x509"},
	} {
		p := &CertificateConfig{Address: withCertificate(t, c.left), Before: settings.Duration(c.before), Insecure: c.insecure}
		check(t, c.name, p, c.state, c.detail)
		if o := look(t, p); (o.Phase == "expiring") != (c.state == Near) {
			t.Errorf("%s: phase %q", c.name, o.Phase)
		}
	}
	check(t, "nobody there", &CertificateConfig{Address: nobody(t)}, Down, "refused")
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	for name, age := range map[string]time.Duration{"a.tar": 72 * time.Hour, "b.tar": 2 * time.Hour} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte("12345"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	day := settings.Duration(24 * time.Hour)
	check(t, "fresh", &FileConfig{Path: filepath.Join(dir, "b.tar"), Age: day}, Up, "b.tar: 2h0m")
	check(t, "old", &FileConfig{Path: filepath.Join(dir, "a.tar"), Age: day}, Down, "want 24h0m0s at most")
	check(t, "the newest", &FileConfig{Path: filepath.Join(dir, "*.tar"), Age: day}, Up, "b.tar")
	check(t, "too small", &FileConfig{Path: filepath.Join(dir, "b.tar"), Size: 6}, Down, "want 6 at least")
	check(t, "missing", &FileConfig{Path: filepath.Join(dir, "c.tar")}, Down, "there is no")
}

func TestProcesses(t *testing.T) {
	// The test binary is not called sleep, and this number is nobody else's.
	cmd := exec.Command("sleep", "98765.4321")
	if err := cmd.Start(); err != nil {
		t.Skip(err)
	}
	running := true
	stop := func() {
		if running {
			running = false
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
	defer stop()
	check(t, "by its command", &ProcessConfig{Command: `98765\.4321`}, Up, "1 run")
	check(t, "by both", &ProcessConfig{Name: "sleep", Command: `98765\.4321`}, Up, "")
	check(t, "too few", &ProcessConfig{Command: `98765\.4321`, Count: 2}, Down, "1 run, want 2")
	check(t, "another name", &ProcessConfig{Name: "nginx", Command: `98765\.4321`}, Down, "0 run")
	stop()
	check(t, "ended", &ProcessConfig{Command: `98765\.4321`}, Down, "0 run, want 1")
}

func TestADiskThatIsFullIsDown(t *testing.T) {
	c := &space{DiskConfig: DiskConfig{Path: "/srv", Most: 95}}
	if o := c.judge(time.Now(), &disk.UsageStat{UsedPercent: 96, Used: 96, Free: 4}); o.State != Down || o.Phase != "filling" {
		t.Errorf("%+v", o)
	}
	if o := c.judge(time.Now(), &disk.UsageStat{UsedPercent: 5, InodesUsedPercent: 99}); o.State != Down || !strings.Contains(o.Detail, "no more files") {
		t.Errorf("%+v", o)
	}
	if o := look(t, &DiskConfig{Path: filepath.Join(t.TempDir(), "no")}); o.State != Unknown {
		t.Errorf("a folder that is not there: %+v", o)
	}
}

func TestTheMachineIsHeldToLimits(t *testing.T) {
	m := Machine{
		Cores: 2, CPU: 50, Load: []float64{1, 5, 2}, Memory: Room{100, 95}, Swap: Room{},
		Temperatures: []Temperature{{"a", 40}, {"b", 130}}, Self: Self{Memory: 60},
		Networks: []Network{{Name: "a", In: 1e6}, {Name: "b", In: 1e5, Out: 2e6}},
	}
	for _, c := range []struct {
		what, state, detail string
		most                float64
	}{
		{"cpu", Up, "cpu is 50 %", 0},
		{"cpu", Slow, "want at most 40 %", 40},
		{"memory", Slow, "memory is 95 %", 0},
		{"swap", Up, "0 %", 0},
		{"load", Slow, "load is 2.5 for each core", 0},
		{"load", Down, "", 1},
		{"temperature", Down, "130 °C", 0},
		{"network", Up, "network is 16 Mbit/s", 20},
		{"network", Slow, "want at most 15 Mbit/s", 15},
		{"network", Down, "", 10},
		{"self", Slow, "self is 60 % of the memory, want at most 50 %", 0},
		{"self", Up, "", 70},
	} {
		opened, err := (&MachineConfig{What: c.what, Most: c.most}).open()
		if err != nil {
			t.Fatal(err)
		}
		h := opened.(*held)
		h.look = func(context.Context) Machine { return m }
		if o, err := h.Look(t.Context()); err != nil || o.State != c.state || !strings.Contains(o.Detail, c.detail) {
			t.Errorf("%s at most %v: %+v, %v", c.what, c.most, o, err)
		}
		h.look = func(context.Context) Machine { return Machine{} }
		if o, err := h.Look(t.Context()); err == nil && c.what != "swap" {
			t.Errorf("%s of a machine that tells nothing: %+v", c.what, o)
		}
	}
}

// A counter that went on, one that is new and one that began anew.
func TestRatesLieBetweenTwoLooks(t *testing.T) {
	at := time.Date(2026, 9, 5, 12, 0, 0, 0, time.UTC)
	g := Gauge{seen: Machine{At: at, Self: Self{CPU: 10}, Networks: []Network{{Name: "a", Received: 1000, Sent: 500}, {Name: "c", Received: 9000}}}}
	m := Machine{At: at.Add(2 * time.Second), Self: Self{CPU: 11}, Networks: []Network{{Name: "a", Received: 5000, Sent: 600}, {Name: "b", Received: 7000}, {Name: "c", Received: 10}}}
	g.compare(t.Context(), &m)
	for i, want := range [][2]float64{{2000, 50}, {0, 0}, {0, 0}} {
		if n := m.Networks[i]; n.In != want[0] || n.Out != want[1] {
			t.Errorf("%+v, want %v", n, want)
		}
	}
	if m.Self.Busy != 50 {
		t.Errorf("%v %% of a core", m.Self.Busy)
	}
}

func TestThisMachineTellsHowItDoes(t *testing.T) {
	var g Gauge
	m := g.Look(t.Context())
	if m.Cores == 0 || m.Memory.Size < 1<<20 || m.Memory.Used > m.Memory.Size || m.Self.Memory == 0 || len(m.Load) != 3 {
		t.Errorf("%+v", m)
	}
	if _, err := (&MachineConfig{What: "network"}).open(); err == nil {
		t.Error("a network without a limit is no check")
	}
	if again := g.Look(t.Context()); again.CPU < 0 || again.CPU > 100 {
		t.Errorf("%v %% busy", again.CPU)
	}
}
