package refs

import (
	"strings"
	"testing"
)

func TestLegacyCharsetsAreReadInPlace(t *testing.T) {
	for _, c := range []struct{ name, doc, charset, want string }{
		{"windows-1252 from the header", "<a href=\"/caf\xe9?x=\xe9\">", "windows-1252", "link /caf%C3%A9?x=%E9"},
		{"ISO-8859-1 from the page", "<meta charset=iso-8859-1><a href='/\xfc'>", "", "link /%C3%BC"},
		{"Shift_JIS, whose second bytes may be backslashes", "<meta charset=shift_jis><a href=\"/\x83\x5c?\x83\x5c\">", "", "link /%E3%82%BD?%83\\"},
		{"KOI8-R", "<a href=/\xc1>", "koi8-r", "link /%D0%B0"},
		{"GBK in a style", "<p style=\"background:url('/\xc4\xe3')\">", "gbk", "embed /%E4%BD%A0"},
		{"windows-1251 in a style sheet", "<style>a{b:url(/\xe0)}</style>", "windows-1251", "embed /%D0%B0"},
		{"UTF-8 stays", "<meta charset=latin1><a href=/\u00e9>", "", "link /%C3%A9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := page
			d.Charset = c.charset
			if got := list(HTML, c.doc, d); got != c.want {
				t.Errorf("found %s, want %s", got, c.want)
			}
		})
	}
}

func TestLegacyDocumentsKeepTheirBytes(t *testing.T) {
	d := page
	d.Charset = "windows-1252"
	doc := "<p title='\xe9'>\xe9<img alt=\xe9 srcset=\"/\xe9 1x, /b 2x\"><p style=\"b:'\xe9' url(/x)\">"
	want := "<p title='\xe9'>\xe9<img alt=\xe9 srcset=\"/%C3%BC 1x, /%C3%BC 2x\"><p style=\"b:'\xe9' url(/%C3%BC)\">"
	if got := setAll(HTML, doc, d, "/ü"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTranscode(t *testing.T) {
	for _, c := range []struct{ name, doc, contentType, want string }{
		{"UTF-16 by its mark", "\xff\xfe<\x00p\x00", "text/html", "<p"},
		{"UTF-16 the other way", "\xfe\xff\x00<\x00p", "text/html", "<p"},
		{"UTF-16 by its type", "<\x00p\x00", "text/html; charset=utf-16le", "<p"},
		{"UTF-32", "\xff\xfe\x00\x00<\x00\x00\x00", "text/html", "<"},
		{"ISO-2022-JP", "\x1b$B$\"\x1b(B", "text/html; charset=iso-2022-jp", "あ"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, changed := Transcode([]byte(c.doc), c.contentType); string(got) != c.want || !changed {
				t.Errorf("Transcode(%q) = %q, %v", c.doc, got, changed)
			}
		})
	}
	for _, contentType := range []string{"text/html", "text/html; charset=utf-8", "text/html; charset=shift_jis", "", "x;;"} {
		if got, changed := Transcode([]byte("<p>"), contentType); string(got) != "<p>" || changed {
			t.Errorf("Transcode with %q changed <p> to %q", contentType, got)
		}
	}
}

func TestPagesAreReadAsBrowsersReadThem(t *testing.T) {
	late := "<!-- " + strings.Repeat("x", 2000) + " -->"
	for _, c := range []struct{ name, page, contentType, want string }{
		{"a charset that stands late", late + "<meta charset=utf-8>café", "text/html", late + "<meta charset=utf-8>café"},
		{"no charset, letters that stand late", late + "café", "text/html", late + "café"},
		{"no charset, no UTF-8", late + "caf\xe9", "text/html", late + "café"},
		{"a header that says otherwise", late + "café", "text/html; charset=windows-1252", late + "cafÃ©"},
		{"a head that says so", "<meta charset=koi8-r>\xc1", "text/html", "<meta charset=koi8-r>а"},
		{"two bytes a letter", "\xff\xfec\x00", "text/html", "c"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(UTF8([]byte(c.page), c.contentType)); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
