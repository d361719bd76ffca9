package app

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"buzzproof/internal/image"
)

// A kernelModule is a kernel that lies in the module cache once somebody has
// downloaded it. The digest holds it to the one that was tried.
type kernelModule struct{ module, file, sha256 string }

var kernels = map[string]kernelModule{
	"amd64": {
		"github.com/gokrazy/kernel.amd64@v0.0.0-20260705070735-de680abf072b", "vmlinuz",
		"276e5c6eefee7d955d3b6808d214b535561ce426789e3b4f53bd899474612525",
	},
	"arm64": {
		"github.com/gokrazy/kernel.arm64@v0.0.0-20260705071517-37841c4d6ff1", "vmlinuz",
		"b054a610dd89ee458fc77ba4bc50228b5036853c6fcbec46441a2d11bf3d9a9b",
	},
}

// A systemKernel is the kernel of a disk with its drivers.
type systemKernel struct {
	file    string
	data    []byte
	drivers []image.File // none when they are built in
	pinned  bool
}

// findKernel finds the kernel for a program for arch: the one that is named, or
// else the pinned one, or else that of this machine, which is told.
func (p *Program) findKernel(o *imageOptions, arch string) (*systemKernel, error) {
	if o.kernel != "" {
		return p.namedKernel(o, arch)
	}
	file := filepath.Join(moduleCache(), filepath.FromSlash(kernels[arch].module), kernels[arch].file)
	if data, err := os.ReadFile(file); err == nil {
		return pinnedKernel(file, data, kernels[arch])
	}
	k, err := image.Installed(p.machine(), arch, o.small)
	if err != nil {
		return nil, explainNoKernel(arch, err)
	}
	p.talk("kernel: %s of this machine", k.File)
	return withDrivers(k, image.ModuleFolders(p.machine()))
}

// namedKernel reads the kernel that is named. A copy of this machine's, in
// whichever folder, has its drivers.
func (p *Program) namedKernel(o *imageOptions, arch string) (*systemKernel, error) {
	k, err := image.ReadKernel(o.kernel, arch)
	if err != nil {
		return nil, err
	}
	if !k.Unpacks(o.small) {
		return nil, fmt.Errorf("kernel %s: Linux %s cannot unpack the disk\nmake it with --small, or take Linux 5.9 or newer", o.kernel, k.Version)
	}
	dir := filepath.Dir(o.kernel)
	beside := []string{filepath.Join(dir, "..", "lib", "modules"), filepath.Join(dir, "..")} // as Debian has it, and Fedora
	found, err := withDrivers(k, append(beside, image.ModuleFolders(p.machine())...))
	if err == nil && len(found.drivers) == 0 {
		p.talk("note: there are no drivers for Linux %s; it must have those of the network card built in", k.Version)
	}
	return found, err
}

// pinnedKernel holds what lies in the module cache to its digest.
func pinnedKernel(file string, data []byte, pinned kernelModule) (*systemKernel, error) {
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != pinned.sha256 {
		return nil, fmt.Errorf("the kernel of %s is not the one it was: sha256 %x\ndelete it and download it again, or name it with --kernel", pinned.module, sum)
	}
	return &systemKernel{file: file, data: data, pinned: true}, nil
}

// machine is where this machine's own kernels are.
func (p *Program) machine() string { return cmp.Or(p.Machine, "/") }

func withDrivers(k *image.Kernel, folders []string) (*systemKernel, error) {
	drivers, err := k.Drivers(folders...)
	if errors.Is(err, image.ErrNoXZ) {
		err = fmt.Errorf("%w\ninstall it: apt-get install xz-utils", err)
	}
	if err != nil {
		return nil, fmt.Errorf("kernel %s: %w", k.File, err)
	}
	return &systemKernel{file: k.File, data: k.Data, drivers: drivers}, nil
}

// explainNoKernel says how to get one where this machine has none that serves.
func explainNoKernel(arch string, machine error) error {
	err := fmt.Errorf("no kernel for %s in the module cache, and none of this machine: %w", arch, machine)
	if file := refusedKernel(machine); file != "" {
		err = fmt.Errorf("%w\ncopy it to where you may read it: sudo install -m644 %s vmlinuz; then take --kernel vmlinuz", err, file)
	}
	return fmt.Errorf("%w\nget one: go mod download %s\nor name one with --kernel FILE", err, kernels[arch].module)
}

// refusedKernel is the kernel of the machine that only others may read, if any.
func refusedKernel(machine error) string {
	var none *image.NoKernelError
	if !errors.As(machine, &none) {
		return ""
	}
	for _, reason := range none.Reasons {
		var refused *fs.PathError
		if errors.As(reason, &refused) && errors.Is(refused, fs.ErrPermission) {
			return refused.Path
		}
	}
	return ""
}

// moduleCache is where the go command keeps modules.
func moduleCache() string {
	if dir := os.Getenv("GOMODCACHE"); dir != "" {
		return dir
	}
	home, _ := os.UserHomeDir() // without one the path leads nowhere, and the error says so
	return filepath.Join(cmp.Or(os.Getenv("GOPATH"), filepath.Join(home, "go")), "pkg", "mod")
}
