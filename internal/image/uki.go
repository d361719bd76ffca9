package image

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// A part is a section to be put into a unified kernel image.
type part struct {
	name string
	data []byte
}

var le = binary.LittleEndian

// unify appends the parts as sections to an EFI stub, which finds them by name
// (uapi-group.org/specifications, Unified Kernel Image).
func unify(stub []byte, parts []part) ([]byte, error) {
	if len(stub) < 0x40 || string(stub[:2]) != "MZ" {
		return nil, errors.New("the EFI stub is no program for EFI")
	}
	pe := int(le.Uint32(stub[0x3c:]))
	if pe < 0x40 || pe+0x18+0x70 > len(stub) || string(stub[pe:pe+4]) != "PE\x00\x00" {
		return nil, errors.New("the EFI stub is no program for EFI")
	}
	out := append([]byte(nil), stub...)
	optional := pe + 0x18
	count := int(le.Uint16(out[pe+6:]))
	table := optional + int(le.Uint16(out[pe+0x14:]))
	alignment := int(le.Uint32(out[optional+0x20:]))
	headers := int(le.Uint32(out[optional+0x3c:]))
	if alignment < 512 || table+(count+len(parts))*40 > min(headers, len(out)) {
		return nil, fmt.Errorf("the EFI stub has no room for %d sections more", len(parts))
	}
	end := 0
	for i := range count {
		s := out[table+i*40:]
		end = max(end, int(le.Uint32(s[8:])+le.Uint32(s[12:])))
	}
	for i, p := range parts {
		end = up(end, alignment)
		out = append(out, make([]byte, up(len(out), 512)-len(out))...)
		at := len(out)
		out = append(out, p.data...)
		out = append(out, make([]byte, up(len(out), 512)-len(out))...)
		s := out[table+(count+i)*40:]
		copy(s[:8], p.name)
		le.PutUint32(s[8:], uint32(len(p.data)))
		le.PutUint32(s[12:], uint32(end))
		le.PutUint32(s[16:], uint32(len(out)-at))
		le.PutUint32(s[20:], uint32(at))
		le.PutUint32(s[36:], 0x40000040) // initialised data, readable
		end += len(p.data)
	}
	le.PutUint16(out[pe+6:], uint16(count+len(parts)))
	le.PutUint32(out[optional+0x38:], uint32(up(end, alignment))) // SizeOfImage
	return out, nil
}

func up(n, to int) int { return (n + to - 1) / to * to }
