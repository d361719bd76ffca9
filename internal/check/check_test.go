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
	"errors"
	"fmt"
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

	"buzzproof/internal/site"
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
	body := []byte(file.body)
	if file.zip {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(body)
		_ = z.Close()
		body = b.Bytes()
		w.Header().Set("Content-Encoding", "gzip")
	}
	if file.status != 0 {
		w.WriteHeader(file.status)
	}
	_, _ = w.Write(body)
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

func TestWhatComesIsCountedByKind(t *testing.T) {
	files := fixture{
		"/": page1(prose + `<link rel=stylesheet href=/a.css><script src=/a.js></script><img src=/a.jpg alt=sea>` +
			`<img loading=lazy src=/later.jpg alt=sky>`),
		"/a.css": {kind: "text/css", body: `@import "/b.css";@font-face{font-family:F;src:url(/f.woff2)}@font-face{font-family:G;src:url(/g.woff2)}` +
			`p{font-family:F;background:url(/bg.png)}.none{background:url(/none.png)}`},
		"/b.css":       {kind: "text/css", body: strings.Repeat("p{margin:0}", 100)},
		"/a.js":        {kind: "text/javascript", body: strings.Repeat("x;", 500)},
		"/f.woff2":     {kind: "font/woff2", body: strings.Repeat("f", 3000)},
		"/a.jpg":       {kind: "image/jpeg", body: strings.Repeat("j", 20_000)},
		"/bg.png":      {kind: "image/png", body: strings.Repeat("p", 500)},
		"/later.jpg":   {kind: "image/jpeg", body: strings.Repeat("l", 7000)},
		"/favicon.ico": {kind: "image/x-icon", body: strings.Repeat("i", 100)},
	}
	r := mustRun(t, plain(t, files), Config{})
	near := func(name string, got, want int64) {
		t.Helper()
		if got < want || got > want+1200 { // the heads of answers
			t.Errorf("%s: %d bytes, want %d and some heads", name, got, want)
		}
	}
	near("css", r.Bytes.CSS, int64(len(files["/a.css"].body)+len(files["/b.css"].body)))
	near("js", r.Bytes.JS, 1000)
	near("fonts", r.Bytes.Fonts, 3000)
	near("images", r.Bytes.Images, 20_600)
	near("lazy", r.Lazy, 7000)
	if b := r.Bytes; b.HTML < 300 || b.HTML > 3000 || b.TLS != 0 || b.Network < 1000 ||
		b.Sum != b.HTML+b.CSS+b.JS+b.Fonts+b.Images+b.Other+b.TLS+b.Network {
		t.Errorf("bytes are %+v", b)
	}
	if r.Requests != 8 {
		t.Errorf("%d requests, want 8: the page, two sheets, a script, a font, two pictures and the icon", r.Requests)
	}
}

func TestTheLineSurvivesMoreOfTheLighterPages(t *testing.T) {
	files := fixture{"/": page1(prose + `<img src=/a.jpg width=800 height=533 alt=sea>`), "/a.jpg": {kind: "image/jpeg", body: photo(t, 1600)}}
	r := mustRun(t, plain(t, files), Config{Uplink: 1_000_000})
	last := 0.0
	for _, name := range []string{"full", "slim", "lite", "postcard"} {
		if r.Survives[name] <= last {
			t.Errorf("%s survives %v visits a second, no more than the heavier one with %v", name, r.Survives[name], last)
		}
		last = r.Survives[name]
	}
	if want := twoDigits(125_000 * 0.85 / float64(r.Bytes.Sum)); r.Survives["full"] != want {
		t.Errorf("full survives %v, want %v", r.Survives["full"], want)
	}
	if f := finding(r, "heavy-pictures"); f == nil || f.Costs < 10_000 {
		t.Errorf("a photo of 1600 dots is no finding: %+v", r.Findings)
	}
}

