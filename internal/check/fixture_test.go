package check

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"image"
	"image/color"
	"image/jpeg"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/words"
)

// prose is a text long enough for an article.
var prose = "<h1>A harbour in the fog</h1>" + strings.Repeat("<p>The ferry left at nine, and nobody on the quay could see it go; "+
	"the horn was heard twice, once near and once far, and then the water was alone again with its gulls and its ropes.</p>", 8)

// A fixture is a site of a few files.
type fixture map[string]fixtureFile

type fixtureFile struct {
	kind, body string
	header     http.Header
	status     int
	zip        bool
}

func (f fixture) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, ok := f[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	for key, values := range file.header {
		w.Header()[key] = values
	}
	w.Header().Set("Content-Type", file.kind)
	body := file.body
	if file.zip {
		body = zipped(body)
		w.Header().Set("Content-Encoding", "gzip")
	}
	if file.status != 0 {
		w.WriteHeader(file.status)
	}
	_, _ = w.Write([]byte(body))
}

func zipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text)) // a buffer takes everything
	_ = z.Close()
	return b.String()
}

func page1(body string) fixtureFile {
	return fixtureFile{kind: "text/html; charset=utf-8", body: "<!doctype html><html lang=en><title>A</title><body>" + body, zip: true}
}

func photo(t *testing.T, width int) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, width, width*2/3))
	for i := range img.Pix {
		img.Pix[i] = uint8(i*7 ^ i>>9)
	}
	img.Set(0, 0, color.White)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// run checks an address of a server on loopback.
func run(t *testing.T, address string, c Config) (*Report, error) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	c.URL = u
	if c.Words, err = words.Load(""); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	return New(c).Run(ctx)
}

func mustRun(t *testing.T, address string, c Config) *Report {
	t.Helper()
	r, err := run(t, address, c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func plain(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// secured serves h by TLS with a certificate of our own making.
func secured(t *testing.T, h http.Handler, change func(*httptest.Server)) string {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = true
	s.TLS = &tls.Config{}
	if change != nil {
		change(s)
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

func finding(r *Report, id string) *Finding {
	i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.ID == id })
	if i < 0 {
		return nil
	}
	return &r.Findings[i]
}

// certificate makes a chain of a root and a leaf for the loopback address.
func certificate(t *testing.T, kind string) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(100 * 24 * time.Hour),
		IPAddresses: []net.IP{net.ParseIP("127.0.0.1")},
	}
	if kind == "rsa" {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
