package app

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"buzzproof/internal/floppy"
	"buzzproof/internal/image"
	"buzzproof/internal/resume"
	"buzzproof/internal/serve"
)

// unpacked reads a system's memory disk as the kernel does
// (Documentation/driver-api/early-userspace/buffer-format.rst).
func unpacked(t *testing.T, initrd []byte) (modes map[string]uint32, data map[string][]byte) {
	t.Helper()
	r, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rest, err := r.DecodeAll(initrd, nil)
	if err != nil {
		t.Fatal(err)
	}
	modes, data = map[string]uint32{}, map[string][]byte{}
	for {
		var magic, ino, mode, uid, gid, links, time, size, major, minor, devMajor, devMinor, nameSize, sum uint32
		_, err := fmt.Sscanf(string(rest[:110]), "%6x%8x%8x%8x%8x%8x%8x%8x%8x%8x%8x%8x%8x%8x",
			&magic, &ino, &mode, &uid, &gid, &links, &time, &size, &major, &minor, &devMajor, &devMinor, &nameSize, &sum)
		if err != nil || magic != 0x70701 {
			t.Fatalf("no header where one should be: %x %v", magic, err)
		}
		name := string(rest[110 : 110+nameSize-1])
		if name == "TRAILER!!!" {
			return modes, data
		}
		rest = rest[(110+nameSize+3)/4*4:]
		modes[name], data[name] = mode, rest[:size]
		rest = rest[(size+3)/4*4:]
	}
}

