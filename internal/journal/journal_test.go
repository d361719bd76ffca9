package journal

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const head = "buzzproof tests 1"

type record struct {
	Step string `json:"step"`
	Done bool   `json:"done"`
}

// written is a journal of some records, in bytes.
func written(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	j, _, err := Open[record](dir, head)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []record{{"out", false}, {"push", false}, {"push", true}, {"switch", false}} {
		if err := j.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	all, err := Read[record](dir, head)
	if err != nil || len(all) != 4 || !all[2].Done {
		t.Fatalf("read %+v, %v", all, err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "journal"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestAJournalThatIsTornAnywhereSaysWhatIsWhole(t *testing.T) {
	raw := written(t)
	for at := len(head) + 1; at <= len(raw); at++ {
		for _, tail := range []string{"", "\x00\x00\x00", "\n", "ffffffff {}\n"} {
			records, whole, err := parse[record](append(bytes.Clone(raw[:at]), tail...), head)
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

func TestADamagedJournalIsRefused(t *testing.T) {
	raw := written(t)
	second := bytes.IndexByte(raw, '\n') + 20
	for _, c := range []struct {
		name string
		raw  []byte
		want string
	}{
		{"a byte changed in the middle", append(append(bytes.Clone(raw[:second]), raw[second]^1), raw[second+1:]...), "line 2 is damaged"},
		{"a later form", []byte("buzzproof tests 2\n"), "another version"},
		{"something else", []byte("hello\n"), "another version"},
		{"nothing", nil, "another version"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "journal"), c.raw, 0o600); err != nil {
				t.Fatal(err)
			}
			_, _, err := Open[record](dir, head)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want one with %q", err, c.want)
			}
			if after, _ := os.ReadFile(filepath.Join(dir, "journal")); !bytes.Equal(after, c.raw) {
				t.Error("the damaged journal was changed")
			}
		})
	}
}

func FuzzJournal(f *testing.F) {
	f.Add([]byte(head + "\n"))
	f.Add([]byte(head + "\n00000000 {}\n"))
	f.Add([]byte(head + "\na2b2a2b2 {\"step\":\"out\"}\nx"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		records, whole, err := parse[record](raw, head)
		if err != nil {
			return
		}
		again, same, err := parse[record](raw[:whole], head)
		if err != nil || same != whole || len(again) != len(records) {
			t.Fatalf("what is whole does not read the same: %d of %d bytes, %d of %d records, %v", same, whole, len(again), len(records), err)
		}
	})
}
