package serve

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/snapshot"
)

// bigSite has a file too large for any socket buffer.
func bigSite(t testing.TB, c Config) *Server {
	t.Helper()
	c.Log = quiet
	big := strings.Repeat("0123456789abcdef", 32<<20/16)
	files := append(testFiles[:len(testFiles):len(testFiles)], file{snapshot.Entry{URL: "/big.mp4", File: "big.mp4", Type: "video/mp4"}, big})
	s := New(siteOf(t, t.TempDir(), testManifest(), files, &missing), c)
	t.Cleanup(s.Close)
	return s
}

func TestAReaderWhoDoesNotReadIsCutOff(t *testing.T) {
	s := bigSite(t, Config{Stall: 300 * time.Millisecond})
	address, _ := start(t, s, nil)
	conn := dial(t, address)
	_, err := io.WriteString(conn, "GET /big.mp4 HTTP/1.1\r\nHost: me\r\n\r\n")
	check(t, err)
	_, err = conn.Read(make([]byte, 1)) // the answer has begun; its request holds the snapshot
	check(t, err)
	eventually(t, "a reader who reads nothing is cut off", func() bool { return s.current.Load().users.Load() == 1 })
}

func TestASlowReaderWhoReadsGetsEverything(t *testing.T) {
	s := bigSite(t, Config{Stall: 500 * time.Millisecond})
	address, _ := start(t, s, nil)
	conn := dial(t, address)
	_, err := io.WriteString(conn, "GET /big.mp4 HTTP/1.1\r\nHost: me\r\nConnection: close\r\n\r\n")
	check(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	check(t, err)
	// 32 MB in steps of 1 MB with a rest of 30 ms between them: about twice
	// the time of one stall in all, never half of it without progress.
	var got int64
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for {
		n, err := io.CopyN(io.Discard, resp.Body, 1<<20)
		got += n
		if err == io.EOF {
			break
		}
		check(t, err)
		<-tick.C
	}
	if got != 32<<20 {
		t.Errorf("got %d bytes, want all %d", got, 32<<20)
	}
}

func TestWhoHoldsConnectionsMakesRoom(t *testing.T) {
	s := testServer(t)
	s.config.Connections = 8
	address, _ := start(t, s, nil)
	var held []net.Conn
	for range 3 * s.config.Connections { // each sends half a header and waits
		conn := dial(t, address)
		_, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: me\r\nX-Slow: ")
		check(t, err)
		held = append(held, conn)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: headerWait / 2}
	for range 20 {
		resp := get(t, client, "http://"+address+"/")
		if resp.StatusCode != 200 || bodyOf(t, resp) != article {
			t.Fatalf("status %d among slow clients, want 200", resp.StatusCode)
		}
	}
	if _, err := held[0].Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the oldest of those who only hold connections was not closed: %v", err)
	}
}

func TestWhoIsBeingAnsweredIsNotSentAway(t *testing.T) {
	s := bigSite(t, Config{Connections: 2})
	address, _ := start(t, s, nil)
	var readers []*bufio.Reader
	for range 2 {
		conn := dial(t, address)
		_, err := io.WriteString(conn, "GET /big.mp4 HTTP/1.1\r\nHost: me\r\n\r\n")
		check(t, err)
		r := bufio.NewReader(conn)
		_, err = r.Peek(1) // the answer is on its way
		check(t, err)
		readers = append(readers, r)
	}
	third := dial(t, address)
	_, err := io.WriteString(third, "GET / HTTP/1.1\r\nHost: me\r\n\r\n")
	check(t, err)
	for _, r := range readers {
		resp, err := http.ReadResponse(r, nil)
		check(t, err)
		if n, err := io.Copy(io.Discard, resp.Body); n != 32<<20 || err != nil {
			t.Errorf("a running answer ended after %d bytes: %v", n, err)
		}
	}
	// Both are idle now; one of them makes room.
	resp, err := http.ReadResponse(bufio.NewReader(third), nil)
	check(t, err)
	if resp.StatusCode != 200 {
		t.Errorf("the one who waited got status %d, want 200", resp.StatusCode)
	}
}

func TestWhoSendsABodyDropByDropIsCutOff(t *testing.T) {
	s := testServer(t)
	s.config.Stall = 300 * time.Millisecond
	for _, d := range doors(t, s) {
		t.Run(d.name, func(t *testing.T) {
			conn := dial(t, d.address)
			_, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: me\r\nContent-Length: 1000\r\n\r\nx=")
			check(t, err)
			if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("a connection is held by a body that does not come")
			}
		})
	}
}

func TestALongAnswerDoesNotSpoilTheConnection(t *testing.T) {
	s := bigSite(t, Config{Stall: 200 * time.Millisecond})
	address, _ := start(t, s, nil)
	conn := dial(t, address)
	r := bufio.NewReader(conn)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for _, target := range []string{"/big.mp4", "/post/"} {
		_, err := io.WriteString(conn, "GET "+target+" HTTP/1.1\r\nHost: me\r\n\r\n")
		check(t, err)
		resp, err := http.ReadResponse(r, nil)
		check(t, err)
		for err == nil {
			<-tick.C
			_, err = io.CopyN(io.Discard, resp.Body, 2<<20)
		}
		if resp.StatusCode != 200 || err != io.EOF {
			t.Errorf("%s: status %d, then %v", target, resp.StatusCode, err)
		}
	}
}

func TestWhoSendsAFileHearsTheRefusal(t *testing.T) {
	address, _ := start(t, testServer(t), nil)
	conn := dial(t, address)
	sent := make(chan struct{})
	go func() { // more than any server reads to get past it
		defer close(sent)
		_, _ = io.WriteString(conn, "POST /upload HTTP/1.1\r\nHost: me\r\nContent-Length: 4194304\r\n\r\n"+strings.Repeat("x", 4<<20))
	}()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	check(t, err)
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("status %d, want 405", resp.StatusCode)
	}
	<-sent
}

func TestNoRequestHidesBehindABodyOfTwoLengths(t *testing.T) {
	for _, d := range doors(t, testServer(t)) {
		t.Run(d.name, func(t *testing.T) {
			conn := dial(t, d.address)
			_, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: me\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"+
				"GET / HTTP/1.1\r\nHost: me\r\n\r\n")
			check(t, err)
			r := bufio.NewReader(conn)
			resp, err := http.ReadResponse(r, nil)
			check(t, err)
			if resp.StatusCode != d.refusal || !resp.Close {
				t.Errorf("status %d, the connection ends: %v; want %d and an end", resp.StatusCode, resp.Close, d.refusal)
			}
			bodyOf(t, resp)
			if second, err := http.ReadResponse(r, nil); err == nil {
				t.Errorf("another answer: %d", second.StatusCode)
			}
		})
	}
}

// A door is a port that visitors come by, and the status with which a form that
// is sent there is answered.
type door struct {
	name, address string
	refusal       int
}

// doors opens a port of each kind: the site's, one whose visitors are answered
// before they reach it, and one that sends them to https.
func doors(t *testing.T, s *Server) []door {
	t.Helper()
	site, _ := start(t, s, nil)
	guarded := New(siteOf(t, t.TempDir(), testManifest(), testFiles, &missing), s.config)
	t.Cleanup(guarded.Close)
	guarded.config.Before = func(http.Handler, func(*http.Request) netip.Addr) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	}
	before, _ := start(t, guarded, nil)
	return []door{
		{"the site", site, http.StatusMethodNotAllowed},
		{"before the site", before, http.StatusForbidden},
		{"on to https", startHTTP(t, s), http.StatusPermanentRedirect},
	}
}
