package evacuate

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writtenJournal is the journal of one evacuation there and back, in bytes.
func writtenJournal(t *testing.T) []byte {
	t.Helper()
	w := newWorld(t)
	if err := errors.Join(w.out(), w.back()); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(w.dir, "journal"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestAJournalThatIsTornAnywhereSaysWhatIsWhole(t *testing.T) {
	raw := writtenJournal(t)
	for at := len(journalHead); at <= len(raw); at++ {
		for _, tail := range []string{"", "\x00\x00\x00", "\n", "ffffffff {}\n"} {
			records, whole, err := parseJournal(append(bytes.Clone(raw[:at]), tail...))
			if err != nil {
				t.Fatalf("cut at %d, then %q: %v", at, tail, err)
			}
			want := bytes.Count(raw[:at], []byte("\n")) - 1
			if tail == "\n" && at < len(raw) && raw[at] == '\n' {
				want++ // the end of the line was all that was missing
			}
			if len(records) != want || whole > at+len(tail) {
				t.Fatalf("cut at %d, then %q: %d records in %d bytes, want %d", at, tail, len(records), whole, want)
			}
		}
	}
}

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

func TestADamagedJournalIsRefused(t *testing.T) {
	raw := writtenJournal(t)
	second := bytes.IndexByte(raw, '\n') + 20
	for _, c := range []struct {
		name string
		raw  []byte
		want string
	}{
		{"a byte changed in the middle", append(append(bytes.Clone(raw[:second]), raw[second]^1), raw[second+1:]...), "line 2 is damaged"},
		{"a later form", []byte("buzzproof evacuations 2\n"), "another version"},
		{"something else", []byte("hello\n"), "another version"},
		{"nothing", nil, "another version"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "journal"), c.raw, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Open(dir, World{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want one with %q", err, c.want)
			}
			if after, _ := os.ReadFile(filepath.Join(dir, "journal")); !bytes.Equal(after, c.raw) {
				t.Error("the damaged journal was changed")
			}
		})
	}
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

func FuzzJournal(f *testing.F) {
	f.Add([]byte(journalHead))
	f.Add([]byte(journalHead + "00000000 {}\n"))
	f.Add([]byte(journalHead + "a2b2a2b2 {\"step\":\"out\"}\nx"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		records, whole, err := parseJournal(raw)
		if err != nil {
			return
		}
		again, same, err := parseJournal(raw[:whole])
		if err != nil || same != whole || len(again) != len(records) {
			t.Fatalf("what is whole does not read the same: %d of %d bytes, %d of %d records, %v", same, whole, len(again), len(records), err)
		}
		var s State
		for _, r := range records {
			s.add(r)
		}
	})
}
