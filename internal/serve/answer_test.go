package serve

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"buzzproof/internal/snapshot"
)

func TestAnswers(t *testing.T) {
	s := testServer(t)
	for _, c := range []struct {
		name, method, target string
		status               int
		headers              []string
	}{
		{"a page", "GET", "/post/", 200, []string{"Content-Type: text/html; charset=utf-8", "Cache-Control: " + snapshot.CachePage, "X-Content-Type-Options: nosniff", "Set-Cookie:", "Server:"}},
		{"a style with a digest in its name never changes", "GET", "/app.3f9c2b1a.css", 200, []string{"Cache-Control: " + snapshot.CacheImmutable}},
		{"another style may", "GET", "/style.css", 200, []string{"Cache-Control: " + snapshot.CacheAsset}},
		{"a feed is as young as a page", "GET", "/feed/", 200, []string{"Cache-Control: " + snapshot.CachePage, "Content-Type: application/rss+xml; charset=utf-8"}},
		{"a query that chooses a page", "GET", "/?p=2", 200, []string{"Content-Length: " + strconv.Itoa(len(article)+3)}},
		{"a query that redirects", "GET", "/?p=7", 302, []string{"Location: /post/"}},
		{"a campaign is not another page", "GET", "/post/?utm_source=hn", 200, nil},
		{"a missing slash is mended as the origin did", "GET", "/post", 301, []string{"Location: /post/"}},
		{"a campaign survives the mending", "GET", "/post?utm_source=hn&x=1", 301, []string{"Location: /post/?utm_source=hn&x=1"}},
		{"a campaign survives a recorded redirect", "GET", "/old?utm_source=hn", 301, []string{"Location: /post/?utm_source=hn"}},
		{"a redirect elsewhere is sent as recorded", "GET", "/away?utm_source=hn", 307, []string{"Location: https://other.example/x"}},
		{"the file of a page leads to the page", "GET", "/post/index.html", 301, []string{"Location: /post/"}},
		{"a slash too many is what the origin made of it", "GET", "/style.css/", 404, nil},
		{"an escaped slash is no folder", "GET", "/a%2fb", 200, nil},
		{"a bare letter of another script", "GET", "/%d0%bf/", 200, nil},
		{"dots are walked", "GET", "/x/../post/./", 200, nil},
		{"dots do not climb out", "GET", "/../../../../etc/passwd", 404, nil},
		{"escaped dots do not either", "GET", "/%2e%2e/%2e%2e/etc/passwd", 404, nil},
		{"the manifest is not part of the site", "GET", "/manifest.json", 404, nil},
		{"nor is what lies beside the tree", "GET", "/../manifest.json", 404, nil},
		{"a backslash is no slash", "GET", "/..%5c..%5cmanifest.json", 404, nil},
		{"a zero byte is nothing special", "GET", "/post/%00", 404, nil},
		{"the site's own page for what is missing", "GET", "/none", 404, []string{"Content-Type: text/html", "Cache-Control: " + snapshot.CacheNotFound}},
		{"an address in absolute form", "GET", "http://me.example/post/", 200, nil},
		{"one without a path is the front page", "GET", "http://me.example", 200, nil},
		{"a very long address", "GET", "/" + strings.Repeat("a", 9000), 414, nil},
		{"a star is not a page", "GET", "*", 400, nil},
		{"posting is not possible", "POST", "/post/", 405, []string{"Allow: GET, HEAD, OPTIONS", "Cache-Control: no-store"}},
		{"nor is deleting", "DELETE", "/post/", 405, []string{"Allow: GET, HEAD, OPTIONS"}},
		{"nor is an invented method", "BREW", "/", 405, []string{"Allow: GET, HEAD, OPTIONS"}},
		{"what is possible", "OPTIONS", "/post/", 204, []string{"Allow: GET, HEAD, OPTIONS"}},
		{"what is possible at all", "OPTIONS", "*", 204, []string{"Allow: GET, HEAD, OPTIONS"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp := ask(t, s, c.method, c.target)
			if resp.StatusCode != c.status {
				t.Fatalf("status %d, want %d: %s", resp.StatusCode, c.status, bodyOf(t, resp))
			}
			wantHeaders(t, resp.Header, c.headers...)
		})
	}
}

