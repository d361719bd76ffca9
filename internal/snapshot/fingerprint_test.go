package snapshot

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestFingerprint(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	print := func() string {
		t.Helper()
		p, err := Fingerprint(dir)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	write("index.html", "one")
	first := print()
	if again := print(); again != first {
		t.Errorf("an untouched folder changed its fingerprint from %s to %s", first, again)
	}
	write("index.html", "three")
	second := print()
	if second == first {
		t.Error("a rewritten file left the fingerprint as it was")
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if got, err := Fingerprint(link); err != nil || got != second {
		t.Errorf("by a link the folder's fingerprint is %s, %v, want %s", got, err, second)
	}
	if err := os.Symlink("snapshots/abc/tree", filepath.Join(dir, "current")); err != nil {
		t.Fatal(err)
	}
	if got := print(); got != "abc" {
		t.Errorf("a store's fingerprint is %q, want its snapshot's name", got)
	}
	if _, err := Fingerprint(filepath.Join(dir, "missing")); !errors.Is(err, ErrNoSnapshot) {
		t.Errorf("a missing folder gave %v, want ErrNoSnapshot", err)
	}
}
