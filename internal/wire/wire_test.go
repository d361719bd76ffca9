package wire

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// A source is a connection that brings what it was given, and no more than
// step bytes at a time.
type source struct {
	net.Conn
	from io.Reader
	step int
}

func (s *source) Read(p []byte) (int, error) { return s.from.Read(p[:min(len(p), s.step)]) }

func (s *source) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)} }

// record is a TLS record of so many bytes inside.
func record(size int) []byte {
	return append([]byte{23, 3, 3, byte(size >> 8), byte(size)}, bytes.Repeat([]byte{7}, size)...)
}

func TestARecordIsHandedOutAlone(t *testing.T) {
	all := bytes.Join([][]byte{record(100), record(0), record(5000)}, nil)
	for _, step := range []int{1, 3, 7, 1 << 20} {
		w := &Conn{Conn: &source{from: bytes.NewReader(all), step: step}, Secure: true}
		p := make([]byte, 1<<20)
		for _, end := range []int64{105, 110, 5115} {
			for w.in < end {
				if _, err := w.Read(p); err != nil {
					t.Fatal(err)
				}
			}
			if w.in != end {
				t.Errorf("in steps of %d: %d bytes were handed out, the record ends at %d", step, w.in, end)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(append(record(3), record(300)...), 2)
	f.Add([]byte{23, 3, 3}, 1)
	f.Add([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"), 5)
	f.Fuzz(func(t *testing.T, data []byte, step int) {
		w := &Conn{Conn: &source{from: bytes.NewReader(data), step: max(1, step)}, Secure: true, handed: true}
		got, err := io.ReadAll(w)
		if err != nil || !bytes.Equal(got, data) || w.in != int64(len(data)) {
			t.Errorf("of %d bytes %d came, %d were counted: %v", len(data), len(got), w.in, err)
		}
		if toll := w.Toll(); toll.Sent < 0 || toll.TLS < 0 || toll.Sent+toll.TLS != w.in {
			t.Errorf("the toll of %d bytes is %+v", w.in, toll)
		}
	})
}

func TestPacketsAreReckonedFromBytes(t *testing.T) {
	at := &source{}
	for _, c := range []struct {
		name     string
		in, asks int64
		secure   bool
		want     int64
	}{
		{"nothing: the answer to the first packet and the last one", 0, 0, false, 2*52 + 8},
		{"one packet, and a confirmation of the request", 1000, 1, false, 4*52 + 8},
		{"a full packet is one", 1448, 1, false, 4*52 + 8},
		{"a byte more is two", 1449, 1, false, 5*52 + 8},
		{"the handshake has two confirmations", 1000, 1, true, 6*52 + 8},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &Conn{Conn: at, Secure: c.secure, in: c.in, requests: c.asks}
			if got := w.network(); got != c.want {
				t.Errorf("%d bytes of TCP and IP, want %d", got, c.want)
			}
		})
	}
}

// ask gets one address of a server on loopback.
func ask(t *testing.T, h http.Handler, secure bool) (*Client, *Answer) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = true
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := NewClient(true, "")
	t.Cleanup(c.Close)
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	a, err := c.Get(ctx, Question{URL: u, Accept: AcceptPage})
	if err != nil {
		t.Fatal(err)
	}
	return c, a
}

func TestATicketIsNoPartOfThePage(t *testing.T) {
	const body = 5000
	c, a := ask(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(bytes.Repeat([]byte("x"), body))
	}), true)
	toll := c.Conns()[0].Toll()
	hand, tickets := a.Conn.Shaken()
	if a.Sent != body || tickets < 60 || tickets > 400 || hand < 1500 || toll.TLS < hand+tickets || toll.TLS > hand+tickets+10*Around13 {
		t.Errorf("body %d, handshake %d, tickets %d, %+v", a.Sent, hand, tickets, toll)
	}
	if toll.Heads < 30 || toll.Heads > 400 {
		t.Errorf("the head of the answer and its frames are %d bytes", toll.Heads)
	}
	if a.Conn.State.Version != tls.VersionTLS13 || a.Proto != "HTTP/2.0" {
		t.Errorf("spoken is %s over %s", a.Proto, tls.VersionName(a.Conn.State.Version))
	}
}

func TestABodyIsCountedAsItCameAndReadAsItWas(t *testing.T) {
	for _, c := range []struct {
		name, coding, sent, want string
		failed                   bool
	}{
		{"as it is", "", "Hello", "Hello", false},
		{"identity", "identity", "Hello", "Hello", false},
		{"gzip", "gzip", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xf2H\xcd\xc9\xc9\x07\x00\x00\x00\xff\xff\x01\x00\x00\xff\xff\x82\x89\xd1\xf7\x05\x00\x00\x00", "Hello", false},
		{"brotli", "br", "\x0b\x02\x80Hello\x03", "Hello", false},
		{"gzip that is none", "gzip", "Hello", "", true},
		{"a coding of tomorrow", "zip2", "Hello", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, a := ask(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if c.coding != "" {
					w.Header().Set("Content-Encoding", c.coding)
				}
				_, _ = w.Write([]byte(c.sent))
			}), false)
			if string(a.Body) != c.want || a.Sent != int64(len(c.sent)) || (a.Failure != nil) != c.failed {
				t.Errorf("%d bytes are %q, %v", a.Sent, a.Body, a.Failure)
			}
		})
	}
}

func TestCodingsAreAskedForAsBrowsersDo(t *testing.T) {
	for _, c := range []struct{ name, url, want string }{
		{"more by TLS", "https://a.example/", "br, zstd"},
		{"less without", "http://a.example/", "gzip, deflate"},
		{"more on this machine", "http://127.0.0.1:80/", "br, zstd"},
		{"more on this machine by name", "http://localhost/", "br, zstd"},
	} {
		t.Run(c.name, func(t *testing.T) {
			u, _ := url.Parse(c.url)
			if got := codingsFor(u); !strings.HasSuffix(got, c.want) {
				t.Errorf("asks for %q, want %q", got, c.want)
			}
		})
	}
}
