package serve

import (
	"io"
	"mime"
	stdmultipart "mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestRange(t *testing.T) {
	s := testServer(t)
	for _, c := range []struct {
		name, header string
		status       int
		contentRange string
		body         string
	}{
		{"the first bytes", "bytes=0-3", 206, "bytes 0-3/10", "0123"},
		{"some in the middle", "bytes=4-5", 206, "bytes 4-5/10", "45"},
		{"one byte", "bytes=9-9", 206, "bytes 9-9/10", "9"},
		{"to the end", "bytes=7-", 206, "bytes 7-9/10", "789"},
		{"beyond the end stops there", "bytes=7-999", 206, "bytes 7-9/10", "789"},
		{"beyond any number stops there", "bytes=7-99999999999999999999999", 206, "bytes 7-9/10", "789"},
		{"the last bytes", "bytes=-4", 206, "bytes 6-9/10", "6789"},
		{"more last bytes than there are", "bytes=-99", 206, "bytes 0-9/10", "0123456789"},
		{"all of it is still a part", "bytes=0-", 206, "bytes 0-9/10", "0123456789"},
		{"the unit is read in any case", "Bytes=0-3", 206, "bytes 0-3/10", "0123"},
		{"empty elements of the list are passed over", "bytes=,0-3, ,", 206, "bytes 0-3/10", "0123"},
		{"behind the end", "bytes=10-", 416, "bytes */10", ""},
		{"far behind the end", "bytes=99999999999999999999-", 416, "bytes */10", ""},
		{"no last bytes", "bytes=-0", 416, "bytes */10", ""},
		{"all parts behind the end", "bytes=10-11,20-", 416, "bytes */10", ""},
		{"one part behind the end is left out", "bytes=20-30,1-2", 206, "bytes 1-2/10", "12"},
		{"backwards is malformed", "bytes=5-4", 200, "", "0123456789"},
		{"letters are malformed", "bytes=a-b", 200, "", "0123456789"},
		{"a sign is malformed", "bytes=--4", 200, "", "0123456789"},
		{"only a dash is malformed", "bytes=-", 200, "", "0123456789"},
		{"no dash is malformed", "bytes=4", 200, "", "0123456789"},
		{"one malformed spoils the list", "bytes=0-1,x", 200, "", "0123456789"},
		{"an empty list asks for nothing", "bytes=", 200, "", "0123456789"},
		{"another unit is unknown", "lines=0-3", 200, "", "0123456789"},
		{"overlapping parts get the file once", "bytes=0-9,0-9", 200, "", "0123456789"},
		{"too many parts get the file once", "bytes=" + strings.Repeat("0-0,", mostRanges) + "1-1", 200, "", "0123456789"},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp := ask(t, s, "GET", "/digits.bin", "Range: "+c.header)
			if resp.StatusCode != c.status {
				t.Fatalf("status %d, want %d", resp.StatusCode, c.status)
			}
			wantHeaders(t, resp.Header, "Content-Range: "+c.contentRange)
			if body := bodyOf(t, resp); c.status != 416 && body != c.body {
				t.Errorf("body %q, want %q", body, c.body)
			}
			if c.status != 416 {
				wantHeaders(t, resp.Header, "Content-Length: "+strconv.Itoa(len(c.body)), "Accept-Ranges: bytes", "Etag: "+tagOf("0123456789", ""))
			}
		})
	}
}

func TestSeveralParts(t *testing.T) {
	resp := ask(t, testServer(t), "GET", "/digits.bin", "Range: bytes=0-1, 4-5,-2")
	if resp.StatusCode != http.StatusPartialContent {
		t.Fatalf("status %d, want 206", resp.StatusCode)
	}
	body := bodyOf(t, resp)
	wantHeaders(t, resp.Header, "Content-Length: "+strconv.Itoa(len(body)), "Content-Range:")
	got := readParts(t, resp.Header, body)
	if want := "bytes 0-1/10=01 bytes 4-5/10=45 bytes 8-9/10=89"; got != want {
		t.Errorf("parts are %q, want %q", got, want)
	}
}

// readParts reads a multipart answer with the standard library.
func readParts(t testing.TB, header http.Header, body string) string {
	t.Helper()
	kind, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	check(t, err)
	if kind != "multipart/byteranges" {
		t.Fatalf("type is %s, want multipart/byteranges", kind)
	}
	var got []string
	for r := stdmultipart.NewReader(strings.NewReader(body), params["boundary"]); ; {
		p, err := r.NextPart()
		if err == io.EOF {
			return strings.Join(got, " ")
		}
		check(t, err)
		piece, err := io.ReadAll(p)
		check(t, err)
		got = append(got, p.Header.Get("Content-Range")+"="+string(piece))
	}
}

