package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"
)

// A namespace is a network of a test's own, with a firewall of its own. All of
// its addresses are on its loopback, so whoever is in it may be anybody.
type namespace struct{ name string }

// newNamespace needs root, as network namespaces do.
func newNamespace(t *testing.T, s *stage, addresses ...string) namespace {
	t.Helper()
	if os.Geteuid() != 0 {
		if os.Getenv("BUZZPROOF_REQUIRE_PEERS") == "1" {
			t.Fatal("a network namespace needs root")
		}
		t.Skip("a network namespace needs root")
	}
	n := namespace{fmt.Sprintf("buzzproof-%d-%d", os.Getpid(), time.Now().UnixNano()%1e6)}
	run(t, exec.Command("ip", "netns", "add", n.name))
	s.atEnd(func() { _ = exec.Command("ip", "netns", "delete", n.name).Run() }) // it goes with the machine at the latest
	run(t, n.command("ip", "link", "set", "lo", "up"))
	for _, a := range addresses {
		run(t, n.command("ip", "address", "add", a, "dev", "lo", "nodad"))
	}
	return n
}

// command runs a program in the namespace.
func (n namespace) command(name string, args ...string) *exec.Cmd {
	return exec.Command("ip", append([]string{"netns", "exec", n.name, name}, args...)...)
}

// inside does something in the namespace, on a thread that goes back
// afterwards: if it ended, the programs that it has started would too. A socket
// belongs to the namespace of the thread that makes it.
func (n namespace) inside(do func()) error {
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer home.Close()
	there, err := os.Open(filepath.Join("/run/netns", n.name))
	if err != nil {
		return err
	}
	defer there.Close()
	runtime.LockOSThread()
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		return err
	}
	do()
	if err := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); err != nil {
		panic(fmt.Sprintf("a thread is lost in namespace %s: %v", n.name, err))
	}
	runtime.UnlockOSThread()
	return nil
}

// dial connects inside of the namespace, from one of its addresses to another.
func (n namespace) dial(ctx context.Context, from, to string) (conn net.Conn, err error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	if failed := n.inside(func() { conn, err = d.DialContext(ctx, "tcp", to) }); failed != nil {
		return nil, failed
	}
	return conn, err
}

// reaches reports whether somebody can connect.
func (n namespace) reaches(t *testing.T, from, to string) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	conn, err := n.dial(ctx, from, to)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

const (
	sshServer   = "203.0.113.1:22"
	sshAttacker = "198.51.100.7"
	sshReader   = "198.51.100.8"
)

// sshd starts a real one in the namespace and returns its log.
func sshd(t *testing.T, s *stage, n namespace) (log string) {
	t.Helper()
	need(t, "sshd", "/usr/sbin/sshd", "ssh-keygen", "ip", "nft")
	dir := s.subfolder(t, "sshd")
	key := filepath.Join(dir, "key")
	run(t, exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key))
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil { // where sshd locks its unprivileged half in
		t.Fatal(err)
	}
	conf := filepath.Join(dir, "sshd_config")
	writeFile(t, conf, fmt.Sprintf(`ListenAddress %s
HostKey %s
PidFile %s/pid
UsePAM no
PasswordAuthentication yes
KbdInteractiveAuthentication no
MaxAuthTries 6
MaxStartups 100
`, sshServer, key, dir))
	log = filepath.Join(dir, "sshd.log")
	p := s.start(t, filepath.Join(dir, "out.log"), n.command("/usr/sbin/sshd", "-D", "-E", log, "-f", conf))
	waitUntil(t, p, 20*time.Second, "sshd", func() bool { return n.reaches(t, sshReader, sshServer) })
	return log
}

// guess tries one password on one connection.
func guess(t *testing.T, n namespace, user, password string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	conn, err := n.dial(ctx, sshAttacker, sshServer)
	if err != nil {
		t.Fatalf("guess: %v", err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	_, _, _, err = ssh.NewClientConn(conn, sshServer, &ssh.ClientConfig{
		User: user, Auth: []ssh.AuthMethod{ssh.Password(password)}, HostKeyCallback: ssh.InsecureIgnoreHostKey(), // an attacker does not care
	})
	if err == nil || !strings.Contains(err.Error(), "unable to authenticate") {
		t.Fatalf("guessing a password: %v, want a refusal", err)
	}
}

const webServer = "203.0.113.1:80"

// serveIn starts "up" in the namespace.
func serveIn(t *testing.T, s *stage, n namespace, program, state string) *process {
	t.Helper()
	site := s.subfolder(t, "site")
	writeFile(t, filepath.Join(site, "index.html"), "<!doctype html><title>Hello</title>")
	up := n.command(program, "up", site, "--listen", webServer, "--uplink", "none", "--lighten=false", "--state", state)
	p := s.start(t, filepath.Join(s.folder(), "up.log"), up)
	waitUntil(t, p, 20*time.Second, "up", func() bool { return n.status(t, sshReader, "/") == http.StatusOK })
	return p
}

// status asks for a page from an address and returns the status, 0 for none.
func (n namespace) status(t *testing.T, from, path string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, _, to string) (net.Conn, error) { return n.dial(ctx, from, to) },
	}}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+webServer+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	resp, err := client.Do(r)
	if err != nil {
		return 0
	}
	resp.Body.Close()
	return resp.StatusCode
}