func TestHEADSaysWhatGETWouldSend(t *testing.T) {
	s := testServer(t)
	for _, target := range []string{"/", "/post", "/none", "/photo.jpg", "/empty.txt", "/?p=7"} {
		for _, accept := range []string{"", "br", "*;q=0"} {
			get := ask(t, s, "GET", target, "Accept-Encoding: "+accept)
			head := ask(t, s, "HEAD", target, "Accept-Encoding: "+accept)
			if body := bodyOf(t, head); body != "" {
				t.Errorf("HEAD %s has a body of %d bytes", target, len(body))
			}
			wantHeaders(t, get.Header, "Content-Length: "+strconv.Itoa(len(bodyOf(t, get))))
			for name := range get.Header {
				wantHeaders(t, head.Header, name+": "+get.Header.Get(name))
			}
		}
	}
}

func TestWhoWritesIntoAFormHearsThatNobodyReads(t *testing.T) {
	resp := ask(t, testServer(t), "POST", "/wp-comments-post.php?x=1")
	if body := bodyOf(t, resp); resp.StatusCode != 405 || !strings.Contains(body, "not delivered") {
		t.Errorf("status %d, body %q: want 405 and that it was not delivered", resp.StatusCode, body)
	}
}

func TestASiteWithoutAPageForWhatIsMissing(t *testing.T) {
	s := New(siteOf(t, t.TempDir(), testManifest(), testFiles, nil), Config{Log: quiet})
	defer s.Close()
	resp := ask(t, s, "GET", "/none")
	if body := bodyOf(t, resp); resp.StatusCode != 404 || body == "" {
		t.Errorf("status %d, body %q: want 404 and some words", resp.StatusCode, body)
	}
}

func TestASiteUnderAPathLeadsThereFromTheRoot(t *testing.T) {
	m := &snapshot.Manifest{Public: "https://me.example/blog/"}
	files := []file{{snapshot.Entry{URL: "/blog/", File: "blog/index.html", Type: "text/html", Page: true}, article}}
	s := New(siteOf(t, t.TempDir(), m, files, nil), Config{Log: quiet})
	defer s.Close()
	resp := ask(t, s, "GET", "/")
	if resp.StatusCode != 302 {
		t.Errorf("status %d, want 302", resp.StatusCode)
	}
	wantHeaders(t, resp.Header, "Location: /blog/")
	wantHeaders(t, ask(t, s, "GET", "/?lite").Header, "Location: /blog/?lite")
}

func TestARedirectToADoubleSlashStaysHere(t *testing.T) {
	if got := location(snapshot.Answer{To: "//evil.example/x/"}); got != "/.//evil.example/x/" {
		t.Errorf("leads to %q: a browser would leave the site", got)
	}
}

func TestAPanicIsOneRequestsOwn(t *testing.T) {
	var log bytes.Buffer
	s := testServer(t)
	s.config.Log = slog.New(slog.NewTextHandler(&log, nil))
	good := s.current.Load()
	bad := &held{Snapshot: &snapshot.Snapshot{}}
	bad.users.Store(2)
	s.current.Store(bad)
	resp := ask(t, s, "GET", "/")
	s.current.Store(good)
	if resp.StatusCode != 500 || !strings.Contains(log.String(), "panic") {
		t.Errorf("status %d, log %q: want 500 and the panic logged", resp.StatusCode, log.String())
	}
	if resp := ask(t, s, "GET", "/"); resp.StatusCode != 200 {
		t.Errorf("the next request has status %d, want 200", resp.StatusCode)
	}
}

func TestAFileThatChangedIsNotSentUnderItsOldTag(t *testing.T) {
	for name, content := range map[string]string{"torn": article[:100], "altered": strings.ToUpper(article), "gone": ""} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := New(siteOf(t, dir, testManifest(), testFiles, nil), Config{Log: quiet})
			defer s.Close()
			path := filepath.Join(dir, "current", "index.html")
			check(t, os.Remove(path))
			if content != "" {
				check(t, os.WriteFile(path, []byte(content), 0o644))
			}
			resp := ask(t, s, "GET", "/")
			if resp.StatusCode != 503 {
				t.Errorf("status %d, want 503", resp.StatusCode)
			}
			wantHeaders(t, resp.Header, "Etag:", "Cache-Control: no-store", "Retry-After: 2")
		})
	}
}