func TestATargetIsMetOrNot(t *testing.T) {
	address := plain(t, fixture{"/": page1(prose)})
	for _, c := range []struct {
		name   string
		target float64
		rung   string
		rate   site.Rate
		ok     bool
		on     string
	}{
		{"the lightest rung carries it", 13, "", 1_000_000, true, "postcard"},
		{"the named rung counts", 0.001, "full", 1_000_000, true, "full"},
		{"a line that is too slow", 13, "lite", 64_000, false, "lite"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := mustRun(t, address, Config{Uplink: c.rate, Target: c.target, Rung: c.rung})
			if r.Target.OK != c.ok || r.Target.Rung != c.on {
				t.Errorf("target is %+v", r.Target)
			}
		})
	}
	if _, err := run(t, address, Config{Target: 1}); !errors.Is(err, ErrNoLine) {
		t.Errorf("a target without a line gives %v", err)
	}
}

func TestTheHandshakeIsCountedAsItCame(t *testing.T) {
	for _, c := range []struct {
		name   string
		key    string
		config *tls.Config
		pq     bool
		want   []string // findings
	}{
		{"ECDSA with a post-quantum share", "ecdsa", &tls.Config{}, true, []string{"post-quantum"}},
		{"ECDSA without", "ecdsa", &tls.Config{CurvePreferences: []tls.CurveID{tls.X25519}}, false, nil},
		{"RSA", "rsa", &tls.Config{CurvePreferences: []tls.CurveID{tls.X25519}}, false, []string{"rsa"}},
		{"TLS 1.2", "ecdsa", &tls.Config{MaxVersion: tls.VersionTLS12}, false, []string{"old-tls"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tap := &tapped{}
			address := secured(t, fixture{"/": page1(prose)}, func(s *httptest.Server) {
				c.config.Certificates = []tls.Certificate{certificate(t, c.key)}
				s.TLS = c.config
				tap.Listener = s.Listener
				s.Listener = tap
			})
			r := mustRun(t, address, Config{Insecure: true})
			if r.Handshake == nil || r.Handshake.PostQuantum != c.pq {
				t.Fatalf("handshake is %+v", r.Handshake)
			}
			for _, id := range append(c.want, "untrusted") {
				if finding(r, id) == nil {
					t.Errorf("no finding %q in %+v", id, r.Findings)
				}
			}
			for _, id := range []string{"rsa", "post-quantum", "old-tls"} {
				if finding(r, id) != nil && !slices.Contains(c.want, id) {
					t.Errorf("finding %q", id)
				}
			}
			sent := r.Bytes.Sum - r.Bytes.Network
			if got := tap.written.Load(); sent > got || sent < got-200 { // the last word comes when nobody listens
				t.Errorf("counted %d bytes, the server sent %d", sent, got)
			}
		})
	}
}

func TestACertificateThatNobodyBelievesEndsTheCheck(t *testing.T) {
	_, err := run(t, secured(t, fixture{"/": page1(prose)}, nil), Config{})
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok {
		t.Errorf("the check ended with %v", err)
	}
}