func TestABruteForceOnARealSshdIsSeenBannedAndLifted(t *testing.T) {
	need(t, "sshd", "/usr/sbin/sshd", "ssh-keygen", "ip", "nft")
	s := newStage(t)
	n := newNamespace(t, s, "203.0.113.1/32", sshAttacker+"/32", sshReader+"/32")
	log := sshd(t, s, n)
	program, state := buzzproof(t), s.subfolder(t, "state")
	out := filepath.Join(s.folder(), "ssh-log.out")
	follower := s.start(t, out, exec.Command(program, "ssh-log", "-f", "--ban", "--state", state, log))
	waitUntil(t, follower, 20*time.Second, "following", func() bool { return strings.Contains(tail(out), "following") })

	for i := range 20 {
		guess(t, n, []string{"root", "admin", "pi"}[i%3], fmt.Sprintf("password%d", i))
	}
	bans := func() string {
		return string(run(t, exec.Command(program, "bans", "--state", state)))
	}
	waitUntil(t, follower, 20*time.Second, "the ban", func() bool { return strings.Contains(bans(), sshAttacker+" ") })

	// It is shown, with every try.
	var shown struct {
		Tries   int
		Callers []struct {
			Address string
			Tries   int
			Brute   bool
		}
	}
	if err := json.Unmarshal(run(t, exec.Command(program, "ssh-log", "--json", "--state", state, log)), &shown); err != nil {
		t.Fatal(err)
	}
	if len(shown.Callers) == 0 || shown.Callers[0].Address != sshAttacker || shown.Callers[0].Tries != 20 || !shown.Callers[0].Brute {
		t.Errorf("shown as %+v, want 20 tries of %s", shown, sshAttacker)
	}

	// A running server shuts its own door, and no firewall is needed for it.
	web := serveIn(t, s, n, program, state)
	waitUntil(t, web, 10*time.Second, "the closed door", func() bool { return n.status(t, sshAttacker, "/") == 0 })
	if n.status(t, sshReader, "/") != http.StatusOK {
		t.Error("somebody else gets no page any more")
	}

	// The firewall shuts out him alone, and lets him in again when it is told.
	export := func() {
		nft := n.command("nft", "-f", "-")
		nft.Stdin = strings.NewReader(string(run(t, exec.Command(program, "bans", "--export", "nft", "--state", state))))
		run(t, nft)
	}
	export()
	if n.reaches(t, sshAttacker, sshServer) {
		t.Error("who is banned still reaches sshd")
	}
	if !n.reaches(t, sshReader, sshServer) {
		t.Error("somebody else does not reach sshd any more")
	}
	run(t, exec.Command(program, "unban", "--state", state, sshAttacker))
	export()
	if !n.reaches(t, sshAttacker, sshServer) {
		t.Error("whose ban was lifted does not reach sshd")
	}
	waitUntil(t, web, 10*time.Second, "the door to open again", func() bool { return n.status(t, sshAttacker, "/") == http.StatusOK })
}

func TestAScanOfALiveSiteIsSeenBannedAndLifted(t *testing.T) {
	need(t, "nftables", "ip", "nft")
	s := newStage(t)
	n := newNamespace(t, s, "203.0.113.1/32", sshAttacker+"/32", sshReader+"/32")
	program, state := buzzproof(t), s.subfolder(t, "state")
	web := serveIn(t, s, n, program, state)
	for _, path := range []string{"/.env", "/.git/config", "/wp-login.php", "/phpmyadmin/", "/shell.php"} {
		if got := n.status(t, sshAttacker, path); got != http.StatusNotFound && got != http.StatusForbidden && got != 0 {
			t.Errorf("%s: status %d", path, got)
		}
	}
	bans := func() string { return string(run(t, exec.Command(program, "bans", "--state", state))) }
	waitUntil(t, web, 20*time.Second, "the ban", func() bool { return strings.Contains(bans(), sshAttacker+" ") })
	if shown := bans(); !strings.Contains(shown, "probes: ") || strings.Contains(shown, sshReader) {
		t.Errorf("the bans are\n%s", shown)
	}
	if got := n.status(t, sshAttacker, "/"); got != 0 {
		t.Errorf("who is banned gets status %d", got)
	}
	if got := n.status(t, sshReader, "/"); got != http.StatusOK {
		t.Errorf("somebody else gets status %d", got)
	}
	run(t, exec.Command(program, "unban", "--state", state, sshAttacker))
	waitUntil(t, web, 10*time.Second, "the door to open again", func() bool { return n.status(t, sshAttacker, "/") == http.StatusOK })
}
