package image

import (
	"debug/elf"
	"errors"
	"fmt"
)

// errTable is returned where a program's table of functions is none that
// WithoutLines knows.
var errTable = errors.New("the table of functions has another form than that of Go 1.20 to 1.26")

// The table of functions of a Go program (runtime/symtab.go, type _func, and
// internal/abi, type PCLnTabMagic), in bytes.
const (
	tableMagic  = 0xfffffff1 // Go 1.20 and later
	tableHeader = 8 + 8*8    // magic and sizes; then what lies where
	funcHeader  = 44         // a function, before the tables it has beside
)

// A funcTable is the part of a Go program that leads from an instruction to its
// function, file and line, and tells the garbage collector what is live there.
type funcTable struct {
	data   []byte
	values int // where the values begin that change from instruction to instruction
	funcs  int // where the functions begin, with a list of them first
	count  int
}

// WithoutLines returns a Go program that does not know from which file and line
// an instruction came; a panic names functions and offsets in them. The lines
// are a sixth of what a program comes to, packed. They are overwritten with
// zeros, nothing moves: the runtime takes the offset 0 for "not known". f says
// where the table is: program may be what is loaded of it alone.
func WithoutLines(program []byte, f *elf.File) ([]byte, error) {
	section := f.Section(".gopclntab")
	if section == nil || section.Offset+section.Size > uint64(len(program)) {
		return nil, errTable
	}
	program = append([]byte(nil), program...)
	t, err := readFuncTable(program[section.Offset:][:section.Size])
	if err != nil {
		return nil, err
	}
	kept, dropped := map[int]bool{0: true}, map[int]bool{}
	for i := range t.count {
		if err := t.forget(i, kept, dropped); err != nil {
			return nil, fmt.Errorf("function %d: %w", i, err)
		}
	}
	for at := range dropped {
		if kept[at] {
			continue // the same values mean something else elsewhere
		}
		if err := t.clear(at); err != nil {
			return nil, err
		}
	}
	return program, nil
}

func readFuncTable(data []byte) (*funcTable, error) {
	if len(data) < tableHeader || le.Uint32(data) != tableMagic || data[7] != 8 {
		return nil, errTable
	}
	field := func(n int) uint64 { return le.Uint64(data[8+8*n:]) }
	count, values, funcs := field(0), field(6), field(7)
	if values > funcs || funcs > uint64(len(data)) || count > (uint64(len(data))-funcs)/8 {
		return nil, errTable
	}
	return &funcTable{data: data, values: int(values), funcs: int(funcs), count: int(count)}, nil
}

// forget takes file and line from function i. It notes where the values of both
// begin in dropped, and those of all other tables in kept.
func (t *funcTable) forget(i int, kept, dropped map[int]bool) error {
	list := t.data[t.funcs:]
	at := uint64(le.Uint32(list[8*i+4:]))
	if at+funcHeader > uint64(len(list)) {
		return errTable
	}
	f := list[at:]
	tables := int(le.Uint32(f[28:]))
	if tables > (len(f)-funcHeader)/4 {
		return errTable
	}
	kept[int(le.Uint32(f[16:]))] = true // how deep the stack is
	for n := range tables {
		kept[int(le.Uint32(f[funcHeader+4*n:]))] = true
	}
	dropped[int(le.Uint32(f[20:]))] = true // file
	dropped[int(le.Uint32(f[24:]))] = true // line
	clear(f[20:28])
	return nil
}

// clear overwrites a table of values: pairs of a difference to the value and
// one to the instruction, as varints, until a first half is zero that is not
// the first.
func (t *funcTable) clear(at int) error {
	values := t.data[t.values:t.funcs]
	for i := at; i < len(values); {
		if values[i] == 0 && i > at {
			return nil
		}
		for range 2 {
			for i < len(values) && values[i]&0x80 != 0 {
				values[i] = 0
				i++
			}
			if i < len(values) {
				values[i] = 0
				i++
			}
		}
	}
	return errTable
}
