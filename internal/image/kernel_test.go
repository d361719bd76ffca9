package image

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// armImage is an arm64 Image that says its version.
func armImage(version string) []byte {
	k := make([]byte, 0x400)
	copy(k, "MZ")
	copy(k[0x38:], "ARM\x64")
	le.PutUint32(k[0x3c:], 0x40)
	b := bytes.NewBuffer(append(k[:0x40:0x40], "PE\x00\x00"...))
	header := pe.FileHeader{Machine: pe.IMAGE_FILE_MACHINE_ARM64, NumberOfSections: 1}
	section := pe.SectionHeader32{Name: [8]uint8{'.', 't'}, SizeOfRawData: 0x200, PointerToRawData: 0x200}
	for _, part := range []any{header, section} {
		if err := binary.Write(b, le, part); err != nil {
			panic(err) // a buffer takes everything
		}
	}
	copy(k, b.Bytes())
	copy(k[0x200:], "Linux version "+version)
	return k
}

// zboot puts an Image into a program for EFI that unpacks it, or into its head.
func zboot(packing string, packed []byte) []byte {
	k := make([]byte, 0x80)
	copy(k, "MZ\x00\x00zimg")
	le.PutUint32(k[8:], uint32(len(k)))
	le.PutUint32(k[12:], uint32(len(packed)))
	copy(k[24:], packing)
	return append(k, packed...)
}

func TestAKernelIsReadWithItsVersionOrRefused(t *testing.T) {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	const debian = "6.1.0-56-arm64 (debian) #1"
	image := armImage(debian)
	for _, c := range []struct {
		name, arch string
		kernel     []byte
		want       string // the version, or a part of the error
	}{
		{"a bzImage", "amd64", versioned("6.1.0-56-amd64 (debian) #1"), "6.1.0-56-amd64"},
		{"an Image for arm64", "arm64", image, "6.1.0-56-arm64"},
		{"an Image that is packed", "arm64", gzipped(t, image), "6.1.0-56-arm64"},
		{"an Image that unpacks itself", "arm64", zboot("gzip", gzipped(t, image)), "6.1.0-56-arm64"},
		{"an Image that unpacks itself with zstd", "arm64", zboot("zstd", w.EncodeAll(image, nil)), "6.1.0-56-arm64"},
		{"one that unpacks itself some other way", "arm64", zboot("lzo", image), "packed with lzo"},
		{"an Image whose end is missing", "arm64", image[:0x3ff], "is cut off"},
		{"an Image whose packed end is missing", "arm64", gzipped(t, image)[:40], "unpack it"},
		{"one that unpacks itself, whose end is missing", "arm64", zboot("gzip", gzipped(t, image))[:0x90], "is cut off"},
		{"an Image that no firmware can start", "arm64", append(make([]byte, 0x38), "ARM\x64 and nothing more"...), "no program for EFI"},
		{"a bzImage whose end is missing", "amd64", func() []byte {
			k := versioned("6.1.0-56-amd64 (debian)")
			le.PutUint32(k[0x1f4:], 1000)
			return k
		}(), "is cut off"},
		{"one for another processor", "amd64", image, "no bzImage"},
		{"one for yet another processor", "arm64", versioned("6.1.0-56-amd64 (debian) #1"), "no Image"},
		{"text", "amd64", []byte("text"), "no bzImage"},
		{"text", "arm64", []byte("text"), "no Image"},
		{"a version that is a path", "amd64", versioned("6/../../etc of somebody"), "does not say"},
		{"a version that is a folder above", "amd64", versioned(".. of somebody"), "does not say"},
		{"a header that points outside", "amd64", func() []byte {
			k := versioned("6.1.0-56-amd64 (debian)")
			le.PutUint16(k[0x20e:], 0xffff)
			return k
		}(), "does not say"},
	} {
		file := filepath.Join(t.TempDir(), "vmlinuz")
		write(t, file, c.kernel)
		k, err := ReadKernel(file, c.arch)
		switch {
		case err != nil && (!strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), file)):
			t.Errorf("%s, %s: got %v", c.name, c.arch, err)
		case err == nil && k.Version != c.want:
			t.Errorf("%s, %s: got version %q", c.name, c.arch, k.Version)
		case err == nil && c.arch == "arm64" && !bytes.Equal(k.Data, image):
			t.Errorf("%s, %s: got %d bytes that are not the Image", c.name, c.arch, len(k.Data))
		}
	}
}

func TestOldKernelsUnpackSmallDisksAlone(t *testing.T) {
	for version, want := range map[string]bool{
		"4.18.0-553.el8_10.x86_64": false, "5.4.0-216-generic": false, "5.9.0": true, "5.10.0-35-amd64": true, "6.1.0-56-amd64": true,
	} {
		k := &Kernel{Version: version}
		if got := k.Unpacks(false); got != want || !k.Unpacks(true) {
			t.Errorf("Linux %s: got %v, small %v", version, got, k.Unpacks(true))
		}
	}
}

// Whatever a file says its version is, drivers are read from no folder but theirs.
func FuzzKernels(f *testing.F) {
	f.Add(versioned("6.1.0-56-amd64 (debian) #1"))
	f.Add(armImage("6.1.0-56-arm64 (debian) #1"))
	f.Add(zboot("gzip", []byte("\x1f\x8b\x08")))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, arch := range []string{"amd64", "arm64"} {
			k, err := newKernel("vmlinuz", arch, data)
			if err == nil && !filepath.IsLocal(k.Version) {
				t.Errorf("a kernel for %s has version %q", arch, k.Version)
			}
		}
	})
}
