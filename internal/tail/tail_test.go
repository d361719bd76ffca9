package tail

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// rest reads what there is until the log pauses.
func rest(t *testing.T, f *File) string {
	t.Helper()
	var all []byte
	for room := make([]byte, 7); ; {
		n, err := f.Read(room)
		all = append(all, room[:n]...)
		if errors.Is(err, ErrPause) {
			return string(all)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestALogIsReadOnPastWhateverBecomesOfIt(t *testing.T) {
	type step struct {
		does string // to the log "l"
		text string
		want string
	}
	for _, c := range []struct {
		name  string
		steps []step
	}{
		{"it grows", []step{{"append", "one\n", "one\n"}, {"append", "two\nthr", "two\nthr"}, {"append", "ee\n", "ee\n"}}},
		{"nothing happens", []step{{"append", "", ""}, {"append", "", ""}}},
		{"it is renamed and a new one made", []step{{"append", "one\n", "one\n"}, {"rename", "", ""}, {"append", "two\n", "two\n"}}},
		{"the old one gets lines after it was renamed", []step{{"append", "one\n", "one\n"}, {"rename", "", ""}, {"append old", "two\n", "two\n"}, {"append", "three\n", "three\n"}}},
		{"both have lines at once", []step{{"append", "one\n", "one\n"}, {"rename", "", ""}, {"append old", "two\n", "*"}, {"append", "three\n", "two\nthree\n"}}},
		{"it is removed for a while", []step{{"append", "one\n", "one\n"}, {"remove", "", ""}, {"append", "two\n", "two\n"}}},
		{"a folder takes its name for a while", []step{{"append", "one\n", "one\n"}, {"rename", "", ""}, {"mkdir", "", ""}, {"remove", "", ""}, {"append", "two\n", "two\n"}}},
		{"a named pipe takes its name for a while", []step{{"append", "one\n", "one\n"}, {"rename", "", ""}, {"mkfifo", "", ""}, {"append old", "two\n", "two\n"}, {"remove", "", ""}, {"append", "three\n", "three\n"}}},
		{"it is emptied", []step{{"append", "one\ntwo\n", "one\ntwo\n"}, {"empty", "", ""}, {"append", "three\n", "three\n"}}},
		{"it is emptied and written at once", []step{{"append", "one\ntwo\n", "one\ntwo\n"}, {"empty", "", "*"}, {"append", "3\n", "3\n"}}},
		{"a new one cuts a line off", []step{{"append", "one\ntw", "one\ntw"}, {"rename", "", ""}, {"append", "three\n", "\nthree\n"}}},
		{"to be emptied cuts a line off", []step{{"append", "one\ntw", "one\ntw"}, {"empty", "", "\n"}, {"append", "three\n", "three\n"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "l")
			write(t, name, "before")
			file, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := file.Seek(0, io.SeekEnd); err != nil {
				t.Fatal(err)
			}
			write(t, name, "\n")
			f, err := Follow(name, file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if got := rest(t, f); got != "\n" {
				t.Fatalf("read %q of what was there", got)
			}
			for _, s := range c.steps {
				do(t, name, s.does, s.text)
				if s.want == "*" { // not looked at in between
					continue
				}
				if got := rest(t, f); got != s.want {
					t.Errorf("%s %q: read %q, want %q", s.does, s.text, got, s.want)
				}
			}
		})
	}
}

func TestAPipeIsReadToItsEndAndNotLeft(t *testing.T) {
	name := filepath.Join(t.TempDir(), "l")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Follow(name, file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := rest(t, f); got != "" {
		t.Errorf("read %q before anybody wrote", got)
	}
	for _, text := range []string{"one\n", "two\n"} {
		write(t, name, text)
		if got := rest(t, f); got != text {
			t.Errorf("read %q, want %q", got, text)
		}
	}
	do(t, name, "rename", "")
	do(t, name, "append", "of a file\n")
	if got := rest(t, f); got != "" {
		t.Errorf("read %q of a file that took the name", got)
	}
}

func TestALineUnderWayIsCutOffByAnEmptiedLog(t *testing.T) {
	name := filepath.Join(t.TempDir(), "l")
	write(t, name, "half")
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Seek(0, io.SeekEnd); err != nil { // read by somebody else
		t.Fatal(err)
	}
	f, err := Follow(name, file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	do(t, name, "empty", "")
	write(t, name, "1\n")
	if got := rest(t, f); got != "\n1\n" {
		t.Errorf("read %q", got)
	}
}

func do(t *testing.T, name, what, text string) {
	t.Helper()
	var err error
	switch what {
	case "append":
		write(t, name, text)
	case "append old":
		write(t, name+".1", text)
	case "rename":
		err = os.Rename(name, name+".1")
	case "mkdir":
		err = os.Mkdir(name, 0o700)
	case "mkfifo":
		err = syscall.Mkfifo(name, 0o600)
	case "remove":
		err = os.Remove(name)
	case "empty":
		err = os.Truncate(name, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
