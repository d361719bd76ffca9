package integration

import (
	"errors"
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

	"buzzproof/internal/dns/dnstest"
)

// What can go wrong on the way out leaves the names at home; what was wrong can
// be mended and the same process goes on.
func TestAnEvacuationThatCannotSucceedMovesNoName(t *testing.T) {
	for _, refuge := range asylums {
		t.Run(refuge.name, func(t *testing.T) {
			s := newStage(t)
			f := newFlight(t, s, 3, startBIND, refuge)
			before := f.records(t)
			for _, c := range badDays {
				t.Run(c.name, func(t *testing.T) {
					trip := f.spec(s.subfolder(t, "state"))
					mend := c.wrong(t, f, &trip)
					words, err := trip.try(t)
					mend()
					trip.Patience = 0
					if err == nil || !strings.Contains(words, c.says) {
						t.Errorf("said %q, want %q", words, c.says)
					}
					if now := f.records(t); now != before {
						t.Fatalf("the records were changed:\n%s", now)
					}
					began := time.Now()
					trip.run(t)
					f.took = max(f.took, time.Since(began))
					f.expectAway(t)
					trip.Back = true
					trip.run(t)
					f.expectHome(t, before)
				})
			}
		})
	}
}

// badDays are what can go wrong before a name is moved. Each returns how it is
// mended.
var badDays = []struct {
	name  string
	wrong func(*testing.T, *flight, *tripSpec) (mend func())
	says  string
}{
	{"a wrong key of the zone", func(_ *testing.T, _ *flight, p *tripSpec) func() {
		p.Zone.Key = "d3Jvbmcga2V5"
		return func() { p.Zone.Key = "" }
	}, "refused"},
	{"a wrong key of the refuge", func(t *testing.T, f *flight, p *tripSpec) func() {
		right := p.Refuge
		p.Refuge.Secret = "planted-wrong"
		if f.host != nil {
			p.Refuge.Identity = filepath.Join(t.TempDir(), "wrong")
			newSSHKey(t, p.Refuge.Identity)
		}
		return func() { p.Refuge = right }
	}, "push to refuge"},
	{"a refuge that corrupts a body", func(t *testing.T, f *flight, p *tripSpec) func() {
		return f.between(t, p, func(r *http.Response) { r.Body = http.NoBody; r.Header.Del("Content-Length"); r.ContentLength = 0 })
	}, "does not answer as the site does"},
	{"a refuge that drops a header", func(t *testing.T, f *flight, p *tripSpec) func() {
		return f.between(t, p, func(r *http.Response) { r.Header.Del("Cache-Control") })
	}, "does not answer as the site does"},
	{"a refuge that is down", func(_ *testing.T, _ *flight, p *tripSpec) func() {
		right := p.Refuge
		p.Refuge.Endpoint = "http://127.0.0.1:1"
		if p.Refuge.Address != "" {
			p.Refuge.Address = "127.0.0.1:1"
		}
		p.Patience = 2 * time.Second // it would be tried for 45 seconds
		return func() { p.Refuge = right }
	}, "push to refuge"},
	{"a disk that is full at the refuge", func(t *testing.T, f *flight, _ *tripSpec) func() { return f.fillDisk(t) }, "push to refuge"},
	{"a connection that is cut in the middle of a push", func(t *testing.T, _ *flight, p *tripSpec) func() {
		right := p.Refuge
		p.Patience = 3 * time.Second
		if p.Refuge.Address != "" {
			p.Refuge.Address = cutting(t, right.Address, 20<<20) // in the middle of the program
		} else {
			p.Refuge.Endpoint = "http://" + cutting(t, strings.TrimPrefix(right.Endpoint, "http://"), 100_000)
		}
		return func() { p.Refuge = right }
	}, "push to refuge"},
	{"an authority that is dead", func(_ *testing.T, _ *flight, p *tripSpec) func() {
		server := p.Zone.Server
		p.Zone.Server = "127.0.0.1:1"
		return func() { p.Zone.Server = server }
	}, "look at the records"},
	{"an authority that does not answer", func(t *testing.T, f *flight, p *tripSpec) func() {
		server := p.Zone.Server
		p.Zone.Server = silent(t)
		p.Patience = 5*time.Second + 2*f.took // it is asked when all else is done
		return func() { p.Zone.Server = server }
	}, "look at the records"},
}

// silent is an address at which everything is taken and nothing answered.
func silent(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	packets, err := net.ListenPacket("udp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(); packets.Close() })
	return l.Addr().String()
}

// fillDisk fills the disk of the refuge.
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

// cutting is a way to a target on which every connection breaks after some bytes.
func cutting(t *testing.T, target string, after int64) string {
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
			go cutAfter(in, target, &left)
		}
	}()
	return l.Addr().String()
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

// between puts a proxy before the refuge that changes pictures' answers.
func (f *flight) between(t *testing.T, p *tripSpec, change func(*http.Response)) (mend func()) {
	target, err := url.Parse(f.base())
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
	p.Asked = server.URL
	return func() { p.Asked = "" }
}

// The authority goes on saying what it said: the names have been moved, which
// is told, and the next run sees them there.
func TestAnAuthorityThatLagsIsWaitedForAndTold(t *testing.T) {
	s := newStage(t)
	f := newFlight(t, s, 3, startBIND, bucketAsylum)
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

// The answer to a change is lost after it took effect, or takes its time: the
// world is looked at.
func TestAChangeWhoseAnswerIsLostOrLateIsNoFailure(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault dnstest.Fault
	}{
		{"lost", dnstest.Fault{Lose: true}},
		{"late", dnstest.Fault{Before: func() { time.Sleep(4 * time.Second) }}}, // what is slow is the peer
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t)
			f := newFlight(t, s, 3, startBIND, bucketAsylum)
			before := f.records(t)
			trip := f.spec(s.subfolder(t, "state"))
			trip.Zone.Server = dnstest.DNS(t, trip.Zone.Server, c.fault)
			trip.run(t)
			f.expectAway(t)
			trip.Back = true
			trip.run(t)
			f.expectHome(t, before)
		})
	}
}
