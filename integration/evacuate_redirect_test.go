package integration

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A straggler comes home although the names lead elsewhere, as readers do whose
// resolvers keep old records. Each is another neighbour.
type straggler struct {
	reader
	f    *flight
	next atomic.Int64
}

// comes home once, by a browser that follows or not, and returns the last answer.
func (r *straggler) comes(follow bool) *http.Response {
	from := &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+r.next.Add(1)%200))}
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if strings.HasPrefix(address, s3Host) {
				address = fmt.Sprintf("%s:%d", homeAddress, r.f.port)
			}
			return (&net.Dialer{LocalAddr: from}).DialContext(ctx, network, address)
		},
	}}
	if !follow {
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	ask, err := http.NewRequest(http.MethodGet, r.f.site+"/", nil)
	if err != nil {
		panic(err)
	}
	ask.Header.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0")
	ask.Header.Set("Accept-Language", "en")
	r.asked.Add(1)
	answer, err := client.Do(ask)
	if err != nil {
		r.fail(err.Error())
		return &http.Response{Header: http.Header{}}
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || follow && (answer.StatusCode != http.StatusOK || len(body) < 500) {
		r.fail(fmt.Sprintf("%s answers %d with %d bytes, %v", answer.Request.URL, answer.StatusCode, len(body), err))
	}
	if follow && answer.Request.URL.Host != fmt.Sprintf("%s:%d", s3Host, r.f.port) {
		r.away.Add(1)
	}
	return answer
}

// keeps coming, one after the other, until it is stopped.
func (r *straggler) keeps(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			r.comes(true)
			time.Sleep(20 * time.Millisecond)
		}
	})
	return func() { cancel(); wg.Wait() }
}

// A CDN stands before the refuge under an address of its own, and may be slow.
func slowCDN(t *testing.T, f *flight) (address string, slow *atomic.Bool) {
	target, err := url.Parse(f.base())
	if err != nil {
		t.Fatal(err)
	}
	slow = &atomic.Bool{}
	server := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = s3Host },
		ModifyResponse: func(*http.Response) error {
			if slow.Load() {
				time.Sleep(6 * time.Second) // longer than home waits when it looks
			}
			return nil
		},
		ErrorLog: log.New(io.Discard, "", 0),
	})
	t.Cleanup(server.Close)
	return server.URL, slow
}

// While the site is away, people who still come home are sent on, as long as
// where they are sent answers; after the return home warms by tenths. Nobody
// fails.
func TestStragglersAreSentOnWhileThatLeadsSomewhere(t *testing.T) {
	s := newStage(t)
	f := newFlight(t, s, 3, startBIND, asylum{ready: bucketAsylum.ready, light: true})
	before := f.records(t)
	cdn, slow := slowCDN(t, f)
	f.home.stop()
	state, conf := s.subfolder(t, "state"), filepath.Join(s.subfolder(t, "conf"), "conf.toml")
	writeFile(t, conf, fmt.Sprintf("[evacuate]\nredirect = %q\n", cdn))
	f.home = s.start(t, filepath.Join(state, "up.log"), exec.Command(buzzproof(t), "up", f.store, "-c", conf, "--state", state,
		"--listen", fmt.Sprintf("%s:%d", homeAddress, f.port), "--lighten=false", "--uplink", "none", "--ban", "0", "--quiet"))
	r := &straggler{f: f}
	waitUntil(t, f.home, 20*time.Second, "up", func() bool { return strings.Contains(tail(f.home.log), "ready ") })
	if got := r.comes(false); got.StatusCode != http.StatusOK || got.Header.Get("Buzzproof-Rung") != "full" {
		t.Fatalf("at home somebody gets %v, %v", got.Status, got.Header)
	}
	stop := r.keeps(t)
	trip := f.spec(filepath.Join(state, "evacuate"))
	trip.run(t)
	sent := func() bool { return r.comes(false).StatusCode == http.StatusFound }
	waitUntil(t, f.home, 20*time.Second, "stragglers are sent on", sent)
	slow.Store(true)
	waitUntil(t, f.home, 40*time.Second, "stragglers are kept", func() bool { return !sent() })
	if got := r.comes(false).Header.Get("Buzzproof-Rung"); got != "lite" {
		t.Errorf("home answers stragglers with %q, want lite", got)
	}
	trip.Back = true // while each look takes until it is given up
	trip.run(t)
	waitUntil(t, f.home, 20*time.Second, "home warms", func() bool { return r.comes(false).Header.Get("Buzzproof-Rung") == "full" })
	full := 0
	for range 100 {
		if r.comes(true).Header.Get("Buzzproof-Rung") == "full" {
			full++
		}
	}
	if full == 0 || full > 60 { // a tenth; a busy machine may be two or three steps on
		t.Errorf("just after the return %d of 100 get full pages, want about 10", full)
	}
	stop()
	f.expectHome(t, before)
	t.Logf("bar: %d requests of stragglers, %d of them answered by the refuge, %d failed; %d of 100 get full pages just after the return",
		r.asked.Load(), r.away.Load(), r.failed.Load(), full)
	r.expectNone(t)
}
