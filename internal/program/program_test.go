package program

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestWhatIsLoadedOfAProgramRunsAndIsSmaller(t *testing.T) {
	name := self(t)
	p := open(t, name)
	loaded := all(t, p.Loaded())
	if int64(len(loaded)) != p.Size || !bytes.HasPrefix(loaded, p.Head) {
		t.Errorf("%d bytes, said are %d, and %x before them", len(loaded), p.Size, p.Head)
	}
	lies, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if len(loaded) >= len(lies) { // go test has left out most of it itself
		t.Errorf("%d bytes of %d are left", len(loaded), len(lies))
	}
	if !bytes.Equal(loaded[len(p.Head):], lies[len(p.Head):len(loaded)]) {
		t.Error("more than the header has changed")
	}
	if sha256.Sum256(loaded) != sha256.Sum256(all(t, p.Loaded())) {
		t.Error("the second time it is something else")
	}
	out, err := exec.Command(written(t, loaded), "-test.v", "-test.run", "^TestAFileThatIsNoProgramIsRefused$").CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("PASS: TestAFileThatIsNoProgramIsRefused")) {
		t.Errorf("it ends with %v:\n%s", err, out)
	}
}

func TestWhatIsLoadedOfWhatIsLoadedIsAllOfIt(t *testing.T) {
	p := open(t, self(t))
	loaded := all(t, p.Loaded())
	again := open(t, written(t, loaded))
	if !bytes.Equal(all(t, again.Loaded()), loaded) || again.Size != p.Size {
		t.Errorf("%d bytes became %d", p.Size, again.Size)
	}
	if again.ELF.Machine != p.ELF.Machine || again.Static() != p.Static() {
		t.Errorf("%s became %s, static %t became %t", p.ELF.Machine, again.ELF.Machine, p.Static(), again.Static())
	}
}

func TestAProgramSaysForWhichProcessorItIs(t *testing.T) {
	want, known := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64, "riscv64": elf.EM_RISCV}[runtime.GOARCH]
	if got := open(t, self(t)).ELF.Machine; known && got != want {
		t.Errorf("on %s it says %s", runtime.GOARCH, got)
	}
}

// small is the header of a program of 32 or 64 bits with one segment, of the
// kind and of 16 bytes, a table of sections behind it, and the rest.
func small(class elf.Class, order binary.ByteOrder, kind elf.ProgType, system elf.OSABI, rest string) string {
	ident := [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(class), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT), byte(system)}
	if order == binary.ByteOrder(binary.BigEndian) {
		ident[elf.EI_DATA] = byte(elf.ELFDATA2MSB)
	}
	var head, segment, sections any
	if class == elf.ELFCLASS32 {
		end := uint32(52 + 32 + 16)
		head = elf.Header32{
			Ident: ident, Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_ARM), Version: 1, Entry: 84, Phoff: 52, Shoff: end,
			Flags: 0x5000400, Ehsize: 52, Phentsize: 32, Phnum: 1, Shentsize: 40, Shnum: 1,
		}
		segment, sections = elf.Prog32{Type: uint32(kind), Filesz: end, Memsz: end}, elf.Section32{}
	} else {
		end := uint64(64 + 56 + 16)
		head = elf.Header64{
			Ident: ident, Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: 1, Entry: 120, Phoff: 64, Shoff: end,
			Flags: 0x5000400, Ehsize: 64, Phentsize: 56, Phnum: 1, Shentsize: 64, Shnum: 1,
		}
		segment, sections = elf.Prog64{Type: uint32(kind), Filesz: end, Memsz: end}, elf.Section64{}
	}
	var b bytes.Buffer
	for _, part := range []any{head, segment, []byte("all that it does"), sections} {
		_ = binary.Write(&b, order, part) // to memory
	}
	return b.String() + rest
}

