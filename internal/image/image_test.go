package image

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"buzzproof/internal/floppy"
	"buzzproof/internal/snapshot"
)

func TestTheLoadersAreMadeFromTheirSources(t *testing.T) {
	nasm, err := exec.LookPath("nasm")
	if err != nil {
		t.Skip("nasm is not installed")
	}
	for name, carried := range map[string][]byte{"loader": loader, "efi": efiLoader} {
		made := filepath.Join(t.TempDir(), name)
		if out, err := exec.Command(nasm, "-f", "bin", "-o", made, name+".asm").CombinedOutput(); err != nil {
			t.Fatalf("nasm: %v\n%s", err, out)
		}
		again, err := os.ReadFile(made)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again, carried) {
			t.Errorf("%s.bin is not what %s.asm makes: nasm -f bin -o %[1]s.bin %[1]s.asm", name, name)
		}
	}
}

func TestTheLoaderForUEFIRunsNothingThatItWritesTo(t *testing.T) {
	program, err := pe.NewFile(bytes.NewReader(efiLoader))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range program.Sections {
		const writtenAndRun = pe.IMAGE_SCN_MEM_WRITE | pe.IMAGE_SCN_MEM_EXECUTE
		if s.Characteristics&writtenAndRun == writtenAndRun {
			t.Errorf("%s is written to and run", s.Name)
		}
		if s.VirtualAddress%4096 != 0 || s.VirtualAddress != s.Offset {
			t.Errorf("%s is at byte %d and goes to %d", s.Name, s.Offset, s.VirtualAddress)
		}
	}
	if len(program.Sections) != 2 {
		t.Errorf("%d sections", len(program.Sections))
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
	k[0x1f1] = 3
	copy(k[0x202:], "HdrS\x0f\x02")
	k[0x236] = 1
	le.PutUint32(k[0x260:], 40<<20)
	copy(k[3000:], "the kernel")
	return k
}

// small is a system of little more than names.
func small(t *testing.T) (s *System, initrd []byte) {
	t.Helper()
	s = &System{Kernel: bzImage(), Files: []File{{Name: "init", Mode: 0o555, Data: []byte("program")}}, Arch: "amd64", Needs: 128}
	initrd, err := s.Initrd()
	if err != nil {
		t.Fatal(err)
	}
	return s, initrd
}

func TestTheLoadersAreToldWhereTheirFilesLie(t *testing.T) {
	s, initrd := small(t)
	for _, format := range []string{"raw", "iso"} {
		disk, err := s.Disk(initrd, format)
		if err != nil {
			t.Fatal(err)
		}
		first := append(bytes.Clone(disk[:sector]), disk[loaderRest*sector:][:3*sector]...)
		if format == "iso" {
			first = disk[cdLoader*cdSector:][:cdSector]
		}
		for i, want := range [][]byte{s.Kernel, initrd} {
			at, size := le.Uint32(first[tableAt+8*i:])*sector, le.Uint32(first[tableAt+8*i+4:])
			if !bytes.Equal(disk[at:at+size], want) {
				t.Errorf("%s: part %d is not at byte %d", format, i, at)
			}
			if format == "iso" && at%cdSector != 0 {
				t.Errorf("part %d is at byte %d, where no sector of a CD begins", i, at)
			}
		}
		if got := string(first[tableAt+cmdlineAfter:][:len(Cmdline)]); got != Cmdline {
			t.Errorf("%s: the command line is %q", format, got)
		}
		if needed, least := le.Uint32(first[tableAt+neededAfter:]), le.Uint32(first[tableAt+leastAfter:]); needed != 128 || least != 40 {
			t.Errorf("%s: needed are %d MB, and %d at the least", format, needed, least)
		}
		efi := disk[bytes.Index(disk, efiLoader[:efiTableAt]):]
		if int(le.Uint32(efi[efiTableAt:])) != len(s.Kernel) || int(le.Uint32(efi[efiTableAt+4:])) != len(initrd) || !bytes.HasPrefix(efi[efiTableAt+cmdlineAfter:], []byte(Cmdline)) ||
			le.Uint32(efi[efiTableAt+neededAfter:]) != 128 || le.Uint32(efi[efiTableAt+leastAfter:]) != 40 {
			t.Errorf("%s: the loader for UEFI is told something else", format)
		}
	}
}

func TestADiskIsThereTwiceWhenItIsUnpacked(t *testing.T) {
	for _, c := range []struct {
		sentence string
		kernel   []byte
		files    int // of a byte each
		packed   int
		want     int
	}{
		{"the kernel alone", bzImage(), 0, 0, 40},
		{"a memory disk that nothing comes of", bzImage(), 0, 3 << 20, 43},
		{"files take whole pages", bzImage(), 512, 3<<20 + 1, 45},
		{"what is not a whole MB does not count", bzImage(), 255, 0, 40},
		{"no kernel for x86", []byte("text"), 512, 3 << 20, 0},
	} {
		s := &System{Kernel: c.kernel, Files: slices.Repeat([]File{{Data: []byte("x")}}, c.files)}
		if got := s.Least(c.packed); got != c.want {
			t.Errorf("%s: %d MB, want %d", c.sentence, got, c.want)
		}
	}
}

func TestTheSameSystemGivesTheSameBytesInEveryFormat(t *testing.T) {
	s, initrd := small(t)
	for _, format := range Formats {
		disk, err := s.Disk(initrd, format)
		if err != nil {
			t.Fatal(err)
		}
		again, err := s.Disk(initrd, format)
		if err != nil || !bytes.Equal(disk, again) {
			t.Errorf("%s: the same system gives other bytes: %v", format, err)
		}
	}
}

// judged runs a program over a disk, which is the argument DISK, if it is
// installed.
func judged(t *testing.T, disk []byte, want, program string, arguments ...string) {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skip(program + " is not installed")
	}
	name := filepath.Join(t.TempDir(), "disk")
	if err := os.WriteFile(name, disk, 0o644); err != nil {
		t.Fatal(err)
	}
	arguments = slices.Clone(arguments)
	arguments[slices.Index(arguments, "DISK")] = name
	out, err := exec.Command(path, arguments...).CombinedOutput()
	if err != nil || !strings.Contains(string(out), want) {
		t.Errorf("%s: %v\n%s", program, err, out)
	}
}

