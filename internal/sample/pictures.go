package sample

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
)

// A tint is a colour, each part from 0 to 255.
type tint [3]float64

func colour(rgb uint32) tint {
	return tint{float64(rgb >> 16), float64(rgb >> 8 & 255), float64(rgb & 255)}
}

// mix is a with a share of b. Most points lie all in one or the other.
func mix(a, b tint, t float64) tint {
	switch {
	case t <= 0:
		return a
	case t >= 1:
		return b
	}
	return tint{a[0] + (b[0]-a[0])*t, a[1] + (b[1]-a[1])*t, a[2] + (b[2]-a[2])*t}
}

// chance is a number from 0 to 1 that depends on nothing but its arguments.
func chance(x, y, seed int) float64 {
	h := uint32(x)*374761393 + uint32(y)*668265263 + uint32(seed)*2246822519
	h = (h ^ h>>13) * 1274126177
	return float64(h^h>>16) / math.MaxUint32
}

// A motif colours the points of a picture which is 2 wide and 1 high. It is
// asked column by column, so that what depends on x alone is worked out once.
type motif func(x float64) func(y float64) tint

// paint draws a motif. A little grain keeps the sky from showing bands, and
// gives the file about the weight of a photograph.
func paint(width, height int, grain float64, m motif) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	scale := 1 / float64(height)
	for x := range width {
		column := m(float64(x) * scale)
		for y := range height {
			c := column(float64(y) * scale)
			noise := (chance(x, y, 1) - 0.5) * grain
			at := img.PixOffset(x, y)
			for i, part := range c {
				img.Pix[at+i] = uint8(min(max(part+noise, 0), 255))
			}
			img.Pix[at+3] = 255
		}
	}
	return img
}

// drawings are the pictures that are made by code, by their decoded paths.
func drawings() map[string]func() []byte {
	all := map[string]func() []byte{
		"/assets/pattern.png":    func() []byte { return encodePNG(pattern(48)) },
		"/assets/pattern-2x.png": func() []byte { return encodePNG(pattern(96)) },
		"/assets/maud.png":       func() []byte { return encodePNG(paint(160, 160, 0, portrait)) },
		"/assets/icon-512.png":   func() []byte { return encodePNG(paint(512, 512, 0, drop)) },
		"/assets/icon-192.png":   func() []byte { return encodePNG(paint(192, 192, 0, drop)) },
		"/assets/icon-180.png":   func() []byte { return encodePNG(paint(180, 180, 0, drop)) },
		"/assets/cursor.gif":     cursor,
		"/assets/square.ttf":     typeface,
		"/favicon.ico":           func() []byte { return icon(encodePNG(paint(32, 32, 0, drop)), 32) },
	}
	for name, m := range photographs {
		for _, width := range widths {
			all[mediaPath(name, width)] = func() []byte { return encodeJPEG(paint(width, width/2, 16, m)) }
		}
	}
	return all
}

// Writing a picture into memory fails only for pictures of no size.
func encodePNG(img image.Image) []byte {
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func encodeJPEG(img image.Image) []byte {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 85}); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// icon wraps a square PNG as a Windows icon: a header, one entry, the picture.
func icon(picture []byte, size uint8) []byte {
	out := []byte{0, 0, 1, 0, 1, 0, size, size, 0, 0, 1, 0, 32, 0}
	out = binary.LittleEndian.AppendUint32(out, uint32(len(picture)))
	out = binary.LittleEndian.AppendUint32(out, 22) // where the picture begins
	return append(out, picture...)
}

// cursor is a prompt with a blinking block, half a second on, half a second off.
func cursor() []byte {
	palette := color.Palette{color.RGBA{0x14, 0x1b, 0x2d, 255}, color.RGBA{0x7d, 0xe2, 0xb0, 255}}
	prompt := []string{".###.", "#.#..", ".###.", "..#.#", ".###."}
	film := &gif.GIF{}
	for frame := range 2 {
		img := image.NewPaletted(image.Rect(0, 0, 96, 32), palette)
		for x := range 96 {
			for y := range 32 {
				sign := x >= 8 && x < 23 && y >= 8 && y < 23 && prompt[(y-8)/3][(x-8)/3] == '#'
				block := x >= 32 && x < 44 && y >= 6 && y < 26 && frame == 0
				if sign || block {
					img.SetColorIndex(x, y, 1)
				}
			}
		}
		film.Image, film.Delay = append(film.Image, img), append(film.Delay, 50)
	}
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, film); err != nil {
		panic(err)
	}
	return out.Bytes()
}
