package integration

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"buzzproof/internal/dns"
	"buzzproof/internal/dns/dnstest"
)

// A site under load leaves home and comes back; readers come through resolvers
// that cache, one of which keeps answers longer than it was told.
func TestReadersWhoComeThroughResolversMissNothing(t *testing.T) {
	floor := number(t, "BUZZPROOF_FLOOR", 12) // 60 for the figure that is promised
	for _, authority := range authorities {
		t.Run(authority.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			f := newFlight(t, s, 3, authority.start)
			before := f.records(t)
			honest, stretching := startUnbound(t, s, f.address, 0), startUnbound(t, s, f.address, floor)
			quick, slow := &reader{}, &reader{}
			stops := []func(){quick.start(t, f, honest), slow.start(t, f, stretching)}
			trip := f.spec(s.subfolder(t, "state"), honest, stretching)
			trip.run(t)
			f.expectAway(t)
			waitUntil(t, f.home, time.Duration(floor+10)*time.Second, "the last resolver", func() bool {
				got := lookup(stretching, flownZone)
				return len(got) == 1 && got[0] == refugeAddress
			})
			trip.Back = true
			trip.run(t)
			f.expectHome(t, before)
			for _, stop := range stops {
				stop()
			}
			for _, r := range []struct {
				name string
				*reader
			}{{"honest", quick}, {fmt.Sprintf("floor of %d s", floor), slow}} {
				t.Logf("bar: resolver %s: %d requests, %d of them away, %d failed", r.name, r.asked.Load(), r.away.Load(), r.failed.Load())
				if r.failed.Load() > 0 || r.away.Load() == 0 {
					t.Errorf("%d of %d requests failed, %d were away: %s", r.failed.Load(), r.asked.Load(), r.away.Load(), r.first)
				}
			}
		})
	}
}

// With the copy pushed ahead an evacuation moves a name.
func TestASwitchTakesLessThanASecond(t *testing.T) {
	s := newStage(t)
	f := newFlight(t, s, 30, startBIND)
	trip := f.spec(s.subfolder(t, "state"))
	trip.run(t)
	trip.Back, trip.KeepBytes = true, true
	trip.run(t)
	trip.Back = false
	began := time.Now()
	trip.run(t)
	took := time.Since(began)
	f.expectAway(t)
	t.Logf("bar: from the decision to the authority serving the new address %v, at most 10 s", took)
	if took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

// What can go wrong on the way out leaves the names at home; what was wrong can
// be mended and the same process goes on.
func TestAnEvacuationThatCannotSucceedMovesNoName(t *testing.T) {
	s := newStage(t)
	f := newFlight(t, s, 3, startBIND)
	before := f.records(t)
	for _, c := range []struct {
		name  string
		wrong func(*tripSpec) (mend func())
		says  string
	}{
		{"a wrong key", func(p *tripSpec) func() {
			p.Zone.Key = "d3Jvbmcga2V5"
			return func() { p.Zone.Key = "" }
		}, "refused"},
		{"a refuge that corrupts a body", func(p *tripSpec) func() {
			return f.between(t, p, func(r *http.Response) { r.Body = http.NoBody; r.Header.Del("Content-Length"); r.ContentLength = 0 })
		}, "does not answer as the site does"},
		{"a refuge that drops a header", func(p *tripSpec) func() {
			return f.between(t, p, func(r *http.Response) { r.Header.Del("Cache-Control") })
		}, "does not answer as the site does"},
		{"a store that is down", func(p *tripSpec) func() {
			endpoint := p.Refuge.Endpoint
			p.Refuge.Endpoint = "http://127.0.0.1:1"
			p.Patience = 2 * time.Second // it would be tried for 45 seconds
			return func() { p.Refuge.Endpoint = endpoint }
		}, "push to bucket"},
		{"a disk that is full at the refuge", func(p *tripSpec) func() { return f.fillDisk(t) }, "push to bucket"},
		{"a connection that is cut in the middle of a push", func(p *tripSpec) func() {
			endpoint := p.Refuge.Endpoint
			p.Refuge.Endpoint, p.Patience = cutting(t, endpoint, 100_000), 3*time.Second
			return func() { p.Refuge.Endpoint = endpoint }
		}, "push to bucket"},
		{"an authority that is dead", func(p *tripSpec) func() {
			server := p.Zone.Server
			p.Zone.Server = "127.0.0.1:1"
			return func() { p.Zone.Server = server }
		}, "look at the records"},
		{"an authority that does not answer", func(p *tripSpec) func() {
			_ = f.process.cmd.Process.Signal(syscall.SIGSTOP)
			p.Patience = time.Second
			return func() { _ = f.process.cmd.Process.Signal(syscall.SIGCONT) }
		}, "look at the records"},
	} {
		t.Run(c.name, func(t *testing.T) {
			trip := f.spec(s.subfolder(t, "state"))
			mend := c.wrong(&trip)
			words, err := trip.try(t)
			mend()
			trip.Patience = 0
			if err == nil || !strings.Contains(words, c.says) {
				t.Errorf("said %q, want %q", words, c.says)
			}
			if now := f.records(t); now != before {
				t.Fatalf("the records were changed:\n%s", now)
			}
			trip.run(t)
			f.expectAway(t)
			trip.Back = true
			trip.run(t)
			f.expectHome(t, before)
		})
	}
}

// fillDisk fills the disk that the store keeps its bucket on.
func (f *flight) fillDisk(t *testing.T) (mend func()) {
	if exec.Command("mountpoint", "-q", f.disk).Run() != nil {
		t.Skip("a disk that can be filled needs root")
	}
	ballast := filepath.Join(f.disk, "ballast")
	out, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	for block := make([]byte, 4096); err == nil; {
		_, err = out.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("fill the disk: %v", err)
	}
	return func() {
		if err := os.Remove(ballast); err != nil {
			t.Error(err)
		}
	}
}

// cutting is a way to an endpoint on which every connection breaks after some bytes.
func cutting(t *testing.T, endpoint string, after int64) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var left atomic.Int64
	left.Store(after)
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			go cutAfter(in, strings.TrimPrefix(endpoint, "http://"), &left)
		}
	}()
	return "http://" + l.Addr().String()
}

