package snapshot

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

func TestAFileOfAFolderInAnotherCharsetMaySayWhich(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"index.html": "<p>café", "old.html": "<meta charset=windows-1252><p>caf\xe9", "old.css": "p::after{content:'\xe9'}", "a.png": "\x89PNG",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for key, want := range map[string]string{
		"/": "text/html; charset=utf-8", "/old.html": "text/html", "/old.css": "text/css", "/a.png": "image/png",
	} {
		if got := s.Find(key).Entry.Type; got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
}

func FuzzUTF8Check(f *testing.F) {
	for _, text := range []string{"", "café", "日本語", "😀", "caf\xe9", "\xe6\x97", "a\xffb", "\xf0\x9f\x98"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for name, r := range map[string]io.Reader{
			"whole": strings.NewReader(text), "byte by byte": iotest.OneByteReader(strings.NewReader(text)), "by halves": iotest.HalfReader(strings.NewReader(text)),
		} {
			var c utf8Check
			if _, err := io.CopyBuffer(struct{ io.Writer }{&c}, struct{ io.Reader }{r}, make([]byte, 5)); err != nil {
				t.Fatal(err)
			}
			if c.valid() != utf8.ValidString(text) {
				t.Errorf("%q, read %s, is taken for valid: %v", text, name, c.valid())
			}
		}
	})
}
