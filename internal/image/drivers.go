package image

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
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

// Drivers returns the drivers of the kernel as files, in the order in which
// they are to be loaded, from the first of the folders that has one for this
// version. A kernel without such a folder is taken to have them built in. Packed
// drivers are unpacked: xz by the program of that name, without which the error
// is ErrNoXZ.
func (k *Kernel) Drivers(folders ...string) ([]File, error) {
	root := k.folder(folders)
	if root == "" {
		return nil, nil
	}
	list, err := os.ReadFile(filepath.Join(root, "modules.dep"))
	if err != nil {
		return nil, fmt.Errorf("read which driver needs which: %w\nmake it: depmod --basedir %s %s", err, filepath.Join(root, "..", "..", ".."), k.Version)
	}
	files := []File{{Name: "lib", Mode: fs.ModeDir | 0o755}, {Name: "lib/modules", Mode: fs.ModeDir | 0o755}}
	for i, name := range ordered(string(list), drivers) {
		data, err := k.driver(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return nil, fmt.Errorf("read driver: %w", err)
		}
		files = append(files, File{Name: fmt.Sprintf("lib/modules/%03d-%s.ko", i, driverName(name)), Mode: 0o444, Data: data})
	}
	return files, nil
}

// folder is where the drivers of the kernel are: in the first of the folders
// that has one for its version, if any has.
func (k *Kernel) folder(folders []string) string {
	for _, f := range folders {
		if info, err := os.Stat(filepath.Join(f, k.Version)); err == nil && info.IsDir() {
			return filepath.Join(f, k.Version)
		}
	}
	return ""
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

// machines are the processors of drivers, as debug/elf names them.
var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// driver reads one of the kernel's drivers. Kernels for two processors may have
// the same version, and one would not load the drivers of the other.
func (k *Kernel) driver(name string) ([]byte, error) {
	data, err := readDriver(name)
	if err != nil {
		return nil, err
	}
	if f, err := elf.NewFile(bytes.NewReader(data)); err != nil || f.Machine != machines[k.Arch] {
		return nil, fmt.Errorf("%s is no driver for %s", name, k.Arch)
	}
	return data, nil
}

func readDriver(name string) ([]byte, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	switch filepath.Ext(name) {
	case ".gz":
		return unpack("gzip", data)
	case ".zst":
		return unpack("zstd", data)
	case ".xz":
		return xz(data, "--decompress", "--stdout")
	}
	return data, nil
}
