package integration

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"buzzproof/internal/sample"
)

const uefi = "/usr/share/ovmf/OVMF.fd"

func v86Folder() string { return peerFolder("v86-0.5.462") }

// sampleResume writes the résumé to begin with and returns its file.
func sampleResume(t *testing.T) string {
	t.Helper()
	out, err := exec.Command(buzzproof(t), "image", "--init-resume").Output()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "resume.json")
	writeFile(t, name, string(out))
	return name
}

// sharedDisk is a disk of a small blog, made once.
var sharedDisk = struct {
	once sync.Once
	site string // the copy that is on it
	file string
	said string
	err  error
}{}

// bootable returns the disk.
func bootable(t *testing.T) (disk string) {
	t.Helper()
	sharedDisk.once.Do(func() {
		dir := shared.subfolder(t, "image")
		sharedDisk.site, sharedDisk.file = filepath.Join(dir, "site"), filepath.Join(dir, "disk.img")
		blog := httptest.NewServer(sample.New(sample.Options{Posts: 5}))
		defer blog.Close()
		freeze := exec.Command(buzzproof(t), "freeze", blog.URL, "--as", "https://blog.example.org", "-o", sharedDisk.site, "--quiet")
		freeze.Env = append(os.Environ(), "PATH=/nowhere") // no encoders of pictures
		run(t, freeze)
		began := time.Now()
		cmd := exec.Command(buzzproof(t), "image", sharedDisk.site, "-o", sharedDisk.file, "--resume", sampleResume(t))
		out, err := cmd.CombinedOutput()
		sharedDisk.said, sharedDisk.err = string(out), err
		t.Logf("bar: image  made in %.1f s, at most 10 with a processor of its own", time.Since(began).Seconds())
	})
	pinned := !strings.Contains(sharedDisk.said, "in the module cache") && !strings.Contains(sharedDisk.said, " of this machine\n")
	if !pinned && os.Getenv("BUZZPROOF_REQUIRE_PEERS") != "1" {
		t.Skip("the kernel is missing: .ci/install brings it")
	}
	if sharedDisk.err != nil {
		t.Fatalf("buzzproof image: %v\n%s", sharedDisk.err, sharedDisk.said)
	}
	info, err := os.Stat(sharedDisk.file)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("bar: image  %.1f MB, at most 40", float64(info.Size())/1e6)
	if info.Size() > 40e6 {
		t.Errorf("the disk has %d bytes", info.Size())
	}
	return sharedDisk.file
}

// sharedTiny is a disk of a few pages, made once: 128 MB are enough for what is
// not much larger than the system.
var sharedTiny = struct {
	once       sync.Once
	site, file string
	said       []byte
	err        error
}{}

// tinySite returns a site of a few pages and the disk with it.
func tinySite(t *testing.T) (site, disk string) {
	t.Helper()
	bootable(t) // or skip
	sharedTiny.once.Do(func() {
		dir := shared.subfolder(t, "tiny")
		sharedTiny.site, sharedTiny.file = filepath.Join(dir, "site"), filepath.Join(dir, "disk.img")
		writeFile(t, filepath.Join(sharedTiny.site, "index.html"), "<p>home")
		for i := range 12 {
			writeFile(t, filepath.Join(sharedTiny.site, fmt.Sprintf("page%d", i), "index.html"), fmt.Sprintf("<p>page %d", i))
		}
		cmd := exec.Command(buzzproof(t), "image", sharedTiny.site, "-o", sharedTiny.file, "--resume", sampleResume(t))
		sharedTiny.said, sharedTiny.err = cmd.CombinedOutput()
	})
	if sharedTiny.err != nil {
		t.Fatalf("buzzproof image: %v\n%s", sharedTiny.err, sharedTiny.said)
	}
	return sharedTiny.site, sharedTiny.file
}

// debianKernel is Debian's kernel, with its drivers in the usual place beside it.
func debianKernel(t *testing.T) string {
	t.Helper()
	for _, pattern := range []string{filepath.Join(peerFolder("debian-kernel"), "boot", "vmlinuz-*"), "/boot/vmlinuz-*-amd64"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 { // the pattern is well formed
			return found[0]
		}
	}
	need(t, "Debian's kernel", filepath.Join(peerFolder("debian-kernel"), ".complete"))
	return ""
}

// The disk of this test is written to by nobody, although it could be. Both
// kinds of firmware start it, UEFI after the power cut.
func TestTheDiskBootsAndAPowerCutHarmsNothing(t *testing.T) {
	need(t, "the boot tests", "qemu-system-x86_64", uefi)
	_, disk := tinySite(t)
	before := fileSum(t, disk)
	m := boot(t, "-m", "128", "-drive", "format=raw,file="+disk)
	m.expectFirstAnswer(t, "BIOS, 128 MB")
	if got := get(t, m.url+"/resume/"); !strings.Contains(got.body, "Zoé Lefèvre") {
		t.Errorf("/resume/ answers %d", got.status)
	}
	m.press(t, "\x1b[6~")
	m.said(t, "page 2 of")
	m.cutPower()
	if fileSum(t, disk) != before {
		t.Error("the disk was written to")
	}
	boot(t, "-m", "128", "-bios", uefi, "-drive", "format=raw,file="+disk).expectFirstAnswer(t, "UEFI, 128 MB, after a power cut")
}

