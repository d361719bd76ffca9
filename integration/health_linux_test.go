package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"golang.org/x/sys/unix"

	"buzzproof/internal/history"
)

// period is the time between two looks.
const period = 2 * time.Second

// A house is a site served by the program, with what it stands on and everybody
// who is told.
type house struct {
	s      *stage
	dir    string
	up     *process
	screen int
	told   string // by the command, a line for each alert
	hook   *inbox
	post   *inbox
	nginx  *process
}

// Everything breaks, is seen, told once over every channel, survives a kill
// and is mended.
func TestWhatBreaksIsSeenAndToldOnce(t *testing.T) {
	need(t, "a look at nginx", "nginx", "openssl", "mount", "mke2fs")
	if os.Getuid() != 0 {
		if os.Getenv("BUZZPROOF_REQUIRE_PEERS") == "1" {
			t.Fatal("a disk of the test's own needs root")
		}
		t.Skip("a disk of the test's own needs root")
	}
	s := newStage(t)
	h := &house{s: s, dir: s.subfolder(t, "health"), hook: newHook(t), post: newPost(t)}
	h.told = filepath.Join(h.dir, "told")
	port, securePort, disk := freePort(t), freePort(t), ext4Disk(t, s)
	h.startNginx(t, port, securePort)
	var delay atomic.Int64
	lazy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		time.Sleep(time.Duration(delay.Load()))
	}))
	t.Cleanup(lazy.Close)
	h.configure(t, port, securePort, disk, lazy.URL)
	h.serve(t)
	h.shows(t, "everything is seen", map[string]string{"origin": "up", "lazy": "up", "room": "up", "tls": "near"})

	broken := time.Now()
	h.nginx.stop()
	delay.Store(int64(700 * time.Millisecond))
	fill(t, disk)
	h.shows(t, "two periods after it broke", map[string]string{"origin": "down", "lazy": "slow", "room": "down", "tls": "down"})
	want := []string{"tls expiring", "tls down", "origin down", "lazy slow", "room filling"}
	h.hears(t, "after it broke", want)
	h.soon(t, "broken", broken, want[1:]...)

	h.kill(t)
	h.serve(t)
	h.shows(t, "after a kill", map[string]string{"origin": "down", "lazy": "slow", "room": "down", "tls": "down"})
	h.hears(t, "after a kill", want)

	mended := time.Now()
	delay.Store(0)
	h.startNginx(t, port, securePort)
	if err := os.Remove(filepath.Join(disk, "full")); err != nil {
		t.Fatal(err)
	}
	h.shows(t, "two periods after it was mended", map[string]string{"origin": "up", "lazy": "up", "room": "up", "tls": "near"})
	again := []string{"origin up", "lazy up", "room up", "tls expiring"}
	h.hears(t, "after it was mended", append(want, again...))
	h.soon(t, "mended", mended, again[:3]...)
	h.up.stop()
	h.remembers(t)
}

// configure writes the configuration: all that breaks, and four channels, one
// of which takes connections and never answers.
func (h *house) configure(t *testing.T, port, securePort int, disk, lazy string) {
	t.Helper()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // nobody accepts: the system does
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	ring := filepath.Join(h.dir, "ring")
	writeFile(t, ring, "#!/bin/sh\n{ tr -d '\\n'; echo; } >> "+h.told+"\n")
	if err := os.Chmod(ring, 0o755); err != nil {
		t.Fatal(err)
	}
	h.screen = freePort(t)
	writeFile(t, filepath.Join(h.dir, "site", "index.html"), "<!doctype html><title>Hello</title>")
	writeFile(t, filepath.Join(h.dir, "buzzproof.toml"), fmt.Sprintf(`
[alerts]
per_hour = 100
[alert.a-silent]
kind = "ntfy"
url = "http://%s"
topic = "buzz"
[alert.bell]
kind = "command"
command = [%q]
[alert.hook]
kind = "webhook"
url = "env:HOOK"
key = "env:KEY"
[alert.post]
kind = "mail"
server = %q
from = "buzzproof@blog.example.org"
to = ["owner@example.org"]
[check.origin]
kind = "http"
every = "2s"
url = "http://127.0.0.1:%d/"
text = "Hello from nginx"
[check.lazy]
kind = "http"
every = "2s"
url = %q
slow = "500ms"
[check.room]
kind = "disk"
every = "2s"
path = %q
[check.tls]
kind = "certificate"
every = "2s"
address = "127.0.0.1:%d"
name = "blog.example.org"
insecure = true
`, silent.Addr(), ring, h.post.address, port, lazy, disk, securePort))
}

