package refuge

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"buzzproof/internal/program"
)

// A programFile is a buzzproof for a machine. What is brought of it is what is
// loaded: a narrow line need not carry what only debuggers read.
type programFile struct {
	file    string
	machine elf.Machine
	size    int64  // bytes of what is loaded
	digest  string // hex SHA-256 of them
	head    []byte // how they begin: the rest is the same in the file
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
	f, err := program.Open(p.file)
	if err != nil {
		return p, fmt.Errorf("host: %w", err)
	}
	defer f.Close()
	p.machine, p.size, p.head = f.ELF.Machine, f.Size, f.Head
	if p.digest, err = digestOf(f.Loaded()); err != nil {
		return p, fmt.Errorf("host: read program: %w", err)
	}
	return p, nil
}

// whole is the hex SHA-256 of the file as it lies.
func (p programFile) whole() (string, error) {
	f, err := os.Open(p.file)
	if err != nil {
		return "", fmt.Errorf("host: program: %w", err)
	}
	defer f.Close()
	return digestOf(f)
}

// digestOf is the SHA-256 of all that can be read, in hex.
func digestOf(r io.Reader) (string, error) {
	sum := sha256.New()
	_, err := io.Copy(sum, r)
	return hex.EncodeToString(sum.Sum(nil)), err
}

// open reads what is loaded. It must be closed.
func (p programFile) open() (io.ReadCloser, error) {
	f, err := program.Open(p.file)
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{f.Loaded(), f}, nil
}

// packed is what is loaded in gzip. The same program gives the same bytes.
func (p programFile) packed() ([]byte, error) {
	in, err := p.open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var b bytes.Buffer
	err = inGzip(&b, func(to io.Writer) error {
		_, err := io.Copy(to, in)
		return err
	})
	return b.Bytes(), err
}

// cut is a script that leaves in a file over there what is loaded of the
// program, if that is what lies in it, as it lies here or cut already: another
// beginning, and no more than so many bytes.
func (p programFile) cut(file string) string {
	var head strings.Builder
	for _, b := range p.head {
		fmt.Fprintf(&head, `\%03o`, b)
	}
	return fmt.Sprintf(`printf '%[1]s' | dd of=%[2]s conv=notrunc; dd if=/dev/null of=%[2]s bs=1 seek=%[3]d`, &head, file, p.size)
}
