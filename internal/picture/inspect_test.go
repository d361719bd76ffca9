package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"testing"

	"golang.org/x/image/bmp"
)

func box(name string, content ...[]byte) []byte {
	all := bytes.Join(content, nil)
	out := binary.BigEndian.AppendUint32(nil, uint32(len(all)+8))
	return append(append(out, name...), all...)
}

func sizeBox(w, h uint32) []byte {
	return box("ispe", []byte{0, 0, 0, 0}, binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h))
}

// boxed is a picture of which the second item is primary: it has properties 2
// and 3. The first is a thumbnail.
func boxed(brand string, more ...[]byte) []byte {
	properties := append([][]byte{sizeBox(16, 16), sizeBox(1200, 800)}, more...)
	which := []byte{0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 1, 1, 0, 2, 2, 0x82, 3}
	return bytes.Join([][]byte{
		box("ftyp", []byte(brand+"\x00\x00\x00\x00mif1")),
		box("meta", []byte{0, 0, 0, 0}, box("pitm", []byte{0, 0, 0, 0, 0, 2}),
			box("iprp", box("ipco", properties...), box("ipma", which))),
	}, nil)
}

func extended(flags byte, chunks ...[]byte) []byte {
	body := appendRIFF([]byte("WEBP"), "VP8X", []byte{flags, 0, 0, 0, 99, 0, 0, 49, 0, 0})
	return appendRIFF(nil, "RIFF", append(body, bytes.Join(chunks, nil)...))
}

func TestHeadersSayWhatThereIs(t *testing.T) {
	var bitmap bytes.Buffer
	if err := bmp.Encode(&bitmap, drawing(30, 20)); err != nil {
		t.Fatal(err)
	}
	upright := asJPEG(t, photograph(30, 20), 80)
	still := asPNG(t, drawing(30, 20))
	clear := drawing(30, 20)
	clear.Palette[0] = color.Transparent
	lossless := []byte{0x2F, 99, 0x40, 12, 0x10} // 100 x 50, alpha
	tests := []struct {
		name string
		data []byte
		want Info
	}{
		{"a JPEG", upright, Info{Format: "jpeg", Width: 30, Height: 20}},
		{"a JPEG turned by half", withExif(upright, 3), Info{Format: "jpeg", Width: 30, Height: 20}},
		{"a JPEG turned by a quarter", withExif(upright, 6), Info{Format: "jpeg", Width: 20, Height: 30}},
		{"a JPEG with a senseless orientation", withExif(upright, 9), Info{Format: "jpeg", Width: 30, Height: 20}},
		{"a JPEG that breaks off", upright[:len(upright)/2], Info{Format: "jpeg", Width: 30, Height: 20}},
		{"a PNG", still, Info{Format: "png", Width: 30, Height: 20}},
		{"a PNG with alpha", asPNG(t, glow(30, 20)), Info{Format: "png", Width: 30, Height: 20, Alpha: true}},
		{"a PNG with a transparent colour", asPNG(t, clear), Info{Format: "png", Width: 30, Height: 20, Alpha: true}},
		{"a PNG that moves", insert(still, 33, pngChunk("acTL", make([]byte, 8))), Info{Format: "png", Width: 30, Height: 20, Animated: true}},
		{"a PNG turned by a quarter", insert(still, 33, pngChunk("eXIf", exif(8))), Info{Format: "png", Width: 20, Height: 30}},
		{"a GIF", asGIF(t, drawing(30, 20)), Info{Format: "gif", Width: 30, Height: 20}},
		{"a GIF that moves", asGIF(t, drawing(30, 20), drawing(30, 20)), Info{Format: "gif", Width: 30, Height: 20, Animated: true}},
		{"a GIF with a transparent colour", asGIF(t, clear), Info{Format: "gif", Width: 30, Height: 20, Alpha: true}},
		{"a lossless WebP", appendRIFF(nil, "RIFF", appendRIFF([]byte("WEBP"), "VP8L", lossless)), Info{Format: "webp", Width: 100, Height: 50, Alpha: true}},
		{"a lossy WebP", appendRIFF(nil, "RIFF", appendRIFF([]byte("WEBP"), "VP8 ", []byte("\x10\x00\x00\x9D\x01\x2A\x64\x40\x32\x80"))), Info{Format: "webp", Width: 100, Height: 50}},
		{"a WebP that moves", extended(0x12), Info{Format: "webp", Width: 100, Height: 50, Animated: true, Alpha: true}},
		{"an AVIF", boxed("avif"), Info{Format: "avif", Width: 1200, Height: 800}},
		{"an AVIF turned by a quarter", boxed("avif", box("irot", []byte{1})), Info{Format: "avif", Width: 800, Height: 1200}},
		{"an AVIF with alpha", boxed("avif", box("auxC", []byte("\x00\x00\x00\x00urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\x00"))), Info{Format: "avif", Width: 1200, Height: 800, Alpha: true}},
		{"an AVIF that moves", boxed("avis"), Info{Format: "avif", Width: 1200, Height: 800, Animated: true}},
		{"a HEIC", boxed("heic"), Info{Format: "heif", Width: 1200, Height: 800}},
		{"a BMP", bitmap.Bytes(), Info{Format: "bmp", Width: 30, Height: 20}},
		{"an ICO of two sizes", append([]byte("\x00\x00\x01\x00\x02\x00\x10\x10"), append(make([]byte, 14), append([]byte{0, 0}, make([]byte, 14)...)...)...), Info{Format: "ico", Width: 256, Height: 256, Alpha: true}},
		{"an SVG with a size", []byte(`<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg" width="40px" height="1in">`), Info{Format: "svg", Width: 40, Height: 96, Alpha: true}},
		{"an SVG with a viewBox", []byte("\xEF\xBB\xBF <!-- x --><svg viewBox='0 0 24,12.4'/>"), Info{Format: "svg", Width: 24, Height: 12, Alpha: true}},
		{"an SVG with a width and a viewBox", []byte("<svg width='100%' height='50' viewBox='0 0 24 12'/>"), Info{Format: "svg", Width: 100, Height: 50, Alpha: true}},
		{"an SVG without anything", []byte("<svg:svg/>"), Info{Format: "svg", Width: 300, Height: 150, Alpha: true}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Inspect(test.data)
			if err != nil || got != test.want {
				t.Errorf("got %+v, %v; want %+v", got, err, test.want)
			}
		})
	}
}

