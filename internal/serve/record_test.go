package serve

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"buzzproof/internal/recorder"
	"buzzproof/internal/site"
)

func TestEveryAnswerIsRecorded(t *testing.T) {
	var hits []recorder.Hit
	s := New(siteOf(t, t.TempDir(), testManifest(), testFiles, &missing), Config{
		Log: quiet, Record: func(h recorder.Hit) { hits = append(hits, h) },
	})
	t.Cleanup(s.Close)
	before := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/kept-out" {
				http.Error(w, "no", http.StatusForbidden)
				return
			}
			next.ServeHTTP(struct{ unwrapping }{unwrapping{w}}, r)
		})
	}
	handler := s.recorded(before(s))
	tag := ask(t, s, "GET", "/post/").Header.Get("ETag")
	for _, c := range []struct {
		name, method, target string
		headers              []string
		kind                 recorder.Kind
		key, mime            string
		status               int
	}{
		{"a page", "GET", "/post/", nil, recorder.Page, "/post/", "text/html; charset=utf-8", 200},
		{"a page by another spelling", "GET", "/post/?utm_source=x", nil, recorder.Page, "/post/", "text/html; charset=utf-8", 200},
		{"a page in gzip", "GET", "/", []string{"Accept-Encoding: gzip"}, recorder.Page, "/", "text/html; charset=utf-8", 200},
		{"a page the visitor has", "GET", "/post/", []string{"If-None-Match: " + tag}, recorder.Page, "/post/", "", 304},
		{"a page that is only asked about", "HEAD", "/post/", nil, recorder.Page, "/post/", "text/html; charset=utf-8", 200},
		{"a picture", "GET", "/photo.jpg", nil, recorder.Asset, "/photo.jpg", "image/jpeg", 200},
		{"a part of a file", "GET", "/digits.bin", []string{"Range: bytes=2-4"}, recorder.Asset, "/digits.bin", "application/octet-stream", 206},
		{"a redirect", "GET", "/old", nil, recorder.Other, "/old", "text/html; charset=utf-8", 301},
		{"what is not there", "GET", "/none?x=1", nil, recorder.Other, "/none?x=1", "text/html", 404},
		{"a method that is not taken", "POST", "/post/", nil, recorder.Other, "/post/", "text/plain; charset=utf-8", 405},
		{"what never came to the site", "GET", "/kept-out", nil, recorder.Other, "/kept-out", "text/plain; charset=utf-8", 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			hits = nil
			resp := ask(t, handler, c.method, c.target, append(c.headers, "User-Agent: me", "Referer: http://news.example/")...)
			sent := int64(len(bodyOf(t, resp)))
			if len(hits) != 1 {
				t.Fatalf("%d hits", len(hits))
			}
			h := hits[0]
			if h.Status != c.status || resp.StatusCode != c.status || h.Bytes != sent || h.Kind != c.kind || h.Key != c.key || h.MIME != c.mime {
				t.Errorf("%+v; sent %d, status %d", h, sent, resp.StatusCode)
			}
			if h.Agent != "me" || h.Referrer != "http://news.example/" || h.Method != c.method || h.Protocol != "HTTP/1.1" || h.Host != "example.com" {
				t.Errorf("request: %+v", h)
			}
			if h.Address != netip.MustParseAddr("192.0.2.1") || h.At.IsZero() || h.Took <= 0 || h.Rung != site.Full {
				t.Errorf("visit: %+v", h)
			}
		})
	}
}

// unwrapping is a writer around another, as whatever stands before a site may
// make one.
type unwrapping struct{ http.ResponseWriter }

func (u unwrapping) Unwrap() http.ResponseWriter { return u.ResponseWriter }

func TestARecordedFileGoesOutWhole(t *testing.T) {
	var hits []recorder.Hit
	done := make(chan bool, 1)
	s := New(siteOf(t, t.TempDir(), testManifest(), testFiles, &missing), Config{
		Log: quiet, Memory: 1, // files beyond memory are copied from the disk
		Record: func(h recorder.Hit) { hits = append(hits, h); done <- true },
	})
	t.Cleanup(s.Close)
	address, _ := start(t, s, nil)
	resp, err := http.Get("http://" + address + "/noise.txt")
	check(t, err)
	if body := bodyOf(t, resp); body != noise {
		t.Errorf("%d bytes of %d", len(body), len(noise))
	}
	<-done
	if h := hits[0]; h.Bytes != int64(len(noise)) || !strings.HasPrefix(h.MIME, "text/plain") {
		t.Errorf("%+v", h)
	}
}
