package rehearse

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"buzzproof/internal/link"
)

const helloPage = `<!doctype html><meta property="og:image" content="/card.png">
<link rel=stylesheet href=/style.css><img src=/picture.png><p>hello`

// A blog is a site for visitors, on loopback.
type blog struct {
	*httptest.Server
	http.ServeMux
	site *Site
	one  atomic.Int64 // requests over HTTP/1.1
	two  atomic.Int64 // over HTTP/2
}

func newBlog(t *testing.T) *blog {
	t.Helper()
	b := &blog{}
	say := func(path, kind, body string) {
		b.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			_, _ = io.WriteString(w, body)
		})
	}
	say("/hello/", "text/html", helloPage)
	say("/style.css", "text/css", "p{}")
	say("/picture.png", "image/png", strings.Repeat("x", 5000))
	say("/card.png", "image/png", strings.Repeat("x", 3000))
	b.HandleFunc("/busy/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
	b.HandleFunc("/silent/", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	b.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 2 {
			b.two.Add(1)
		} else {
			b.one.Add(1)
		}
		b.ServeMux.ServeHTTP(w, r)
	}))
	b.EnableHTTP2 = true
	b.StartTLS()
	t.Cleanup(b.Close)
	u, err := url.Parse(b.URL)
	if err != nil {
		t.Fatal(err)
	}
	b.site = &Site{URL: u, Roots: b.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, Landing: "/hello/"}
	return b
}

// Dial makes the blog a Road.
func (b *blog) Dial(ctx context.Context, _ int) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "tcp", b.Listener.Addr().String())
}

func (b *blog) Begin()         {}
func (b *blog) Up() link.Stats { return link.Stats{Busy: time.Second, Since: 2 * time.Second} }

func (b *blog) visitor(t *testing.T) *visitor {
	t.Helper()
	v := &visitor{dial: func(ctx context.Context) (net.Conn, error) { return b.Dial(ctx, 0) }, site: b.site, agent: agentOf(Person, 0, false)}
	v.open()
	t.Cleanup(v.close)
	return v
}

func patience(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestAPersonLoadsThePageAndAllThatBelongsToIt(t *testing.T) {
	for _, http1 := range []bool{false, true} {
		t.Run(fmt.Sprintf("HTTP/1.1 %v", http1), func(t *testing.T) {
			b := newBlog(t)
			v := b.visitor(t)
			v.agent = agentOf(Person, 0, http1)
			v.open()
			out := v.person(patience(t, time.Minute), b.URL+"/hello/", time.Now())
			if !out.Full() || out.Text <= 0 || out.End < out.Text || out.Bytes < 5000 || out.Refused || out.Error != "" {
				t.Errorf("the visit was %+v", out)
			}
			if one, two := b.one.Load(), b.two.Load(); http1 && (one != 3 || two != 0) || !http1 && (one != 0 || two != 3) {
				t.Errorf("%d requests over HTTP/1.1 and %d over HTTP/2", one, two)
			}
		})
	}
}

func TestTheServerSaysWhichRungItIs(t *testing.T) {
	b := newBlog(t)
	b.HandleFunc("/lite/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Buzzproof-Rung", "lite")
		_, _ = io.WriteString(w, "hello")
	})
	out := b.visitor(t).person(patience(t, time.Minute), b.URL+"/lite/", time.Now())
	if out.Rung != "lite" || !out.Whole || out.Full() {
		t.Errorf("the visit was %+v", out)
	}
}

func TestAPageIsReadInWhateverCodingItComes(t *testing.T) {
	encoders := map[string]func(io.Writer) io.WriteCloser{
		"gzip": func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"br":   func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) },
		"zstd": func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z },
	}
	for coding, encoder := range encoders {
		t.Run(coding, func(t *testing.T) {
			b := newBlog(t)
			b.HandleFunc("/coded/", func(w http.ResponseWriter, _ *http.Request) {
				var body bytes.Buffer
				e := encoder(&body)
				_, _ = io.WriteString(e, helloPage)
				_ = e.Close()
				w.Header().Set("Content-Encoding", coding)
				_, _ = w.Write(body.Bytes())
			})
			out := b.visitor(t).person(patience(t, time.Minute), b.URL+"/coded/", time.Now())
			if asked := b.two.Load(); !out.Full() || asked != 3 {
				t.Errorf("%d requests; the visit was %+v", asked, out)
			}
		})
	}
	broken := &reply{header: http.Header{"Content-Encoding": {"gzip"}}, body: []byte("no gzip")}
	if _, err := plain(broken); err == nil {
		t.Error("what is no gzip is read as gzip")
	}
	if _, err := plain(&reply{header: http.Header{"Content-Encoding": {"rot13"}}}); err == nil {
		t.Error("a coding that nobody asked for is read")
	}
}

