package picture

import (
	"bytes"
	"encoding/binary"
)

// kinds are told apart by their first bytes, never by names or types given.
var kinds = []struct {
	name string
	is   func(data []byte) bool
	read func(data []byte, h *header) bool // false if the header is broken
}{
	{"jpeg", startsWith("\xFF\xD8\xFF"), readJPEG},
	{"png", startsWith(pngMark), readPNG},
	{"gif", func(d []byte) bool { return startsWith("GIF87a")(d) || startsWith("GIF89a")(d) }, readGIF},
	{"webp", func(d []byte) bool { return len(d) >= 12 && string(d[:4]) == "RIFF" && string(d[8:12]) == "WEBP" }, readWebP},
	{"avif", hasBrand("avif", "avis"), readBoxes},
	{"heif", hasBrand("heic", "heix", "hevc", "heim", "heis", "mif1", "msf1"), readBoxes},
	{"bmp", startsWith("BM"), readBMP},
	{"ico", startsWith("\x00\x00\x01\x00"), readICO},
	{"svg", isSVG, readSVG},
}

func startsWith(mark string) func([]byte) bool {
	return func(data []byte) bool { return bytes.HasPrefix(data, []byte(mark)) }
}

// cut returns n bytes at a place, or nil if data ends before.
func cut(data []byte, at, n int) []byte {
	if at < 0 || n < 0 || at > len(data)-n {
		return nil
	}
	return data[at : at+n]
}

// readGIF reads GIF89a: two pictures mean an animation. Its end may be
// missing; what is there then says what it is.
func readGIF(data []byte, h *header) bool {
	screen := cut(data, 6, 7)
	if screen == nil {
		return false
	}
	h.Width, h.Height = int(binary.LittleEndian.Uint16(screen)), int(binary.LittleEndian.Uint16(screen[2:]))
	h.perPixel = 1 + 4 // indices, RGBA
	at := 13 + colours(screen[4])
	for pictures := 0; at < len(data); {
		switch data[at] {
		case 0x2C:
			pictures++
			h.Animated = pictures > 1
			d := cut(data, at, 10)
			if d == nil || h.Animated {
				return true
			}
			at = skipBlocks(data, at+10+colours(d[9])+1)
		case 0x21:
			if d := cut(data, at, 4); d != nil && d[1] == 0xF9 && d[3]&1 == 1 {
				h.Alpha = true
			}
			at = skipBlocks(data, at+2)
		default:
			return true
		}
	}
	return true
}

// colours is how many bytes the colour table takes that the flags speak of.
func colours(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// skipBlocks passes blocks that begin with their length, up to an empty one.
func skipBlocks(data []byte, at int) int {
	for at < len(data) && data[at] != 0 {
		at += int(data[at]) + 1
	}
	return at + 1
}

// readBMP reads the headers of Windows and of OS/2.
func readBMP(data []byte, h *header) bool {
	d := cut(data, 14, 12)
	if d == nil {
		return false
	}
	depth := 0
	if size := binary.LittleEndian.Uint32(d); size == 12 {
		h.Width, h.Height = int(binary.LittleEndian.Uint16(d[4:])), int(binary.LittleEndian.Uint16(d[6:]))
		depth = int(binary.LittleEndian.Uint16(d[10:]))
	} else {
		long := cut(data, 14, 16)
		if size < 40 || long == nil {
			return false
		}
		h.Width, h.Height = int(int32(binary.LittleEndian.Uint32(d[4:]))), int(int32(binary.LittleEndian.Uint32(d[8:])))
		depth = int(binary.LittleEndian.Uint16(long[14:]))
	}
	h.Height = max(h.Height, -h.Height) // negative: rows from the top
	h.Alpha = depth == 32
	h.perPixel = 4
	if depth <= 8 {
		h.perPixel = 1 + 4 // indices, RGBA
	}
	return true
}

// readICO gives the size of the largest picture in the directory. Icons are
// small and used as they are: their pixels are never read.
func readICO(data []byte, h *header) bool {
	d := cut(data, 4, 2)
	if d == nil {
		return false
	}
	h.Alpha = true
	for i := range int(binary.LittleEndian.Uint16(d)) {
		entry := cut(data, 6+16*i, 16)
		if entry == nil {
			break
		}
		w, high := int(entry[0]-1)+1, int(entry[1]-1)+1 // 0 means 256
		if w*high > h.Width*h.Height {
			h.Width, h.Height = w, high
		}
	}
	return true
}