func TestEveryKindOfHeaderLosesItsSections(t *testing.T) {
	for name, c := range map[string]struct {
		file   string
		static bool
		size   int64
	}{
		"64 bits":                   {small(elf.ELFCLASS64, binary.LittleEndian, elf.PT_LOAD, elf.ELFOSABI_NONE, "names"), true, 136},
		"32 bits":                   {small(elf.ELFCLASS32, binary.LittleEndian, elf.PT_LOAD, elf.ELFOSABI_LINUX, "names"), true, 100},
		"32 bits, the other way":    {small(elf.ELFCLASS32, binary.BigEndian, elf.PT_LOAD, elf.ELFOSABI_NONE, ""), true, 100},
		"one that needs a library":  {small(elf.ELFCLASS64, binary.BigEndian, elf.PT_INTERP, elf.ELFOSABI_NONE, ""), false, 136},
		"much that is never loaded": {small(elf.ELFCLASS64, binary.LittleEndian, elf.PT_LOAD, elf.ELFOSABI_NONE, strings.Repeat("\x00", 1<<20)), true, 136},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, written(t, []byte(c.file)))
			if p.Size != c.size || p.Static() != c.static {
				t.Errorf("%d bytes, static %t; want %d, %t", p.Size, p.Static(), c.size, c.static)
			}
			again := open(t, written(t, all(t, p.Loaded())))
			if len(p.ELF.Sections) != 1 || len(again.ELF.Sections) != 0 || again.ELF.Entry != p.ELF.Entry || len(again.ELF.Progs) != 1 {
				t.Errorf("of %+v %+v is left", p.ELF.FileHeader, again.ELF.FileHeader)
			}
		})
	}
}

func TestAFileThatIsNoProgramIsRefused(t *testing.T) {
	whole := small(elf.ELFCLASS64, binary.LittleEndian, elf.PT_LOAD, elf.ELFOSABI_NONE, "")
	nothing := []byte(whole)
	clear(nothing[0x38:0x3a]) // e_phnum
	beyond, wrapped := []byte(whole), []byte(whole)
	binary.LittleEndian.PutUint64(beyond[64+8:], 1<<62)    // p_offset
	binary.LittleEndian.PutUint64(wrapped[64+8:], 1<<64-8) // with p_filesz it is small again
	headless := []byte(whole)
	binary.LittleEndian.PutUint64(headless[64+32:], 5) // p_filesz
	for name, c := range map[string]struct{ file, want string }{
		"nothing at all":               {"", "none for Linux"},
		"a script":                     {"#!/bin/sh\n", "none for Linux"},
		"a header of which no more is": {whole[:4], "cut off"},
		"one for another system":       {small(elf.ELFCLASS64, binary.LittleEndian, elf.PT_LOAD, elf.ELFOSABI_FREEBSD, ""), "but for ELFOSABI_FREEBSD"},
		"one of which nothing loads":   {string(nothing), "nothing of it is loaded"},
		"cut in its header":            {whole[:40], "cut off"},
		"cut in its segments":          {whole[:70], "cut off"},
		"cut in its sections":          {whole[:140], "cut off"},
		"a segment far behind its end": {string(beyond), "cut off"},
		"a segment beyond all numbers": {string(wrapped), "none for Linux"},
		"a header in no segment":       {string(headless), "its header is in no segment"},
	} {
		t.Run(name, func(t *testing.T) {
			file := written(t, []byte(c.file))
			_, err := Open(file)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), file) {
				t.Errorf("it says %v, want %q of %s", err, c.want, file)
			}
		})
	}
	t.Run("cut where it is loaded no more", func(t *testing.T) {
		p := open(t, written(t, []byte(whole)))
		loaded := all(t, p.Loaded())
		if _, err := Open(written(t, loaded[:len(loaded)-1])); err == nil || !strings.Contains(err.Error(), "cut off") {
			t.Errorf("it says %v", err)
		}
	})
	if _, err := Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of no file it says %v", err)
	}
}

func self(t *testing.T) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the tests are no program for Linux")
	}
	name, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func open(t *testing.T, name string) *Program {
	t.Helper()
	p, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func all(t *testing.T, r io.Reader) []byte {
	t.Helper()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func written(t *testing.T, data []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(name, data, 0o755); err != nil {
		t.Fatal(err)
	}
	return name
}
