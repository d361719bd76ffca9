package serve

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"buzzproof/internal/snapshot"
)

// enough is how long anything may take that should happen by itself.
const enough = 20 * time.Second

// start runs s on a free port and returns its address, and a function that
// stops it and waits until it has drained.
func start(t testing.TB, s *Server, secure *tls.Config) (address string, stop func()) {
	t.Helper()
	return startOn(t, func(ctx context.Context, l net.Listener) error { return s.Run(ctx, l, secure) })
}

// startHTTP sends the visitors of a free port on to https.
func startHTTP(t testing.TB, s *Server) (address string) {
	t.Helper()
	address, _ = startOn(t, func(ctx context.Context, l net.Listener) error { return s.RunHTTP(ctx, l, "me.example:8443", nil) })
	return address
}

func startOn(t testing.TB, run func(context.Context, net.Listener) error) (address string, stop func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- run(ctx, l) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("run: %v", err)
			}
		case <-time.After(enough):
			t.Error("the server does not stop")
		}
	})
	t.Cleanup(stop)
	return l.Addr().String(), stop
}

// eventually waits until done, which is not told to anybody, has happened.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(enough); !done(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func dial(t testing.TB, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	check(t, err)
	check(t, conn.SetDeadline(time.Now().Add(enough)))
	t.Cleanup(func() { conn.Close() })
	return conn
}

func get(t testing.TB, client *http.Client, url string) *http.Response {
	t.Helper()
	resp, err := client.Get(url)
	check(t, err)
	return resp
}

func TestSwapUnderLoad(t *testing.T) {
	const visitors, visits, swaps = 4, 800, 40
	dirs := [2]string{t.TempDir(), t.TempDir()}
	for i, dir := range dirs {
		files := []file{{snapshot.Entry{URL: "/", File: "index.html", Type: "text/html", Page: true}, article + fmt.Sprint(i)}}
		check(t, siteOf(t, dir, testManifest(), files, &missing).Close())
	}
	open := func(i int) *snapshot.Snapshot {
		s, err := snapshot.Open(dirs[i%2])
		check(t, err)
		return s
	}
	first := open(0)
	s := New(first, Config{Log: quiet, Memory: 1 << 16}) // small: loads go on under the swaps
	defer s.Close()
	address, _ := start(t, s, nil)
	var failed, served atomic.Int64
	var crowd sync.WaitGroup
	for range visitors {
		crowd.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for range visits {
				resp, err := client.Get("http://" + address + "/")
				if err != nil || resp.StatusCode != 200 || !strings.HasPrefix(bodyOf(t, resp), article) {
					failed.Add(1)
				}
				served.Add(1)
			}
		})
	}
	for i := range swaps {
		eventually(t, "visits between the swaps", func() bool { return served.Load() >= int64(i*visitors*visits/swaps) })
		s.Swap(open(i + 1))
	}
	crowd.Wait()
	if n := failed.Load(); n > 0 {
		t.Errorf("%d of %d requests failed over %d swaps", n, served.Load(), swaps)
	}
	if _, err := first.File(&first.Manifest.Entries[0]); err == nil {
		t.Error("a snapshot that nobody uses is still open")
	}
}

func TestARunningRequestKeepsItsSnapshot(t *testing.T) {
	s := testServer(t)
	old := s.acquire()
	s.Swap(siteOf(t, t.TempDir(), testManifest(), testFiles, nil))
	if _, err := old.File(&old.Manifest.Entries[0]); err != nil {
		t.Errorf("the old snapshot closed under a running request: %v", err)
	}
	old.release()
	if _, err := old.File(&old.Manifest.Entries[0]); err == nil {
		t.Error("the old snapshot stays open after its last request")
	}
}

func TestStoppingLetsAnswersEnd(t *testing.T) {
	s := bigSite(t, Config{})
	address, stop := start(t, s, nil)
	conn := dial(t, address)
	_, err := io.WriteString(conn, "GET /big.mp4 HTTP/1.1\r\nHost: me\r\n\r\n")
	check(t, err)
	r := bufio.NewReader(conn)
	_, err = r.Peek(1)
	check(t, err)
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	eventually(t, "nobody new is let in", func() bool {
		late, err := net.Dial("tcp", address)
		if err == nil {
			late.Close()
		}
		return err != nil
	})
	resp, err := http.ReadResponse(r, nil)
	check(t, err)
	if n, err := io.Copy(io.Discard, resp.Body); n != 32<<20 || err != nil {
		t.Errorf("the running answer ended after %d bytes: %v", n, err)
	}
	<-stopped
}

func TestStoppingDoesNotWaitForEver(t *testing.T) {
	s := bigSite(t, Config{Grace: 50 * time.Millisecond})
	address, stop := start(t, s, nil)
	conn := dial(t, address)
	_, err := io.WriteString(conn, "GET /big.mp4 HTTP/1.1\r\nHost: me\r\n\r\n")
	check(t, err)
	_, err = conn.Read(make([]byte, 1))
	check(t, err)
	stop() // fails the test when it takes too long
}

func TestHeadersAreBounded(t *testing.T) {
	s := testServer(t)
	address, _ := start(t, s, nil)
	conn := dial(t, address)
	_, err := fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: me\r\nX: %s\r\n\r\n", strings.Repeat("a", 2*headerBytes))
	check(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	check(t, err)
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d, want 431", resp.StatusCode)
	}
}

func TestPROXYNamesTheVisitor(t *testing.T) {
	s := testServer(t)
	s.config.ProxyProtocol = true
	s.config.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	address, _ := start(t, s, nil)
	for _, c := range []struct{ name, header string }{
		{"version 1", "PROXY TCP4 192.0.2.7 192.0.2.1 4711 80\r\n"},
		{"version 2", "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x07\xc0\x00\x02\x01\x12\x67\x00\x50"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := dial(t, address)
			_, err := io.WriteString(conn, c.header+"GET / HTTP/1.1\r\nHost: me\r\nConnection: close\r\n\r\n")
			check(t, err)
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			check(t, err)
			if resp.StatusCode != 200 || bodyOf(t, resp) != article {
				t.Errorf("status %d, want 200 and the page", resp.StatusCode)
			}
		})
	}
	bare := dial(t, address)
	_, err := io.WriteString(bare, "GET / HTTP/1.1\r\nHost: me\r\n\r\n")
	check(t, err)
	if answer, _ := io.ReadAll(bare); strings.Contains(string(answer), " 200 ") {
		t.Error("a connection without a PROXY header was answered")
	}
}

func TestHTTP2WithoutTLSIsNotSpoken(t *testing.T) {
	address, _ := start(t, testServer(t), nil)
	conn := dial(t, address)
	_, err := io.WriteString(conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	check(t, err)
	answer, err := io.ReadAll(conn)
	check(t, err)
	if strings.Contains(string(answer), " 200 ") || !strings.HasPrefix(string(answer), "HTTP/1.1 ") {
		t.Errorf("answered %q, want a refusal in HTTP/1.1", answer)
	}
}
