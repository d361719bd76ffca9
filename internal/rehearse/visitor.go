package rehearse

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// parallel is how many connections a browser opens to a host of HTTP/1.1, and
// how many requests it has under way at once then.
const parallel = 6

// rungHeader is how our own server says which rendition a page is.
const rungHeader = "Buzzproof-Rung"

// maxBody bounds what a visitor takes for one file.
const maxBody = 64 << 20

// A visitor is somebody with an address and an agent of their own.
type visitor struct {
	dial     func(context.Context) (net.Conn, error)
	site     *Site
	agent    agent
	from     string // the page that linked here; "" when it is not said
	received atomic.Int64
	spoken   atomic.Bool // the server has said something
	client   *http.Client
}

// open readies the visitor's browser, which knows nothing yet.
func (v *visitor) open() {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(v.agent.http2())
	v.client = &http.Client{
		Transport: &http.Transport{
			DialContext:        func(ctx context.Context, _, _ string) (net.Conn, error) { return v.connect(ctx) },
			TLSClientConfig:    v.tlsConfig(),
			Protocols:          &protocols,
			MaxConnsPerHost:    parallel,
			DisableCompression: true, // a browser asks for more codings than this one knows
		},
	}
}

func (v *visitor) tlsConfig() *tls.Config {
	return &tls.Config{
		RootCAs:            v.site.Roots,
		ServerName:         v.site.URL.Hostname(),
		NextProtos:         v.agent.alpn,
		CurvePreferences:   v.agent.groups,
		ClientSessionCache: tls.NewLRUClientSessionCache(1), // further connections of one visitor resume
	}
}

func (v *visitor) close() { v.client.CloseIdleConnections() }

// connect opens a connection and counts what comes over it.
func (v *visitor) connect(ctx context.Context) (net.Conn, error) {
	c, err := v.dial(ctx)
	if err != nil {
		return nil, err
	}
	return &counted{Conn: c, visitor: v}, nil
}

type counted struct {
	net.Conn
	visitor *visitor
}

// SetReadBuffer asks the system for a smaller buffer, where there is one.
func (c *counted) SetReadBuffer(bytes int) error {
	if s, ok := c.Conn.(interface{ SetReadBuffer(int) error }); ok {
		return s.SetReadBuffer(bytes)
	}
	return errors.ErrUnsupported
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.visitor.received.Add(int64(n))
	return n, err
}

// A reply is an answer that came in full.
type reply struct {
	status int
	header http.Header
	body   []byte
	url    *url.URL
}

// fetch asks for something and waits for its last byte.
func (v *visitor) fetch(ctx context.Context, address string, header http.Header) (*reply, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	r.Header = header
	resp, err := v.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	v.spoken.Store(true)
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return nil, err
	}
	return &reply{resp.StatusCode, resp.Header, body, resp.Request.URL}, nil
}

// navigate are the headers with which a browser asks for a page.
func (v *visitor) navigate() http.Header {
	h := http.Header{
		"User-Agent":                {v.agent.name},
		"Accept":                    {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"},
		"Accept-Language":           {"en-US,en;q=0.5"},
		"Accept-Encoding":           {"gzip, deflate, br, zstd"},
		"Upgrade-Insecure-Requests": {"1"},
		"Sec-Fetch-Dest":            {"document"},
		"Sec-Fetch-Mode":            {"navigate"},
		"Sec-Fetch-Site":            {"cross-site"},
		"Priority":                  {"u=0, i"},
	}
	if v.from != "" {
		h["Referer"] = []string{v.from}
	}
	return h
}

// subresource are the headers with which a browser asks for what a page needs.
func (v *visitor) subresource(a asset, page string) http.Header {
	h := http.Header{
		"User-Agent":      {v.agent.name},
		"Accept":          {"*/*"},
		"Accept-Language": {"en-US,en;q=0.5"},
		"Accept-Encoding": {"gzip, deflate, br, zstd"},
		"Referer":         {page},
		"Sec-Fetch-Mode":  {"no-cors"},
		"Sec-Fetch-Site":  {"same-origin"},
	}
	switch a.rank {
	case rankStyle:
		h["Accept"], h["Sec-Fetch-Dest"], h["Priority"] = []string{"text/css,*/*;q=0.1"}, []string{"style"}, []string{"u=2"}
	case rankScript:
		h["Sec-Fetch-Dest"], h["Priority"] = []string{"script"}, []string{"u=2"}
	default:
		h["Accept"] = []string{"image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"}
		h["Sec-Fetch-Dest"], h["Priority"] = []string{"image"}, []string{"u=5, i"}
	}
	return h
}

// plain undoes the coding of a body.
func plain(r *reply) ([]byte, error) {
	var reader io.Reader
	switch coding := r.header.Get("Content-Encoding"); coding {
	case "", "identity":
		return r.body, nil
	case "gzip":
		z, err := gzip.NewReader(bytes.NewReader(r.body))
		if err != nil {
			return nil, err
		}
		reader = z
	case "br":
		reader = brotli.NewReader(bytes.NewReader(r.body))
	case "zstd":
		z, err := zstd.NewReader(bytes.NewReader(r.body), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		defer z.Close()
		reader = z
	default:
		return nil, fmt.Errorf("a coding that nobody asked for: %s", coding)
	}
	return io.ReadAll(io.LimitReader(reader, maxBody))
}

// refused reports whether an error means that the server hung up, and not that
// the visitor's patience ended or the certificate was wrong.
func refused(err error) bool {
	var wrong *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return false
	case errors.As(err, &wrong), errors.As(err, &unknown):
		return false
	}
	timeout, ok := errors.AsType[net.Error](err)
	return !ok || !timeout.Timeout()
}

// busy reports whether a status is a refusal in words.
func busy(status int) bool {
	return status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests
}

// page fetches a page and notes in out what came of it.
func (v *visitor) page(ctx context.Context, page string, header http.Header, at time.Time, out *Visit) (*reply, []byte, bool) {
	r, err := v.fetch(ctx, page, header)
	switch {
	case err != nil:
		out.Refused = refused(err) && !v.spoken.Load()
		out.Error = err.Error()
		return nil, nil, false
	case busy(r.status):
		out.Refused = true
		return nil, nil, false
	case r.status != http.StatusOK:
		out.Error = fmt.Sprintf("%s: status %d", page, r.status)
		return nil, nil, false
	}
	text, err := plain(r)
	if err != nil {
		out.Error = fmt.Sprintf("%s: %v", page, err)
		return nil, nil, false
	}
	out.Text, out.Rung = time.Since(at), cmp.Or(r.header.Get(rungHeader), "full")
	return r, text, true
}

// person loads a page as a browser does. At is when the person came.
func (v *visitor) person(ctx context.Context, page string, at time.Time) (out Visit) {
	defer func() { out.Bytes, out.End = v.received.Load(), time.Since(at) }()
	if r, text, ok := v.page(ctx, page, v.navigate(), at, &out); ok {
		err := v.load(ctx, assetsOf(text, r.url), page)
		if out.Whole = err == nil; err != nil {
			out.Error = err.Error()
		}
	}
	return out
}
