package image

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// drivers are what a machine may need that mounts no disk: the cards of
// virtual machines and of common boards, random numbers, the power button,
// keyboards and watchdogs. Nobody loads more here than these and what they
// name: r8169 finds no card without realtek, and iTCO_wdt no watchdog without
// the chip's driver, lpc_ich or i2c_i801.
var drivers = []string{
	"virtio_pci", "virtio_mmio", "virtio_rng", "virtio_net",
	"e1000", "e1000e", "igb", "igc", "realtek", "r8169", "tg3", "vmxnet3", "hv_netvsc", "xen_netfront", "ena", "gve",
	"button", "evdev", "xhci_pci", "ehci_pci", "uhci_hcd", "usbhid", "hid_generic", "hyperv_keyboard",
	"i6300esb", "lpc_ich", "i2c_i801", "iTCO_wdt",
}

// Drivers returns the drivers for a kernel as files, in the order in which
// they are to be loaded, from dir, which has a folder for each version. A
// kernel without such a folder is taken to have them built in. Packed drivers
// are unpacked: xz by the program of that name.
func Drivers(kernel []byte, dir string) ([]File, error) {
	version, err := kernelVersion(kernel)
	if err != nil {
		return nil, err
	}
	root := filepath.Join(dir, version)
	if _, err := os.Stat(root); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	list, err := os.ReadFile(filepath.Join(root, "modules.dep"))
	if err != nil {
		return nil, fmt.Errorf("read which driver needs which: %w\nmake it: depmod --basedir %s %s", err, filepath.Join(dir, "..", ".."), version)
	}
	files := []File{{Name: "lib", Mode: fs.ModeDir | 0o755}, {Name: "lib/modules", Mode: fs.ModeDir | 0o755}}
	for i, name := range ordered(string(list), drivers) {
		data, err := readDriver(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return nil, fmt.Errorf("read driver: %w", err)
		}
		files = append(files, File{Name: fmt.Sprintf("lib/modules/%03d-%s.ko", i, driverName(name)), Mode: 0o444, Data: data})
	}
	return files, nil
}

// kernelVersion is the name that a kernel has its modules under: the first
// word of what a bzImage says of itself, or of an arm64 Image.
func kernelVersion(kernel []byte) (string, error) {
	text := []byte(nil)
	if len(kernel) > 0x290 && string(kernel[0x202:0x206]) == "HdrS" {
		text = kernel[min(len(kernel), int(le.Uint16(kernel[0x20e:]))+sector):]
	} else if _, after, found := bytes.Cut(kernel, []byte("Linux version ")); found {
		text = after
	}
	version, _, found := strings.Cut(string(text[:min(len(text), 128)]), " ")
	if !found || version == "" || strings.ContainsAny(version, "/\x00") {
		return "", errors.New("it does not say which version of Linux it is; want a bzImage, as in /boot/vmlinuz-6.1.0-56-amd64, or an Image for arm64")
	}
	return version, nil
}

// ordered returns the files of the drivers named and of what they need, what
// is needed first, as modules.dep (modules.dep(5)) tells. Drivers that the
// kernel has not, or has built in, are left out.
func ordered(list string, names []string) []string {
	files, needs := map[string]string{}, map[string][]string{}
	for line := range strings.Lines(list) {
		file, others, _ := strings.Cut(strings.TrimSpace(line), ":")
		files[driverName(file)] = file
		needs[file] = strings.Fields(others)
	}
	var order []string
	for _, name := range names {
		file, known := files[name]
		if !known {
			continue
		}
		for _, f := range slices.Backward(append([]string{file}, needs[file]...)) {
			if !slices.Contains(order, f) {
				order = append(order, f)
			}
		}
	}
	return order
}

// driverName is the name of the driver in a file: kernel/…/virtio-rng.ko.xz
// has virtio_rng.
func driverName(file string) string {
	name, _, _ := strings.Cut(path.Base(file), ".")
	return strings.ReplaceAll(name, "-", "_")
}

func readDriver(name string) ([]byte, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var r io.Reader
	switch filepath.Ext(name) {
	case ".gz":
		r, err = gzip.NewReader(bytes.NewReader(raw))
	case ".zst":
		r, err = zstd.NewReader(bytes.NewReader(raw))
	case ".xz":
		raw, err = exec.Command("xz", "--decompress", "--stdout", name).Output()
	}
	if r == nil || err != nil {
		return raw, err
	}
	return io.ReadAll(r)
}
