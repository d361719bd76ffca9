package serve

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"buzzproof/internal/line"
	"buzzproof/internal/snapshot"
)

// soakFor is how long the crowd of the soak keeps coming; BUZZPROOF_SOAK makes
// it longer.
func soakFor(t *testing.T) time.Duration {
	if given := os.Getenv("BUZZPROOF_SOAK"); given != "" {
		d, err := time.ParseDuration(given)
		check(t, err)
		return d
	}
	return 6 * time.Second
}

// A crowd of every bad habit comes through a line of 2 Mbit/s, and leaves. Then
// nothing of it is left, and the next visitor is served at once.
func TestNothingIsLeftOfACrowd(t *testing.T) {
	if testing.Short() {
		t.Skip("takes eight seconds")
	}
	l := line.New(line.Config{Rate: 2e6 / 8, Handshake: line.HandshakeBytes, Shared: func(netip.Addr) bool { return true }})
	big := file{snapshot.Entry{URL: "/big.mp4", File: "big.mp4", Type: "video/mp4"}, strings.Repeat(noise, 20<<20/len(noise))}
	s := New(siteOf(t, t.TempDir(), testManifest(), append(testFiles[:len(testFiles):len(testFiles)], big), &missing),
		Config{Log: quiet, Line: l, Stall: time.Second})
	t.Cleanup(s.Close)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = l.Run(ctx) })
	defer running.Wait()
	defer stop()
	secure, err := SelfSigned("localhost", t.TempDir(), quiet)
	check(t, err)
	address, _ := start(t, s, secure)
	v := &rabble{address: address, secure: trust(t, secure)}
	v.load(t, true, "/") // whatever is made once is made
	goroutines, heap := settled()

	v.come(t, soakFor(t))

	eventually(t, "everybody has left", func() bool { return runtime.NumGoroutine() <= goroutines+2 })
	if now, grown := settled(); grown > heap+8<<20 {
		t.Errorf("%d goroutines and %d KB are left, there were %d and %d", now, grown>>10, goroutines, heap>>10)
	}
	eventually(t, "the line reckons with nothing more", func() bool {
		load := l.Load()
		return load.Promised == 0 && load.Assets == 0
	})
	before, began := v.whole.Load(), time.Now()
	v.load(t, true, "/")
	if v.whole.Load() != before+1 {
		t.Errorf("the next visitor was not served: %v", time.Since(began))
	}
	t.Logf("%d visits, %d of them whole; line: %+v", v.came.Load(), v.whole.Load(), l.Load())
}

// settled is how many goroutines and bytes there are once garbage is gone.
func settled() (goroutines int, heap uint64) {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return runtime.NumGoroutine(), m.HeapAlloc
}

// rabble are visitors of every kind.
type rabble struct {
	address     string
	secure      *tls.Config
	came, whole atomic.Int64
}

// come lets visitors come, 64 at a time, for so long.
func (v *rabble) come(t *testing.T, d time.Duration) {
	habits := []func(*testing.T){
		func(t *testing.T) { v.load(t, true, "/", "/style.css") },
		func(t *testing.T) { v.load(t, false, "/post/", "/photo.jpg") },
		v.resetsStreams, v.neverReads, v.halfCloses, v.saysHalfAHello, v.leavesAtOnce,
	}
	ctx, stop := context.WithTimeout(t.Context(), d)
	defer stop()
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for ctx.Err() == nil {
				habits[rand.IntN(len(habits))](t)
				v.came.Add(1)
			}
		})
	}
	all.Wait()
}

// load loads a page and its parts over a connection of its own.
func (v *rabble) load(t *testing.T, http2 bool, targets ...string) {
	var protocols http.Protocols
	protocols.SetHTTP1(!http2)
	protocols.SetHTTP2(http2)
	transport := &http.Transport{TLSClientConfig: v.secure.Clone(), Protocols: &protocols, IdleConnTimeout: time.Second}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 5 * time.Second}
	for _, target := range targets {
		resp, err := client.Get("https://" + v.address + target)
		if err != nil {
			return // refused, or tired of waiting
		}
		_, err = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close() // read to its end
		if err == nil && resp.StatusCode == http.StatusOK {
			v.whole.Add(1)
		}
	}
}

// resetsStreams leaves in the middle of many answers at once.
func (v *rabble) resetsStreams(t *testing.T) {
	var protocols http.Protocols
	protocols.SetHTTP2(true)
	transport := &http.Transport{TLSClientConfig: v.secure.Clone(), Protocols: &protocols, IdleConnTimeout: time.Second}
	defer transport.CloseIdleConnections()
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			target := []string{"/", "/big.mp4", "/feed/"}[i%3]
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+v.address+target, nil)
			if err != nil {
				t.Error(err)
				return
			}
			if resp, err := transport.RoundTrip(r); err == nil {
				_, _ = io.CopyN(io.Discard, resp.Body, 10_000)
				_ = resp.Body.Close()
			}
		})
	}
	all.Wait()
}

// asks connects and asks by hand; it is nil for who was refused.
func (v *rabble) asks(target string) *tls.Conn {
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: time.Second, Deadline: time.Now().Add(time.Second)}, "tcp", v.address, v.secure.Clone())
	if err != nil {
		return nil
	}
	_, _ = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", target)
	return conn
}

func (v *rabble) neverReads(t *testing.T) {
	if conn := v.asks("/big.mp4"); conn != nil {
		defer conn.Close()
		wait(t, 2500*time.Millisecond)
	}
}

func (v *rabble) halfCloses(t *testing.T) {
	if conn := v.asks("/photo.jpg"); conn != nil {
		defer conn.Close()
		_ = conn.CloseWrite()
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		_, _ = io.Copy(io.Discard, conn)
	}
}

func (v *rabble) leavesAtOnce(*testing.T) {
	if conn := v.asks("/"); conn != nil {
		if raw, ok := conn.NetConn().(*net.TCPConn); ok {
			_ = raw.SetLinger(0)
		}
		_ = conn.NetConn().Close()
	}
}

func (v *rabble) saysHalfAHello(t *testing.T) {
	conn, err := net.Dial("tcp", v.address)
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
	wait(t, 200*time.Millisecond)
}

// wait holds a connection for a while.
func wait(t *testing.T, d time.Duration) {
	ctx, stop := context.WithTimeout(t.Context(), d)
	defer stop()
	<-ctx.Done()
}
