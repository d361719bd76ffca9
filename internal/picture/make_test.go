package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"
)

// Every picture of the tests is made here.

func asJPEG(t testing.TB, img image.Image, quality int) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, img, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func asGIF(t testing.TB, frames ...*image.Paletted) []byte {
	t.Helper()
	var buf bytes.Buffer
	all := &gif.GIF{Image: frames, Delay: make([]int, len(frames))}
	if err := gif.EncodeAll(&buf, all); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func photograph(w, h int) image.Image { return fractal(w, h, 7, image.YCbCrSubsampleRatio420) }

// drawing is flat areas and lines like text.
func drawing(w, h int) *image.Paletted {
	colours := color.Palette{color.White, color.Black, color.RGBA{200, 30, 30, 255}, color.RGBA{30, 30, 200, 255}}
	img := image.NewPaletted(image.Rect(0, 0, w, h), colours)
	draw.Draw(img, image.Rect(w/10, h/10, w/2, h/2), image.NewUniform(colours[2]), image.Point{}, draw.Src)
	draw.Draw(img, image.Rect(w/2, h/3, w, h/2), image.NewUniform(colours[3]), image.Point{}, draw.Src)
	for y := h * 6 / 10; y < h; y++ {
		for x := range w {
			letter := uint64(x/6*7919+y/10*104729) * 0x9E3779B97F4A7C15 // of 5 x 7 dots
			if x%6 < 5 && y%10 < 7 && letter>>(x%6*7+y%10)&3 == 0 {
				img.Pix[y*img.Stride+x] = 1
			}
		}
	}
	return img
}

// glow is a disc that fades into nothing.
func glow(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			dx, dy := x-w/2, y-h/2
			a := max(0, 255-(dx*dx+dy*dy)*1000/(w*h))
			img.SetNRGBA(x, y, color.NRGBA{byte(x), byte(y), 90, byte(a)})
		}
	}
	return img
}

// quarters has a colour in each corner: red, green, blue, white in rows.
func quarters(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := [4]color.RGBA{{220, 0, 0, 255}, {0, 160, 0, 255}, {0, 0, 220, 255}, {255, 255, 255, 255}}[x*2/w+y*2/h*2]
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

// withExif says how a camera was held.
func withExif(data []byte, orientation byte) []byte {
	return insert(data, 2, appendSegment(nil, 0xE1, []byte("Exif\x00\x00"), exif(orientation)))
}

func exif(orientation byte) []byte {
	return []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string(rune(orientation)) + "\x00\x00GPS 48.2 N")
}

func insert(data []byte, at int, more []byte) []byte {
	return append(append(append([]byte{}, data[:at]...), more...), data[at:]...)
}

// pngChunk is to be put behind the header of 33 bytes.
func pngChunk(name string, content []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	body := append([]byte(name), content...)
	return binary.BigEndian.AppendUint32(append(out, body...), crc32.ChecksumIEEE(body))
}

// bomb is a PNG of few bytes that claims to be enormous.
func bomb(w, h uint32) []byte {
	head := binary.BigEndian.AppendUint32(nil, w)
	head = binary.BigEndian.AppendUint32(head, h)
	var pixels bytes.Buffer
	z := zlib.NewWriter(&pixels)
	z.Write(make([]byte, 1<<20))
	z.Close()
	out := append([]byte(pngMark), pngChunk("IHDR", append(head, 8, 6, 0, 0, 0))...)
	return append(append(out, pngChunk("IDAT", pixels.Bytes())...), pngChunk("IEND", nil)...)
}

// profileFor has the header of a profile and a name.
func profileFor(space, name string, size int) []byte {
	p := make([]byte, size)
	copy(p[16:], space)
	copy(p[128:], name)
	return p
}

// pixelsOf decodes what was made, whichever form it has.
func pixelsOf(t testing.TB, f Form) image.Image {
	t.Helper()
	img, format, err := image.Decode(bytes.NewReader(f.Data))
	if err != nil {
		t.Fatalf("%s: %v", f.Type, err)
	}
	if "image/"+format != f.Type {
		t.Fatalf("%s is %s", f.Type, format)
	}
	return img
}
