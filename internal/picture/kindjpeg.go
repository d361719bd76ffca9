package picture

import (
	"bytes"
	"encoding/binary"
)

const profileMark = "ICC_PROFILE\x00" // ICC.1:2010, B.4

// segments calls f for each marker segment up to the first scan, until f
// returns false. It returns false if the data breaks off or is not as T.81
// has it.
func segments(data []byte, f func(marker byte, content []byte, start, end int) bool) bool {
	at := 2
	for {
		start := at
		m := cut(data, at, 2)
		if m == nil || m[0] != 0xFF {
			return false
		}
		if m[1] == 0xFF { // fill byte
			at++
			continue
		}
		at += 2
		if m[1] == 0x01 || m[1] >= 0xD0 && m[1] <= 0xD7 { // stands alone
			continue
		}
		size := cut(data, at, 2)
		if m[1] == 0xDA || m[1] == 0xD9 || size == nil {
			return m[1] == 0xDA
		}
		n := int(binary.BigEndian.Uint16(size))
		content := cut(data, at+2, n-2)
		if content == nil {
			return false
		}
		at += n
		if !f(m[1], content, start, at) {
			return true
		}
	}
}

func readJPEG(data []byte, h *header) bool {
	var profile bytes.Buffer
	segments(data, func(marker byte, content []byte, _, _ int) bool {
		switch {
		case isFrame(marker) && len(content) >= 6 && h.Width == 0:
			h.readFrame(marker, content)
		case marker == 0xE1 && bytes.HasPrefix(content, []byte("Exif\x00\x00")):
			h.orientation = exifOrientation(content[6:])
		case marker == 0xE2 && bytes.HasPrefix(content, []byte(profileMark)) && len(content) > 14:
			profile.Write(content[14:])
		}
		return true
	})
	h.profile = profile.Bytes()
	return true
}

// isFrame tells frame headers from the tables that share their range.
func isFrame(marker byte) bool {
	return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC
}

// readFrame counts memory per pixel: the planes; for progressive ones four
// bytes per coefficient besides; four bytes of RGBA if the planes are no YCbCr.
func (h *header) readFrame(marker byte, content []byte) {
	h.Height, h.Width = int(binary.BigEndian.Uint16(content[1:])), int(binary.BigEndian.Uint16(content[3:]))
	parts := int(content[5])
	samples, most := 0.0, 1.0
	for i := range parts {
		c := cut(content, 6+3*i, 3)
		if c == nil {
			break
		}
		area := float64(c[1]>>4) * float64(c[1]&15)
		samples += area
		most = max(most, area)
	}
	h.perPixel = max(samples/most, 1)
	if marker == 0xC2 {
		h.perPixel *= 1 + 4
	}
	if parts == 4 {
		h.perPixel += 4 + 4
	}
}

// exifOrientation reads the one tag of the first directory that matters. It
// is 1, upright, if anything is odd.
func exifOrientation(tiff []byte) int {
	var order binary.ByteOrder = binary.LittleEndian
	if bytes.HasPrefix(tiff, []byte("MM")) {
		order = binary.BigEndian
	}
	head := cut(tiff, 4, 4)
	if head == nil {
		return 1
	}
	at := int(order.Uint32(head))
	count := cut(tiff, at, 2)
	if count == nil {
		return 1
	}
	for i := range int(order.Uint16(count)) {
		entry := cut(tiff, at+2+12*i, 12)
		if entry == nil {
			return 1
		}
		if order.Uint16(entry) == 0x0112 {
			if v := int(order.Uint16(entry[8:])); v >= 1 && v <= 8 {
				return v
			}
			return 1
		}
	}
	return 1
}

// bareJPEG is the picture without what its author may not know is in it: place
// and camera, thumbnails, comments. Nil if that cannot be told apart.
func bareJPEG(data []byte, keepProfile bool) []byte {
	bare := []byte{0xFF, 0xD8}
	kept := 2
	whole := segments(data, func(marker byte, content []byte, start, end int) bool {
		profile := keepProfile && marker == 0xE2 && bytes.HasPrefix(content, []byte(profileMark))
		adobe := marker == 0xEE // says which colours the components are
		jfif := marker == 0xE0 && bytes.HasPrefix(content, []byte("JFIF"))
		if marker >= 0xE0 && marker <= 0xEF && !profile && !adobe && !jfif || marker == 0xFE {
			bare = append(bare, data[kept:start]...)
			kept = end
		}
		return true
	})
	if !whole {
		return nil
	}
	// Cameras add a second picture, with metadata of its own, behind the end.
	// In the data of a scan 0xFF is followed by 0.
	end := bytes.Index(data[kept:], []byte{0xFF, 0xD9})
	if end < 0 {
		return nil
	}
	return append(bare, data[kept:kept+end+2]...)
}
