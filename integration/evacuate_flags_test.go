package integration

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"buzzproof/internal/sample"
)

// A panicking owner has nothing installed but the program, and says everything
// by flags.
type panicking struct {
	*flight
	dir    string // he stands in
	inside string // URL of the CMS
	flags  []string
}

// newPanic readies a site of so many pages, whose door to visitors is a line;
// a refuge and a zone of those kinds.
func newPanic(t *testing.T, s *stage, cms http.Handler, uplink *narrow, refuge asylum, authority func(testing.TB, *stage, string) *nameServer) *panicking {
	t.Helper()
	origin := httptest.NewServer(cms)
	t.Cleanup(origin.Close)
	f := &flight{port: freePort(t), store: "blog.example.org"}
	f.site = fmt.Sprintf("http://%s:%d", s3Host, f.port)
	p := &panicking{flight: f, dir: s.subfolder(t, "state-nothing"), inside: origin.URL}
	uplink.relay(t, fmt.Sprintf("%s:%d", homeAddress, f.port), strings.TrimPrefix(origin.URL, "http://"), false)
	refuge.ready(t, s, f)
	f.nameServer = authority(t, s, homeAddress)
	zone := fmt.Sprintf("rfc2136,zone=%s,server=%s,key=%s,secret=env:ZONE_SECRET", flownZone, f.spec("").Zone.Server, keyName)
	if f.nameServer.spec.Kind == "pdns" {
		zone = fmt.Sprintf("powerdns,zone=%s,url=%s,key=env:ZONE_KEY", flownZone, f.nameServer.spec.Server)
	}
	p.flags = []string{
		"--yes", "--state", "state", "--inside", origin.URL, "--to", p.refuge(t, uplink), "--dns", zone, "--ttl", "1s",
		"--authorities", f.address, "--resolvers", f.address, "--home", fmt.Sprintf("%s:%d", homeAddress, f.port),
	}
	return p
}

// refuge is the answer to the second question. A store is reached through the
// line; a machine is not, since the program has to come there too.
func (p *panicking) refuge(t *testing.T, uplink *narrow) string {
	if p.host != nil {
		return fmt.Sprintf("host,address=%s,user=%s,key=file:%s,host_key=%s,dir=%s,listen=%s,addrs=%s",
			p.spot.Address, p.spot.User, p.spot.Identity, p.spot.HostKey, p.spot.Dir, p.spot.Listen, refugeAddress)
	}
	endpoint := uplink.relay(t, "127.0.0.1:0", strings.TrimPrefix(p.spot.Endpoint, "http://"), true)
	return fmt.Sprintf("bucket,bucket=%s,endpoint=http://%s,path_style=true,base=%s,addrs=%s,key=env:STORE_KEY,secret=env:STORE_SECRET",
		s3Host, endpoint, p.spot.Base, refugeAddress)
}

// command is one of the program's, as the shell starts it.
func (p *panicking) command(t *testing.T, args ...string) *exec.Cmd {
	cmd := exec.Command(buzzproof(t), args...)
	cmd.Dir = p.dir
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(strings.ToUpper(v), "HTTP_PROXY=") }),
		"ZONE_SECRET="+keySecret, "ZONE_KEY="+apiKey, "STORE_KEY=planted-s3-key", "STORE_SECRET="+s3Secret)
	return cmd
}

func (p *panicking) panics(t *testing.T) *exec.Cmd {
	return p.command(t, append([]string{"panic", p.site}, p.flags...)...)
}

func (p *panicking) returns(t *testing.T) *exec.Cmd {
	return p.command(t, "return", "-c", "state/panic.toml", "--state", "state", "--yes", "--linger", "1s")
}

// does runs a command to its end and returns what it said.
func (p *panicking) does(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	words, err := cmd.CombinedOutput()
	expectNoSecret(t, "a command", string(words))
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, words)
	}
	return string(words)
}

