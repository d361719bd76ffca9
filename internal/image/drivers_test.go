package image

import (
	"bytes"
	"compress/gzip"
	"debug/elf"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

const dep = `kernel/drivers/virtio/virtio.ko:
kernel/drivers/virtio/virtio_ring.ko: kernel/drivers/virtio/virtio.ko
kernel/drivers/virtio/virtio_pci.ko.gz: kernel/drivers/virtio/virtio_ring.ko kernel/drivers/virtio/virtio.ko
kernel/drivers/char/hw_random/virtio-rng.ko: kernel/drivers/virtio/virtio_ring.ko kernel/drivers/virtio/virtio.ko
kernel/drivers/gpu/amdgpu.ko:
`

// versioned is a bzImage that says its version.
func versioned(version string) []byte {
	k := bzImage()
	le.PutUint16(k[0x20e:], 0x600)
	copy(k[0x800:], version)
	return k
}

// driverFor is a driver for a processor: the head of its file.
func driverFor(machine elf.Machine) []byte {
	d := make([]byte, 64)
	copy(d, "\x7fELF\x02\x01\x01")
	d[0x10] = byte(elf.ET_REL)
	le.PutUint16(d[0x12:], uint16(machine))
	d[0x14], d[0x34] = byte(elf.EV_CURRENT), 64
	return d
}

func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// write writes a file and the folders above it.
func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestDriversComeAfterWhatTheyNeedAndNoOthersCome(t *testing.T) {
	dir := t.TempDir()
	root := filepath.Join(dir, "6.1.0-56-amd64")
	for file := range strings.Lines(dep) {
		file, _, _ = strings.Cut(file, ":")
		data := driverFor(elf.EM_X86_64)
		if strings.HasSuffix(file, ".gz") {
			data = gzipped(t, data)
		}
		write(t, filepath.Join(root, filepath.FromSlash(file)), data)
	}
	k := &Kernel{Arch: "amd64", Version: "6.1.0-56-amd64"}
	if _, err := k.Drivers(dir); err == nil || !strings.Contains(err.Error(), "depmod --basedir") {
		t.Errorf("without modules.dep: %v", err)
	}
	write(t, filepath.Join(root, "modules.dep"), []byte(dep))
	files, err := k.Drivers(t.TempDir(), dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files[2:] {
		names = append(names, f.Name)
		if !bytes.Equal(f.Data, driverFor(elf.EM_X86_64)) {
			t.Errorf("%s holds %q", f.Name, f.Data)
		}
	}
	want := []string{"lib/modules/000-virtio.ko", "lib/modules/001-virtio_ring.ko", "lib/modules/002-virtio_pci.ko", "lib/modules/003-virtio_rng.ko"}
	if !slices.Equal(names, want) {
		t.Errorf("got %q", names)
	}
	if files, err := (&Kernel{Version: "7.1.2"}).Drivers(dir); err != nil || files != nil {
		t.Errorf("a kernel without drivers beside it gives %d files and %v", len(files), err)
	}
}

func TestADriverIsReadHoweverItIsPacked(t *testing.T) {
	plain := driverFor(elf.EM_X86_64)
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	packed := map[string][]byte{"a.ko": plain, "a.ko.gz": gzipped(t, plain), "a.ko.zst": w.EncodeAll(plain, nil)}
	if data, err := xz(plain, "--stdout"); err == nil {
		packed["a.ko.xz"] = data
	} else if os.Getenv("BUZZPROOF_REQUIRE_PEERS") == "1" {
		t.Fatalf("%v: .ci/install brings it", err)
	}
	k := &Kernel{Arch: "amd64"}
	for name, data := range packed {
		file := filepath.Join(t.TempDir(), name)
		write(t, file, data)
		if got, err := k.driver(file); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%s: got %q and %v", name, got, err)
		}
	}
}

func TestWhatCannotBeADriverIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.ko")
	k := &Kernel{Arch: "amd64"}
	for name, data := range map[string][]byte{
		"one for another processor": driverFor(elf.EM_AARCH64),
		"one that is cut off":       driverFor(elf.EM_X86_64)[:60],
		"nothing":                   nil,
	} {
		write(t, file, data)
		if _, err := k.driver(file); err == nil || !strings.Contains(err.Error(), "a.ko is no driver for amd64") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	t.Setenv("PATH", t.TempDir())
	write(t, file+".xz", nil)
	if _, err := k.driver(file + ".xz"); !errors.Is(err, ErrNoXZ) {
		t.Errorf("without xz: got %v", err)
	}
}
