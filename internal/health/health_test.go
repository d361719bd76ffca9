package health

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"buzzproof/internal/settings"
	"buzzproof/internal/site"
)

func TestWhatIsLookedAt(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/broken":
			http.Error(w, "database is down", http.StatusInternalServerError)
		case r.Host == "blog.example.org":
			_, _ = w.Write([]byte("the blog"))
		default:
			_, _ = w.Write([]byte("hello"))
		}
	}))
	defer web.Close()
	closed := closedPort(t)
	file := filepath.Join(t.TempDir(), "backup")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(t.TempDir(), "old")
	if err := os.WriteFile(old, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	twoDays := time.Now().Add(-48 * time.Hour)
	if err := os.Chtimes(old, twoDays, twoDays); err != nil {
		t.Fatal(err)
	}
	address := strings.TrimPrefix(web.URL, "http://")
	names := nameServer(t)
	for _, c := range []struct {
		name  string
		probe probe
		wrong string // "" for up
	}{
		{"a page", &HTTPConfig{URL: web.URL}, ""},
		{"a page with its words", &HTTPConfig{URL: web.URL, Contains: "hello"}, ""},
		{"a page by another name", &HTTPConfig{URL: web.URL, Host: "blog.example.org", Contains: "the blog"}, ""},
		{"a page without its words", &HTTPConfig{URL: web.URL, Contains: "goodbye"}, "does not contain"},
		{"an error of the CMS", &HTTPConfig{URL: web.URL + "/broken"}, "status 500"},
		{"an error that is right", &HTTPConfig{URL: web.URL + "/broken", Status: 500}, ""},
		{"nobody there", &HTTPConfig{URL: "http://" + closed}, "refused"},
		{"a port", &TCPConfig{Address: address}, ""},
		{"a closed port", &TCPConfig{Address: closed}, "refused"},
		{"a file", &FileConfig{Path: file}, ""},
		{"an old file", &FileConfig{Path: old}, "48h0m"},
		{"no file", &FileConfig{Path: file + ".no"}, "no such file"},
		{"a program", &ProcessConfig{Name: filepath.Base(os.Args[0])[:min(15, len(filepath.Base(os.Args[0])))]}, ""},
		{"no program", &ProcessConfig{Name: "no-such-program"}, "no no-such-program is running"},
		{"a disk", &DiskConfig{Path: t.TempDir(), Free: 0.001}, ""},
		{"a full disk", &DiskConfig{Path: t.TempDir(), Free: 99.99}, "left"},
		{"memory", &MemoryConfig{Free: 0.01}, ""},
		{"no memory", &MemoryConfig{Free: 99.99}, "available"},
		{"load", &LoadConfig{Most: 1e6}, ""},
		{"a record", &DNSConfig{Name: "home.example", Server: names}, ""},
		{"the right record", &DNSConfig{Name: "home.example", Server: names, Want: "192.0.2.7"}, ""},
		{"another record", &DNSConfig{Name: "home.example", Server: names, Want: "192.0.2.8"}, "is not among"},
		{"a TTL that is too long", &DNSConfig{Name: "home.example", Server: names, MostTTL: 300}, "the TTL is 3600 s"},
		{"no such name", &DNSConfig{Name: "none.example", Server: names}, "NXDOMAIN"},
		{"no such type", &DNSConfig{Name: "home.example", Type: "MX", Server: names}, "no such record"},
		{"a certificate", &CertificateConfig{Address: showing(t, 90*24*time.Hour), Name: "blog.example.org"}, ""},
		{"one for another", &CertificateConfig{Address: showing(t, 90*24*time.Hour), Name: "shop.example.org"}, "not shop.example.org"},
		{"one that runs out", &CertificateConfig{Address: showing(t, 9*24*time.Hour), Name: "blog.example.org"}, "runs out in 8 days"},
		{"one that has run out", &CertificateConfig{Address: showing(t, -time.Hour), Name: "blog.example.org"}, "has run out"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			detail, err := c.probe.probe(ctx)
			switch {
			case c.wrong == "" && err != nil:
				t.Errorf("down: %v", err)
			case c.wrong == "" && detail == "":
				t.Error("nothing is said of what was seen")
			case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
				t.Errorf("%q, %v; want %q", detail, err, c.wrong)
			}
		})
	}
}

func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// showing serves a certificate that is good for so long.
func showing(t *testing.T, left time.Duration) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"blog.example.org"},
		NotBefore: time.Now().Add(-100 * 24 * time.Hour), NotAfter: time.Now().Add(left),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.(*tls.Conn).Handshake()
			conn.Close()
		}
	}()
	return l.Addr().String()
}

// nameServer answers for home.example.
func nameServer(t *testing.T) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		a := new(dns.Msg).SetReply(q)
		switch {
		case q.Question[0].Name != "home.example.":
			a.Rcode = dns.RcodeNameError
		case q.Question[0].Qtype == dns.TypeA:
			r, _ := dns.NewRR("home.example. 3600 A 192.0.2.7")
			a.Answer = append(a.Answer, r)
		}
		_ = w.WriteMsg(a)
	})}
	go func() { _ = server.ActivateAndServe() }()
	t.Cleanup(func() { _ = server.Shutdown() })
	return conn.LocalAddr().String()
}

// A fickle probe answers as it is told, after some time.
type fickle struct {
	Common
	down atomic.Bool
	wait atomic.Int64
}

func (f *fickle) probe(ctx context.Context) (string, error) {
	select {
	case <-ctx.Done():
		return "", errors.New("no answer in time")
	case <-time.After(time.Duration(f.wait.Load())):
	}
	if f.down.Load() {
		return "", errors.New("it is broken")
	}
	return "fine", nil
}

