package serve

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/snapshot"
)

var written = time.Date(2026, 9, 5, 22, 30, 0, 500, time.UTC)

// file is one entry of a test site with its content.
type file struct {
	snapshot.Entry
	content string
}

// article is text that compresses, as text does.
var article = "<!DOCTYPE html><title>Trompette</title>" + strings.Repeat("<p>The dog barked first, then the line fell silent.\n", 120)

// noise does not compress.
var noise = func() string {
	var b strings.Builder
	for i := range 200 {
		sum := sha256.Sum256([]byte{byte(i)})
		b.Write(sum[:])
	}
	return b.String()
}()

var testFiles = []file{
	{snapshot.Entry{URL: "/", File: "index.html", Type: "text/html; charset=utf-8", Page: true, Modified: written}, article},
	{snapshot.Entry{URL: "/post/", File: "post/index.html", Type: "text/html; charset=utf-8", Page: true, Modified: written}, article + "post"},
	{snapshot.Entry{URL: "/?p=2", File: "p-2.html", Type: "text/html", Page: true}, article + "two"},
	{snapshot.Entry{URL: "/digits.bin", File: "digits.bin", Type: "application/octet-stream", Modified: written}, "0123456789"},
	{snapshot.Entry{URL: "/photo.jpg", File: "photo.jpg", Type: "image/jpeg"}, noise},
	{snapshot.Entry{URL: "/noise.txt", File: "noise.txt", Type: "text/plain"}, noise},
	{snapshot.Entry{URL: "/app.3f9c2b1a.css", File: "app.3f9c2b1a.css", Type: "text/css", Immutable: true}, strings.Repeat("p{color:red}", 90)},
	{snapshot.Entry{URL: "/style.css", File: "style.css", Type: "text/css"}, strings.Repeat("p{color:red}", 91)},
	{snapshot.Entry{URL: "/feed/", File: "feed/index.xml", Type: "application/rss+xml; charset=utf-8"}, strings.Repeat("<item/>", 100)},
	{snapshot.Entry{URL: "/tiny.txt", File: "tiny.txt", Type: "text/plain"}, "tiny"},
	{snapshot.Entry{URL: "/empty.txt", File: "empty.txt", Type: "text/plain"}, ""},
	{snapshot.Entry{URL: "/a%2Fb", File: "a%2Fb.html", Type: "text/html", Page: true}, article + "slash"},
	{snapshot.Entry{URL: "/%D0%BF/", File: "п/index.html", Type: "text/html", Page: true}, article + "cyrillic"},
}

func testManifest() *snapshot.Manifest {
	return &snapshot.Manifest{
		Public: "https://me.example/",
		Redirects: []snapshot.Redirect{
			{From: "/?p=7", To: "/post/", Status: 302},
			{From: "/old", To: "/post/", Status: 301},
			{From: "/away", To: "https://other.example/x", Status: 307},
		},
		Slash: snapshot.Slash{Missing: 301, Extra: 404},
		Forms: []snapshot.Form{{Page: "/post/", Action: "https://me.example/wp-comments-post.php", Method: "POST"}},
	}
}

var missing = file{snapshot.Entry{File: "404.html", Type: "text/html", Page: true}, article + "missing"}

// siteOf commits files as a snapshot of a store in dir and opens it.
func siteOf(t testing.TB, dir string, m *snapshot.Manifest, files []file, notFound *file) *snapshot.Snapshot {
	t.Helper()
	contents := t.TempDir()
	add := func(f file) snapshot.Entry {
		sum := sha256.Sum256([]byte(f.content))
		f.Digest, f.Size = hex.EncodeToString(sum[:]), int64(len(f.content))
		check(t, os.WriteFile(filepath.Join(contents, f.Digest), []byte(f.content), 0o644))
		return f.Entry
	}
	for _, f := range files {
		m.Entries = append(m.Entries, add(f))
	}
	if notFound != nil {
		e := add(*notFound)
		m.NotFound = &e
	}
	store, err := snapshot.OpenStore(dir)
	check(t, err)
	defer store.Close()
	_, err = store.Commit(m, func(e *snapshot.Entry) (string, error) { return filepath.Join(contents, e.Digest), nil }, nil)
	check(t, err)
	s, err := snapshot.Open(dir)
	check(t, err)
	return s
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func testServer(t testing.TB) *Server {
	t.Helper()
	s := New(siteOf(t, t.TempDir(), testManifest(), testFiles, &missing), Config{Log: quiet})
	t.Cleanup(s.Close)
	return s
}

var quiet = slog.New(slog.DiscardHandler)

// ask makes a request with headers written as "Name: value".
func ask(t testing.TB, h http.Handler, method, target string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, "/", nil)
	u, err := r.URL.Parse(target)
	check(t, err)
	r.URL, r.RequestURI = u, target
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func bodyOf(t testing.TB, resp *http.Response) string {
	t.Helper()
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	check(t, err)
	return string(b)
}

// wantHeaders compares headers written as "Name: value"; no value wants none.
func wantHeaders(t testing.TB, got http.Header, want ...string) {
	t.Helper()
	for _, line := range want {
		name, value, _ := strings.Cut(line, ":")
		if is := strings.Join(got.Values(name), "|"); is != strings.TrimSpace(value) {
			t.Errorf("%s is %q, want %q", name, is, strings.TrimSpace(value))
		}
	}
}

func tagOf(content string, suffix string) string {
	sum := sha256.Sum256([]byte(content))
	return fmt.Sprintf(`"%s%s"`, hex.EncodeToString(sum[:16]), suffix)
}
