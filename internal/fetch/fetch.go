// Package fetch gets one address at a time from an origin, politely and within
// bounds: no answer can be longer, slower or deeper than was agreed before.
//
// It never follows a redirect and never keeps a cookie. What an answer means
// is for the caller to say.
package fetch

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/andybalholm/brotli"
)

// ErrTooLarge is returned while reading a body that exceeds its bound.
var ErrTooLarge = errors.New("larger than the limit")

// ErrStalled is returned while reading a body of which nothing came for
// Config.Stall.
var ErrStalled = errors.New("the origin stopped sending")

// Config bounds what a Client accepts. The zero value of a field means its
// default.
type Config struct {
	UserAgent string

	Header  time.Duration // longest wait for the first byte of an answer; default 60 s, a slow CMS renders for long
	Stall   time.Duration // longest pause within a body; default 30 s
	Body    time.Duration // longest time for a whole body; default 30 min, a film through a slow line
	MaxBody int64         // bytes of a body once decoded; default 2 GiB

	// Conns is the number of connections kept to the origin. Default 16.
	Conns int

	// Hosts says where the servers of some names are, as HOST or HOST:PORT,
	// whatever the name service says; no proxy is used for them.
	Hosts map[string]string
}

// A Client gets addresses. It is safe for concurrent use.
type Client struct {
	config Config
	// The transport is used bare: http.Client reads the Location of every
	// redirect and fails for those that nobody could follow.
	transport *http.Transport
}

// maxHeader bounds the header of an answer. Servers send about 1 KB; what is
// beyond 256 KB is broken or hostile.
const maxHeader = 256 << 10

// NewClient returns a client with the given bounds.
func NewClient(c Config) *Client {
	c.Header = cmp.Or(c.Header, 60*time.Second)
	c.Stall = cmp.Or(c.Stall, 30*time.Second)
	c.Body = cmp.Or(c.Body, 30*time.Minute)
	c.MaxBody = cmp.Or(c.MaxBody, 2<<30)
	c.Conns = cmp.Or(c.Conns, 16)
	transport := &http.Transport{
		Proxy:                  c.proxy,
		DialContext:            c.dial,
		TLSHandshakeTimeout:    15 * time.Second,
		ResponseHeaderTimeout:  c.Header,
		MaxResponseHeaderBytes: maxHeader,
		MaxIdleConnsPerHost:    c.Conns,
		IdleConnTimeout:        60 * time.Second,
		DisableCompression:     true, // the body is decoded here, where it is bounded
		ForceAttemptHTTP2:      true,
	}
	return &Client{config: c, transport: transport}
}

// proxy is the system's, but for hosts whose place is known.
func (c Config) proxy(r *http.Request) (*url.URL, error) {
	if _, known := c.Hosts[r.URL.Hostname()]; known {
		return nil, nil
	}
	return http.ProxyFromEnvironment(r)
}

func (c Config) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: 15 * time.Second}
	host, port, err := net.SplitHostPort(address)
	if at := c.Hosts[host]; err == nil && at != "" {
		address = at
		if _, _, err := net.SplitHostPort(at); err != nil {
			address = net.JoinHostPort(strings.Trim(at, "[]"), port)
		}
	}
	return dialer.DialContext(ctx, network, address)
}

// A Request is one question to the origin.
type Request struct {
	URL          *url.URL
	Host         string // Host header when it differs from the URL's
	Scheme       string // scheme the origin shall believe it was asked by, when it differs
	ETag         string // for If-None-Match
	LastModified string // for If-Modified-Since, as the origin wrote it
}

// A Response is the origin's answer. Body must be closed.
type Response struct {
	Status  int
	Header  http.Header
	Body    io.ReadCloser // decoded and bounded
	Latency time.Duration // from the question to the first byte of the answer
}

// Get asks once. The error is the network's; every status is an answer.
func (c *Client) Get(ctx context.Context, r Request) (*Response, error) {
	ctx, cancel := context.WithTimeout(ctx, c.config.Header+c.config.Body)
	req, err := c.request(ctx, r)
	if err != nil {
		cancel()
		return nil, err
	}
	began := time.Now()
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("get %s: %w", r.URL.Redacted(), err)
	}
	raw := newWatched(resp.Body, c.config.Stall, cancel)
	body, err := decode(raw, resp.Header.Get("Content-Encoding"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("get %s: %w", r.URL.Redacted(), err), raw.Close())
	}
	status := resp.StatusCode
	if status == http.StatusNonAuthoritativeInfo {
		status = http.StatusOK // the page, changed by a proxy on the way (RFC 9110 section 15.3.4)
	}
	return &Response{
		Status:  status,
		Header:  resp.Header,
		Body:    &bounded{body: body, closer: raw, left: c.config.MaxBody},
		Latency: time.Since(began),
	}, nil
}

func (c *Client) request(ctx context.Context, r Request) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", r.URL.Redacted(), err)
	}
	req.Host = r.Host
	if user := r.URL.User; user != nil {
		password, _ := user.Password()
		req.SetBasicAuth(user.Username(), password)
	}
	set := func(name, value string) {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	set("User-Agent", c.config.UserAgent)
	set("Accept-Encoding", "gzip")
	// Images and pages are asked for as the plainest browser would: an origin
	// that negotiates must not hand out what some visitor cannot read.
	set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	set("X-Forwarded-Proto", r.Scheme)
	set("If-None-Match", r.ETag)
	set("If-Modified-Since", r.LastModified)
	return req, nil
}

// mostCodings bounds how often a body may be packed. Each layer costs 40 KB of
// window, and a header of 256 KB has room for 50,000 of them.
const mostCodings = 4

// decode undoes the content codings an origin may use though only gzip was
// asked for (RFC 9110 section 8.4.1). A body that says gzip but is not is
// passed on as it is: some servers announce what they do not do.
func decode(body io.Reader, codings string) (io.Reader, error) {
	names := strings.Split(codings, ",")
	if len(names) > mostCodings {
		return nil, fmt.Errorf("body is packed %d times over", len(names))
	}
	for i := len(names) - 1; i >= 0; i-- {
		var err error
		switch name := strings.ToLower(strings.TrimSpace(names[i])); name {
		case "", "identity", "utf-8", "none", "binary", "8bit":
		case "gzip", "x-gzip":
			body, err = gunzip(body)
		case "br":
			body = brotli.NewReader(body)
		case "deflate":
			body, err = inflate(body)
		default:
			return nil, fmt.Errorf("content coding %q was not asked for and is not known", name)
		}
		if err != nil {
			return nil, fmt.Errorf("decode body: %w", err)
		}
	}
	return body, nil
}

// inflate reads deflate as the standard has it, in a zlib wrapping, and as
// many servers send it, without. An answer without a body may announce it too.
func inflate(body io.Reader) (io.Reader, error) {
	buffered := bufio.NewReader(body)
	start, err := buffered.Peek(2)
	if errors.Is(err, io.EOF) {
		return buffered, nil
	}
	if err != nil {
		return nil, err
	}
	if start[0]&0x0f == 8 && (int(start[0])<<8|int(start[1]))%31 == 0 { // RFC 1950 section 2.2
		return zlib.NewReader(buffered)
	}
	return flate.NewReader(buffered), nil
}

var gzipMagic = []byte{0x1f, 0x8b, 8}

func gunzip(body io.Reader) (io.Reader, error) {
	buffered := bufio.NewReader(body)
	start, err := buffered.Peek(len(gzipMagic))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if !bytes.Equal(start, gzipMagic) {
		return buffered, nil
	}
	return gzip.NewReader(buffered)
}
