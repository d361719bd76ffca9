package refuge

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const pageCache = "public, max-age=60"

var (
	page    = []byte("<!doctype html><title>page</title>" + strings.Repeat("<p>words", 2000))
	nowhere = []byte("<!doctype html><title>nothing here</title>")
)

func object(key string, body []byte) Object {
	sum := sha256.Sum256(body)
	return Object{
		Key: key, File: strings.TrimPrefix(key, "/"), Digest: hex.EncodeToString(sum[:]), Size: int64(len(body)),
		Type: "text/html; charset=utf-8", Status: http.StatusOK, Cache: pageCache, Page: true,
	}
}

func smallTree() Tree {
	missing := object("/404.html", nowhere)
	missing.Status, missing.Cache = http.StatusNotFound, "public, max-age=10"
	t := Tree{ID: "abc", Host: "blog.example.org", Objects: []Object{
		object("/page.html", page), missing,
		{Key: "/old", Status: http.StatusMovedPermanently, Location: "/page.html", Cache: pageCache, Page: true},
	}}
	t.Open = func(o Object) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(page)), nil }
	return t
}

// right answers as smallTree says.
func right(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", pageCache)
	h.Set("Content-Type", "text/html; charset=utf-8")
	switch {
	case r.Host != "blog.example.org":
		http.Error(w, "no such site", http.StatusNotFound)
	case r.URL.Path == "/old":
		h.Set("Location", "https://blog.example.org/page.html")
		w.WriteHeader(http.StatusMovedPermanently)
	case r.URL.Path == "/page.html":
		_, _ = w.Write(page)
	default:
		h.Set("Cache-Control", "public, max-age=10")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write(nowhere)
	}
}

// spoilt is right but for one thing.
func spoilt(spoil func(w *httptest.ResponseRecorder)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		right(rec, r)
		if r.URL.Path == "/page.html" {
			spoil(rec)
		}
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	}
}

func TestAVerifierFindsWhatARefugeDoesWrong(t *testing.T) {
	for _, c := range []struct {
		name    string
		terms   Terms
		handler http.HandlerFunc
		what    string // "" if all is right
	}{
		{"all is right", Terms{}, right, ""},
		{"one byte is another", Terms{}, spoilt(func(w *httptest.ResponseRecorder) { w.Body.Bytes()[7000] ^= 1 }), "body"},
		{"it is cut off", Terms{}, spoilt(func(w *httptest.ResponseRecorder) { w.Body.Truncate(100) }), "body"},
		{"it promises more than it sends", Terms{}, spoilt(func(w *httptest.ResponseRecorder) {
			w.Header().Set("Content-Length", strconv.Itoa(len(page)))
			w.Body.Truncate(100)
		}), "answer"},
		{"a header is dropped", Terms{}, spoilt(func(w *httptest.ResponseRecorder) { w.Header().Del("Cache-Control") }), "cache"},
		{"the type is another", Terms{}, spoilt(func(w *httptest.ResponseRecorder) { w.Header().Set("Content-Type", "text/plain") }), "type"},
		{"the charset is another", Terms{}, spoilt(func(w *httptest.ResponseRecorder) { w.Header().Set("Content-Type", "text/html; charset=latin1") }), "type"},
		{"the type in other letters", Terms{}, spoilt(func(w *httptest.ResponseRecorder) { w.Header().Set("Content-Type", "text/html;charset=UTF-8") }), ""},
		{"it is in gzip", Terms{}, spoilt(zip), ""},
		{"it is in gzip and does not say so", Terms{}, spoilt(func(w *httptest.ResponseRecorder) { zip(w); w.Header().Del("Content-Encoding") }), "body"},
		{"it says gzip and is not", Terms{}, spoilt(func(w *httptest.ResponseRecorder) { w.Header().Set("Content-Encoding", "gzip") }), "answer"},
		{"it is in a coding that was not asked for", Terms{}, spoilt(func(w *httptest.ResponseRecorder) { w.Header().Set("Content-Encoding", "br") }), "answer"},
		{"it should be in gzip", Terms{Gzip: true}, right, "encoding"},
		{"it is gone", Terms{}, spoilt(func(w *httptest.ResponseRecorder) { w.Code = http.StatusGone }), "status"},
		{"it fails", Terms{}, spoilt(func(w *httptest.ResponseRecorder) { w.Code = http.StatusBadGateway }), "status"},
		{"a redirect leads elsewhere", Terms{}, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/old" {
				w.Header().Set("Cache-Control", pageCache)
				http.Redirect(w, r, "https://other.example.net/page.html", http.StatusMovedPermanently)
				return
			}
			right(w, r)
		}, "location"},
		{"a redirect is of another kind", Terms{}, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/old" {
				http.Redirect(w, r, "/page.html", http.StatusFound)
				return
			}
			right(w, r)
		}, "status"},
		{"what is not there is there", Terms{}, func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/buzzproof") {
				r.URL.Path = "/page.html"
			}
			right(w, r)
		}, "status"},
		{"it answers for any name but the site's", Terms{}, func(w http.ResponseWriter, r *http.Request) {
			r.Host = "127.0.0.1"
			right(w, r)
		}, "status"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(c.handler)
			defer server.Close()
			err := Verifier{}.Verify(t.Context(), Place{Base: server.URL, Terms: c.terms}, smallTree())
			differs, _ := errors.AsType[*Differs](err)
			if c.what == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if differs == nil || !slices.ContainsFunc(differs.All, func(d Difference) bool { return d.What == c.what }) {
				t.Errorf("found %v, want something about the %s", err, c.what)
			}
		})
	}
}

func zip(w *httptest.ResponseRecorder) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(w.Body.Bytes())
	_ = z.Close()
	w.Body = &b
	w.Header().Set("Content-Encoding", "gzip")
}

func TestAVerifierKeepsItsBudget(t *testing.T) {
	var bodies, heads int
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			heads++
			r.Method = http.MethodGet
			rec := httptest.NewRecorder()
			right(rec, r)
			for name, values := range rec.Header() {
				w.Header()[name] = values
			}
			w.WriteHeader(rec.Code)
			return
		}
		bodies++
		right(w, r)
	}))
	defer server.Close()
	if err := (Verifier{Workers: 1, Bytes: 1000}).Verify(t.Context(), Place{Base: server.URL}, smallTree()); err != nil {
		t.Fatal(err)
	}
	if heads != 1 || bodies != 2 {
		t.Errorf("%d heads and %d bodies were asked for, want the big page's head alone", heads, bodies)
	}
}

func TestNobodyThereIsADifferenceAndSaysSo(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(right))
	server.Close()
	err := Verifier{}.Verify(t.Context(), Place{Base: server.URL}, smallTree())
	if differs, ok := errors.AsType[*Differs](err); !ok || len(differs.All) != 3 || !strings.Contains(err.Error(), "refused") {
		t.Errorf("it says %v", err)
	}
}
