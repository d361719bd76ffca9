package picture

import (
	"bytes"
	"encoding/binary"
)

// AVIF and HEIF are boxes in boxes (ISO/IEC 14496-12): a length, a name, and
// content. The size of the picture is a property of its primary item (ISO/IEC
// 23008-12): the pixels themselves cannot be decoded here.

// boxes calls f for each box in data.
func boxes(data []byte, f func(name string, content []byte)) {
	for len(data) >= 8 {
		n, skip := uint64(binary.BigEndian.Uint32(data)), 8
		switch {
		case n == 1 && len(data) >= 16:
			n, skip = binary.BigEndian.Uint64(data[8:]), 16
		case n == 0:
			n = uint64(len(data))
		}
		if n < uint64(skip) {
			return
		}
		end := min(n, uint64(len(data)))
		f(string(data[4:8]), data[skip:end])
		data = data[end:]
	}
}

// hasBrand tells a file by the brands in its first box.
func hasBrand(brands ...string) func([]byte) bool {
	return func(data []byte) bool {
		head := cut(data, 0, 16)
		if head == nil || string(head[4:8]) != "ftyp" {
			return false
		}
		n := min(int(binary.BigEndian.Uint32(head)), len(data), 256)
		for at := 8; at+4 <= n; at += 4 {
			for _, b := range brands {
				if at != 12 && string(data[at:at+4]) == b { // 12: version
					return true
				}
			}
		}
		return false
	}
}

// items gathers what the boxes say.
type items struct {
	primary    uint32
	properties [][]byte // each a whole box: name and content
	of         []byte   // which item has which of them
	alpha      bool
}

func readBoxes(data []byte, h *header) bool {
	var found items
	boxes(data, func(name string, content []byte) {
		if name == "meta" && len(content) > 4 {
			boxes(content[4:], found.meta)
		}
	})
	major := string(data[8:12])
	h.Animated = major == "avis" || major == "msf1"
	turned := false
	found.each(func(name string, content []byte) {
		switch {
		case name == "ispe" && len(content) >= 12:
			h.Width, h.Height = int(binary.BigEndian.Uint32(content[4:])), int(binary.BigEndian.Uint32(content[8:]))
		case name == "irot" && len(content) >= 1:
			turned = content[0]&1 == 1
		}
	})
	if turned {
		h.Width, h.Height = h.Height, h.Width
	}
	h.Alpha = found.alpha
	return true
}

func (f *items) meta(name string, content []byte) {
	switch {
	case name == "pitm" && len(content) >= 6:
		f.primary = uint32(binary.BigEndian.Uint16(content[4:]))
		if content[0] > 0 && len(content) >= 8 {
			f.primary = binary.BigEndian.Uint32(content[4:])
		}
	case name == "iprp":
		boxes(content, func(name string, content []byte) {
			switch name {
			case "ipma":
				f.of = content
			case "ipco":
				boxes(content, func(name string, content []byte) {
					f.properties = append(f.properties, append([]byte(name), content...))
					f.alpha = f.alpha || name == "auxC" && bytes.Contains(content, []byte("auxiliary:alpha"))
				})
			}
		})
	}
}

// each calls visit for the properties of the primary item (23008-12, 9.3.2).
func (f *items) each(visit func(name string, content []byte)) {
	head := cut(f.of, 0, 8)
	if head == nil {
		return
	}
	wideID, wideIndex := head[0] > 0, head[3]&1 == 1
	data := f.of[8:]
	for range binary.BigEndian.Uint32(head[4:]) {
		var id uint32
		if wideID && len(data) >= 5 {
			id, data = binary.BigEndian.Uint32(data), data[4:]
		} else if !wideID && len(data) >= 3 {
			id, data = uint32(binary.BigEndian.Uint16(data)), data[2:]
		} else {
			return
		}
		n := int(data[0])
		data = data[1:]
		for range n {
			index := 0
			switch {
			case wideIndex && len(data) >= 2:
				index, data = int(binary.BigEndian.Uint16(data)&0x7FFF), data[2:]
			case !wideIndex && len(data) >= 1:
				index, data = int(data[0]&0x7F), data[1:]
			default:
				return
			}
			if id == f.primary && index >= 1 && index <= len(f.properties) {
				p := f.properties[index-1]
				visit(string(p[:4]), p[4:])
			}
		}
	}
}
