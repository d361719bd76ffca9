package evacuate

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestAJournalGoesOnBehindATornTail(t *testing.T) {
	w := newWorld(t)
	if err := w.out(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(w.dir, "journal")
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, append(raw, "12345678 {\"step\""...), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := w.back(); err != nil {
		t.Fatal(err)
	}
	w.expectHome()
}

func TestOneProcessHasTheJournal(t *testing.T) {
	dir := t.TempDir()
	first, err := Open(dir, World{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, World{}); !errors.Is(err, ErrBusy) {
		t.Fatalf("a second process got %v, want %v", err, ErrBusy)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(dir, World{})
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}
