package picture

import (
	"encoding/binary"
	"fmt"
)

// riffChunks calls f for each chunk of a RIFF file or of a part of one, until
// f returns false.
func riffChunks(data []byte, f func(name string, content []byte) bool) {
	for at := 0; ; {
		head := cut(data, at, 8)
		if head == nil {
			return
		}
		n := int(binary.LittleEndian.Uint32(head[4:]))
		content := data[at+8:]
		content = content[:min(n, len(content))] // the last may be cut off
		if !f(string(head[:4]), content) {
			return
		}
		at += 8 + n + n%2
	}
}

// little24 is a size as VP8X and ANMF have it: 24 bits, less one.
func little24(d []byte) int { return int(d[0]) | int(d[1])<<8 | int(d[2])<<16 }

// readWebP reads the WebP container (RFC 9649, 2.7). A file without VP8X has
// the size of its one picture.
func readWebP(data []byte, h *header) bool {
	riffChunks(data[12:], func(name string, content []byte) bool {
		switch name {
		case "VP8X":
			if len(content) >= 10 {
				h.Animated, h.Alpha = content[0]&0x02 != 0, content[0]&0x10 != 0
				h.Width, h.Height = little24(content[4:])+1, little24(content[7:])+1
			}
		case "ICCP":
			h.profile = content
		case "VP8 ", "VP8L":
			w, high, alpha := bitstreamSize(name, content)
			if h.Width == 0 {
				h.Width, h.Height, h.Alpha = w, high, alpha
			}
			return false
		case "ANMF":
			return false
		}
		return true
	})
	// Lossy ones are 1.5 planes, with alpha 2.5 and 4 of RGBA, lossless ones
	// up to 8 while transforms are undone. A canvas round a frame adds 4.
	h.perPixel = 8
	if h.Animated {
		h.perPixel += 4
	}
	return true
}

// bitstreamSize reads the size of one coded picture: RFC 6386, 9.1, and RFC
// 9649, 3.4.
func bitstreamSize(name string, d []byte) (w, h int, alpha bool) {
	if name == "VP8 " {
		if len(d) < 10 || d[0]&1 != 0 || string(d[3:6]) != "\x9D\x01\x2A" {
			return 0, 0, false
		}
		return int(binary.LittleEndian.Uint16(d[6:])) & 0x3FFF, int(binary.LittleEndian.Uint16(d[8:])) & 0x3FFF, false
	}
	if len(d) < 5 || d[0] != 0x2F {
		return 0, 0, false
	}
	v := binary.LittleEndian.Uint32(d[1:])
	return int(v&0x3FFF) + 1, int(v>>14&0x3FFF) + 1, v>>28&1 == 1
}

// A webpFrame is one coded picture, as a file of its own.
type webpFrame struct {
	file       []byte
	x, y, w, h int
	lossy      bool
}

// firstFrame returns the first picture of an animation, or the only one. The
// decoder is shown no sizes but these, which were compared with the canvas.
func firstFrame(data []byte, h *header) (webpFrame, error) {
	frame := webpFrame{w: h.stored[0], h: h.stored[1]}
	inside := data[12:]
	riffChunks(inside, func(name string, d []byte) bool {
		if name == "ANMF" && len(d) >= 16 {
			frame.x, frame.y = 2*little24(d), 2*little24(d[3:])
			frame.w, frame.h = little24(d[6:])+1, little24(d[9:])+1
			inside = d[16:]
		}
		return name != "ANMF"
	})
	var alpha, coded []byte
	var kind string
	riffChunks(inside, func(name string, d []byte) bool {
		switch name {
		case "ALPH":
			alpha = d
		case "VP8 ", "VP8L":
			kind, coded = name, d
		}
		return coded == nil
	})
	w, high, _ := bitstreamSize(kind, coded)
	if w != frame.w || high != frame.h || frame.x+w > h.stored[0] || frame.y+high > h.stored[1] {
		return frame, fmt.Errorf("webp frame of %d x %d pixels does not fit: %w", w, high, ErrUnknown)
	}
	frame.lossy = kind == "VP8 "
	body := []byte("WEBP")
	if alpha != nil && frame.lossy {
		size := []byte{0x10, 0, 0, 0, byte(w - 1), byte((w - 1) >> 8), 0, byte(high - 1), byte((high - 1) >> 8), 0}
		body = appendRIFF(body, "VP8X", size)
		body = appendRIFF(body, "ALPH", alpha)
	}
	frame.file = appendRIFF(nil, "RIFF", appendRIFF(body, kind, coded))
	return frame, nil
}

func appendRIFF(out []byte, name string, content []byte) []byte {
	out = append(out, name...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(content)))
	out = append(out, content...)
	if len(content)%2 == 1 {
		out = append(out, 0)
	}
	return out
}

// bareWebP is the picture if nothing else is in the file; nil otherwise.
func bareWebP(data []byte) []byte {
	bare := data
	riffChunks(data[12:], func(name string, _ []byte) bool {
		if name == "EXIF" || name == "XMP " {
			bare = nil
		}
		return bare != nil
	})
	return bare
}