func (h *house) startNginx(t *testing.T, port, securePort int) {
	t.Helper()
	key, certificate := filepath.Join(h.dir, "key.pem"), filepath.Join(h.dir, "cert.pem")
	if !have(certificate) {
		run(t, exec.Command("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
			"-subj", "/CN=blog.example.org", "-addext", "subjectAltName=DNS:blog.example.org", "-days", "5", "-keyout", key, "-out", certificate))
	}
	h.nginx = nginx(t, h.s, port, fmt.Sprintf(`		listen 127.0.0.1:%d ssl;
		ssl_certificate %s;
		ssl_certificate_key %s;
		location / { return 200 "Hello from nginx"; }`, securePort, certificate, key)).server
}

// serve starts the program and waits until it serves.
func (h *house) serve(t *testing.T) {
	t.Helper()
	cmd := exec.Command(buzzproof(t), "-c", filepath.Join(h.dir, "buzzproof.toml"), "up", filepath.Join(h.dir, "site"),
		"--listen", "127.0.0.1:0", "--tls", "off", "--uplink", "none", "--state", filepath.Join(h.dir, "state"), "--watch", loopback(h.screen))
	cmd.Env = append(os.Environ(), "HOOK="+h.hook.address, "KEY=swordfish")
	h.up = h.s.start(t, filepath.Join(h.dir, fmt.Sprintf("up-%d.log", time.Now().UnixNano())), cmd)
	waitUntil(t, h.up, 20*time.Second, "up", func() bool { return listens(h.screen) })
}

func (h *house) kill(t *testing.T) {
	t.Helper()
	killGroup(h.up.cmd)
	<-h.up.done
}

// states are those that Prometheus is told.
func (h *house) states() map[string]string {
	resp, err := http.Get("http://" + loopback(h.screen) + "/state")
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	var state struct {
		Details struct {
			Checks []struct{ Name, State string }
		}
	}
	if json.NewDecoder(resp.Body).Decode(&state) != nil {
		return nil
	}
	states := map[string]string{}
	for _, c := range state.Details.Checks {
		states[c.Name] = c.State
	}
	return states
}

// shows waits for the states on the screen, which gets its lists every 5 s.
func (h *house) shows(t *testing.T, when string, want map[string]string) {
	t.Helper()
	waitUntil(t, h.up, 20*time.Second, fmt.Sprintf("%s: %v", when, want), func() bool {
		got := h.states()
		for name, state := range want {
			if got[name] != state {
				return false
			}
		}
		return true
	})
}

// soon holds what was told to two periods after it happened, and two seconds
// for a busy machine.
func (h *house) soon(t *testing.T, when string, since time.Time, events ...string) {
	t.Helper()
	h.hook.mu.Lock()
	defer h.hook.mu.Unlock()
	for i, e := range h.hook.got {
		if !slices.Contains(events, e) {
			continue
		}
		took := h.hook.at[i].Sub(since)
		t.Logf("bar: %s: %s told after %.1f s, with looks every %v", when, e, took.Seconds(), period)
		if took > 2*period+2*time.Second {
			t.Errorf("%s: %s told after %v", when, e, took)
		}
	}
}

// hears waits until each channel has exactly what is wanted.
func (h *house) hears(t *testing.T, when string, want []string) {
	t.Helper()
	want = slices.Sorted(slices.Values(want))
	var got [3][]string
	waitUntil(t, h.up, 20*time.Second, fmt.Sprintf("%s: told %v", when, want), func() bool {
		got = [3][]string{h.bell(t), h.hook.all(), h.post.all()}
		return len(got[0]) >= len(want) && len(got[1]) >= len(want) && len(got[2]) >= len(want)
	})
	for i, name := range []string{"command", "webhook"} {
		if !slices.Equal(got[i], want) {
			t.Errorf("%s: %s heard %v, want %v", when, name, got[i], want)
		}
	}
	if len(got[2]) != len(want) {
		t.Errorf("%s: %d mails, want %d: %v", when, len(got[2]), len(want), got[2])
	}
}