// fullest is a system with all that can be asked for: a résumé, keys, drivers.
func fullest(t *testing.T) *image.System {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"site/index.html": "<p>hello", "site/cgi-bin/run.sh": "echo no program here",
	} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil { // a site that was marked as programs
			t.Fatal(err)
		}
	}
	site := filepath.Join(dir, "site")
	r, _, err := resume.Parse("resume.json", resume.Sample)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := floppy.Web(r, resume.Sample, nil)
	if err != nil {
		t.Fatal(err)
	}
	files, err := image.Site(site, pages, "srv/site", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := serve.SelfSigned("example.org", dir, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	o := &imageOptions{watch: "0123456789abcdef", tls: filepath.Join(dir, "example.org.crt") + "," + filepath.Join(dir, "example.org.key")}
	settings, err := o.settings(site, resume.Sample)
	if err != nil {
		t.Fatal(err)
	}
	program := image.File{Name: "init", Mode: 0o555, Data: []byte("\x7fELF: the program")}
	return &image.System{Arch: "amd64", Files: append(append([]image.File{program}, settings...), files...)}
}

func TestTheSystemHasOneProgramAndNoShell(t *testing.T) {
	initrd, err := fullest(t).Initrd()
	if err != nil {
		t.Fatal(err)
	}
	const kind, regular = 0o170000, 0o100000
	modes, data := unpacked(t, initrd)
	var files, programs []string
	for name, mode := range modes {
		if mode&kind != regular {
			continue
		}
		files = append(files, name)
		if mode&0o111 != 0 || bytes.HasPrefix(data[name], []byte("\x7fELF")) || bytes.HasPrefix(data[name], []byte("#!")) {
			programs = append(programs, fmt.Sprintf("%s %v", name, fs.FileMode(mode&0o777)))
		}
		if mode&0o7022 != 0 {
			t.Errorf("%s has mode %o", name, mode)
		}
	}
	if len(programs) != 1 || programs[0] != "init -r-xr-xr-x" {
		t.Errorf("the programs are %q", programs)
	}
	for _, want := range []string{"etc/resume.json", "srv/tls/key.pem", "watch.key", "resume/index.html", "cgi-bin/run.sh"} {
		if !strings.Contains(strings.Join(files, " "), want) {
			t.Errorf("%s is not among the files: %q", want, files)
		}
	}
}

func TestACertificateThatItsKeyDoesNotFitIsRefused(t *testing.T) {
	dir := t.TempDir()
	for _, host := range []string{"a.example", "b.example"} {
		if _, err := serve.SelfSigned(host, dir, slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	for keys, want := range map[string]string{
		in("a.example.crt") + "," + in("b.example.key"): "private key does not match",
		in("a.example.key") + "," + in("a.example.crt"): "failed to find certificate",
		in("a.example.crt") + "," + in("nothing"):       "no such file",
	} {
		if _, err := (&imageOptions{tls: keys}).keys(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", keys, err, want)
		}
	}
}

func TestADiskThatIsRunIsReachedAtAllItsPorts(t *testing.T) {
	for _, c := range []struct {
		name    string
		o       imageOptions
		inside  []string
		schemes []string
	}{
		{"a page", imageOptions{}, []string{"-:80"}, []string{"http:"}},
		{"with a certificate", imageOptions{tls: "cert,key"}, []string{"-:443"}, []string{"https:"}},
		{"with a key to watch", imageOptions{watch: "0123456789abcdef"}, []string{"-:80", "-:8088"}, []string{"http:", "http:"}},
	} {
		ports, addresses, err := c.o.forwarded()
		if err != nil || strings.Count(ports, "hostfwd=") != len(c.inside) || len(addresses) != len(c.schemes) {
			t.Fatalf("%s: got %s at %q, %v", c.name, ports, addresses, err)
		}
		for i, port := range strings.Split(ports, ",hostfwd=tcp:")[1:] {
			outside := strings.TrimSuffix(port, c.inside[i])
			if outside == port || !strings.HasPrefix(addresses[i], c.schemes[i]+"//"+outside) {
				t.Errorf("%s: %s is reached at %s", c.name, port, addresses[i])
			}
		}
	}
}

func TestTheNameOfADiskSaysItsForm(t *testing.T) {
	for name, want := range map[string]string{"a.iso": "iso", "a.qcow2": "qcow2", "a.raw": "raw", "a.img": "raw", "iso": "raw"} {
		if got := formatOf(name); got != want {
			t.Errorf("%s is made as %s", name, got)
		}
	}
}

func TestADiskSaysWhatItWants(t *testing.T) {
	for _, c := range []struct {
		name           string
		arch           string
		pinned         bool
		kernel, packed int
		files, bytes   int // of the site, and of each file
		unpacks        int // what the kernel unpacks itself in
		memory         int
	}{
		{"a tiny site", "amd64", true, 16.5e6, 13e6, 1, 1e3, 60e6, 128},
		{"a site of 4 MB is there twice", "amd64", true, 16.5e6, 17e6, 1, 4e6, 60e6, 144},
		{"files of a line take pages", "amd64", true, 16.5e6, 14e6, 4000, 100, 60e6, 160},
		{"a kernel with many drivers", "amd64", false, 8e6, 19e6, 1, 4e6, 60e6, 176},
		{"a kernel that is larger still", "amd64", false, 20e6, 19e6, 1, 1e3, 180e6, 224},
		{"Debian's for arm64, which is not packed", "arm64", false, 27.3e6, 12.2e6, 1, 1e3, 0, 192},
		{"the same with pictures of 20 MB", "arm64", false, 27.3e6, 32.2e6, 1, 20e6, 0, 272},
		{"the same with texts of 60 MB", "arm64", false, 27.3e6, 22e6, 1, 60e6, 0, 320},
		{"the pinned one for arm64", "arm64", true, 59.3e6, 11.8e6, 1, 1e3, 0, 352},
	} {
		t.Run(c.name, func(t *testing.T) {
			site := slices.Repeat([]image.File{{Data: make([]byte, c.bytes)}}, c.files)
			s := &image.System{Arch: c.arch, Kernel: unpackingIn(c.unpacks, c.kernel)}
			if memory := memoryFor(s, c.pinned, make([]byte, c.packed), site); memory != c.memory {
				t.Errorf("%d MB, want %d", memory, c.memory)
			}
		})
	}
}

// unpackingIn is a kernel of a size whose header says in how many bytes it
// unpacks itself; one for arm64 has no such header.
func unpackingIn(bytes, size int) []byte {
	kernel := make([]byte, size)
	if bytes > 0 {
		copy(kernel[0x202:], "HdrS\x0c\x02")
		kernel[0x236] = 1 // it is for 64 bits
		binary.LittleEndian.PutUint32(kernel[0x260:], uint32(bytes))
	}
	return kernel
}

func TestADiskKeepsKeysToItsOwner(t *testing.T) {
	for _, c := range []struct {
		name string
		o    imageOptions
		mode fs.FileMode
	}{
		{"no key", imageOptions{}, 0o644},
		{"a certificate's key", imageOptions{tls: "cert,key"}, 0o600},
		{"a key to watch", imageOptions{watch: "0123456789abcdef"}, 0o600},
	} {
		if mode := c.o.mode(); mode != c.mode {
			t.Errorf("%s: %o, want %o", c.name, mode, c.mode)
		}
	}
}
