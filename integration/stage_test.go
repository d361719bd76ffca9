package integration

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// A stage is a folder and the processes that play in it; closing it ends them
// all, last first, and removes the folder.
type stage struct {
	mu    sync.Mutex
	dir   string
	stops []func()
}

// newStage makes a stage that is closed when the test ends. What was said on it
// is searched for secrets then.
func newStage(t testing.TB) *stage {
	s := &stage{}
	t.Cleanup(s.close)
	s.atEnd(func() { // the first is done last
		if s.dir != "" {
			expectNoSecretIn(t, s.dir)
		}
	})
	return s
}

// folder returns the folder of the stage, made on first use. It is not
// t.TempDir: a unix socket's path holds 107 bytes at most, and web servers that
// change their user must be able to enter.
func (s *stage) folder() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dir == "" {
		dir, err := os.MkdirTemp("", "buzzproof-")
		if err == nil {
			err = os.Chmod(dir, 0o755)
		}
		if err != nil {
			panic(fmt.Sprintf("make a folder for the stage: %v", err))
		}
		s.dir = dir
	}
	return s.dir
}

// subfolder makes a fresh folder whose name starts with name.
func (s *stage) subfolder(t testing.TB, name string) string {
	t.Helper()
	dir, err := os.MkdirTemp(s.folder(), name+"-")
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func (s *stage) atEnd(stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stops = append(s.stops, stop)
}

func (s *stage) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.stops) > 0 {
		last := len(s.stops) - 1
		s.stops[last]()
		s.stops = s.stops[:last]
	}
	if s.dir != "" {
		os.RemoveAll(s.dir)
		s.dir = ""
	}
}

// A sharedPeer is an origin that every test may read and none may change. It is
// started for the first test that asks and lives as long as the test binary.
type sharedPeer struct {
	once sync.Once
	site *origin
}

func (p *sharedPeer) get(t *testing.T, launch func(testing.TB, *stage) *origin) *origin {
	t.Helper()
	p.once.Do(func() { p.site = launch(t, shared) })
	if p.site == nil {
		t.Fatal("the shared peer did not start: see the first test that needed it")
	}
	return p.site
}

// A process is a started program; done is closed when it has ended.
type process struct {
	cmd  *exec.Cmd
	log  string
	done chan struct{}
	err  error // how it ended, readable after done
}

// start runs a program in the background, its words going to a log file, until
// the stage is closed.
func (s *stage) start(t testing.TB, logFile string, cmd *exec.Cmd) *process {
	t.Helper()
	out, err := os.Create(logFile)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if cmd.Stdout == nil {
		cmd.Stdout = out
	}
	if cmd.Stderr == nil {
		cmd.Stderr = out
	}
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", cmd.Path, err)
	}
	p := &process{cmd: cmd, log: logFile, done: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	s.atEnd(p.stop)
	return p
}

// stop asks the process to end, and after ten seconds makes it.
func (p *process) stop() {
	select {
	case <-p.done:
		return
	default:
	}
	terminateGroup(p.cmd)
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		killGroup(p.cmd)
		<-p.done
	}
}

// waitUntil asks ok until it agrees. It fails the test when the limit passes
// or the process ends first, and shows the end of the process's log.
func waitUntil(t testing.TB, p *process, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(limit)
	for !ok() {
		select {
		case <-p.done:
			t.Fatalf("%s: %s ended first: %v\n%s", what, p.cmd.Path, p.err, tail(p.log))
		case <-deadline:
			t.Fatalf("%s: not within %v\n%s", what, limit, tail(p.log))
		case <-time.After(30 * time.Millisecond):
		}
	}
}

// tail returns the last part of a file, for the words of a failure.
func tail(file string) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-4000):])
}

// run runs a program to its end and fails the test with its words if it fails.
func run(t testing.TB, cmd *exec.Cmd) []byte {
	t.Helper()
	var words bytes.Buffer
	cmd.Stderr = &words
	out, err := cmd.Output()
	expectNoSecret(t, cmd.Path, string(out)+words.String())
	if err != nil {
		t.Fatalf("%v: %v\n%s%s", cmd.Args, err, out, words.Bytes())
	}
	return out
}

// freePort returns a port that nobody listens on at the moment.
func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// loopback is the address of a port on this machine, as URL authority.
func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// listens reports whether a port of this machine takes connections.
func listens(port int) bool {
	conn, err := net.DialTimeout("tcp", loopback(port), time.Second)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// answers reports whether an address answers with status 200 in the end.
func answers(address string) bool {
	client := &http.Client{Timeout: 30 * time.Second}
	resp, err := client.Get(address)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// need skips the test when a program or file of a peer is missing, and when
// only quick tests were asked for. Under BUZZPROOF_REQUIRE_PEERS=1 a missing
// peer is a failure, so that CI cannot pass by testing nothing.
func need(t testing.TB, peer string, things ...string) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: no real peers")
	}
	for _, thing := range things {
		if have(thing) {
			continue
		}
		if os.Getenv("BUZZPROOF_REQUIRE_PEERS") == "1" {
			t.Fatalf("%s needs %s, which is missing: run .ci/install", peer, thing)
		}
		t.Skipf("%s needs %s, which is missing: .ci/install brings it", peer, thing)
	}
}

func have(thing string) bool {
	if filepath.IsAbs(thing) {
		_, err := os.Stat(thing)
		return !errors.Is(err, fs.ErrNotExist)
	}
	_, err := exec.LookPath(thing)
	return err == nil
}

func writeFile(t testing.TB, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
