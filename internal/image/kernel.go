package image

import (
	"bytes"
	"compress/gzip"
	"debug/pe"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// A Kernel is a Linux kernel that was read from a file.
type Kernel struct {
	File    string
	Arch    string // amd64 or arm64
	Version string // what it has its drivers under, such as 6.1.0-56-amd64
	Data    []byte // a bzImage, or an arm64 Image
}

// ReadKernel reads a kernel for arch. The error says of the file why it is none.
func ReadKernel(file, arch string) (*Kernel, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read kernel: %w", err)
	}
	k, err := newKernel(file, arch, data)
	if err != nil {
		return nil, fmt.Errorf("read kernel %s: %w", file, err)
	}
	return k, nil
}

func newKernel(file, arch string, data []byte) (k *Kernel, err error) {
	k = &Kernel{File: file, Arch: arch}
	if arch == "amd64" {
		k.Data, err = data, checkBzImage(data)
	} else {
		k.Data, err = unpackedImage(data)
	}
	if err != nil {
		return nil, err
	}
	k.Version, err = kernelVersion(k.Data)
	return k, err
}

var errCut = errors.New("the kernel is cut off: its end is missing")

// unpackedLimit is more than any kernel or driver has unpacked: those with
// everything built in have 70 MB.
const unpackedLimit = 256 << 20

// unpackedImage returns an arm64 Image (Documentation/arch/arm64/booting.rst)
// that may be packed: by gzip, as Ubuntu has it, or into a program for EFI that
// unpacks it, as Fedora has it (drivers/firmware/efi/libstub/zboot-header.S).
func unpackedImage(data []byte) ([]byte, error) {
	packing := ""
	switch {
	case bytes.HasPrefix(data, []byte("\x1f\x8b")):
		packing = "gzip"
	case len(data) > 0x40 && string(data[:8]) == "MZ\x00\x00zimg":
		name, _, _ := bytes.Cut(data[24:56], []byte{0})
		begin, size := int64(le.Uint32(data[8:])), int64(le.Uint32(data[12:]))
		if begin+size > int64(len(data)) {
			return nil, errCut
		}
		packing, data = string(name), data[begin:begin+size]
	}
	if packing != "" {
		var err error
		if data, err = unpack(packing, data); err != nil {
			return nil, fmt.Errorf("unpack it: %w", err)
		}
	}
	return data, checkImage(data)
}

// checkImage looks at the headers of an arm64 Image. It must be a program for
// EFI, as which the stub starts it.
func checkImage(kernel []byte) error {
	if len(kernel) < 0x40 || string(kernel[0x38:0x3c]) != "ARM\x64" {
		return errors.New("the kernel is no Image for arm64")
	}
	program, err := pe.NewFile(bytes.NewReader(kernel))
	if err != nil {
		return fmt.Errorf("the kernel is no program for EFI: %w", err)
	}
	for _, s := range program.Sections {
		if uint64(s.Offset)+uint64(s.Size) > uint64(len(kernel)) {
			return errCut
		}
	}
	return nil
}

// unpack returns what is packed by gzip or zstd.
func unpack(packing string, data []byte) ([]byte, error) {
	var r io.Reader
	var err error
	switch packing {
	case "gzip":
		r, err = gzip.NewReader(bytes.NewReader(data))
	case "zstd": // one goroutine, which ends with its reader
		r, err = zstd.NewReader(bytes.NewReader(data), zstd.WithDecoderConcurrency(1))
	default:
		err = fmt.Errorf("packed with %s, which is not known here", packing)
	}
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, unpackedLimit))
}

// firstWithZstd is the first Linux that unpacks a memory disk of zstd.
const firstWithZstd = "5.9"

// Unpacks tells whether the kernel can unpack the memory disk: any one can when
// it is small, see packSmall.
func (k *Kernel) Unpacks(small bool) bool {
	return small || compareVersions(k.Version, firstWithZstd) >= 0
}

// kernelVersion is the name that a kernel has its modules under: the first
// word of what a bzImage says of itself, or of an arm64 Image.
func kernelVersion(kernel []byte) (string, error) {
	var text []byte
	if len(kernel) > 0x290 && string(kernel[0x202:0x206]) == "HdrS" {
		text = kernel[min(len(kernel), int(le.Uint16(kernel[0x20e:]))+sector):]
	} else if _, after, found := bytes.Cut(kernel, []byte("Linux version ")); found {
		text = after
	}
	version, _, found := strings.Cut(string(text[:min(len(text), 128)]), " ")
	if !found || version < "0" || version >= ":" || strings.ContainsAny(version, "/\x00") {
		return "", errors.New("it does not say which version of Linux it is; want a bzImage, as in /boot/vmlinuz-6.1.0-56-amd64, or an Image for arm64")
	}
	return version, nil
}
