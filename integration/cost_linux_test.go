package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"golang.org/x/sys/unix"

	"buzzproof/internal/sample"
)

// A till counts what its connections send down to the packet: the kernel says
// how many there were. Packets are as small as on a real line, not as large as
// on loopback.
type till struct {
	net.Listener
	mu    sync.Mutex
	conns []*tillConn
}

type tillConn struct {
	*net.TCPConn
	mu   sync.Mutex
	last int64 // the count when it was closed
	done bool
}

// ethernet is what a packet of 1,500 bytes carries, time stamps included.
const ethernet = 1460

func newTill(t *testing.T) *till {
	t.Helper()
	small := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var failed error
		err := c.Control(func(fd uintptr) { failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_MAXSEG, ethernet) })
		if err != nil {
			return err
		}
		return failed
	}}
	l, err := small.Listen(context.Background(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return &till{Listener: l}
}

// Accept implements net.Listener.
func (l *till) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	counted := &tillConn{TCPConn: c.(*net.TCPConn)}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns = append(l.conns, counted)
	return counted, nil
}

// Close notes the last count. A packet that closes is still to come.
func (c *tillConn) Close() error {
	sent := c.sent()
	c.mu.Lock()
	c.last, c.done = sent, true
	c.mu.Unlock()
	return c.TCPConn.Close()
}

// sent is every byte of every packet to the visitor: IPv4, TCP and time stamps
// have 52, the answer to the first packet 8 more.
func (c *tillConn) sent() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done {
		return c.last
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return c.last
	}
	_ = raw.Control(func(fd uintptr) {
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			again := int64(info.Total_retrans) // of a machine too busy to confirm in time
			c.last = int64(info.Bytes_sent-info.Bytes_retrans) + 52*(int64(info.Segs_out)-again) + 8
		}
	})
	return c.last
}

// takings returns what was sent since the last call, and over how many
// connections.
func (l *till) takings() (sent int64, connections int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.conns {
		sent += c.sent()
	}
	connections = len(l.conns)
	for _, c := range l.conns {
		c.Close() // the next visitor is another one
	}
	l.conns = nil
	return sent, connections
}

// openTrusting starts a Chromium that believes every certificate. Its window is
// as large as the screen of check: when a tab closes it forgets what size it
// was given, and would fetch other pictures on its way out.
func openTrusting(t *testing.T) context.Context {
	t.Helper()
	need(t, "the browser tests", "chromium")
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox,
		chromedp.Flag("ignore-certificate-errors", true),
		chromedp.Flag("window-size", "1366,768"),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
		chromedp.UserDataDir(newStage(t).subfolder(t, "chromium")),
	)
	ctx, stop := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(stop)
	ctx, quit := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(quit)
	ctx, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(closeTab)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return ctx
}

// A costReport is what check --json says.
type costReport struct {
	Bytes struct {
		HTML, CSS, JS, Fonts, Images, Other, TLS, Network, Sum int64
	}
	Lazy, Requests int64
	Connections    int
	Files          []struct {
		URL   string
		Third bool
	}
	Handshake struct {
		Tickets int64 `json:"ticket_bytes"`
	}
	Rungs []struct {
		Name  string
		Made  bool
		Bytes int64
	}
}

// noEncoders hides the programs that make WebP and AVIF: which are installed
// shall make no difference, and they take their time.
const noEncoders = "PATH=/nowhere"

func checkCost(t *testing.T, address string) costReport {
	t.Helper()
	var words bytes.Buffer
	cmd := exec.Command(buzzproof(t), "check", address, "--insecure", "--json", "--quiet")
	cmd.Env, cmd.Stderr = append(os.Environ(), noEncoders), &words
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("check %s: %v\n%s", address, err, words.Bytes())
	}
	var r costReport
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// off is by what share a figure differs from the true one.
func off(got, want int64) float64 { return math.Abs(float64(got-want)) / float64(max(want, 1)) }

