package archive

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func put(t *testing.T, a *Archive, address, text string) {
	t.Helper()
	ans := Answer{Address: address, URL: "http://h" + address, Status: 200, Size: int64(len(text)), Digest: Digest([]byte(text))}
	if err := a.Put(ans, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, a *Archive, address, text string) {
	t.Helper()
	ans, ok := a.Get(address)
	if !ok {
		t.Fatalf("no answer for %s", address)
	}
	got, err := a.Text(ans)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != text {
		t.Errorf("text of %s is %q, want %q", address, got, text)
	}
}

func reopen(t *testing.T, dir string) *Archive {
	t.Helper()
	a, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func TestWhatWasPutIsThereAfterReopening(t *testing.T) {
	dir := t.TempDir()
	a := reopen(t, dir)
	put(t, a, "/", strings.Repeat("front page ", 1000))
	put(t, a, "/a", "first")
	put(t, a, "/a", "second")
	put(t, a, "/empty", "")

	b := reopen(t, dir)
	want(t, b, "/", strings.Repeat("front page ", 1000))
	want(t, b, "/a", "second")
	want(t, b, "/empty", "")
	if b.Len() != 3 {
		t.Errorf("%d answers, want 3", b.Len())
	}
}

func TestATornEndIsCutAwayAndTheRestKept(t *testing.T) {
	for _, c := range []struct {
		name string
		tear func(t *testing.T, dir string)
	}{
		{"half a line in the log", func(t *testing.T, dir string) { appendTo(t, filepath.Join(dir, logName), `{"address":"/b","sta`) }},
		{"a text without its line", func(t *testing.T, dir string) { appendTo(t, filepath.Join(dir, packName), "half a te") }},
		{"a line whose text did not reach the disk", func(t *testing.T, dir string) {
			appendTo(t, filepath.Join(dir, logName), `{"address":"/b","offset":10,"length":99999999}`+"\n")
		}},
		{"noise after a power cut", func(t *testing.T, dir string) { appendTo(t, filepath.Join(dir, logName), "\x00\x00\x00\n") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, reopen(t, dir), "/a", "kept")
			c.tear(t, dir)
			b := reopen(t, dir)
			want(t, b, "/a", "kept")
			put(t, b, "/c", "after the crash")
			d := reopen(t, dir)
			want(t, d, "/a", "kept")
			want(t, d, "/c", "after the crash")
			if d.Len() != 2 {
				t.Errorf("%d answers, want 2", d.Len())
			}
		})
	}
}

func TestATextThatRottedIsNotReturned(t *testing.T) {
	dir := t.TempDir()
	put(t, reopen(t, dir), "/a", "incompressible text")
	name := filepath.Join(dir, packName)
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)-3] ^= 1
	if err := os.WriteFile(name, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	a := reopen(t, dir)
	ans, _ := a.Get("/a")
	if text, err := a.Text(ans); err == nil {
		t.Errorf("rotten text %q was returned", text)
	}
}

func TestACopyHoldsOnlyWhatIsKept(t *testing.T) {
	a := reopen(t, t.TempDir())
	put(t, a, "/a", "old")
	put(t, a, "/a", "new")
	put(t, a, "/b", "gone")
	dir := t.TempDir()
	if err := a.CopyTo(dir, func(address string) bool { return address == "/a" }); err != nil {
		t.Fatal(err)
	}
	b, err := OpenRead(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	want(t, b, "/a", "new")
	if b.Len() != 1 {
		t.Errorf("%d answers, want 1", b.Len())
	}
}

func TestAMissingArchiveReadsAsEmpty(t *testing.T) {
	a, err := OpenRead(filepath.Join(t.TempDir(), "none"))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := a.Get("/"); ok || a.Len() != 0 {
		t.Error("a missing archive has answers")
	}
}

func appendTo(t *testing.T, name, s string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(s); err != nil {
		t.Fatal(err)
	}
}
