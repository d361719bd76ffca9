package floppy

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"buzzproof/internal/coding"
	"buzzproof/internal/resume"
)

func sample(t *testing.T) *resume.Resume {
	t.Helper()
	r, _, err := resume.Parse("sample.json", resume.Sample)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheViewerIsMadeFromItsSource(t *testing.T) {
	nasm, err := exec.LookPath("nasm")
	if err != nil {
		t.Skip("nasm is not installed")
	}
	made := filepath.Join(t.TempDir(), "viewer.bin")
	if out, err := exec.Command(nasm, "-f", "bin", "-o", made, "viewer.asm").CombinedOutput(); err != nil {
		t.Fatalf("nasm: %v\n%s", err, out)
	}
	again, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again, viewer) {
		t.Error("viewer.bin is not what viewer.asm makes: nasm -f bin -o viewer.bin viewer.asm")
	}
}

func TestAPageLiesOnTheDiskAsItIsShown(t *testing.T) {
	disk, err := Image(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(disk) != 1474560 || disk[510] != 0x55 || disk[511] != 0xaa {
		t.Fatalf("%d bytes, signature %x", len(disk), disk[510:512])
	}
	row := func(page, row int) string {
		var text []byte
		for i := range columns {
			text = append(text, disk[sector+page*pageSize+2*(row*columns+i)])
		}
		said, err := charmap.CodePage437.NewDecoder().Bytes(text)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(said))
	}
	if got := row(0, 2); got != "Zoé Lefèvre" {
		t.Errorf("the first line is %q", got)
	}
	pages := int(disk[508])
	if got := row(pages-1, 24); pages != len(sample(t).Pages(Screen)) || !strings.HasPrefix(got, resume.Keys(pages, pages)) {
		t.Errorf("%d pages; the last line is %q", pages, got)
	}
}

func TestADiskOfAFewPagesPacksSmall(t *testing.T) {
	r := sample(t)
	for one := r.Work[0]; len(r.Pages(Screen)) < 5; {
		r.Work = append(r.Work, one)
	}
	disk, err := Image(r)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if _, err := w.Write(disk); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("bar: floppy  %d pages in %d bytes of gzip, fewer than 8192 for five", disk[508], packed.Len())
	if packed.Len() >= 8192 || disk[508] < 5 {
		t.Errorf("%d bytes", packed.Len())
	}
}

func TestAResumeTooLongForADiskIsRefused(t *testing.T) {
	r := sample(t)
	r.Basics.Summary = strings.Repeat("lorem ipsum ", 90000)
	if _, err := Image(r); err == nil || !strings.Contains(err.Error(), "a disk holds 359") {
		t.Errorf("got %v", err)
	}
}

func TestWithoutAnEmulatorThePageOffersNoBoot(t *testing.T) {
	files, err := Web(sample(t), resume.Sample, nil)
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	if strings.Contains(string(files[1].Data), "<script") {
		t.Error("the page has a script")
	}
	if _, err := Web(sample(t), resume.Sample, &Parts{t.TempDir(), t.TempDir()}); !errors.Is(err, ErrNoParts) {
		t.Errorf("got %v", err)
	}
}

func TestWhatAClickLoadsIsOnePackedFolder(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"libv86.js", "v86.wasm", "LICENSE", "bios.bin", "vgabios-stdvga.bin"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	files, err := Web(sample(t), resume.Sample, &Parts{dir, dir})
	if err != nil {
		t.Fatal(err)
	}
	boots := 0
	for _, f := range files {
		if strings.HasPrefix(f.Path, "resume/boot-") {
			boots++
			if !f.Immutable || !coding.Pays(f.Type, 1000) {
				t.Errorf("%s: immutable %t, type %s", f.Path, f.Immutable, f.Type)
			}
		}
	}
	if boots != 8 {
		t.Errorf("%d files to boot", boots)
	}
}
