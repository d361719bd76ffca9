package check

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"time"

	"buzzproof/internal/coding"
)

// Bounds of one visit. A page that needs more is told as it is up to there.
const (
	mostFiles   = 400
	mostBody    = 64 << 20 // of one file, once decoded
	mostBytes   = 256 << 20
	headWait    = 20 * time.Second // for the first byte: a slow CMS renders for long
	fileWait    = time.Minute      // for the last one
	dialWait    = 10 * time.Second
	wholeWait   = 2 * time.Minute
	parallel    = 6 // connections of a browser to one host
	mostHops    = 10
	mostHeader  = 256 << 10
	agent       = "Mozilla/5.0 (compatible; buzzproof check)"
	acceptPage  = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
	acceptImage = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
)

// errTooLarge is for a body over mostBody.
var errTooLarge = errors.New("larger than a browser would bear")

// A client asks as one visitor's browser does and counts what comes.
type client struct {
	insecure  bool
	wait      time.Duration // for a whole file
	transport *http.Transport

	mu    sync.Mutex
	wires []*wire
}

func newClient(insecure bool) *client {
	c := &client{insecure: insecure, wait: fileWait}
	c.transport = &http.Transport{
		DialContext:            c.dial,
		DialTLSContext:         c.dialTLS,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		MaxConnsPerHost:        parallel,
		MaxIdleConnsPerHost:    parallel,
		ResponseHeaderTimeout:  headWait,
		MaxResponseHeaderBytes: mostHeader,
	}
	return c
}

func (c *client) close() { c.transport.CloseIdleConnections() }

func (c *client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	return c.open(ctx, network, address, false)
}

func (c *client) open(ctx context.Context, network, address string, secure bool) (*wire, error) {
	conn, err := (&net.Dialer{Timeout: dialWait}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	host, _, _ := net.SplitHostPort(address)
	w := &wire{Conn: conn, host: host, secure: secure}
	c.mu.Lock()
	c.wires = append(c.wires, w)
	c.mu.Unlock()
	return w, nil
}

// dialTLS shakes hands as browsers do today: TLS 1.3 with a post-quantum share
// where the server has one. A certificate that nobody vouches for is believed
// if the owner said so.
func (c *client) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	w, err := c.open(ctx, network, address, true)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(w, &tls.Config{
		ServerName:         w.host,
		NextProtos:         []string{"h2", "http/1.1"},
		InsecureSkipVerify: c.insecure,
		ClientSessionCache: w,
	})
	ctx, stop := context.WithTimeout(ctx, dialWait)
	defer stop()
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	w.shake(conn.ConnectionState())
	return conn, nil
}

// An answer is what came for one address.
type answer struct {
	url     *url.URL
	status  int
	header  http.Header
	proto   string
	sent    int64  // bytes of the body as they came
	body    []byte // decoded
	wire    *wire
	remote  string
	first   time.Duration // until the first byte
	took    time.Duration // until the last byte
	failure error         // what cut the body short
}

// get asks for one address and follows nothing.
func (c *client) get(ctx context.Context, u *url.URL, accept, referer string) (*answer, error) {
	ctx, stop := context.WithTimeoutCause(ctx, c.wait, fmt.Errorf("it took more than %v", c.wait))
	defer stop()
	a := &answer{url: u}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { a.wire = wireOf(i.Conn) }})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", agent)
	req.Header.Set("Accept", accept)
	req.Header.Set("Accept-Encoding", codingsFor(u))
	if referer != "" {
		req.Header.Set("Referer", referer)
	}
	began := time.Now()
	resp, err := c.transport.RoundTrip(req)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", u.Redacted(), err)
	}
	defer resp.Body.Close()
	a.first = time.Since(began)
	a.status, a.header, a.proto = resp.StatusCode, resp.Header, resp.Proto
	a.read(resp.Body)
	if a.failure != nil && ctx.Err() != nil {
		a.failure = context.Cause(ctx)
	}
	a.took = time.Since(began)
	if a.wire != nil {
		a.wire.answered(a.sent)
		a.remote, _, _ = net.SplitHostPort(a.wire.RemoteAddr().String())
	}
	return a, nil
}

// read takes the body as it comes and decodes it.
func (a *answer) read(body io.Reader) {
	var raw bytes.Buffer
	_, a.failure = io.Copy(&raw, io.LimitReader(body, mostBody+1))
	a.sent = int64(raw.Len())
	if a.failure == nil && raw.Len() > mostBody {
		a.failure = errTooLarge
	}
	if a.failure != nil {
		return
	}
	plain, err := decoded(&raw, a.header.Get("Content-Encoding"))
	if err == nil {
		a.body, err = io.ReadAll(io.LimitReader(plain, mostBody+1))
	}
	if err == nil && len(a.body) > mostBody {
		a.body, err = nil, errTooLarge
	}
	a.failure = err
}

// decoded undoes the one content coding that servers use at a time.
func decoded(body io.Reader, name string) (io.Reader, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "" || name == "identity" {
		return body, nil
	}
	if name == "deflate" {
		return flate.NewReader(body), nil
	}
	c, known := coding.Named(strings.TrimPrefix(name, "x-"))
	if !known {
		return nil, fmt.Errorf("content coding %q is not known", name)
	}
	return coding.Reader(body, c)
}

// codingsFor is what browsers say that they read: more where nobody on the way
// can take offence.
func codingsFor(u *url.URL) string {
	ip := net.ParseIP(u.Hostname())
	if u.Scheme == "https" || u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
		return "gzip, deflate, br, zstd"
	}
	return "gzip, deflate"
}

func wireOf(c net.Conn) *wire {
	switch c := c.(type) {
	case *wire:
		return c
	case *tls.Conn:
		w, _ := c.NetConn().(*wire)
		return w
	}
	return nil
}

// received is how many bytes have come so far, over all connections.
func (c *client) received() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum := int64(0)
	for _, w := range c.wires {
		w.mu.Lock()
		sum += w.in
		w.mu.Unlock()
	}
	return sum
}
