package fetch

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
)

// get asks a handler once and returns the whole answer.
func get(t *testing.T, c Config, r Request, h http.HandlerFunc) (*Response, string, error) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL + "/page")
	if err != nil {
		t.Fatal(err)
	}
	r.URL = u
	client := NewClient(c)
	t.Cleanup(client.transport.CloseIdleConnections)
	resp, err := client.Get(t.Context(), r)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp, string(body), err
}

// packed writes text through a compressor.
func packed(t *testing.T, text string, by func(io.Writer) io.WriteCloser) string {
	t.Helper()
	var b bytes.Buffer
	w := by(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func byGzip(w io.Writer) io.WriteCloser   { return gzip.NewWriter(w) }
func byBrotli(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) }
func byZlib(w io.Writer) io.WriteCloser   { return zlib.NewWriter(w) }
func byFlate(w io.Writer) io.WriteCloser {
	fw, _ := flate.NewWriter(w, flate.BestSpeed) // fails for unknown levels only
	return fw
}

func TestContentCodings(t *testing.T) {
	const text = "a page, a page, a page, a page"
	gz := packed(t, text, byGzip)
	for _, c := range []struct {
		name, coding, body string
		want               string
		fails              string // what the error says
	}{
		{"a plain body is passed on", "", text, text, ""},
		{"identity is no coding", "identity", text, text, ""},
		{"a charset announced as a coding is passed over", "UTF-8", text, text, ""},
		{"gzip is unpacked", "gzip", gz, text, ""},
		{"x-gzip is gzip", "X-GZip", gz, text, ""},
		{"br is unpacked though it was not asked for", "br", packed(t, text, byBrotli), text, ""},
		{"deflate in its wrapping is unpacked", "deflate", packed(t, text, byZlib), text, ""},
		{"deflate without its wrapping is unpacked", "deflate", packed(t, text, byFlate), text, ""},
		{"two codings are undone from the last to the first", "br, gzip", packed(t, packed(t, text, byBrotli), byGzip), text, ""},
		{"gzip that is announced but not done is passed on", "gzip", text, text, ""},
		{"an empty gzip body is empty", "gzip", "", "", ""},
		{"an empty deflate body is empty", "deflate", "", "", ""},
		{"a gzip body that breaks off is an error", "gzip", gz[:len(gz)-6], "", "unexpected EOF"},
		{"a gzip body of which only the start is right is an error", "gzip", "\x1f\x8b\x08 but not really at all", "", "corrupt input"},
		{"a br body that breaks off is an error", "br", packed(t, text, byBrotli)[:8], "", "unexpected EOF"},
		{"a coding nobody knows is an error", "zstd", text, "", `"zstd" was not asked for`},
		{"a body packed without end is refused", strings.Repeat("gzip,", 5000), gz, "", "times over"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, got, err := get(t, Config{}, Request{}, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", c.coding)
				_, _ = io.WriteString(w, c.body)
			})
			switch {
			case c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails)):
				t.Errorf("error is %v, want one with %q", err, c.fails)
			case c.fails == "" && err != nil:
				t.Error(err)
			case c.fails == "" && got != c.want:
				t.Errorf("body is %q, want %q", got, c.want)
			}
		})
	}
}

func TestBounds(t *testing.T) {
	zeros := strings.Repeat("\x00", 1<<20)
	small := Config{MaxBody: 1000, Stall: 5 * time.Second}
	hang := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "the beginning")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	for _, c := range []struct {
		name   string
		config Config
		answer http.HandlerFunc
		want   error
		says   string
	}{
		{"a body of exactly the bound is whole", small, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, zeros[:1000])
		}, nil, ""},
		{"a body one byte longer is too large", small, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, zeros[:1001])
		}, ErrTooLarge, ""},
		{"a gzip bomb is counted unpacked", small, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = io.WriteString(z, zeros)
			_ = z.Close()
		}, ErrTooLarge, ""},
		{"a body without an end is left", small, func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, zeros)
			}
		}, ErrTooLarge, ""},
		{"a body that stops is left", Config{Stall: 30 * time.Millisecond}, hang, ErrStalled, ""},
		{"a packed body that stops before its first byte is left", Config{Stall: 30 * time.Millisecond}, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, ErrStalled, ""},
		{"an answer that does not come is given up", Config{Header: 30 * time.Millisecond}, func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		}, nil, "timeout awaiting response headers"},
		{"a header of 10 MB is refused", Config{}, func(w http.ResponseWriter, _ *http.Request) {
			for i := range 10 {
				w.Header().Add("X-Long", strings.Repeat(string(rune('a'+i)), 1<<20))
			}
		}, nil, "headers exceeded"},
		{"a body shorter than announced is an error", Config{}, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "short")
		}, io.ErrUnexpectedEOF, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, body, err := get(t, c.config, Request{}, c.answer)
			switch {
			case c.want == nil && c.says == "":
				if err != nil || len(body) != 1000 {
					t.Errorf("got %d bytes and %v, want all 1000", len(body), err)
				}
			case c.want != nil && !errors.Is(err, c.want):
				t.Errorf("error is %v, want %v", err, c.want)
			case c.want == nil && (err == nil || !strings.Contains(err.Error(), c.says)):
				t.Errorf("error is %v, want one with %q", err, c.says)
			}
			if int64(len(body)) > c.config.MaxBody && c.config.MaxBody > 0 {
				t.Errorf("got %d bytes, the bound is %d", len(body), c.config.MaxBody)
			}
		})
	}
}

