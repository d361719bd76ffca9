package image

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestAProgramWithoutLinesRunsAsBefore(t *testing.T) {
	program, f := self(t)
	without, err := WithoutLines(program, f)
	if err != nil {
		t.Fatal(err)
	}
	if len(without) != len(program) {
		t.Fatalf("%d bytes of %d: nothing may move", len(without), len(program))
	}
	name := filepath.Join(t.TempDir(), "without")
	if err := os.WriteFile(name, without, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, run := range []struct{ program, want string }{{os.Args[0], "lines_test.go:"}, {name, "?:0"}} {
		cmd := exec.Command(run.program, "-test.v", "-test.run", "^TestWhereAmI$")
		cmd.Env = append(os.Environ(), "BUZZPROOF_WHERE=1")
		out, err := cmd.CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("a panic in where at "+run.want)) {
			t.Errorf("%v, want a panic at %s:\n%s", err, run.want, out)
		}
	}
	// Stacks that grow, garbage and panics want the tables that stay.
	if out, err := exec.Command(name, "-test.run", "Cpio|Volume|Loaders|Disk|Same").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	table := f.Section(".gopclntab")
	packed := func(p []byte) int { return len(pack(t, p[table.Offset:][:table.Size])) }
	if a, b := packed(program), packed(without); b > a*7/10 {
		t.Errorf("the table is %d bytes packed with lines and %d without: that is not worth it", a, b)
	}
}

// TestWhereAmI is no test but what the one above has programs do.
func TestWhereAmI(t *testing.T) {
	if os.Getenv("BUZZPROOF_WHERE") == "" {
		t.Skip("is run by TestAProgramWithoutLinesRunsAsBefore")
	}
	defer func() {
		_ = recover()
		runtime.GC()
		pc := make([]uintptr, 20)
		frames := runtime.CallersFrames(pc[:runtime.Callers(0, pc)])
		for {
			frame, more := frames.Next()
			if strings.HasSuffix(frame.Function, ".where") {
				t.Logf("a panic in where at %s:%d", filepath.Base(frame.File), frame.Line)
			}
			if !more {
				return
			}
		}
	}()
	t.Log(where(nil, 10000))
}

//go:noinline
func where(m map[string]int, deep int) int {
	if deep > 0 {
		return where(m, deep-1) + 1
	}
	m["nothing can be put in here"] = 1
	return 0
}

func TestATableThatIsNotKnownIsRefused(t *testing.T) {
	program, f := self(t)
	at := f.Section(".gopclntab").Offset
	for name, spoil := range map[string]func(table []byte){
		"another magic":             func(b []byte) { b[0]++ },
		"pointers of four bytes":    func(b []byte) { b[7] = 4 },
		"more functions than fit":   func(b []byte) { le.PutUint64(b[8:], 1<<40) },
		"values beyond the section": func(b []byte) { le.PutUint64(b[8+8*6:], 1<<40) },
		"functions beyond it":       func(b []byte) { le.PutUint64(b[8+8*7:], 1<<40) },
		"a function beyond it":      func(b []byte) { le.PutUint32(b[le.Uint64(b[8+8*7:])+4:], 1<<31) },
		"a value beyond it": func(b []byte) {
			list := le.Uint64(b[8+8*7:])
			le.PutUint32(b[list+uint64(le.Uint32(b[list+4:]))+20:], 1<<31)
		},
	} {
		t.Run(name, func(t *testing.T) {
			spoilt := append([]byte(nil), program...)
			spoil(spoilt[at:])
			if _, err := WithoutLines(spoilt, f); err == nil {
				t.Error("was taken")
			}
		})
	}
}

func self(t *testing.T) ([]byte, *elf.File) {
	t.Helper()
	program, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		t.Skipf("the tests are no ELF program: %v", err)
	}
	return program, f
}

func pack(t *testing.T, data []byte) []byte {
	t.Helper()
	packed, err := packFast(data)
	if err != nil {
		t.Fatal(err)
	}
	return packed
}
