package integration

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"buzzproof/internal/sample"
)

// A narrow line carries so many bytes a second, one way, for all who share it.
type narrow struct {
	mu   sync.Mutex
	free time.Time // when what is on it has gone
	rate float64   // bytes per second
}

func (n *narrow) carry(ctx context.Context, bytes int) error {
	n.mu.Lock()
	now := time.Now()
	if n.free.Before(now) {
		n.free = now
	}
	n.free = n.free.Add(time.Duration(float64(bytes) / n.rate * float64(time.Second)))
	left := n.free.Sub(now)
	n.mu.Unlock()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(left):
		return nil
	}
}

// relay listens at an address and passes connections on to another. What goes
// up the line is what the target sends, or with push what it is sent.
func (n *narrow) relay(t *testing.T, at, to string, push bool) string {
	t.Helper()
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			go n.pass(t.Context(), in, to, push)
		}
	}()
	return l.Addr().String()
}

func (n *narrow) pass(ctx context.Context, in net.Conn, to string, push bool) {
	defer in.Close()
	out, err := new(net.Dialer).DialContext(ctx, "tcp", to)
	if err != nil {
		return
	}
	defer out.Close()
	slow, from, quick, back := in, out, out, in
	if push {
		slow, from, quick, back = out, in, in, out
	}
	go func() { _, _ = io.Copy(quick, back); out.Close() }() // ends when either is closed
	buffer := make([]byte, 1460)
	for {
		read, err := from.Read(buffer)
		if n.carry(ctx, read) != nil {
			return
		}
		if _, failed := slow.Write(buffer[:read]); err != nil || failed != nil {
			return
		}
	}
}

// A terminal is a real one, in which a program runs and a person types.
type terminal struct {
	t      *testing.T
	socket string
}

func newTerminal(t *testing.T, s *stage, command string) *terminal {
	t.Helper()
	return newTerminalOf(t, s, 110, 60, command)
}

func newTerminalOf(t *testing.T, s *stage, width, height int, command string) *terminal {
	t.Helper()
	need(t, "a terminal", "tmux")
	x := &terminal{t: t, socket: filepath.Join(s.subfolder(t, "tmux"), "s")}
	x.tmux("-f", "/dev/null", "new-session", "-d", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height), command+"; echo it ended with $?; exec sleep 600")
	s.atEnd(func() { _ = exec.Command("tmux", "-S", x.socket, "kill-server").Run() }) // it may have ended
	return x
}

func (x *terminal) tmux(args ...string) string {
	x.t.Helper()
	return string(run(x.t, exec.Command("tmux", append([]string{"-S", x.socket}, args...)...)))
}

// shows waits for a text on the screen and returns all of it.
func (x *terminal) shows(text string) (screen string) {
	x.t.Helper()
	for end := time.Now().Add(90 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		screen = x.tmux("capture-pane", "-p", "-J", "-S", "-")
		if strings.Contains(screen, text) {
			return screen
		}
		if strings.Contains(screen, "it ended with") && text != "it ended with" {
			break
		}
	}
	x.t.Fatalf("waited in vain for %q on the screen:\n%s", text, screen)
	return ""
}

func (x *terminal) types(text string) {
	x.t.Helper()
	x.tmux("send-keys", "-l", text)
	x.tmux("send-keys", "Enter")
}

// Nothing is installed, the line is full of readers, and somebody sits at a
// terminal: 300 pages are at the refuge, checked, and the name leads there.
func TestPanicAtATerminal(t *testing.T) {
	s := newStage(t)
	uplink := &narrow{rate: 125_000} // 1 Mbit/s
	cms := httptest.NewServer(sample.Generated(300))
	t.Cleanup(cms.Close)
	inside := strings.TrimPrefix(cms.URL, "http://")
	f := &flight{port: freePort(t)}
	f.site = fmt.Sprintf("http://%s:%d", s3Host, f.port)
	uplink.relay(t, fmt.Sprintf("%s:%d", homeAddress, f.port), inside, false)
	f.disk = s.subfolder(t, "disk")
	f.s3 = startWebsite(t, s, f.disk, fmt.Sprintf("%s:%d", refugeAddress, f.port))
	endpoint := uplink.relay(t, "127.0.0.1:0", strings.TrimPrefix(f.s3.Endpoint, "http://"), true)
	f.nameServer = startBIND(t, s, homeAddress)
	resolver := startUnbound(t, s, f.address, 0)
	before := f.records(t)
	crowd := &reader{}
	stop := crowd.start(t, f, resolver)
	defer stop()

	began := time.Now()
	dir := s.subfolder(t, "nothing")
	f.store, f.spot = filepath.Join(dir, s3Host), refugeSpec{Endpoint: f.s3.Endpoint, Bucket: s3Host, Base: f.s3.Base}
	x := newTerminal(t, s, fmt.Sprintf("cd %s && env -u HTTP_PROXY -u http_proxy %s panic %s --state state --resolvers %s", dir, buzzproof(t), f.site, resolver))
	x.shows("1 Where is the server within your network?")
	x.types("http://" + inside)
	x.shows("2 Where to?")
	x.types("bucket,serve=website,base=" + f.s3.Base)
	x.shows("it has no name")
	x.types(fmt.Sprintf("bucket,bucket=%s,endpoint=http://%s,path_style=true,base=%s,addrs=%s,prices=none", s3Host, endpoint, f.s3.Base, refugeAddress))
	x.shows("key of bucket (not shown; Enter for none)")
	x.types("planted-s3-key")
	x.shows("secret of bucket (not shown; Enter for none)")
	x.types(s3Secret)
	x.shows("3 Who holds the name?")
	x.types("hand,zone=" + flownZone + ",servers=" + f.address)
	x.shows("Evacuate? [yes/no]")
	asked := time.Since(began)
	if now := f.records(t); now != before || f.holds(t) > 0 {
		t.Fatalf("something was done before it was confirmed: %d objects, records\n%s", f.holds(t), now)
	}
	x.types("yes")
	x.shows("change these records now")
	f.moveAway(t)
	screen := x.shows("away: " + s3Host)
	took := time.Since(began)
	t.Logf("bar: panic: %v to the question, %v to the name, %d readers meanwhile\n%s", asked, took, crowd.asked.Load(), screen)
	if took > 2*time.Minute {
		t.Errorf("it took %v, want 2 minutes at most", took)
	}
	f.expectAway(t)
	expectNoSecret(t, "the terminal", screen)
	expectPrivate(t, filepath.Join(dir, "state"))
}

// moveAway does by hand what the terminal tells.
func (f *flight) moveAway(t *testing.T) {
	t.Helper()
	sets, err := f.zone.Sets(t.Context(), []string{flownZone})
	if err != nil {
		t.Fatal(err)
	}
	change := awayBy(sets)
	if err := f.zone.Apply(t.Context(), change); err != nil {
		t.Fatal(err)
	}
}

// expectPrivate demands that secrets that were typed lie in files that only
// their owner can read, and nowhere else.
func expectPrivate(t *testing.T, state string) {
	t.Helper()
	found := 0
	err := filepath.WalkDir(state, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		info, err := d.Info()
		switch {
		case err != nil:
			return err
		case !strings.Contains(string(raw), s3Secret):
		case filepath.Base(name) != "bucket-secret" || info.Mode().Perm() != 0o600:
			t.Errorf("a secret is in %s, mode %v", name, info.Mode())
		default:
			found++
		}
		return nil
	})
	if err != nil || found != 1 {
		t.Errorf("%d secrets are kept, %v; want 1", found, err)
	}
}