func TestIfRange(t *testing.T) {
	s := testServer(t)
	br1 := tagOf(article, "-br1")
	for _, c := range []struct {
		name, known, accept string
		status              int
		coding              string
	}{
		{"the same tag continues", tagOf(article, ""), "", 206, ""},
		{"another tag begins anew", `"x"`, "", 200, ""},
		{"a weak tag proves nothing", "W/" + tagOf(article, ""), "", 200, ""},
		{"the same date continues", written.Format(http.TimeFormat), "", 206, ""},
		{"a later date is not the same", written.Add(time.Hour).Format(http.TimeFormat), "", 200, ""},
		{"garbage begins anew", "x", "", 200, ""},
		{"a part of what came coded stays coded", br1, "br, gzip", 206, "br"},
		{"but not for who takes no br now", br1, "gzip", 200, ""},
		{"without If-Range parts are plain", "", "br, gzip", 206, ""},
		{"who refuses it plain gets coded parts", "", "br, identity;q=0", 206, "br"},
	} {
		t.Run(c.name, func(t *testing.T) {
			headers := []string{"Range: bytes=2-5", "Accept-Encoding: " + c.accept}
			if c.known != "" {
				headers = append(headers, "If-Range: "+c.known)
			}
			resp := ask(t, s, "GET", "/", headers...)
			if resp.StatusCode != c.status {
				t.Errorf("status %d, want %d", resp.StatusCode, c.status)
			}
			wantHeaders(t, resp.Header, "Content-Encoding: "+c.coding, "Vary: Accept-Encoding")
			all := bodyOf(t, ask(t, s, "GET", "/", "Accept-Encoding: "+c.coding))
			if got := bodyOf(t, resp); c.status == 206 && got != all[2:6] {
				t.Errorf("part is %q, want %q", got, all[2:6])
			}
		})
	}
}

func TestARangeIsForGETAndForSomething(t *testing.T) {
	s := testServer(t)
	resp := ask(t, s, "HEAD", "/digits.bin", "Range: bytes=0-3")
	if resp.StatusCode != 200 {
		t.Errorf("HEAD with Range: status %d, want 200", resp.StatusCode)
	}
	wantHeaders(t, resp.Header, "Content-Length: 10")
	if resp := ask(t, s, "GET", "/empty.txt", "Range: bytes=0-"); resp.StatusCode != 200 {
		t.Errorf("a range of nothing: status %d, want 200", resp.StatusCode)
	}
	if resp := ask(t, s, "GET", "/digits.bin", "Range: bytes=0-3", "Range: bytes=4-5"); resp.StatusCode != 200 {
		t.Errorf("two Range headers: status %d, want 200", resp.StatusCode)
	}
}

// FuzzRange asks the whole server: whatever the header, the parts that come
// are the bytes that their Content-Range names.
func FuzzRange(f *testing.F) {
	for _, seed := range []string{
		"bytes=0-3", "bytes=-4", "bytes=7-", "bytes=0-0,9-9", "bytes=0-1,0-1", "bytes=9-0", "bytes=10-", "bytes=-0", "bytes=",
		"bytes=,", "bytes=-", "bytes=0-18446744073709551616", "bytes=9223372036854775807-", "BYTES = 1-2 , 3-4", "items=0-1", "bytes=0-1;2-3",
	} {
		f.Add(seed)
	}
	s := testServer(f)
	const content = "0123456789"
	f.Fuzz(func(t *testing.T, header string) {
		resp := ask(t, s, "GET", "/digits.bin", "Range: "+header)
		body := bodyOf(t, resp)
		switch resp.StatusCode {
		case 200:
			if body != content {
				t.Fatalf("%q: whole file is %q", header, body)
			}
		case 206:
			parts := resp.Header.Get("Content-Range") + "=" + body
			if resp.Header.Get("Content-Range") == "" {
				parts = readParts(t, resp.Header, body)
			}
			for _, p := range strings.Split(strings.ReplaceAll(parts, "bytes ", ""), " ") {
				checkPart(t, header, p, content)
			}
		case 416:
			wantHeaders(t, resp.Header, "Content-Range: bytes */10")
		default:
			t.Fatalf("%q: status %d", header, resp.StatusCode)
		}
	})
}

// checkPart compares "4-5/10=45" with the content.
func checkPart(t *testing.T, header, p, content string) {
	t.Helper()
	span, got, _ := strings.Cut(p, "/10=")
	first, last, _ := strings.Cut(span, "-")
	from, err := strconv.Atoi(first)
	check(t, err)
	to, err := strconv.Atoi(last)
	check(t, err)
	if want := content[from : to+1]; got != want {
		t.Fatalf("%q: part %s is %q, want %q", header, span, got, want)
	}
}
