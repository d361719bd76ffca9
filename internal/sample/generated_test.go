package sample_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"buzzproof/internal/sample"
)

func TestAGeneratedSiteHasExactlyThePagesItWasAskedFor(t *testing.T) {
	for _, pages := range []int{1, 2, 3, 42, 100, 1234} {
		t.Run(fmt.Sprintf("%d pages", pages), func(t *testing.T) {
			w := walkSite(sample.Generated(pages), base+"/", base+"/robots.txt")
			texts, count := map[string]bool{}, 0
			for at, answer := range w.answers {
				if answer.Code != http.StatusOK {
					t.Fatalf("%s answers %d (from %s)", at, answer.Code, w.from[at])
				}
				if strings.HasPrefix(answer.Header().Get("Content-Type"), "text/html") {
					count++
					texts[answer.Body.String()] = true
				}
			}
			if count != pages || len(texts) != pages {
				t.Errorf("%d pages, %d of them different, want %d", count, len(texts), pages)
			}
		})
	}
}

func TestAGeneratedPageWeighsTenKilobytesAndHasFiftyLinks(t *testing.T) {
	site := sample.Generated(20_000)
	for _, at := range []string{"/", "/tag/3/", "/post/0/", "/post/12345/", "/post/19511/"} {
		body := get(site, base+at).Body.String()
		if len(body) < 9_000 || len(body) > 11_500 {
			t.Errorf("%s weighs %d bytes", at, len(body))
		}
		if n := strings.Count(body, "<a href="); n < 40 || n > 65 {
			t.Errorf("%s has %d links", at, n)
		}
	}
}

func TestAGeneratedPageHasOneAddress(t *testing.T) {
	site := sample.Generated(100)
	for _, at := range []string{"/post/01/", "/post/+1/", "/post/-1/", "/post/1", "/post//", "/post/97/", "/tag/2/", "/sitemap-1.xml"} {
		if got := get(site, base+at).Code; got != http.StatusNotFound {
			t.Errorf("%s answers %d", at, got)
		}
	}
}

// The site is the origin of benchmarks: a page must cost under 30 µs.
func BenchmarkGenerated(b *testing.B) {
	site := sample.Generated(20_000)
	r := httptest.NewRequest("GET", base+"/post/777/", nil)
	w := &discard{header: http.Header{}}
	for b.Loop() {
		site.ServeHTTP(w, r)
	}
	b.SetBytes(int64(w.n))
}

type discard struct {
	header http.Header
	n      int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { d.n = len(p); return len(p), nil }
func (d *discard) WriteHeader(int)             {}
