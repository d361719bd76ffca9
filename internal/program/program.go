// Package program reads a program for Linux as a file: for which processor it
// is, whether it needs nothing beside itself, and its bytes without what is
// never loaded.
//
// The system loads segments. What lies behind the last of them is read by
// linkers and debuggers alone, and is three tenths of what the go command
// writes: whoever sends a program somewhere leaves it here.
package program

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
)

// A Program is a program for Linux in a file that is open.
type Program struct {
	// ELF has the table of sections of the file, which Loaded is without. All
	// that is loaded is at the same place in both.
	ELF *elf.File
	// Head is how Loaded begins: the header, the only part of it that differs
	// from the file.
	Head []byte
	// Size is how many bytes Loaded has.
	Size int64

	file *os.File
}

// Open opens a program. The error says of the file why it is none for Linux,
// or that its end is missing.
func Open(name string) (*Program, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("program: %w", err)
	}
	p := &Program{file: file}
	if err := p.read(); err != nil {
		return nil, errors.Join(fmt.Errorf("program %s: %w", name, err), file.Close())
	}
	return p, nil
}

var (
	errCut     = errors.New("it is cut off: its end is missing")
	errForeign = errors.New("it is none for Linux")
)

// read finds out what is loaded.
func (p *Program) read() (err error) {
	magic := make([]byte, len(elf.ELFMAG))
	if _, err := p.file.ReadAt(magic, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	p.ELF, err = elf.NewFile(p.file)
	switch {
	case string(magic) != elf.ELFMAG:
		return errForeign
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return errCut
	case err != nil:
		return fmt.Errorf("%w: %w", errForeign, err)
	case p.ELF.OSABI != elf.ELFOSABI_NONE && p.ELF.OSABI != elf.ELFOSABI_LINUX:
		return fmt.Errorf("%w but for %s", errForeign, p.ELF.OSABI)
	case len(p.ELF.Progs) == 0:
		return fmt.Errorf("%w: nothing of it is loaded", errForeign)
	}
	if err := p.measure(); err != nil {
		return err
	}
	return p.behead()
}

// measure finds the end of the last segment, which must be there.
func (p *Program) measure() error {
	info, err := p.file.Stat()
	if err != nil {
		return err
	}
	there := uint64(info.Size())
	for _, s := range p.ELF.Progs {
		if s.Filesz > there || s.Off > there-s.Filesz {
			return errCut
		}
		p.Size = max(p.Size, int64(s.Off+s.Filesz))
	}
	return nil
}

// behead makes the header that knows of no table of sections: elf(5), e_shoff,
// e_shnum and e_shstrndx.
func (p *Program) behead() error {
	size, offset, width, counts := 0x40, 0x28, 8, 0x3c
	if p.ELF.Class == elf.ELFCLASS32 {
		size, offset, width, counts = 0x34, 0x20, 4, 0x30
	}
	if int64(size) > p.Size {
		return fmt.Errorf("%w: its header is in no segment", errForeign)
	}
	p.Head = make([]byte, size)
	if _, err := p.file.ReadAt(p.Head, 0); err != nil {
		return err
	}
	clear(p.Head[offset:][:width])
	clear(p.Head[counts:][:4])
	return nil
}

// Static reports whether it runs without libraries.
func (p *Program) Static() bool {
	for _, s := range p.ELF.Progs {
		if s.Type == elf.PT_INTERP {
			return false
		}
	}
	return true
}

// Loaded reads the program without what is never loaded, from its beginning.
// It runs as the whole does.
func (p *Program) Loaded() io.Reader {
	begin := int64(len(p.Head))
	return io.MultiReader(bytes.NewReader(p.Head), io.NewSectionReader(p.file, begin, p.Size-begin))
}

// Close closes the file.
func (p *Program) Close() error { return p.file.Close() }