func TestWhatIsRefusedAndWhatIsLost(t *testing.T) {
	b := newBlog(t)
	b.HandleFunc("/half/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "only half")
	})
	b.HandleFunc("/bare/", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `<img src=/busy/>`) })
	slammed := func(context.Context) (net.Conn, error) {
		here, there := net.Pipe()
		return here, there.Close()
	}
	tests := []struct {
		name, path string
		dial       func(context.Context) (net.Conn, error)
		refused    bool
		text       bool
		fault      string
		patience   time.Duration
	}{
		{name: "who is told to come back later is refused", path: "/busy/", refused: true},
		{name: "who finds the door slammed is refused", path: "/hello/", dial: slammed, refused: true, fault: "closed pipe"},
		{name: "who waits in vain is lost", path: "/silent/", fault: "deadline", patience: 300 * time.Millisecond},
		{name: "who gets half a text is lost", path: "/half/", fault: "EOF"},
		{name: "who finds nothing is lost", path: "/nothing/", fault: "status 404"},
		{name: "a page without its picture is not whole", path: "/bare/", text: true, fault: "/busy/: status 503"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			v := b.visitor(t)
			if test.dial != nil {
				v.dial = test.dial
			}
			out := v.person(patience(t, cmp.Or(test.patience, time.Minute)), b.URL+test.path, time.Now())
			if out.Refused != test.refused || out.Text > 0 != test.text || out.Whole || !strings.Contains(out.Error, test.fault) {
				t.Errorf("the visit was %+v", out)
			}
		})
	}
}

func TestAWrongCertificateIsNoRefusal(t *testing.T) {
	b := newBlog(t)
	other, err := NewChain("other.example.org")
	if err != nil {
		t.Fatal(err)
	}
	b.site.Roots = other.Roots
	out := b.visitor(t).person(patience(t, time.Minute), b.URL+"/hello/", time.Now())
	if out.Refused || !strings.Contains(out.Error, "certificate") {
		t.Errorf("the visit was %+v", out)
	}
}

func TestAPreviewTakesPageAndPicture(t *testing.T) {
	b := newBlog(t)
	out := b.visitor(t).preview(patience(t, time.Minute), b.URL+"/hello/", time.Now())
	if asked := b.two.Load(); !out.Whole || asked != 2 {
		t.Errorf("%d requests; the preview was %+v", asked, out)
	}
	out = b.visitor(t).preview(patience(t, time.Minute), b.URL+"/style.css", time.Now())
	if !out.Whole {
		t.Errorf("without a picture the preview was %+v", out)
	}
	out = b.visitor(t).preview(patience(t, time.Minute), b.URL+"/busy/", time.Now())
	if out.Whole || !out.Refused {
		t.Errorf("refused, the preview was %+v", out)
	}
}

func TestACrawlerTakesPageAfterPageUntilOneFails(t *testing.T) {
	b := newBlog(t)
	pages := []string{b.URL + "/hello/", b.URL + "/style.css", b.URL + "/picture.png"}
	out := b.visitor(t).crawl(patience(t, time.Minute), pages, time.Now())
	if !out.Whole || out.Text == 0 || b.two.Load() != 3 {
		t.Errorf("%d requests; the crawl was %+v", b.two.Load(), out)
	}
	out = b.visitor(t).crawl(patience(t, time.Minute), []string{b.URL + "/hello/", b.URL + "/busy/", b.URL + "/hello/"}, time.Now())
	if out.Whole || out.Text == 0 || b.two.Load() != 5 {
		t.Errorf("%d requests; the crawl was %+v", b.two.Load(), out)
	}
}

func TestVisitorsSayHelloAsTheirProgramsDo(t *testing.T) {
	b := newBlog(t)
	var mu sync.Mutex
	var offered [][]string
	b.TLS.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		mu.Lock()
		defer mu.Unlock()
		offered = append(offered, h.SupportedProtos)
		return nil, nil
	}
	for _, who := range []agent{agentOf(Person, 0, false), agentOf(Person, 0, true), agentOf(Preview, 0, false)} {
		v := b.visitor(t)
		v.agent = who
		v.open()
		if out := v.preview(patience(t, time.Minute), b.URL+"/hello/", time.Now()); !out.Whole {
			t.Errorf("%s: %+v", who.name, out)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	want := [][]string{{"h2", "http/1.1"}, {"http/1.1"}, nil}
	if !reflect.DeepEqual(offered, want) {
		t.Errorf("offered %q, want %q", offered, want)
	}
}
