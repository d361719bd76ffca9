package integration

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"buzzproof/internal/sample"
)

// Home and refuge listen on the same port of two addresses, so that the name
// alone decides where a visitor comes.
const (
	homeAddress   = "127.0.0.2"
	refugeAddress = "127.0.0.3"
)

// A flight is a site at home, a refuge and a zone, all real.
type flight struct {
	*nameServer
	store string
	port  int
	site  string // the public URL, without a slash at its end
	s3    *s3Server
	disk  string // what s3 keeps its buckets on
	home  *process
}

// newFlight freezes a small blog, serves it at home, and readies a bucket.
func newFlight(t *testing.T, s *stage, posts int, names func(testing.TB, *stage, string) *nameServer) *flight {
	t.Helper()
	f := &flight{store: filepath.Join(s.subfolder(t, "copy"), "site"), port: freePort(t)}
	f.site = fmt.Sprintf("http://%s:%d", s3Host, f.port)
	origin := httptest.NewServer(sample.New(sample.Options{Posts: posts}))
	t.Cleanup(origin.Close)
	run(t, exec.Command(buzzproof(t), "freeze", origin.URL, "--as", f.site, "-o", f.store, "--lighten=false", "--quiet"))
	log := filepath.Join(s.subfolder(t, "home"), "up.log")
	f.home = s.start(t, log, exec.Command(buzzproof(t), "up", f.store, "--listen", fmt.Sprintf("%s:%d", homeAddress, f.port),
		"--lighten=false", "--uplink", "none", "--ban", "0", "--quiet"))
	waitUntil(t, f.home, 20*time.Second, "up", func() bool {
		text, _ := os.ReadFile(log)
		return strings.Contains(string(text), "ready ")
	})
	f.disk = smallDisk(t, s)
	f.s3 = startWebsite(t, s, f.disk, fmt.Sprintf("%s:%d", refugeAddress, f.port))
	f.nameServer = names(t, s, homeAddress)
	return f
}

// smallDisk is a disk of its own that can be filled, where the test may mount one.
func smallDisk(t testing.TB, s *stage) string {
	dir := s.subfolder(t, "disk")
	if os.Geteuid() == 0 && exec.Command("mount", "-t", "tmpfs", "-o", "size=16m,mode=755", "tmpfs", dir).Run() == nil {
		s.atEnd(func() { _ = exec.Command("umount", dir).Run() }) // the folder is removed in any case
	}
	return dir
}

// startWebsite starts an S3 server whose websites are at an address.
func startWebsite(t testing.TB, s *stage, root, web string) *s3Server {
	t.Helper()
	need(t, "an S3 server", "versitygw")
	side, api := s.subfolder(t, "s3-meta"), freePort(t)
	v := &s3Server{dir: filepath.Join(root, s3Host)}
	v.BucketConfig = refugeSpec{Endpoint: "http://" + loopback(api), Bucket: s3Host, Base: "http://" + web}.config()
	v.command = func() *exec.Cmd {
		return exec.Command("versitygw", "--port", loopback(api), "--website", web, "--website-no-tls", "--keep-alive",
			"--access", "planted-s3-key", "--secret", s3Secret, "--quiet", "posix", "--sidecar", side, root)
	}
	v.start(t, s)
	v.publish(t)
	return v
}

// spec is a process that evacuates this site.
func (f *flight) spec(state string, resolvers ...string) tripSpec {
	return tripSpec{
		State: state, Store: f.store, Home: fmt.Sprintf("%s:%d", homeAddress, f.port), Zone: f.nameServer.spec,
		Refuge:    refugeSpec{Endpoint: f.s3.Endpoint, Bucket: s3Host, Base: f.s3.Base},
		Authority: f.address, Resolvers: resolvers,
	}
}

// A reader asks for the site by its name, through one name server, again and
// again, and counts.
type reader struct {
	asked, failed, away atomic.Int64
	mu                  sync.Mutex
	first               string // what failed first
}

