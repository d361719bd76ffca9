package image

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"buzzproof/internal/floppy"
	"buzzproof/internal/snapshot"
)

func TestTheLoaderIsMadeFromItsSource(t *testing.T) {
	nasm, err := exec.LookPath("nasm")
	if err != nil {
		t.Skip("nasm is not installed")
	}
	made := filepath.Join(t.TempDir(), "loader.bin")
	if out, err := exec.Command(nasm, "-f", "bin", "-o", made, "loader.asm").CombinedOutput(); err != nil {
		t.Fatalf("nasm: %v\n%s", err, out)
	}
	again, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again, loader) {
		t.Error("loader.bin is not what loader.asm makes: nasm -f bin -o loader.bin loader.asm")
	}
}

// stub is the least of an EFI program that sections can be added to.
func stub() []byte {
	s := make([]byte, 1024)
	copy(s, "MZ")
	le.PutUint32(s[0x3c:], 0x40)
	copy(s[0x40:], "PE\x00\x00")
	le.PutUint16(s[0x40+0x14:], 0x70)
	optional := s[0x40+0x18:]
	le.PutUint32(optional[0x20:], 4096)
	le.PutUint32(optional[0x3c:], 1024)
	return s
}

func bzImage() []byte {
	k := make([]byte, 4096)
	copy(k[0x202:], "HdrS")
	copy(k[3000:], "the kernel")
	return k
}

func TestTheLoaderIsToldWhereTheFilesPartsLie(t *testing.T) {
	s := &System{Kernel: bzImage(), Stub: stub(), Files: []File{{Name: "init", Mode: 0o555, Data: []byte("program")}}, Arch: "amd64"}
	initrd, err := s.Initrd()
	if err != nil {
		t.Fatal(err)
	}
	disk, err := s.Disk(initrd)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]byte{s.Kernel, initrd} {
		at, size := le.Uint32(disk[tableAt+8*i:])*sector, le.Uint32(disk[tableAt+8*i+4:])
		if !bytes.Equal(disk[at:at+size], want) {
			t.Errorf("part %d is not at byte %d", i, at)
		}
	}
	if got := string(disk[cmdlineAt : cmdlineAt+len(Cmdline)]); got != Cmdline {
		t.Errorf("the command line is %q", got)
	}
	again, err := s.Disk(initrd)
	if err != nil || !bytes.Equal(disk, again) {
		t.Error("the same system gives other bytes")
	}
}

func TestWhatIsNoStubAndNoKernelIsRefused(t *testing.T) {
	for _, c := range []struct {
		name         string
		kernel, stub []byte
		want         string
	}{
		{"an empty stub", bzImage(), nil, "no program for EFI"},
		{"a stub that is text", bzImage(), bytes.Repeat([]byte("text"), 100), "no program for EFI"},
		{"a header that points outside", bzImage(), append([]byte("MZ"), bytes.Repeat([]byte{0xff}, 100)...), "no program for EFI"},
		{"a kernel that is text", []byte("text"), stub(), "no bzImage"},
	} {
		s := &System{Kernel: c.kernel, Stub: c.stub, Arch: "amd64"}
		if _, err := s.Disk(nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
}

func TestTheSystemHasOneProgramAndNoShell(t *testing.T) {
	site := t.TempDir()
	if err := os.WriteFile(filepath.Join(site, "index.html"), []byte("<p>hello"), 0o755); err != nil {
		t.Fatal(err)
	}
	more := []floppy.File{{Path: "resume/index.html", Type: "text/html", Data: []byte("<p>me")}}
	files, err := Site(site, more, "srv/site", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &System{Files: append([]File{{Name: "init", Mode: 0o555, Data: []byte("program")}}, files...)}
	initrd, err := s.Initrd()
	if err != nil {
		t.Fatal(err)
	}
	r, err := zstd.NewReader(bytes.NewReader(initrd))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	raw, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	programs := 0
	for _, f := range files {
		if f.Mode.IsRegular() && f.Mode&0o111 != 0 {
			t.Errorf("%s may be run", f.Name)
		}
	}
	for _, mode := range []string{"00008149", "0000816d", "000081ed"} { // 0511, 0555, 0755
		programs += bytes.Count(raw, []byte(mode))
	}
	if programs != 1 || !bytes.Contains(raw, []byte("srv/site/current")) || !bytes.Contains(raw, []byte("<p>me")) {
		t.Errorf("%d programs in the system", programs)
	}
}

func TestAnAddressOfTheSiteIsNotReplaced(t *testing.T) {
	site := t.TempDir()
	if err := os.WriteFile(filepath.Join(site, "resume.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Site(site, []floppy.File{{Path: "resume.json", Type: "application/json", Data: []byte("{}")}}, "srv/site", t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "the site has that address itself") {
		t.Errorf("got %v", err)
	}
}

// What a visitor may load counts, so that a narrow line offers it to nobody.
func TestWhatAsksForMuchIsLeftOutOnANarrowLine(t *testing.T) {
	dir, scratch := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte("<p>hello"), 0o644); err != nil {
		t.Fatal(err)
	}
	page := floppy.File{Path: "resume/index.html", Type: "text/html; charset=utf-8", Data: []byte("<p>me<button>boot</button>"), Plain: []byte("<p>me"), Asks: 616_000}
	if _, err := Site(dir, []floppy.File{page}, "srv/site", scratch); err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(scratch, "site")
	made, err := snapshot.Open(store)
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	folder, err := snapshot.RenditionsOf(store)
	if err != nil {
		t.Fatal(err)
	}
	made.Attach(folder)
	for _, rung := range []string{"slim", "lite"} {
		b, part := made.Made("/resume/", rung)
		if part == nil {
			t.Fatalf("there is no %s page", rung)
		}
		if text, err := b.Plain(part); err != nil || string(text) != "<p>me" {
			t.Errorf("the %s page is %q, %v", rung, text, err)
		}
		if b.Figures["other"] != page.Asks {
			t.Errorf("%d bytes count", b.Figures["other"])
		}
	}
	if _, part := made.Made("/resume/", "full"); part != nil {
		t.Error("the full page is not the file itself")
	}
}

func TestTheFileSystemIsFAT32WithTheFileInOnePiece(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789"), 1000)
	disk, at := fat("BOOTX64.EFI", data, 2048)
	if !bytes.Equal(disk[at:at+len(data)], data) {
		t.Error("the file is not where it is said to be")
	}
	clusters := len(disk)/sector - reserved - 2*int(binary.LittleEndian.Uint32(disk[36:]))
	if clusters < 65525 {
		t.Errorf("%d clusters would be FAT16", clusters)
	}
}