func TestOthersFindNoFaultWithADisk(t *testing.T) {
	s, initrd := small(t)
	for _, c := range []struct {
		name, format, want, program string
		arguments                   []string
	}{
		{"the partition table", "raw", "No problems found", "sgdisk", []string{"-v", "DISK"}},
		{"qemu's form", "qcow2", "No errors", "qemu-img", []string{"check", "DISK"}},
		{"the CD", "iso", "UEFI  y", "xorriso", []string{"-indev", "DISK", "-report_el_torito", "plain"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			disk, err := s.Disk(initrd, c.format)
			if err != nil {
				t.Fatal(err)
			}
			judged(t, disk, c.want, c.program, c.arguments...)
		})
	}
}

func TestQemusFormHoldsTheSameDisk(t *testing.T) {
	path, err := exec.LookPath("qemu-img")
	if err != nil {
		t.Skip("qemu-img is not installed")
	}
	dir := t.TempDir()
	disk := make([]byte, 8<<20+512)
	copy(disk[3*qcowCluster-1:], "across two clusters")
	copy(disk[len(disk)-3:], "end")
	for name, data := range map[string][]byte{"raw": disk, "qcow2": qcow2(disk)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, arguments := range [][]string{{"check", "qcow2"}, {"compare", "-f", "raw", "-F", "qcow2", "raw", "qcow2"}} {
		cmd := exec.Command(path, arguments...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("qemu-img %s: %v\n%s", arguments[0], err, out)
		}
	}
}

func TestTheSectionsOfAUnifiedKernelAreFoundByName(t *testing.T) {
	parts := []part{{".cmdline", []byte("quiet")}, {".linux", bytes.Repeat([]byte("kernel"), 1000)}, {".initrd", []byte("files")}}
	file, err := unify(stub(), parts)
	if err != nil {
		t.Fatal(err)
	}
	const pe, optional = 0x40, 0x70
	if count := int(le.Uint16(file[pe+6:])); count != len(parts) {
		t.Fatalf("%d sections", count)
	}
	before := uint32(0)
	for i, p := range parts {
		s := file[pe+0x18+optional+40*i:]
		size, address, at := le.Uint32(s[8:]), le.Uint32(s[12:]), le.Uint32(s[20:])
		if !strings.HasPrefix(string(s[:8]), p.name) || !bytes.Equal(file[at:at+size], p.data) {
			t.Errorf("section %d is not %s", i, p.name)
		}
		if address < before || address%4096 != 0 {
			t.Errorf("%s is to lie at %d in memory", p.name, address)
		}
		before = address + size
	}
	if whole := le.Uint32(file[pe+0x18+0x38:]); whole < before {
		t.Errorf("the size in memory is %d, less than %d", whole, before)
	}
}

func TestWhatIsNoStubAndNoKernelIsRefused(t *testing.T) {
	old := bzImage()
	old[0x206] = 0x0a
	half := bzImage()
	half[0x1f1] = 200
	for _, c := range []struct {
		name, arch   string
		kernel, stub []byte
		want         string
	}{
		{"an empty stub", "arm64", nil, nil, "no program for EFI"},
		{"a stub that is text", "arm64", nil, bytes.Repeat([]byte("text"), 100), "no program for EFI"},
		{"a header that points outside", "arm64", nil, append([]byte("MZ"), bytes.Repeat([]byte{0xff}, 100)...), "no program for EFI"},
		{"a kernel that is text", "amd64", []byte("text"), nil, "no bzImage"},
		{"a kernel that ends within its header", "amd64", half, nil, "no bzImage"},
		{"a kernel from before 64-bit entries", "amd64", old, nil, "older than Linux 3.8"},
	} {
		s := &System{Kernel: c.kernel, Stub: c.stub, Arch: c.arch}
		if _, err := s.Disk(nil, "raw"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v", c.name, err)
		}
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

func TestTheFileSystemIsFAT32WithEachFileInOnePiece(t *testing.T) {
	files := []*volumeFile{{name: "LINUX", data: bytes.Repeat([]byte("0123456789"), 1000)}, {name: "INITRD", data: []byte("short")}}
	boot := &volumeFile{name: "BOOTX64.EFI", data: bytes.Repeat([]byte("x"), sector)}
	disk := fat(boot, files, partition)
	for _, f := range append(files, boot) {
		if !bytes.Equal(disk[f.at:f.at+len(f.data)], f.data) || f.at%4096 != 0 {
			t.Errorf("%s is not where it is said to be, or at no multiple of 4 KB: %d", f.name, f.at)
		}
	}
	clusters := len(disk)/sector - reserved - 2*int(binary.LittleEndian.Uint32(disk[36:]))
	if clusters < 65525 {
		t.Errorf("%d clusters would be FAT16", clusters)
	}
	judged(t, disk, "", "fsck.fat", "-n", "DISK")
}