func fileSum(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return sha256Hex(data)
}

func TestTheKernelStartsDirectlyIn128MB(t *testing.T) {
	need(t, "the boot tests", "qemu-system-x86_64")
	_, disk := tinySite(t)
	boot(t, append(taken(t, disk), "-m", "128")...).expectFirstAnswer(t, "kernel started directly, 128 MB")
}

func TestASmallCDBootsDebiansKernelAndItsDrivers(t *testing.T) {
	need(t, "the boot tests", "qemu-system-x86_64", "xz", uefi)
	kernel := debianKernel(t)
	site, _ := tinySite(t)
	disk := filepath.Join(t.TempDir(), "disk.iso")
	run(t, exec.Command(buzzproof(t), "image", site, "-o", disk, "--format", "iso", "--small", "--resume", sampleResume(t), "--kernel", kernel))
	expectPackedDisk(t, disk, 20e6)
	for how, firmware := range map[string][]string{"BIOS": nil, "UEFI": {"-bios", uefi}} {
		t.Run(how, func(t *testing.T) {
			m := boot(t, append(firmware, "-m", "160", "-drive", "media=cdrom,format=raw,file="+disk)...)
			m.expectFirstAnswer(t, how+" from a CD, Debian's kernel, 160 MB")
			if got := get(t, m.url+"/page11/"); got.body != "<p>page 11" {
				t.Errorf("/page11/ answers %d %q", got.status, got.body)
			}
		})
	}
}

// expectPackedDisk packs a disk, of which everything but the gaps is packed already.
func expectPackedDisk(t *testing.T, disk string, most int) {
	t.Helper()
	data, err := os.ReadFile(disk)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(data); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	t.Logf("bar: image  %.1f MB packed, at most %.0f", float64(packed.Len())/1e6, float64(most)/1e6)
	if packed.Len() > most {
		t.Errorf("the disk is %d bytes when it is packed", packed.Len())
	}
}

// A memory disk of 1 GB fits into no 128 MB, and one that fits is too much to be
// unpacked in 80. Without graphics a BIOS writes on the serial line too.
func TestADiskThatDoesNotFitIntoMemorySaysSo(t *testing.T) {
	need(t, "the boot tests", "qemu-system-x86_64", uefi)
	_, disk := tinySite(t)
	swollen := swell(t, disk)
	for how, arguments := range map[string][]string{"BIOS": {"-machine", "graphics=off"}, "UEFI": {"-bios", uefi}} {
		t.Run(how, func(t *testing.T) {
			for _, c := range []struct {
				memory, disk, text string
			}{
				{"128", swollen, "buzzproof: this machine has too little memory for the disk"},
				{"80", disk, "buzzproof: this disk needs 1"},
			} {
				m := powerOn(t, exec.Command("nice"), "", append(arguments, "-m", c.memory, "-nic", "none", "-snapshot", "-drive", "format=raw,file="+c.disk)...)
				m.said(t, c.text)
				m.cutPower()
			}
		})
	}
}

// swell returns the disk with loaders that take its memory disk for one of 1 GB.
func swell(t *testing.T, file string) string {
	t.Helper()
	disk, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, sizeAt := range []int{12, 4} { // in the BIOS loader's table, which comes first, and in the other
		cmdline := bytes.Index(disk, []byte("console=ttyS0"))
		if cmdline < 0 {
			t.Fatal("there are no two loaders' tables")
		}
		disk[cmdline] = 'C' // seen
		binary.LittleEndian.PutUint32(disk[cmdline-16+sizeAt:], 1<<30)
	}
	swollen := filepath.Join(t.TempDir(), "disk.img")
	writeFile(t, swollen, string(disk))
	return swollen
}

// taken writes out what the BIOS loader's table leads to, and returns the
// arguments that start it.
func taken(t *testing.T, disk string) (arguments []string) {
	t.Helper()
	raw, err := os.ReadFile(disk)
	if err != nil {
		t.Fatal(err)
	}
	// The BIOS loader's table says where both lie; it is behind the one of the partitions.
	dir := t.TempDir()
	for i, name := range []string{"kernel", "initrd"} {
		at, size := binary.LittleEndian.Uint32(raw[34*512+8*i:])*512, binary.LittleEndian.Uint32(raw[34*512+4+8*i:])
		writeFile(t, filepath.Join(dir, name), string(raw[at:at+size]))
	}
	return []string{"-kernel", filepath.Join(dir, "kernel"), "-initrd", filepath.Join(dir, "initrd"), "-append", "console=ttyS0 quiet initramfs_async=0 rootfstype=ramfs rdinit=/init"}
}

func TestTheVolumeIsClean(t *testing.T) {
	need(t, "the volume", "fsck.fat")
	disk := bootable(t)
	raw, err := os.ReadFile(disk)
	if err != nil {
		t.Fatal(err)
	}
	volume := filepath.Join(t.TempDir(), "volume")
	writeFile(t, volume, string(raw[1<<20:len(raw)-33*512]))
	if out, err := exec.Command("fsck.fat", "-n", volume).CombinedOutput(); err != nil {
		t.Errorf("fsck.fat: %v\n%s", err, out)
	}
}
