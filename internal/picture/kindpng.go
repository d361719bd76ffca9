package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
)

const pngMark = "\x89PNG\r\n\x1a\n"

// chunks calls f for each chunk of a PNG, until f returns false. Sums are for
// the decoder to check.
func chunks(data []byte, f func(name string, content, whole []byte) bool) {
	for at := len(pngMark); ; {
		head := cut(data, at, 8)
		if head == nil {
			return
		}
		n := binary.BigEndian.Uint32(head)
		content := cut(data, at+8, int(n))
		whole := cut(data, at, int(n)+12)
		if n > MostBytes || whole == nil || !f(string(head[4:]), content, whole) {
			return
		}
		at += len(whole)
	}
}

func readPNG(data []byte, h *header) bool {
	// The header is read apart: what follows it may be cut off.
	d := cut(data, len(pngMark)+8, 13)
	if d == nil || string(data[len(pngMark)+4:][:4]) != "IHDR" {
		return false
	}
	w, high := binary.BigEndian.Uint32(d), binary.BigEndian.Uint32(d[4:])
	if w > 1<<31-1 || high > 1<<31-1 {
		return false
	}
	h.Width, h.Height = int(w), int(high)
	depth, colour := d[8], d[9]
	h.Alpha = colour == 4 || colour == 6
	switch {
	case depth == 16:
		h.perPixel = 8 + 4 // four samples of 16 bits, RGBA
	case colour == 0 || colour == 3:
		h.perPixel = 1 + 4 // grey or indices, RGBA
	default:
		h.perPixel = 4
	}
	if d[12] == 1 { // interlaced: the largest pass is half of the picture
		h.perPixel *= 1.5
	}
	chunks(data, func(name string, content, _ []byte) bool {
		switch name {
		case "acTL":
			h.Animated = true
		case "tRNS":
			h.Alpha = true
		case "eXIf": // browsers obey it; in WebP they do not
			h.orientation = exifOrientation(content)
		case "iCCP":
			h.profile = inflateProfile(content)
		}
		return name != "IDAT"
	})
	return true
}

// inflateProfile reads an iCCP chunk: a name, 0, method 0, zlib data. A
// profile that is not small is of no use here, so no more is read.
func inflateProfile(content []byte) []byte {
	at := bytes.IndexByte(content, 0)
	if at < 0 || at+2 > len(content) {
		return nil
	}
	r, err := zlib.NewReader(bytes.NewReader(content[at+2:]))
	if err != nil {
		return nil
	}
	profile, err := io.ReadAll(io.LimitReader(r, mostProfile+1))
	if err != nil {
		return nil
	}
	return profile
}

// barePNG is the picture without its metadata: only the chunks that change
// how it looks. Behind the end nothing is kept.
func barePNG(data []byte, keepProfile bool) []byte {
	bare := []byte(pngMark)
	ended := false
	chunks(data, func(name string, _, whole []byte) bool {
		switch name {
		case "IHDR", "PLTE", "IDAT", "tRNS", "gAMA", "cHRM", "sRGB", "cICP", "sBIT":
			bare = append(bare, whole...)
		case "iCCP":
			if keepProfile {
				bare = append(bare, whole...)
			}
		case "IEND":
			bare = append(bare, whole...)
			ended = true
		}
		return !ended
	})
	if !ended {
		return nil
	}
	return bare
}
