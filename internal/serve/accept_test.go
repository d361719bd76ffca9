package serve

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	kgzip "github.com/klauspost/compress/gzip"
	kzstd "github.com/klauspost/compress/zstd"

	"buzzproof/internal/coding"
)

// decode undoes a coding with the library's own reader.
func decode(t testing.TB, coding, body string) string {
	t.Helper()
	var r io.Reader = strings.NewReader(body)
	var err error
	switch coding {
	case "br":
		r = brotli.NewReader(r)
	case "gzip":
		r, err = kgzip.NewReader(r)
	case "zstd":
		r, err = kzstd.NewReader(r)
	}
	check(t, err)
	plain, err := io.ReadAll(r)
	check(t, err)
	return string(plain)
}

func TestNegotiation(t *testing.T) {
	s := testServer(t)
	for _, c := range []struct{ name, target, accept, want string }{
		{"a browser gets br", "/", "gzip, deflate, br, zstd", "br"},
		{"among equals br is best, whatever the order", "/", "zstd, br, gzip", "br"},
		{"then zstd", "/", "gzip, zstd", "zstd"},
		{"then gzip", "/", "gzip", "gzip"},
		{"the old name of gzip counts", "/", "x-gzip", "gzip"},
		{"names are read in any case", "/", "GZip", "gzip"},
		{"a higher weight beats our liking", "/", "br;q=0.5, gzip;q=0.8", "gzip"},
		{"a thousandth decides", "/", "br;q=0.999, zstd;q=1.000", "zstd"},
		{"spaces around are allowed", "/", " br ; q=0.1 , gzip ;q=0.9", "gzip"},
		{"identity may be liked best", "/", "br;q=0.5, identity", ""},
		{"a star stands for what is not named", "/", "*", "br"},
		{"a star leaves out what is named", "/", "br;q=0, *", "zstd"},
		{"a star with zero leaves what is named", "/", "gzip, *;q=0", "gzip"},
		{"an empty header wants it plain", "/", "", ""},
		{"an unknown coding is passed over", "/", "compress, deflate", ""},
		{"what is refused is not sent", "/", "br;q=0, zstd;q=0.0, gzip;q=0.000", ""},
		{"a broken element is passed over", "/", "br;q=2, gzip;q=x, zstd;q=0.5", "zstd"},
		{"a weight of four digits is broken", "/", "br;q=0.1234", ""},
		{"a picture stays as it is", "/photo.jpg", "br, gzip", ""},
		{"what does not shrink stays as it is", "/noise.txt", "br, gzip", ""},
		{"what is tiny stays as it is", "/tiny.txt", "br", ""},
		{"who refuses it plain gets a picture coded", "/photo.jpg", "gzip, identity;q=0", "gzip"},
		{"who refuses it plain gets noise coded", "/noise.txt", "gzip, identity;q=0", "gzip"},
		{"the page for what is missing is coded too", "/none", "br", "br"},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp := ask(t, s, "GET", c.target, "Accept-Encoding: "+c.accept)
			wantHeaders(t, resp.Header, "Content-Encoding: "+c.want)
			plain := bodyOf(t, ask(t, s, "GET", c.target))
			if got := decode(t, c.want, bodyOf(t, resp)); got != plain {
				t.Errorf("decoded to %d bytes, want the %d of the plain answer", len(got), len(plain))
			}
		})
	}
}

func TestWithoutTheHeaderItIsPlain(t *testing.T) {
	resp := ask(t, testServer(t), "GET", "/")
	wantHeaders(t, resp.Header, "Content-Encoding:", "Vary: Accept-Encoding")
	if got := bodyOf(t, resp); got != article {
		t.Errorf("got %d bytes, want %d", len(got), len(article))
	}
}

func TestNothingAcceptable(t *testing.T) {
	s := testServer(t)
	for _, accept := range []string{"identity;q=0", "*;q=0", "deflate, *;q=0", "identity;q=0, br;q=0, gzip;q=0, zstd;q=0"} {
		resp := ask(t, s, "GET", "/", "Accept-Encoding: "+accept)
		if resp.StatusCode != http.StatusNotAcceptable {
			t.Errorf("%s: status %d, want 406", accept, resp.StatusCode)
		}
		wantHeaders(t, resp.Header, "Vary: Accept-Encoding", "Cache-Control: no-store")
		missing := ask(t, s, "GET", "/none", "Accept-Encoding: "+accept)
		if missing.StatusCode != http.StatusNotFound {
			t.Errorf("%s: a missing page has status %d, want 404 whatever is accepted", accept, missing.StatusCode)
		}
	}
}

func TestVaryStandsWhereTheAnswerVaries(t *testing.T) {
	s := testServer(t)
	for target, want := range map[string]string{
		"/": "Accept-Encoding", "/noise.txt": "Accept-Encoding", "/none": "Accept-Encoding",
		"/photo.jpg": "", "/tiny.txt": "", "/digits.bin": "", "/old": "",
	} {
		for _, accept := range []string{"", "br"} {
			resp := ask(t, s, "GET", target, "Accept-Encoding: "+accept)
			wantHeaders(t, resp.Header, "Vary: "+want)
		}
	}
}

func TestEncodeIsUndoneByOtherReaders(t *testing.T) {
	for _, data := range []string{"", "x", article, noise} {
		for _, c := range []coding.Coding{coding.BR, coding.Zstd, coding.Gzip, coding.Identity} {
			coded, err := coding.Encode([]byte(data), c, coding.Fast)
			check(t, err)
			if got := decode(t, c.String(), string(coded)); got != data {
				t.Errorf("%s: %d bytes came back as %d", c, len(data), len(got))
			}
			again, err := coding.Encode([]byte(data), c, coding.Fast)
			check(t, err)
			if !bytes.Equal(again, coded) {
				t.Errorf("%s: coding the same bytes twice differs, so a strong tag would lie", c)
			}
		}
	}
}

func FuzzAccept(f *testing.F) {
	for _, seed := range []string{
		"", "gzip, deflate, br, zstd", "*;q=0", "identity;q=0", "br;q=1.000,gzip;q=0.999", "gzip;q=", "gzip;;q=1", ";q=1",
		"*;q=0.5, *;q=0", "br;Q=0.3", "br; q=0.3; q=0.4", ",,,", "x-gzip", "br;q=1.001", "\x00", "gzip\t;\tq=0.1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		a := parseAccept([]string{header})
		for c := range coding.Count {
			if a[c] < 0 || a[c] > 1000 {
				t.Fatalf("%q gives %s the weight %d", header, c, a[c])
			}
		}
		last := int16(1001)
		for c, rest, ok := a.next(); ok; c, rest, ok = rest.next() {
			if a[c] > last || a[c] == 0 {
				t.Fatalf("%q: %s of weight %d comes after weight %d", header, c, a[c], last)
			}
			last = a[c]
		}
	})
}