func TestClient(t *testing.T) {
	s := testServer(t)
	s.config.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	for _, c := range []struct{ name, remote, header, want string }{
		{"nobody in between", "203.0.113.9:1", "", "203.0.113.9"},
		{"a stranger's word is not believed", "203.0.113.9:1", "X-Forwarded-For: 192.0.2.1", "203.0.113.9"},
		{"a trusted proxy is believed", "10.0.0.1:1", "X-Forwarded-For: 192.0.2.1", "192.0.2.1"},
		{"over IPv6 too", "[::1]:1", "X-Forwarded-For: 2001:db8::7", "2001:db8::7"},
		{"the hop before the last proxy is who called", "10.0.0.1:1", "X-Forwarded-For: 8.8.8.8, 192.0.2.1, 10.0.0.2", "192.0.2.1"},
		{"what the visitor wrote stays out", "10.0.0.1:1", "X-Forwarded-For: 10.0.0.9, 192.0.2.1", "192.0.2.1"},
		{"all are proxies: the first", "10.0.0.1:1", "X-Forwarded-For: 10.0.0.3, 10.0.0.2", "10.0.0.3"},
		{"a word that is no address ends it", "10.0.0.1:1", "X-Forwarded-For: 192.0.2.1, unknown", "10.0.0.1"},
		{"the standard header", "10.0.0.1:1", `Forwarded: for=192.0.2.1;proto=https, For="[2001:db8::7]:47"`, "2001:db8::7"},
		{"a hidden name ends it", "10.0.0.1:1", `Forwarded: for=_secret`, "10.0.0.1"},
		{"a port is cut off", "10.0.0.1:1", "X-Forwarded-For: 192.0.2.1:4711", "192.0.2.1"},
		{"IPv4 in IPv6 is IPv4", "[::ffff:10.0.0.1]:1", "X-Forwarded-For: ::ffff:192.0.2.1", "192.0.2.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = c.remote
			if name, value, ok := strings.Cut(c.header, ": "); ok {
				r.Header.Set(name, value)
			}
			if got := s.client(r); got.String() != c.want {
				t.Errorf("client is %s, want %s", got, c.want)
			}
		})
	}
}

func FuzzForwarded(f *testing.F) {
	f.Add("for=192.0.2.1;proto=https, for=\"[::1]:80\"", "1.2.3.4, unknown")
	f.Add("for=;;,=,for", ",,[,],[]:1")
	s := testServer(f)
	s.config.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	f.Fuzz(func(t *testing.T, standard, custom string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil) // from 192.0.2.1
		r.Header.Set("X-Forwarded-For", custom)
		if !s.client(r).IsValid() {
			t.Fatalf("X-Forwarded-For %q hides the client", custom)
		}
		r.Header.Set("Forwarded", standard)
		if !s.client(r).IsValid() {
			t.Fatalf("Forwarded %q hides the client", standard)
		}
	})
}

// swapping is a visitor during whose request the snapshot is replaced and the
// old one is swept off the disk.
type swapping struct {
	*httptest.ResponseRecorder
	replace func()
}

func (w *swapping) Header() http.Header {
	w.replace()
	return w.ResponseRecorder.Header()
}

func TestWhatTheOldSnapshotLostIsAskedOfTheNew(t *testing.T) {
	old := t.TempDir()
	s := New(siteOf(t, old, testManifest(), testFiles, nil), Config{Log: quiet})
	defer s.Close()
	next := siteOf(t, t.TempDir(), testManifest(), testFiles, nil)
	w := &swapping{httptest.NewRecorder(), sync.OnceFunc(func() {
		s.Swap(next)
		check(t, os.RemoveAll(old))
	})}
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/post/", nil))
	if w.Code != 200 || w.Body.String() != article+"post" {
		t.Errorf("status %d, want 200 and the page", w.Code)
	}
}