func TestFindings(t *testing.T) {
	old := http.Header{"Cache-Control": {"max-age=31536000"}}
	for _, c := range []struct {
		name  string
		files fixture
		at    string
		want  string // "-" before it: no such finding
	}{
		{"text as it is", fixture{"/": {kind: "text/html", body: prose}}, "/", "uncompressed"},
		{"text in gzip is fine", fixture{"/": page1(prose)}, "/", "-uncompressed"},
		{"files for ever", fixture{"/": page1(prose + "<script src=/a.js></script>"), "/a.js": {kind: "text/javascript", body: "x", header: old}, "/favicon.ico": {kind: "image/png", header: old}}, "/", "-caching"},
		{"files for no time", fixture{"/": page1(prose + "<script src=/a.js></script>"), "/a.js": {kind: "text/javascript", body: "x"}}, "/", "caching"},
		{"a redirect on the way", fixture{"/": {kind: "text/plain", status: 301, header: http.Header{"Location": {"/b"}}}, "/b": page1(prose)}, "/", "redirects"},
		{"a picture without words", fixture{"/": page1(prose + "<img src=/a.png>")}, "/", "alt"},
		{"a picture that is not there", fixture{"/": page1(prose + "<img src=/a.png alt=x>")}, "/", "broken"},
		{"an icon that is not there", fixture{"/": page1(prose)}, "/", "icon"},
		{"an icon that is", fixture{"/": page1(prose), "/favicon.ico": {kind: "image/png", body: "i"}}, "/", "-icon"},
		{"no https", fixture{"/": page1(prose)}, "/", "no-https"},
		{"no page", fixture{"/a.pdf": {kind: "application/pdf", body: "%PDF"}}, "/a.pdf", "no-html"},
		{"a page of error", fixture{}, "/", "status"},
		{"a film", fixture{"/": page1(prose + "<video src=/a.mp4></video>")}, "/", "media"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := mustRun(t, plain(t, c.files)+c.at, Config{})
			id, absent := strings.CutPrefix(c.want, "-")
			f := finding(r, id)
			if (f == nil) != absent {
				t.Errorf("findings are %+v", r.Findings)
			}
			if f != nil && (f.What == "" || f.Why == "" || f.Mend == "") {
				t.Errorf("the finding does not say what, why and how to mend it: %+v", f)
			}
			if !slices.IsSortedFunc(r.Findings, func(a, b Finding) int { return int(b.Costs - a.Costs) }) {
				t.Errorf("not the most worth first: %+v", r.Findings)
			}
		})
	}
}

func TestWhatOthersSendIsCountedApart(t *testing.T) {
	other := plain(t, fixture{"/x.js": {kind: "text/javascript", body: strings.Repeat("y", 9000)}})
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(other, "http://"))
	elsewhere := "http://127.0.0.2:" + port // the same loopback by another address
	l, err := net.Listen("tcp", "127.0.0.2:"+port)
	if err != nil {
		t.Skipf("this system has one loopback address only: %v", err)
	}
	s := &http.Server{Handler: fixture{"/x.js": {kind: "text/javascript", body: strings.Repeat("y", 9000)}}}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	r := mustRun(t, plain(t, fixture{"/": page1(prose + `<script src="` + elsewhere + `/x.js"></script>`)}), Config{})
	if r.Bytes.JS != 0 || len(r.Thirds) != 1 || r.Thirds[0].Host != "127.0.0.2" || r.Thirds[0].Bytes < 9000 {
		t.Errorf("js is %d bytes, others are %+v", r.Bytes.JS, r.Thirds)
	}
}

func TestAPageThatNeverEndsIsCutOff(t *testing.T) {
	links := strings.Builder{}
	for i := range mostFiles + 50 {
		fmt.Fprintf(&links, "<img src=/%d.png alt=x>", i)
	}
	r := mustRun(t, plain(t, fixture{"/": page1(prose + links.String())}), Config{})
	if finding(r, "too-much") == nil || r.Requests > mostFiles+1 {
		t.Errorf("%d requests, findings %+v", r.Requests, r.Findings)
	}
}

func TestRedirectsWithoutEndAreAnError(t *testing.T) {
	files := fixture{"/": {kind: "text/plain", status: 302, header: http.Header{"Location": {"/"}}}}
	if _, err := run(t, plain(t, files), Config{}); !errors.Is(err, errNotFollowed) {
		t.Errorf("the check ended with %v", err)
	}
}

func TestFiguresHaveTwoDigitsAndNeverPromiseTooMuch(t *testing.T) {
	for _, c := range []struct{ in, want float64 }{{13.49, 13}, {0.5399, 0.53}, {0.0119, 0.011}, {999, 990}, {1, 1}, {0, 0}, {2.0, 2}} {
		if got := twoDigits(c.in); got != c.want {
			t.Errorf("twoDigits(%v) = %v, want %v", c.in, got, c.want)
		}
	}
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
