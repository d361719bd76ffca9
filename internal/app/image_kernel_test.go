package app

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"buzzproof/internal/image"
)

// fakeKernel is the head of a bzImage for 64 bits that says its version.
func fakeKernel(version string) []byte {
	k := make([]byte, 4096)
	k[0x1f1] = 3
	copy(k[0x202:], "HdrS\x0f\x02")
	k[0x236] = 1
	binary.LittleEndian.PutUint16(k[0x20e:], 0x600)
	copy(k[0x800:], version+" (somebody)")
	return k
}

// fakeELF is a file for amd64 of nothing but a header and what it says is loaded.
func fakeELF(kind elf.Type) []byte {
	var b bytes.Buffer
	header := elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(kind), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
		Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1,
	}
	for _, part := range []any{header, elf.Prog64{Type: uint32(elf.PT_LOAD), Filesz: 120, Memsz: 120}} {
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			panic(err) // a buffer takes everything
		}
	}
	return b.Bytes()
}

// installKernel puts a kernel below root, with one driver.
func installKernel(root, version string) error {
	modules := filepath.Join("lib/modules", version)
	for name, data := range map[string][]byte{
		"boot/vmlinuz-" + version:                      fakeKernel(version),
		filepath.Join(modules, "modules.dep"):          []byte("kernel/virtio_net.ko:\n"),
		filepath.Join(modules, "kernel/virtio_net.ko"): fakeELF(elf.ET_REL),
	} {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// scriptMachine is "machine VERSION...": the machine that the program runs on has
// these kernels from now on, and in the file "program" is one for amd64.
func scriptMachine(ts *testscript.TestScript, neg bool, versions []string) {
	if neg || len(versions) == 0 {
		ts.Fatalf("usage: machine VERSION...")
	}
	for _, version := range versions {
		ts.Check(installKernel(ts.Getenv("MACHINE"), version))
	}
	ts.Check(os.WriteFile(ts.MkAbs("program"), fakeELF(elf.ET_EXEC), 0o755))
}

// pinFake replaces the pinned kernel for amd64 by one that lies in a module cache
// of the test's own, if it lies there.
func pinFake(t *testing.T, data []byte, there bool) {
	t.Helper()
	cache := t.TempDir()
	t.Setenv("GOMODCACHE", cache)
	if there {
		if err := os.WriteFile(filepath.Join(cache, "vmlinuz"), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	before := kernels["amd64"]
	t.Cleanup(func() { kernels["amd64"] = before })
	sum := sha256.Sum256(fakeKernel("7.1.3"))
	kernels["amd64"] = kernelModule{module: ".", file: "vmlinuz", sha256: hex.EncodeToString(sum[:])}
}

func TestTheKernelIsTheNamedOneElseThePinnedElseTheMachinesOwn(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir()) // a kernel is named by its own name
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, machine := filepath.Join(dir, "elsewhere"), filepath.Join(dir, "machine")
	for root, version := range map[string]string{elsewhere: "6.12.1", machine: "6.1.0-56-amd64"} {
		if err := installKernel(root, version); err != nil {
			t.Fatal(err)
		}
	}
	alone := func(version string) string {
		name := filepath.Join(dir, "vmlinuz-"+version)
		if err := os.WriteFile(name, fakeKernel(version), 0o644); err != nil {
			t.Fatal(err)
		}
		return name
	}
	among := filepath.Join(elsewhere, "lib/modules/6.12.1/vmlinuz")
	if err := os.WriteFile(among, fakeKernel("6.12.1"), 0o644); err != nil {
		t.Fatal(err)
	}
	pinned := fakeKernel("7.1.3")
	for _, c := range []struct {
		name    string
		options imageOptions
		cached  []byte // where the pinned kernel would lie; nothing when nil
		machine string
		version string // of the kernel that is taken
		drivers bool
		said    string
		err     string
	}{
		{name: "a named one, with its drivers beside it", options: imageOptions{kernel: filepath.Join(elsewhere, "boot/vmlinuz-6.12.1")}, cached: pinned, machine: machine, version: "6.12.1", drivers: true},
		{name: "a copy of the machine's, named", options: imageOptions{kernel: alone("6.1.0-56-amd64")}, machine: machine, version: "6.1.0-56-amd64", drivers: true},
		{name: "a named one among its drivers", options: imageOptions{kernel: among}, machine: dir, version: "6.12.1", drivers: true},
		{name: "a named one that has its drivers built in", options: imageOptions{kernel: alone("6.6.6")}, machine: machine, version: "6.6.6", said: "note: there are no drivers for Linux 6.6.6; it must have those of the network card built in\n"},
		{name: "a named one that is older than zstd", options: imageOptions{kernel: alone("4.18.0")}, machine: dir, err: "make it with --small"},
		{name: "a named one that is older than zstd, small", options: imageOptions{kernel: alone("4.18.0"), small: true}, machine: dir, version: "4.18.0", said: "note: there are no drivers for Linux 4.18.0; it must have those of the network card built in\n"},
		{name: "the pinned one", cached: pinned, machine: machine, version: "7.1.3"},
		{name: "a pinned one that was changed", cached: fakeKernel("6.6.6"), machine: machine, err: "is not the one it was"},
		{name: "the machine's", machine: machine, version: "6.1.0-56-amd64", drivers: true, said: "kernel: " + machine + "/boot/vmlinuz-6.1.0-56-amd64 of this machine\n"},
		{name: "none at all", machine: dir, err: "go mod download"},
	} {
		t.Run(c.name, func(t *testing.T) {
			pinFake(t, c.cached, c.cached != nil)
			var said bytes.Buffer
			p := &Program{Stderr: &said, Machine: c.machine}
			k, err := p.findKernel(&c.options, "amd64")
			if c.err != "" || err != nil {
				if err == nil || c.err == "" || !strings.Contains(err.Error(), c.err) {
					t.Errorf("got %v, want %q", err, c.err)
				}
				return
			}
			if !bytes.Equal(k.data, fakeKernel(c.version)) || k.pinned != (c.version == "7.1.3") || (len(k.drivers) > 0) != c.drivers {
				t.Errorf("got %q, pinned %v, with %d drivers", k.data[0x800:0x840], k.pinned, len(k.drivers))
			}
			if said.String() != c.said {
				t.Errorf("said %q, want %q", said.String(), c.said)
			}
		})
	}
}

func TestAKernelThatNobodyMayReadIsSaidWithWhatToDo(t *testing.T) {
	refused := &image.NoKernelError{Reasons: []error{
		fmt.Errorf("read kernel: %w", &fs.PathError{Op: "read", Path: "/boot/vmlinuz-folder", Err: syscall.EISDIR}),
		fmt.Errorf("read kernel: %w", &fs.PathError{Op: "open", Path: "/boot/vmlinuz-6.8.0-45-generic", Err: fs.ErrPermission}),
	}}
	err := explainNoKernel("amd64", refused)
	for _, want := range []string{"sudo install -m644 /boot/vmlinuz-6.8.0-45-generic vmlinuz; then take --kernel vmlinuz", "go mod download"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
}

func TestDriversThatCannotBeUnpackedAreSaidWithWhatToInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	root := t.TempDir()
	if err := installKernel(root, "6.12.48"); err != nil {
		t.Fatal(err)
	}
	modules := filepath.Join(root, "lib/modules/6.12.48")
	if err := errors.Join(
		os.Rename(filepath.Join(modules, "kernel/virtio_net.ko"), filepath.Join(modules, "kernel/virtio_net.ko.xz")),
		os.WriteFile(filepath.Join(modules, "modules.dep"), []byte("kernel/virtio_net.ko.xz:\n"), 0o644),
	); err != nil {
		t.Fatal(err)
	}
	pinFake(t, nil, false)
	p := &Program{Stderr: &bytes.Buffer{}, Machine: root}
	if _, err := p.findKernel(&imageOptions{}, "amd64"); err == nil || !strings.Contains(err.Error(), "apt-get install xz-utils") {
		t.Errorf("got %v", err)
	}
}