func TestAStateIsRightWithinTwoLooksAndDoesNotFlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fickle{}
		c, err := New(map[string]settings.Member{"origin": {Kind: "fickle", Config: f}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var said []site.Event
		looks := 0
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = c.Run(ctx, func(Result) { looks++ }, func(e site.Event) { said = append(said, e) })
		}()
		state := func(after time.Duration) string {
			time.Sleep(after)
			synctest.Wait()
			return c.Status()[0].State
		}
		if got := state(time.Second); got != Up || len(said) != 0 {
			t.Errorf("at first it is %q, and %v was said", got, said)
		}
		f.down.Store(true) // one lost packet
		state(usualEvery)
		f.down.Store(false)
		if got := state(usualEvery); got != Up || len(said) != 0 {
			t.Errorf("after one bad answer it is %q, and %v was said", got, said)
		}
		f.down.Store(true)
		if got := state(2 * usualEvery); got != Down || len(said) != 1 || said[0].Voice != site.Bark || said[0].Phase != Down || said[0].Facts.Detail != "it is broken" {
			t.Errorf("after two it is %q, and %+v was said", got, said)
		}
		state(20 * usualEvery)
		if len(said) != 1 {
			t.Errorf("the same is said %d times", len(said))
		}
		f.down.Store(false)
		f.wait.Store(int64(3 * time.Second))
		if got := state(2*usualEvery + 7*time.Second); got != Slow || len(said) != 2 {
			t.Errorf("a slow one is %q, and %+v was said", got, said)
		}
		f.wait.Store(0)
		if got := state(2 * usualEvery); got != Up || len(said) != 3 || said[2].Facts.Before != Slow {
			t.Errorf("a quick one is %q, and %+v was said", got, said)
		}
		f.wait.Store(int64(time.Hour))
		if got := state(3*usualEvery + usualTimeout); got != Down {
			t.Errorf("one that does not answer is %q", got)
		}
		cancel()
		<-done
		if looks < 25 {
			t.Errorf("only %d answers were seen", looks)
		}
	})
}

func TestTheStateOutlivesARestart(t *testing.T) {
	at := time.Now()
	results := func(states ...string) (all []Result) {
		for _, s := range states {
			all = append(all, Result{At: at, Name: "origin", State: s})
		}
		return all
	}
	for _, c := range []struct {
		name       string
		left, then []string
		want       string // what is said
	}{
		{"down and down", []string{Up, Down, Down}, []string{Down, Down}, ""},
		{"down and up again", []string{Down, Down}, []string{Up, Up}, "up"},
		{"up and down", []string{Up, Up}, []string{Down, Down}, "down"},
		{"up but for the last answer", []string{Up, Up, Down}, []string{Up, Up}, ""},
		{"nothing known, and up", nil, []string{Up}, ""},
		{"nothing known, and down", nil, []string{Down}, "down"},
	} {
		checker, err := New(map[string]settings.Member{"origin": {Kind: "fickle", Config: &fickle{}}})
		if err != nil {
			t.Fatal(err)
		}
		checker.Resume(append(results(c.left...), Result{Name: "gone", State: Down}))
		said := ""
		for _, r := range results(c.then...) {
			if e, moved := checker.checks[0].take(r); moved {
				said += e.Phase
				if e.Voice != site.Bark {
					t.Errorf("%s: said as %s", c.name, e.Voice)
				}
			}
		}
		if said != c.want {
			t.Errorf("%s: said %q, want %q", c.name, said, c.want)
		}
	}
}

func TestWhenADiskWillBeFull(t *testing.T) {
	start := time.Date(2016, 9, 5, 22, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		slope float64 // bytes per second
		n     int
		least time.Duration
		most  time.Duration
	}{
		{"it fills steadily", 1000, 60, 8 * time.Minute, 9 * time.Minute},
		{"it does not fill", 0, 60, fillNever, fillNever},
		{"it empties", -100, 60, fillNever, fillNever},
		{"nothing is known yet", 1000, 5, fillNever, fillNever},
	} {
		t.Run(c.name, func(t *testing.T) {
			var f fill
			for i := range c.n {
				f.note(start.Add(time.Duration(i)*30*time.Second), 1e6+float64(i)*30*c.slope)
			}
			all := 1e6 + float64(c.n-1)*30*c.slope + 510_000 // 510 s at 1,000 bytes a second
			if got := f.until(all); got < c.least || got > c.most {
				t.Errorf("full in %v", got)
			}
		})
	}
}

func TestAPingIsAnsweredOrTheRightIsNamed(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	detail, err := (&ICMPConfig{Host: "127.0.0.1"}).probe(ctx)
	if err != nil && !strings.Contains(err.Error(), "ping_group_range") {
		t.Errorf("%q, %v", detail, err)
	}
}

func TestASlipInACheckIsTold(t *testing.T) {
	for name, config := range map[string]any{
		"http without a URL": new(HTTPConfig), "tcp without a port": &TCPConfig{Address: "host"}, "dns without a name": new(DNSConfig),
		"dns of no type": &DNSConfig{Name: "x", Type: "NO"}, "file without a path": new(FileConfig), "process without a name": new(ProcessConfig),
		"icmp without a host": new(ICMPConfig), "certificate without a port": &CertificateConfig{Address: "x"},
	} {
		if _, err := New(map[string]settings.Member{"it": {Config: config}}); err == nil || !strings.HasPrefix(err.Error(), "check.it: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