// read asks until ctx ends.
func (r *reader) read(ctx context.Context, f *flight, resolver string) {
	for i := 0; ctx.Err() == nil; i++ {
		name := []string{flownZone, "www." + flownZone}[i%2]
		addresses := lookup(resolver, name)
		if len(addresses) == 0 {
			r.fail(fmt.Sprintf("%s does not know %s", resolver, name))
			continue
		}
		r.get(f, addresses[0])
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (r *reader) get(f *flight, address string) {
	r.asked.Add(1)
	if address == refugeAddress {
		r.away.Add(1)
	}
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, fmt.Sprintf("%s:%d", address, f.port))
		},
	}}
	resp, err := client.Get(f.site + "/")
	if err != nil {
		r.fail(err.Error())
		return
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusOK || len(body) < 500 {
		r.fail(fmt.Sprintf("%s answers %d with %d bytes, %v", address, resp.StatusCode, len(body), err))
	}
}

func (r *reader) fail(why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed.Add(1) == 1 {
		r.first = why
	}
}

// start reads in the background until the function that is returned is called.
func (r *reader) start(t *testing.T, f *flight, resolver string) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { r.read(ctx, f, resolver) })
	return func() { cancel(); wg.Wait() }
}

// holds counts the objects in the bucket.
func (v *s3Server) holds(t testing.TB) (objects int) {
	t.Helper()
	err := filepath.WalkDir(v.dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			objects++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

var authorities = []struct {
	name  string
	start func(testing.TB, *stage, string) *nameServer
}{{"BIND", startBIND}, {"PowerDNS", startPowerDNS}}

// A process is killed at every record that it writes, on the way out and on the
// way home; the next one goes on, or gives up.
func TestAnEvacuationThatIsKilledAnywhereEndsAwayOrHome(t *testing.T) {
	for _, authority := range authorities {
		t.Run(authority.name, func(t *testing.T) {
			s := newStage(t)
			f := newFlight(t, s, 3, authority.start)
			before := f.records(t)
			r := &reader{}
			stop := r.start(t, f, f.address)
			out, back := 0, 0
			for ; f.killedOut(t, s.subfolder(t, "state"), out+1, out%2 == 0, before); out++ {
			}
			for ; f.killedBack(t, s.subfolder(t, "state"), back+1, before); back++ {
			}
			stop()
			t.Logf("bar: killed %d times on the way out, %d times on the way home; %d requests, %d of them away, %d failed",
				out, back, r.asked.Load(), r.away.Load(), r.failed.Load())
			if r.failed.Load() > 0 || r.away.Load() == 0 {
				t.Errorf("%d of %d requests failed, %d were away: %s", r.failed.Load(), r.asked.Load(), r.away.Load(), r.first)
			}
			if out != 9 || back != 7 { // as many as there are records
				t.Errorf("killed %d and %d times only", out, back)
			}
		})
	}
}

// killedOut kills a process on the way out. It is false when none was killed.
func (f *flight) killedOut(t *testing.T, state string, at int, goOn bool, before string) bool {
	t.Helper()
	trip := f.spec(state)
	trip.KillAt = at
	died := trip.run(t)
	trip.KillAt = 0
	if goOn {
		trip.run(t)
		f.expectAway(t)
	}
	trip.Back = true
	trip.run(t)
	f.expectHome(t, before)
	return died
}

// killedBack kills a process on the way home; the next goes out again, every
// second time, and then home.
func (f *flight) killedBack(t *testing.T, state string, at int, before string) bool {
	t.Helper()
	trip := f.spec(state)
	trip.run(t)
	f.expectAway(t)
	trip.Back, trip.KillAt = true, at
	died := trip.run(t)
	trip.KillAt = 0
	if died && at%2 == 0 {
		trip.Back = false
		trip.run(t)
		f.expectAway(t)
		trip.Back = true
	}
	trip.run(t)
	f.expectHome(t, before)
	return died
}

func (f *flight) expectAway(t *testing.T) {
	t.Helper()
	for _, name := range []string{flownZone, "www." + flownZone} {
		if got := lookup(f.address, flownZone); len(got) != 1 || got[0] != refugeAddress {
			t.Fatalf("%s leads to %v, want %s", name, got, refugeAddress)
		}
	}
	if strings.Contains(f.records(t), "AAAA\t::1") || strings.Contains(f.records(t), "HTTPS") {
		t.Fatalf("a record of home was left behind:\n%s", f.records(t))
	}
}

func (f *flight) expectHome(t *testing.T, before string) {
	t.Helper()
	if after := f.records(t); after != before {
		t.Fatalf("the records are\n%s\nand were\n%s", after, before)
	}
	if n := f.s3.holds(t); n > 0 {
		t.Fatalf("%d objects were left in the bucket", n)
	}
}
