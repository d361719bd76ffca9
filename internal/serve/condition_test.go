package serve

import (
	"net/http"
	"testing"
	"time"

	"buzzproof/internal/snapshot"
)

func TestConditions(t *testing.T) {
	s := testServer(t)
	plain, coded, other := tagOf(article, ""), tagOf(article, "-br1"), tagOf(article, "-gzip1")
	date := func(t time.Time) string { return t.UTC().Format(http.TimeFormat) }
	same, before, after := date(written), date(written.Add(-time.Hour)), date(written.Add(time.Hour))
	for _, c := range []struct {
		name    string
		headers []string
		want    int
	}{
		{"the tag that is known saves the bytes", []string{"If-None-Match: " + plain}, 304},
		{"a weak tag is as good for that", []string{"If-None-Match: W/" + plain}, 304},
		{"one of a list is enough", []string{`If-None-Match: "a", W/"b,c", ` + plain + `, "d"`}, 304},
		{"one of two headers is enough", []string{`If-None-Match: "a"`, "If-None-Match: " + plain}, 304},
		{"a star stands for any", []string{"If-None-Match: *"}, 304},
		{"another tag is another file", []string{`If-None-Match: "a"`}, 200},
		{"a tag without quotes is none", []string{"If-None-Match: " + plain[1:len(plain)-1]}, 200},
		{"an unclosed tag is none", []string{`If-None-Match: "` + plain[1:len(plain)-1]}, 200},
		{"garbage before a tag is passed over", []string{"If-None-Match: x, " + plain}, 304},
		{"each coding has its own tag", []string{"If-None-Match: " + coded, "Accept-Encoding: br"}, 304},
		{"the tag of another coding is another", []string{"If-None-Match: " + other, "Accept-Encoding: br"}, 200},
		{"the plain tag is another than br's", []string{"If-None-Match: " + plain, "Accept-Encoding: br"}, 200},
		{"unchanged since then saves the bytes", []string{"If-Modified-Since: " + same}, 304},
		{"unchanged since later too", []string{"If-Modified-Since: " + after}, 304},
		{"changed since then does not", []string{"If-Modified-Since: " + before}, 200},
		{"a broken date is as if not sent", []string{"If-Modified-Since: yesterday"}, 200},
		{"the tag decides before the date", []string{`If-None-Match: "a"`, "If-Modified-Since: " + after}, 200},
		{"a match that is demanded and there", []string{"If-Match: " + plain}, 200},
		{"a match that is demanded and not there", []string{`If-Match: "a"`}, 412},
		{"a weak tag is no match", []string{"If-Match: W/" + plain}, 412},
		{"a star matches what exists", []string{"If-Match: *"}, 200},
		{"demanded unchanged since later", []string{"If-Unmodified-Since: " + after}, 200},
		{"demanded unchanged since earlier", []string{"If-Unmodified-Since: " + before}, 412},
		{"If-Match decides before the date", []string{"If-Match: " + plain, "If-Unmodified-Since: " + before}, 200},
		{"what matches may still be known", []string{"If-Match: " + plain, "If-None-Match: " + plain}, 304},
		{"a failed match goes before what is known", []string{`If-Match: "a"`, "If-None-Match: " + plain}, 412},
		{"a known file is not sent in parts", []string{"If-None-Match: " + plain, "Range: bytes=0-3"}, 304},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, method := range []string{"GET", "HEAD"} {
				resp := ask(t, s, method, "/", c.headers...)
				if resp.StatusCode != c.want {
					t.Errorf("%s: status %d, want %d", method, resp.StatusCode, c.want)
				}
				if body := bodyOf(t, resp); c.want == 304 && body != "" {
					t.Errorf("%s: 304 with a body of %d bytes", method, len(body))
				}
			}
		})
	}
}

func TestNotModifiedCarriesWhatCachesUpdate(t *testing.T) {
	resp := ask(t, testServer(t), "GET", "/", "If-None-Match: "+tagOf(article, "-br1"), "Accept-Encoding: br")
	wantHeaders(t, resp.Header,
		"Vary: Accept-Encoding", "Etag: "+tagOf(article, "-br1"), "Cache-Control: "+snapshot.CachePage,
		"Last-Modified: Sat, 05 Sep 2026 22:30:00 GMT", "Content-Encoding:", "Content-Type:", "Content-Length:")
}

func TestAFileWithoutADateHasNoConditionsOnIt(t *testing.T) {
	s := testServer(t)
	for _, header := range []string{"If-Modified-Since: ", "If-Unmodified-Since: "} {
		resp := ask(t, s, "GET", "/photo.jpg", header+written.Format(http.TimeFormat))
		if resp.StatusCode != 200 {
			t.Errorf("%s: status %d, want 200", header, resp.StatusCode)
		}
		wantHeaders(t, resp.Header, "Last-Modified:")
	}
}

func TestConditionsDoNotApplyToWhatIsMissing(t *testing.T) {
	resp := ask(t, testServer(t), "GET", "/none", "If-Match: *", "If-None-Match: *", "Range: bytes=0-3")
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("status %d, want 404", resp.StatusCode)
	}
	wantHeaders(t, resp.Header, "Etag:", "Accept-Ranges:", "Last-Modified:")
}

func FuzzTags(f *testing.F) {
	for _, seed := range []string{`"a"`, `W/"a", "b"`, `*`, `"`, `W/`, `,,"a,b"`, `"a""b"`, `x"a"`, "\x00", `W/"`, `"a" "b"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, list string) {
		const tag = `"0123"`
		if listed([]string{list}, tag, true) && !listed([]string{list}, tag, false) {
			t.Fatalf("%q: a strong match is no weak match", list)
		}
		if !listed([]string{tag + ", " + list}, tag, true) {
			t.Fatalf("%q hides the tag before it", list)
		}
	})
}