func TestARedirectToNonsenseIsAnAnswer(t *testing.T) {
	resp, _, err := get(t, Config{}, Request{}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "http://[::1:80%zz/")
		w.WriteHeader(http.StatusFound)
	})
	if err != nil || resp.Status != http.StatusFound {
		t.Errorf("got %v and %v, want status 302", resp, err)
	}
}

func TestALoginInTheURLIsUsed(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "me" || password != "secret" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer server.Close()
	u, _ := url.Parse(strings.Replace(server.URL, "http://", "http://me:secret@", 1))
	resp, err := NewClient(Config{}).Get(t.Context(), Request{URL: u})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.Status != http.StatusOK {
		t.Errorf("status is %d, want 200", resp.Status)
	}
}

func TestARedirectIsAnAnswer(t *testing.T) {
	asked := 0
	resp, _, err := get(t, Config{}, Request{}, func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(w, r, "/elsewhere", http.StatusMovedPermanently)
	})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Status != http.StatusMovedPermanently || resp.Header.Get("Location") != "/elsewhere" || asked != 1 {
		t.Errorf("got %d to %q after %d questions, want 301 to /elsewhere after one", resp.Status, resp.Header.Get("Location"), asked)
	}
}

func TestAnAnswerWithoutBodyMayAnnounceAnyCoding(t *testing.T) {
	for _, coding := range []string{"gzip", "deflate"} {
		resp, body, err := get(t, Config{}, Request{ETag: `"1"`}, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", coding)
			w.WriteHeader(http.StatusNotModified)
		})
		if err != nil || resp.Status != http.StatusNotModified || body != "" {
			t.Errorf("%s: got %v with body %q and %v, want 304 without", coding, resp, body, err)
		}
	}
}

func TestAPageThatAProxyHasChangedIsThePage(t *testing.T) {
	resp, body, err := get(t, Config{}, Request{}, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNonAuthoritativeInfo)
		_, _ = io.WriteString(w, "page")
	})
	if err != nil || resp.Status != http.StatusOK || body != "page" {
		t.Errorf("got %v %q, error %v", resp, body, err)
	}
}

func TestWhatIsAsked(t *testing.T) {
	for _, c := range []struct {
		name    string
		request Request
		want    map[string]string
		host    string
	}{
		{"the first time nothing is conditional", Request{}, map[string]string{"If-None-Match": "", "If-Modified-Since": "", "X-Forwarded-Proto": "", "Accept-Encoding": "gzip", "User-Agent": "tester", "Cookie": ""}, ""},
		{"what is known is asked for only when it changed", Request{ETag: `W/"7"`, LastModified: "Mon, 05 Sep 2016 22:30:00 GMT"}, map[string]string{"If-None-Match": `W/"7"`, "If-Modified-Since": "Mon, 05 Sep 2016 22:30:00 GMT"}, ""},
		{"a CMS is called as it wants to be", Request{Host: "blog.example", Scheme: "https"}, map[string]string{"X-Forwarded-Proto": "https"}, "blog.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got http.Header
			var host string
			_, _, err := get(t, Config{UserAgent: "tester"}, c.request, func(w http.ResponseWriter, r *http.Request) {
				got, host = r.Header.Clone(), r.Host
				http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
			})
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range c.want {
				if got.Get(name) != want {
					t.Errorf("%s is %q, want %q", name, got.Get(name), want)
				}
			}
			if c.host != "" && host != c.host {
				t.Errorf("Host is %q, want %q", host, c.host)
			}
		})
	}
}

func TestErrorsDoNotTellPasswords(t *testing.T) {
	u, _ := url.Parse("http://me:secret@127.0.0.1:1/")
	_, err := NewClient(Config{}).Get(t.Context(), Request{URL: u})
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("error is %v, want one without the password", err)
	}
}