func TestWhatIsNoPictureIsSaidToBeNone(t *testing.T) {
	tests := map[string][]byte{
		"nothing":                   nil,
		"a page":                    []byte("<!DOCTYPE html><html><body><svg></svg></body></html>"),
		"a JPEG without a frame":    []byte("\xFF\xD8\xFF\xE0\x00\x04ab"),
		"a PNG without a header":    []byte(pngMark),
		"a PNG of no width":         bomb(0, 5),
		"a GIF that is only a name": []byte("GIF89a"),
		"a WebP without a picture":  []byte("RIFF\x04\x00\x00\x00WEBP"),
		"an AVIF without a size":    box("ftyp", []byte("avif\x00\x00\x00\x00")),
		"an ICO without pictures":   []byte("\x00\x00\x01\x00\x00\x00"),
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			if got, err := Inspect(data); !errors.Is(err, ErrUnknown) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func FuzzInspect(f *testing.F) {
	moving := asGIF(f, drawing(30, 20), drawing(30, 20))
	for _, seed := range [][]byte{
		withExif(asJPEG(f, photograph(30, 20), 50), 6), asPNG(f, glow(9, 7)), moving, boxed("avif"),
		extended(0x12), []byte("<svg viewBox='0 0 24 12'/>"), []byte("BM"), []byte("\x00\x00\x01\x00\x01\x00\x10\x10"),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := readHeader(data)
		if err != nil {
			if h.Info != (Info{}) {
				t.Errorf("%+v with %v", h.Info, err)
			}
			return
		}
		if h.Width <= 0 || h.Height <= 0 {
			t.Errorf("%+v", h.Info)
		}
		config, format, err := image.DecodeConfig(bytes.NewReader(data))
		if err == nil && format == h.Format && (config.Width != h.stored[0] || config.Height != h.stored[1]) {
			t.Errorf("%v, but the decoder sees %d x %d", h.stored, config.Width, config.Height)
		}
	})
}
