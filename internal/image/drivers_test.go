package image

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const dep = `kernel/drivers/virtio/virtio.ko:
kernel/drivers/virtio/virtio_ring.ko: kernel/drivers/virtio/virtio.ko
kernel/drivers/virtio/virtio_pci.ko.gz: kernel/drivers/virtio/virtio_ring.ko kernel/drivers/virtio/virtio.ko
kernel/drivers/char/hw_random/virtio-rng.ko: kernel/drivers/virtio/virtio_ring.ko kernel/drivers/virtio/virtio.ko
kernel/drivers/gpu/amdgpu.ko:
`

// versioned is a kernel that says its version.
func versioned(version string) []byte {
	k := bzImage()
	le.PutUint16(k[0x20e:], 0x600)
	copy(k[0x800:], version)
	return k
}

func TestDriversComeAfterWhatTheyNeedAndNoOthersCome(t *testing.T) {
	dir := t.TempDir()
	root := filepath.Join(dir, "6.1.0-56-amd64")
	for file := range strings.Lines(dep) {
		file, _, _ = strings.Cut(file, ":")
		data := []byte("driver")
		if strings.HasSuffix(file, ".gz") {
			var b bytes.Buffer
			w := gzip.NewWriter(&b)
			if _, err := w.Write(data); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			data = b.Bytes()
		}
		name := filepath.Join(root, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kernel := versioned("6.1.0-56-amd64 (debian) #1")
	if _, err := Drivers(kernel, dir); err == nil || !strings.Contains(err.Error(), "depmod --basedir") {
		t.Errorf("without modules.dep: %v", err)
	}
	if err := os.WriteFile(filepath.Join(root, "modules.dep"), []byte(dep), 0o644); err != nil {
		t.Fatal(err)
	}
	files, err := Drivers(kernel, dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files[2:] {
		names = append(names, f.Name)
		if string(f.Data) != "driver" {
			t.Errorf("%s holds %q", f.Name, f.Data)
		}
	}
	want := []string{"lib/modules/000-virtio.ko", "lib/modules/001-virtio_ring.ko", "lib/modules/002-virtio_pci.ko", "lib/modules/003-virtio_rng.ko"}
	if !slices.Equal(names, want) {
		t.Errorf("got %q", names)
	}
	if files, err := Drivers(versioned("7.1.2 built in"), dir); err != nil || files != nil {
		t.Errorf("a kernel without drivers beside it gives %d files and %v", len(files), err)
	}
}

func TestAKernelTellsItsVersion(t *testing.T) {
	for _, c := range []struct {
		name   string
		kernel []byte
		want   string
	}{
		{"a bzImage", versioned("6.1.0-56-amd64 (debian) #1"), "6.1.0-56-amd64"},
		{"an Image for arm64", []byte("MZ\x00\x00Linux version 6.1.0-56-arm64 (debian)"), "6.1.0-56-arm64"},
		{"text", []byte("text"), ""},
		{"a version that is a path", versioned("../../etc of somebody"), ""},
		{"a header that points outside", append(bzImage()[:0x20e], bytes.Repeat([]byte{0xff}, 0x100)...), ""},
	} {
		got, err := kernelVersion(c.kernel)
		if got != c.want && c.want != "" || (err == nil) != (c.want != "") {
			t.Errorf("%s: got %q and %v", c.name, got, err)
		}
	}
}
