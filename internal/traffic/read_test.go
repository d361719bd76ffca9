package traffic

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"buzzproof/internal/tail"
)

func TestLinesThatCannotBeReadAreCountedAndKept(t *testing.T) {
	long := strings.Repeat("x", 3*maxLine)
	r := count(t, Options{}, "rubbish\n\n# a remark\n"+line("192.0.2.1", evening, "GET /", 200, "-", "a")+long+"\n"+
		line("192.0.2.1", evening, "GET /", 999, "-", "a")+line("192.0.2.1", evening, "GET /\x00\x1b[2J<b>", 200, "-", "a")+long)
	if r.Hits != 2 || r.Failed != 4 || len(r.Failures) != 4 {
		t.Fatalf("hits %d, failed %d, kept %d; want 2, 4, 4", r.Hits, r.Failed, len(r.Failures))
	}
	for i, want := range []uint64{1, 5, 6, 8} {
		if f := r.Failures[i]; f.Line != want {
			t.Errorf("failure %d is in line %d, want %d: %s", i, f.Line, want, f.Why)
		}
	}
	if r.Lines != 8 {
		t.Errorf("%d lines, want 8", r.Lines)
	}
	if f := r.Failures[0]; f.Line != 1 || f.File != "test" || f.Text != "rubbish" || f.Why == "" {
		t.Errorf("the first failure is %+v", f)
	}
}

func TestAHeadHoldsForTheLinesBelowIt(t *testing.T) {
	var b strings.Builder
	b.WriteString("#Fields: date time c-ip cs-method cs-uri-stem sc-status\n")
	for range 10_000 { // more than a chunk
		b.WriteString("2016-09-05 22:31:00 192.0.2.1 GET /a 200\n")
	}
	b.WriteString("#Software: again\n#Fields: c-ip date time sc-status cs-uri-stem\n")
	for range 10_000 {
		b.WriteString("192.0.2.1 2016-09-05 22:31:00 404 /b\n")
	}
	c := New(Options{Shards: 2})
	if err := c.Read(t.Context(), NewLog("test", strings.NewReader(b.String()), format(t, "w3c"))); err != nil {
		t.Fatal(err)
	}
	if r := c.Report(10); r.Hits != 20_000 || r.NotFound != 10_000 || r.Failed != 0 {
		t.Errorf("%v, %d not found", r, r.NotFound)
	}
}

func TestABrokenStreamLosesNothingThatWasRead(t *testing.T) {
	broken := errors.New("the disk is gone")
	c := New(Options{})
	log := line("192.0.2.1", evening, "GET /", 200, "-", "a")
	src := io.MultiReader(strings.NewReader(log+log+log[:20]), &failing{broken})
	if err := c.Read(t.Context(), NewLog("test", src, format(t, "combined"))); !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
	if r := c.Report(10); r.Hits != 2 {
		t.Errorf("%d hits, want 2", r.Hits)
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

func appendTo(t *testing.T, name, text string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestALogIsFollowedThroughItsRotation(t *testing.T) {
	name := filepath.Join(t.TempDir(), "access.log")
	hit := line("192.0.2.1", evening, "GET /", 200, "-", "a")
	write := func(text string) { t.Helper(); appendTo(t, name, text) }
	write(hit + hit[:30])
	source, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { source.Close() }()
	kind, ok, err := source.Recognise()
	if !ok || err != nil || kind.Name != "combined" || !source.Follow() {
		t.Fatalf("recognised as %q (%v)", kind.Name, err)
	}
	log, c := NewLog(name, source, kind.Format), New(Options{})
	step := func(what string, want uint64) {
		t.Helper()
		if err := c.Read(t.Context(), log); !errors.Is(err, tail.ErrPause) {
			t.Fatalf("%s: the error is %v", what, err)
		}
		if r := c.Report(1); r.Hits != want || r.Failed != 0 {
			t.Errorf("%s: %v, want %d hits", what, r, want)
		}
	}
	step("half a line", 1)
	write(hit[30:])
	step("the other half", 2)
	write(hit)
	if err := os.Rename(name, name+".1"); err != nil {
		t.Fatal(err)
	}
	step("a line before the rotation, no new file yet", 3)
	write(hit + hit)
	step("the new file", 5)
	if err := os.Truncate(name, 0); err != nil {
		t.Fatal(err)
	}
	write(hit)
	step("emptied in place", 6)
}

// packed returns a text as gzip and as zstd.
func packed(t *testing.T, text string) (gz, zst bytes.Buffer) {
	t.Helper()
	g := gzip.NewWriter(&gz)
	z, err := zstd.NewWriter(&zst)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []io.WriteCloser{g, z} {
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return gz, zst
}

func TestPackedLogsAreRead(t *testing.T) {
	text := line("192.0.2.1", evening, "GET /", 200, "-", "a")
	gz, zst := packed(t, text)
	gz.Write(bytes.Clone(gz.Bytes())) // logs that were packed apart and put together
	for name, c := range map[string]struct {
		log  string
		hits uint64
	}{"plain": {text, 1}, "gzip": {gz.String(), 2}, "zstd": {zst.String(), 1}, "empty": {"", 0}} {
		s, err := Unpack(name, strings.NewReader(c.log))
		if err != nil {
			t.Fatal(err)
		}
		kind, ok, err := s.Recognise()
		if err != nil || ok == s.Empty() {
			t.Errorf("%s: recognised: %v, empty: %v (%v)", name, ok, s.Empty(), err)
		}
		if !ok {
			kind.Format = format(t, "combined")
		}
		counter := New(Options{})
		if err := counter.Read(t.Context(), NewLog(name, s, kind.Format)); err != nil {
			t.Fatal(err)
		}
		if r := counter.Report(1); r.Hits != c.hits {
			t.Errorf("%s: %d hits, want %d", name, r.Hits, c.hits)
		}
		s.Close()
	}
	if _, err := Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "is a folder") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := Unpack("cut", strings.NewReader("\x1f\x8b\x08")); !errors.Is(err, ErrUnreadable) {
		t.Errorf("a gzip header that is cut off: %v", err)
	}
	s, err := Unpack("cut", strings.NewReader(zst.String()[:8]))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, _, err := s.Recognise(); !errors.Is(err, ErrUnreadable) {
		t.Errorf("a frame of zstd that is cut off at its start: %v", err)
	}
}
