package picture

import (
	"bytes"
	"cmp"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"slices"
)

const (
	// mostColours bounds the search for a palette; photographs have more.
	mostColours = 1 << 17
	// unseen is the mean square of errors, of 255 x 255, that nobody sees in a
	// drawing: 38 dB.
	unseen = 10
)

// indexed returns the pixels as indices if there are at most 256 colours, or
// if nobody can tell so many from the true ones: the edges of a drawing have
// hundreds of shades once it is smaller. It is nil for others.
func indexed(p *plane) *image.Paletted {
	tints := count(p, mostColours)
	if len(tints) == 0 {
		return nil
	}
	enough := 0
	if len(tints) > 256 {
		enough = unseen * 3 * p.w * p.h
	}
	boxes := cutColours(tints, 256, enough)
	if wrong(boxes) > enough {
		return nil
	}
	return paint(p, boxes)
}

// nearly returns the pixels as indices of at most so many colours, nil if
// there are too many to choose from.
func nearly(p *plane, most int) *image.Paletted {
	tints := count(p, mostColours)
	if len(tints) == 0 {
		return nil
	}
	return paint(p, cutColours(tints, most, 0))
}

func writePNG(img image.Image, level png.CompressionLevel, profile []byte) ([]byte, error) {
	var buf bytes.Buffer
	encoder := png.Encoder{CompressionLevel: level}
	if err := encoder.Encode(&buf, img); err != nil {
		return nil, err
	}
	if profile == nil {
		return buf.Bytes(), nil
	}
	const header = 8 + 25 // mark and IHDR, before everything else
	chunk := profileChunk(profile)
	return slices.Concat(buf.Bytes()[:header], chunk, buf.Bytes()[header:]), nil
}

// profileChunk is an iCCP chunk: the name of the profile is for people.
func profileChunk(profile []byte) []byte {
	body := bytes.NewBufferString("iCCPicc\x00\x00")
	z := zlib.NewWriter(body)
	z.Write(profile) // a buffer takes everything
	z.Close()
	chunk := binary.BigEndian.AppendUint32(nil, uint32(body.Len()-4))
	chunk = append(chunk, body.Bytes()...)
	return binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(body.Bytes()))
}

// A tint is a colour and how many pixels have it.
type tint struct {
	rgba [4]byte // alpha multiplied in
	n    int
}

// count returns the colours in an order of their own, or nil if there are more
// than most.
func count(p *plane, most int) []tint {
	found := map[[4]byte]*int{}
	var last [4]byte
	n := new(int)
	for y := range p.h {
		row := p.row(y)
		for i := 0; i < len(row); i += 4 {
			if c := [4]byte(row[i:]); c != last || len(found) == 0 {
				last = c
				if n = found[c]; n == nil {
					if len(found) == most {
						return nil
					}
					n = new(int)
					found[c] = n
				}
			}
			*n++
		}
	}
	tints := make([]tint, 0, len(found))
	for c, n := range found {
		tints = append(tints, tint{c, *n})
	}
	slices.SortFunc(tints, func(a, b tint) int { return bytes.Compare(a.rgba[:], b.rgba[:]) })
	return tints
}

// cutColours puts colours into at most so many boxes, fewer if the errors are
// small enough: the box with the largest error is cut in two at its mean,
// along the axis where its colours differ most (after Heckbert 1982). Boxes
// with alpha come first, because a PNG ends its list of alphas where all that
// follow are opaque.
func cutColours(tints []tint, most, enough int) []tintBox {
	// What is clear or opaque stays so: a veil over a page would be seen.
	clear, veiled, opaque := []tint{}, []tint{}, []tint{}
	for _, t := range tints {
		switch t.rgba[3] {
		case 0:
			clear = append(clear, t)
		case 255:
			opaque = append(opaque, t)
		default:
			veiled = append(veiled, t)
		}
	}
	var boxes []tintBox
	for _, group := range [][]tint{clear, veiled, opaque} {
		if len(group) > 0 {
			boxes = append(boxes, newTintBox(group))
		}
	}
	for len(boxes) < most && wrong(boxes) > enough {
		worst := 0
		for i := range boxes {
			if boxes[i].wrong > boxes[worst].wrong {
				worst = i
			}
		}
		low, high := boxes[worst].split()
		boxes[worst] = low
		boxes = append(boxes, high)
	}
	slices.SortStableFunc(boxes, func(a, b tintBox) int { return cmp.Compare(a.mean[3], b.mean[3]) })
	return boxes
}

func wrong(boxes []tintBox) int {
	sum := 0
	for i := range boxes {
		sum += boxes[i].wrong
	}
	return sum
}

// paint gives each pixel the mean colour of its box.
func paint(p *plane, boxes []tintBox) *image.Paletted {
	places := map[[4]byte]byte{}
	var colours color.Palette
	for i := range boxes {
		for _, t := range boxes[i].tints {
			places[t.rgba] = byte(i)
		}
		m := boxes[i].mean
		colours = append(colours, color.NRGBAModel.Convert(color.RGBA{m[0], m[1], m[2], m[3]}))
	}
	img := image.NewPaletted(image.Rect(0, 0, p.w, p.h), colours)
	var last [4]byte
	place := places[last]
	for y := range p.h {
		row, out := p.row(y), img.Pix[y*img.Stride:]
		for x := range p.w {
			if c := [4]byte(row[4*x:]); c != last {
				last, place = c, places[c]
			}
			out[x] = place
		}
	}
	return img
}

// A tintBox is a group of colours that may become one.
type tintBox struct {
	tints []tint
	mean  [4]byte
	wrong int // sum of the squares by which its pixels differ from the mean
	axis  int // red, green, blue or alpha: where most of the error is
}

func newTintBox(tints []tint) tintBox {
	b := tintBox{tints: tints}
	var sum, squares [4]int
	n := 0
	for i := range tints {
		t := &tints[i]
		n += t.n
		for k, v := range t.rgba {
			sum[k] += int(v) * t.n
			squares[k] += int(v) * int(v) * t.n
		}
	}
	most := -1
	for k := range sum {
		m := (sum[k] + n/2) / n
		b.mean[k] = byte(m)
		wrong := squares[k] - 2*m*sum[k] + m*m*n
		b.wrong += wrong
		if wrong > most {
			most, b.axis = wrong, k
		}
	}
	return b
}

// split cuts a box whose colours differ: neither part is empty.
func (b *tintBox) split() (low, high tintBox) {
	at := 0
	for i, t := range b.tints {
		if t.rgba[b.axis] <= b.mean[b.axis] {
			b.tints[at], b.tints[i] = t, b.tints[at]
			at++
		}
	}
	// Rounding may have made the mean the largest value.
	at = min(max(at, 1), len(b.tints)-1)
	return newTintBox(b.tints[:at]), newTintBox(b.tints[at:])
}
