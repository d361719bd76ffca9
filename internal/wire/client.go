package wire

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
	"slices"
	"strings"
	"sync"
	"time"

	"buzzproof/internal/coding"
)

// Bounds of one answer.
const (
	MostBody   = 64 << 20         // of one file, once decoded
	headWait   = 20 * time.Second // for the first byte: a slow CMS renders for long
	fileWait   = time.Minute      // for the last one
	dialWait   = 10 * time.Second
	mostHeader = 256 << 10
)

// Parallel is how many connections a browser has to one host, where it needs
// more than one.
const Parallel = 6

// What a browser says that it wants.
const (
	AcceptPage  = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
	AcceptImage = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
)

const agent = "Mozilla/5.0 (compatible; buzzproof check)"

// ErrTooLarge is for a body over MostBody.
var ErrTooLarge = errors.New("larger than a browser would bear")

// A Client asks as one visitor's browser does and counts what comes.
type Client struct {
	Wait time.Duration // for a whole file

	insecure  bool
	dialer    net.Dialer
	transport *http.Transport
	apart     *http.Transport // for what is asked for without cookies

	mu    sync.Mutex
	wires []*Conn
}

// NewClient returns a client, which believes any certificate if it is insecure.
// It asks the name server resolver, as host:port, or those of the system if
// that is "".
func NewClient(insecure bool, resolver string) *Client {
	c := &Client{Wait: fileWait, insecure: insecure, dialer: net.Dialer{Timeout: dialWait}}
	if resolver != "" {
		c.dialer.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{Timeout: dialWait}).DialContext(ctx, network, resolver)
		}}
	}
	c.transport, c.apart = c.newTransport(), c.newTransport()
	return c
}

func (c *Client) newTransport() *http.Transport {
	return &http.Transport{
		DialContext:            c.dial,
		DialTLSContext:         c.dialTLS,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		MaxConnsPerHost:        Parallel,
		MaxIdleConnsPerHost:    Parallel,
		ResponseHeaderTimeout:  headWait,
		MaxResponseHeaderBytes: mostHeader,
	}
}

// Close gives back the connections.
func (c *Client) Close() {
	c.transport.CloseIdleConnections()
	c.apart.CloseIdleConnections()
}

func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	return c.open(ctx, network, address, false)
}

func (c *Client) open(ctx context.Context, network, address string, secure bool) (*Conn, error) {
	conn, err := c.dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	host, _, _ := net.SplitHostPort(address)
	w := &Conn{Conn: conn, Host: host, Secure: secure}
	c.mu.Lock()
	c.wires = append(c.wires, w)
	c.mu.Unlock()
	return w, nil
}

// dialTLS shakes hands as browsers do today: TLS 1.3 with a post-quantum share
// where the server has one. A certificate that nobody vouches for is believed
// if the owner said so.
func (c *Client) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	w, err := c.open(ctx, network, address, true)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(w, &tls.Config{
		ServerName:         w.Host,
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

// An Answer is what came for one address.
type Answer struct {
	URL     *url.URL
	Status  int
	Header  http.Header
	Proto   string
	Sent    int64  // bytes of the body as they came
	Body    []byte // decoded
	Conn    *Conn
	Remote  string
	First   time.Duration // until the first byte
	Took    time.Duration // until the last byte
	Failure error         // what cut the body short
}

// A Question is what is asked.
type Question struct {
	URL     *url.URL
	Accept  string
	Referer string
	Apart   bool // without cookies: Chromium has other connections for that
}

// Get asks for one address and follows nothing.
func (c *Client) Get(ctx context.Context, q Question) (*Answer, error) {
	u := q.URL
	ctx, stop := context.WithTimeoutCause(ctx, c.Wait, fmt.Errorf("it took more than %v", c.Wait))
	defer stop()
	a := &Answer{URL: u}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { a.Conn = wireOf(i.Conn) }})
	req, err := q.request(ctx)
	if err != nil {
		return nil, err
	}
	transport := c.transport
	if q.Apart {
		transport = c.apart
	}
	began := time.Now()
	resp, err := transport.RoundTrip(req)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", u.Redacted(), err)
	}
	defer resp.Body.Close()
	a.First = time.Since(began)
	a.Status, a.Header, a.Proto = resp.StatusCode, resp.Header, resp.Proto
	a.read(resp.Body)
	if a.Failure != nil && ctx.Err() != nil {
		a.Failure = context.Cause(ctx)
	}
	a.Took = time.Since(began)
	if a.Conn != nil {
		a.Conn.answered(a.Sent)
		a.Remote, _, _ = net.SplitHostPort(a.Conn.RemoteAddr().String())
	}
	return a, nil
}

// request is the question as a browser writes it.
func (q *Question) request(ctx context.Context) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, q.URL.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", agent)
	req.Header.Set("Accept", q.Accept)
	req.Header.Set("Accept-Encoding", codingsFor(q.URL))
	if q.Referer != "" {
		req.Header.Set("Referer", q.Referer)
	}
	return req, nil
}

// read takes the body as it comes and decodes it.
func (a *Answer) read(body io.Reader) {
	var raw bytes.Buffer
	_, a.Failure = io.Copy(&raw, io.LimitReader(body, MostBody+1))
	a.Sent = int64(raw.Len())
	if a.Failure == nil && raw.Len() > MostBody {
		a.Failure = ErrTooLarge
	}
	if a.Failure != nil {
		return
	}
	plain, err := decoded(&raw, a.Header.Get("Content-Encoding"))
	if err == nil {
		a.Body, err = io.ReadAll(io.LimitReader(plain, MostBody+1))
	}
	if err == nil && len(a.Body) > MostBody {
		a.Body, err = nil, ErrTooLarge
	}
	a.Failure = err
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

func wireOf(c net.Conn) *Conn {
	switch c := c.(type) {
	case *Conn:
		return c
	case *tls.Conn:
		w, _ := c.NetConn().(*Conn)
		return w
	}
	return nil
}

// Received is how many bytes have come so far, over all connections.
func (c *Client) Received() int64 {
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

// Conns returns the connections so far.
func (c *Client) Conns() []*Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.wires)
}