func TestCheckCountsWhatComesOverTheWire(t *testing.T) {
	browser := openTrusting(t)
	for _, c := range []struct {
		name   string
		secure bool
		http2  bool
		path   string
	}{
		{"HTTP/1.1", false, false, "/"},
		{"HTTP/2 and TLS", true, true, "/"},
		{"HTTP/1.1 and TLS", true, false, "/"},
		{"a post, HTTP/2 and TLS", true, true, "/my-resume-in-an-operating-system/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newTill(t)
			s := &httptest.Server{Listener: l, EnableHTTP2: c.http2, Config: &http.Server{Handler: sample.New(sample.Options{})}}
			if c.secure {
				s.StartTLS()
			} else {
				s.Start()
			}
			t.Cleanup(s.Close)
			compareCost(t, browser, l, s.URL+c.path)
		})
	}
}

// compareCost loads a page by check and in Chromium, to the end, and holds the
// figures of check to what the kernel and the browser counted.
func compareCost(t *testing.T, browser context.Context, l *till, address string) {
	t.Helper()
	const allowed = 0.05
	r := checkCost(t, address)
	packets, _ := l.takings()
	ours := r.Bytes.Sum + r.Lazy
	if off(ours, packets) > allowed {
		t.Errorf("check says %d bytes, the kernel sent %d", ours, packets)
	}
	v, inChromium, connections := nearestVisit(t, browser, l, address, ours)
	_, files := v.total()
	t.Logf("bar: check  %s  %d bytes, the kernel counted %d (%.1f %% off); Chromium got %d over %d connections (%.1f %% off), check had %d",
		t.Name(), ours, packets, 100*off(ours, packets), inChromium, connections, 100*off(ours, inChromium), r.Connections)
	t.Logf("check: %+v over %d connections; Chromium: %s, %d in files", r.Bytes, r.Connections, v, files)
	expectSameFiles(t, r, v, []string{"/assets/logo.svg"})
	if off(ours, inChromium) > allowed {
		t.Errorf("check says %d bytes, Chromium was sent %d for %v", ours, inChromium, v.urls)
	}
	for kind, got := range map[string]int64{"Stylesheet": r.Bytes.CSS, "Script": r.Bytes.JS, "Font": r.Bytes.Fonts} {
		if want := v.bytes[kind]; off(got, want) > allowed && max(got, want)-min(got, want) > 500 {
			t.Errorf("%s: check says %d bytes, Chromium %d", kind, got, want)
		}
	}
}

// nearestVisit opens a page in Chromium until it costs about what check says, a
// few times at most. Chromium does not always do the same: it takes a larger
// picture of a set that happens to be there already, or tries one connection
// too many.
func nearestVisit(t *testing.T, browser context.Context, l *till, address string, want int64) (v visit, sent int64, connections int) {
	t.Helper()
	for range 5 {
		one := visitPage(t, browser, address, 1366, 768)
		now, conns := l.takings()
		if connections == 0 || off(now, want) < off(sent, want) {
			v, sent, connections = one, now, conns
		}
		if off(sent, want) < 0.03 {
			break
		}
	}
	return v, sent, connections
}

// expectSameFiles compares what check and Chromium asked for. A Chromium without
// a window does not always ask for the icon; check runs no scripts.
func expectSameFiles(t *testing.T, r costReport, v visit, icons []string, byScripts ...string) {
	t.Helper()
	asked := map[string]bool{}
	for _, u := range v.urls {
		asked[u] = true
	}
	known := map[string]bool{}
	for _, f := range r.Files {
		known[f.URL] = true
		if !f.Third && !asked[f.URL] && !within(f.URL, icons) {
			t.Errorf("check asks for %s, Chromium does not", f.URL)
		}
	}
	for _, u := range v.urls {
		if !known[u] && !within(u, byScripts) {
			t.Errorf("Chromium asks for %s, check does not", u)
		}
	}
}

func within(address string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(address, part) })
}