func (h *house) bell(t *testing.T) (all []string) {
	t.Helper()
	data, err := os.ReadFile(h.told)
	if err != nil {
		return nil
	}
	for line := range bytes.Lines(data) {
		all = append(all, eventsOf(line)...)
	}
	return slices.Sorted(slices.Values(all))
}

// eventsOf are the checks and phases of a payload.
func eventsOf(payload []byte) (all []string) {
	var p struct {
		Events []struct{ About, Phase string }
	}
	if json.Unmarshal(payload, &p) != nil {
		return nil
	}
	for _, e := range p.Events {
		all = append(all, e.About+" "+e.Phase)
	}
	return all
}

// remembers looks at the history after everything has ended.
func (h *house) remembers(t *testing.T) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(h.dir, "state", "sites", "*", history.File))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	store, err := history.Read(filepath.Dir(found[0]))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for name, want := range map[string][]string{
		"origin": {"up", "down", "up"}, "lazy": {"up", "slow", "up"}, "room": {"up", "down", "up"}, "tls": {"near", "down", "near"},
	} {
		kept, err := store.Checks(t.Context(), name, time.Now().Add(-time.Hour), time.Now(), 1000)
		if err != nil {
			t.Fatal(err)
		}
		var course []string
		for _, k := range kept {
			if len(course) == 0 || course[len(course)-1] != k.State {
				course = append(course, k.State)
			}
		}
		if !slices.Equal(course, want) {
			t.Errorf("the history tells of %s: %v, want %v", name, course, want)
		}
	}
}

// ext4Disk is a file system of a megabyte of its own: ext4 in a file where the
// system lends a loop device, else in memory.
func ext4Disk(t *testing.T, s *stage) string {
	t.Helper()
	dir, file := s.subfolder(t, "disk"), filepath.Join(s.subfolder(t, "image"), "disk.img")
	s.atEnd(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) }) // it holds nothing
	run(t, exec.Command("mke2fs", "-q", "-t", "ext4", "-m", "0", "-O", "^has_journal", file, "1m"))
	output, err := exec.Command("mount", "-o", "loop", file, dir).CombinedOutput()
	if err == nil {
		return dir
	}
	t.Logf("no loop device, so the disk is in memory: %s", output)
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("mount a disk: %v", err)
	}
	return dir
}

func fill(t *testing.T, disk string) {
	t.Helper()
	f, err := os.Create(filepath.Join(disk, "full"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for range 2 << 10 { // a block at a time: what does not fit as a whole is not begun
		if _, err := f.Write(make([]byte, 1<<10)); err != nil {
			return
		}
	}
	t.Fatal("the disk has room for two megabytes")
}

// An inbox is what came to one channel.
type inbox struct {
	address string
	mu      sync.Mutex
	got     []string
	at      []time.Time
}

func (b *inbox) put(events ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range events {
		b.got, b.at = append(b.got, e), append(b.at, time.Now())
	}
}

func (b *inbox) all() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Sorted(slices.Values(b.got))
}

func newHook(t *testing.T) *inbox {
	b := &inbox{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("Webhook-Signature") == "" {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		b.put(eventsOf(body)...)
	}))
	t.Cleanup(s.Close)
	b.address = s.URL
	return b
}

// newPost is a real SMTP server; it keeps subjects.
func newPost(t *testing.T) *inbox {
	t.Helper()
	b := &inbox{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.address = l.Addr().String()
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &delivery{b}, nil }))
	s.Domain = "mail.example.org"
	go func() { _ = s.Serve(l) }() // ends with the test
	t.Cleanup(func() { s.Close() })
	return b
}

type delivery struct{ box *inbox }

func (d *delivery) Mail(string, *smtp.MailOptions) error { return nil }
func (d *delivery) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (d *delivery) Reset()                               {}
func (d *delivery) Logout() error                        { return nil }

func (d *delivery) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	for line := range bytes.Lines(data) {
		if subject, ok := bytes.CutPrefix(line, []byte("Subject: ")); ok {
			d.box.put(strings.TrimSpace(string(subject)))
		}
	}
	return err
}
