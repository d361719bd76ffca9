package refuge

import (
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"runtime"
)

// A programFile is a buzzproof for a machine.
type programFile struct {
	file, digest string
	size         int64
	machine      elf.Machine
}

// elfMachines are the kinds of processors by what uname -m calls them.
var elfMachines = map[string]elf.Machine{
	"x86_64": elf.EM_X86_64, "aarch64": elf.EM_AARCH64, "armv7l": elf.EM_ARM, "armv6l": elf.EM_ARM,
	"i686": elf.EM_386, "riscv64": elf.EM_RISCV,
}

// program finds a buzzproof for a machine.
func (h *host) program(machine string) (programFile, error) {
	p, err := h.readProgram()
	if err != nil {
		return p, err
	}
	return p, h.fits(p, machine)
}

// fits refuses a program for another kind of processor.
func (h *host) fits(p programFile, machine string) error {
	if want, known := elfMachines[machine]; known && p.machine != want {
		return fmt.Errorf("host: %s is a program for %s, and %s is a %s: set program", p.file, p.machine, h.Address, machine)
	}
	return nil
}

// readProgram reads the program that is to be brought: the name of a file does
// not say for what it was built.
func (h *host) readProgram() (p programFile, err error) {
	if p.file = h.Program; p.file == "" {
		if runtime.GOOS != "linux" {
			return p, fmt.Errorf("host: this program is for %s, and %s runs Linux: set program", runtime.GOOS, h.Address)
		}
		if p.file, err = os.Executable(); err != nil {
			return p, fmt.Errorf("find this program: %w", err)
		}
	}
	f, err := os.Open(p.file)
	if err != nil {
		return p, fmt.Errorf("host: program: %w", err)
	}
	defer f.Close()
	image, err := elf.NewFile(f)
	if err != nil {
		return p, fmt.Errorf("host: program %s is not one for Linux: %w", p.file, err)
	}
	p.machine = image.Machine
	sum := sha256.New()
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return p, err
	}
	if p.size, err = io.Copy(sum, f); err != nil {
		return p, fmt.Errorf("read %s: %w", p.file, err)
	}
	p.digest = hex.EncodeToString(sum.Sum(nil))
	return p, nil
}