func cutAfter(in net.Conn, to string, left *atomic.Int64) {
	defer in.Close()
	out, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer out.Close()
	go func() { _, _ = io.Copy(in, out) }() // ends when either is closed
	buffer := make([]byte, 4096)
	for left.Load() > 0 {
		n, err := in.Read(buffer)
		left.Add(int64(-n))
		if _, failed := out.Write(buffer[:n]); err != nil || failed != nil {
			return
		}
	}
}

// The authority goes on saying what it said: the names have been moved, which
// is told, and the next run sees them there.
func TestAnAuthorityThatLagsIsWaitedForAndTold(t *testing.T) {
	s := newStage(t)
	f := newFlight(t, s, 3, startBIND)
	stale := startBIND(t, s, homeAddress)
	before := f.records(t)
	trip := f.spec(s.subfolder(t, "state"))
	trip.Authority, trip.Seen = stale.address, time.Second
	if words, err := trip.try(t); err == nil || !strings.Contains(words, "not visible in time") {
		t.Errorf("said %q, %v", words, err)
	}
	f.expectAway(t)
	trip.Authority = f.address
	trip.run(t)
	trip.Back = true
	trip.run(t)
	f.expectHome(t, before)
}

// between puts a proxy before the refuge that changes pictures' answers.
func (f *flight) between(t *testing.T, p *tripSpec, change func(*http.Response)) (mend func()) {
	target, err := url.Parse(f.s3.Base)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host },
		ModifyResponse: func(r *http.Response) error {
			if strings.HasPrefix(r.Header.Get("Content-Type"), "image/") {
				change(r)
			}
			return nil
		},
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	base := p.Refuge.Base
	p.Refuge.Base = server.URL
	return func() { p.Refuge.Base = base }
}

// Somebody else changes the records while the site is away: it is shown, not
// touched, and when it is taken back the site comes home.
func TestRecordsOfSomebodyElseStopTheReturn(t *testing.T) {
	for _, authority := range authorities {
		t.Run(authority.name, func(t *testing.T) {
			s := newStage(t)
			f := newFlight(t, s, 3, authority.start)
			before := f.records(t)
			trip := f.spec(s.subfolder(t, "state"))
			trip.run(t)
			f.expectAway(t)
			mine := dns.Set{Name: flownZone, Type: "A", TTL: 1, Data: []string{refugeAddress}}
			foreign := dns.Change{Before: []dns.Set{mine}, After: []dns.Set{{Name: flownZone, Type: "A", TTL: 9, Data: []string{"127.0.0.9"}}}}
			if err := f.zone.Apply(t.Context(), foreign); err != nil {
				t.Fatal(err)
			}
			changed := f.records(t)
			trip.Back = true
			words, err := trip.try(t)
			if err == nil || !strings.Contains(words, "127.0.0.9") || !strings.Contains(words, refugeAddress) {
				t.Errorf("said %q, want both addresses", words)
			}
			if now := f.records(t); now != changed {
				t.Fatalf("the records of somebody else were changed:\n%s", now)
			}
			if f.s3.holds(t) == 0 {
				t.Fatal("the refuge was left though names may lead there")
			}
			if err := f.zone.Apply(t.Context(), foreign.Undo()); err != nil {
				t.Fatal(err)
			}
			trip.run(t)
			f.expectHome(t, before)
		})
	}
}

// The answer to a change is lost after it took effect: the world is looked at.
func TestAChangeWhoseAnswerIsLostIsNoFailure(t *testing.T) {
	s := newStage(t)
	f := newFlight(t, s, 3, startBIND)
	before := f.records(t)
	trip := f.spec(s.subfolder(t, "state"))
	trip.Zone.Server = dnstest.DNS(t, trip.Zone.Server, dnstest.Fault{Lose: true})
	trip.run(t)
	f.expectAway(t)
	trip.Back = true
	trip.run(t)
	f.expectHome(t, before)
}

// Nothing that an evacuation writes holds a secret.
func TestNoSecretIsInAJournal(t *testing.T) {
	s := newStage(t)
	f := newFlight(t, s, 3, startPowerDNS)
	trip := f.spec(s.subfolder(t, "state"))
	trip.run(t)
	trip.Back = true
	trip.run(t)
	files, err := filepath.Glob(filepath.Join(trip.State, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no journal: %v, %v", files, err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		expectNoSecret(t, file, string(raw))
	}
}
