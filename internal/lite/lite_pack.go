package lite

import "buzzproof/internal/coding"

// packed is what brotli makes of data: Fast is hardly ever smaller than Small.
func packed(data []byte, effort coding.Effort) []byte {
	out, err := coding.Encode(data, coding.BR, effort)
	if err != nil {
		return data // no encoder fails that writes to memory
	}
	return out
}

// Pack returns what brotli at its best makes of data, and remembers it: most of
// the time that a page takes is spent here.
func (p *Page) Pack(data []byte) []byte {
	key := string(data)
	if best, known := p.packed[key]; known {
		return best
	}
	if p.packed == nil {
		p.packed = map[string][]byte{}
	}
	p.packed[key] = packed(data, coding.Small)
	return p.packed[key]
}