// Everything is a flag, nobody sits at a terminal, and the line is full of
// readers: 300 pages are at the refuge, checked, and the name leads there.
func TestPanicByFlags(t *testing.T) {
	forPairs(t, func(t *testing.T, refuge asylum, authority func(testing.TB, *stage, string) *nameServer) {
		s := newStage(t)
		uplink := &narrow{rate: 125_000} // 1 Mbit/s
		p := newPanic(t, s, sample.Generated(300), uplink, refuge, authority)
		before := p.records(t)
		if words := p.does(t, p.command(t, append([]string{"panic", p.site, "--dry-run"}, p.flags...)...)); !strings.Contains(words, "there is no copy yet") {
			t.Errorf("a dry run said\n%s", words)
		}
		crowd := &reader{}
		stop := crowd.start(t, p.flight, p.address)
		defer stop()
		began := time.Now()
		words := p.does(t, p.panics(t))
		took := time.Since(began)
		t.Logf("bar: panic by flags: %v, 2 minutes at most; %d readers meanwhile", took, crowd.asked.Load())
		if took > 2*time.Minute || !strings.Contains(words, "away: "+s3Host) {
			t.Errorf("after %v it said\n%s", took, words)
		}
		p.store = filepath.Join(p.dir, s3Host)
		p.expectAway(t)
		if words = p.does(t, p.returns(t)); !strings.Contains(words, "home: ") {
			t.Errorf("the return said\n%s", words)
		}
		p.expectHome(t, before)
	})
}

// Ctrl-C at any step: it stops, it says how to go on, and the same command does.
func TestCtrlCAtAnyStepIsSafe(t *testing.T) {
	s := newStage(t)
	var first sync.Once
	asked := make(chan bool, 1)
	blog := sample.New(sample.Options{Posts: 3})
	cms := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first.Do(func() { asked <- true })
		blog.ServeHTTP(w, r)
	})
	p := newPanic(t, s, cms, &narrow{rate: 12.5e6}, bucketAsylum, startBIND)
	before := p.records(t)
	p.store = filepath.Join(p.dir, s3Host)
	freeze := p.panics(t)
	freeze.Stderr = io.Discard
	if err := freeze.Start(); err != nil {
		t.Fatal(err)
	}
	<-asked
	if err := freeze.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	expectInterrupted(t, "freeze", freeze.Wait(), "")
	for _, step := range []string{"push", "place", "verify", "switch", "watch"} {
		p.interruptedAt(t, p.panics(t), step)
		if got := lookup(p.address, flownZone); len(got) != 1 || got[0] != homeAddress && got[0] != refugeAddress {
			t.Fatalf("interrupted at %s the name leads to %v", step, got)
		}
	}
	p.does(t, p.panics(t))
	p.expectAway(t)
	for _, step := range []string{"verify", "restore", "watch", "linger", "leave"} {
		p.interruptedAt(t, p.returns(t), step)
	}
	p.does(t, p.returns(t))
	p.expectHome(t, before)
}

// interruptedAt presses Ctrl-C when a command says that it begins a step.
func (p *panicking) interruptedAt(t *testing.T, cmd *exec.Cmd, step string) {
	t.Helper()
	pipe, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	var words strings.Builder
	pressed := false
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		words.WriteString(lines.Text() + "\n")
		if !pressed && strings.HasPrefix(lines.Text(), step+" ") {
			pressed = true
			_ = cmd.Process.Signal(syscall.SIGINT) // it may have ended
		}
	}
	err = cmd.Wait()
	expectNoSecret(t, "a command", words.String())
	if !pressed {
		t.Fatalf("it never came to %s: %v\n%s", step, err, words.String())
	}
	if err != nil { // the step may have been the last
		expectInterrupted(t, step, err, words.String())
	}
}

func expectInterrupted(t *testing.T, step string, err error, words string) {
	t.Helper()
	if ended, ok := err.(*exec.ExitError); !ok || ended.ExitCode() != 130 {
		t.Errorf("interrupted at %s: %v, want exit status 130\n%s", step, err, words)
	}
}
