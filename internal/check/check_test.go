package check

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/site"
	"buzzproof/internal/wire"
	"buzzproof/internal/words"
)

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

// slow answers at once and never ends what lies at one path.
func slow(t *testing.T, path string, start string, rest http.Handler) string {
	t.Helper()
	over := make(chan struct{})
	address := plain(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != path {
			rest.ServeHTTP(w, r)
			return
		}
		if start != "" {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte(start))
			_ = http.NewResponseController(w).Flush()
		}
		select {
		case <-over:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(func() { close(over) })
	return address
}

// impatient checks an address with a wait of a moment for each file.
func impatient(t *testing.T, address string) (*Report, error) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	known, err := words.Load("")
	if err != nil {
		t.Fatal(err)
	}
	k := New(Config{URL: u, Words: known})
	k.visit.client.Wait = 300 * time.Millisecond
	return k.Run(context.Background())
}

func TestAFileThatNeverEndsIsAFinding(t *testing.T) {
	r, err := impatient(t, slow(t, "/a.css", "p{", fixture{"/": page1(prose + "<link rel=stylesheet href=/a.css>")}))
	if err != nil {
		t.Fatal(err)
	}
	f := finding(r, "broken")
	if f == nil || !strings.Contains(f.Files[0], "it took more than 300ms") {
		t.Errorf("findings are %+v", r.Findings)
	}
}

func TestAPageThatNeverBeginsIsAnError(t *testing.T) {
	_, err := impatient(t, slow(t, "/", "", fixture{}))
	if err == nil || !strings.Contains(err.Error(), "it took more than 300ms") {
		t.Errorf("the check ended with %v", err)
	}
}

func TestAPageThatNeverEndsIsAnError(t *testing.T) {
	_, err := impatient(t, slow(t, "/", "<p>Hello", fixture{}))
	if err == nil || !strings.Contains(err.Error(), "it took more than 300ms") {
		t.Errorf("the check ended with %v", err)
	}
}

func TestABombIsNotUnpacked(t *testing.T) {
	const part = 1 << 20
	_, err := run(t, plain(t, fixture{"/": {
		kind: "text/html", body: strings.Repeat(zipped(strings.Repeat(" ", part)), wire.MostBody/part+1),
		header: http.Header{"Content-Encoding": {"gzip"}},
	}}), Config{})
	if !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("the check ended with %v", err)
	}
}

func TestAnInterruptionEndsTheCheck(t *testing.T) {
	address := slow(t, "/a.css", "p{", fixture{"/": page1(prose + "<link rel=stylesheet href=/a.css>")})
	u, _ := url.Parse(address)
	known, err := words.Load("")
	if err != nil {
		t.Fatal(err)
	}
	k := New(Config{URL: u, Words: known})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		_, err := k.Run(ctx)
		ended <- err
	}()
	for end := time.Now().Add(time.Minute); k.Progress().Bytes == 0 && time.Now().Before(end); {
		runtime.Gosched()
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the check ended with %v", err)
	}
}
