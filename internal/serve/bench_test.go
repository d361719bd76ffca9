package serve

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// discard is a visitor who costs nothing, so that the server's part shows.
type discard struct {
	header http.Header
	bytes  int64
}

func (d *discard) Header() http.Header { return d.header }
func (d *discard) WriteHeader(int)     {}
func (d *discard) Write(p []byte) (int, error) {
	d.bytes += int64(len(p))
	return len(p), nil
}

func BenchmarkServe(b *testing.B) {
	s := testServer(b)
	for _, c := range []struct{ name, target, header, value string }{
		{"page in br", "/post/", "Accept-Encoding", "gzip, deflate, br, zstd"},
		{"page known already", "/post/", "If-None-Match", tagOf(article+"post", "")},
		{"picture", "/photo.jpg", "Accept-Encoding", "gzip, deflate, br, zstd"},
		{"range", "/digits.bin", "Range", "bytes=2-5"},
		{"missing", "/wp-login.php", "Accept-Encoding", "gzip, deflate, br, zstd"},
		{"redirect", "/post?utm_source=hn", "Accept-Encoding", "gzip, deflate, br, zstd"},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodGet, c.target, nil)
			r.Header.Set(c.header, c.value)
			b.ReportAllocs()
			d := &discard{header: http.Header{}}
			for b.Loop() {
				clear(d.header)
				s.ServeHTTP(d, r)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
		})
	}
}
