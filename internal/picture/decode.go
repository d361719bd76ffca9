package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/bmp"
	"golang.org/x/image/webp"
)

// pixels are one plane of grey, three of YCbCr (as JPEG has it, with chroma
// of any size), or one of RGBA with alpha multiplied in.
type pixels struct {
	planes []plane
}

func (p *pixels) size() (width, height int) { return p.planes[0].w, p.planes[0].h }

func (p *pixels) rgba() bool { return p.planes[0].depth == 4 }

// each returns what f makes of every plane.
func (p *pixels) each(f func(plane *plane) plane) *pixels {
	made := &pixels{make([]plane, len(p.planes))}
	for i := range p.planes {
		made.planes[i] = f(&p.planes[i])
	}
	return made
}

// decode reads the pixels of a picture whose header has passed check: of an
// animation those of the first frame. They are turned upright.
func decode(data []byte, h *header) (*pixels, error) {
	p, err := decodeStored(data, h)
	if err != nil {
		return nil, fmt.Errorf("decode %s: %w", h.Format, err)
	}
	// Nobody needs more than three times the widest variant, and turning less
	// is cheaper.
	p = p.near(widths[0], h.Width)
	return p.each(func(plane *plane) plane { return plane.turn(h.orientation) }), nil
}

// near halves the pixels while they are three times as wide as wanted. It
// compares the width as displayed, which before turning is another one.
func (p *pixels) near(wanted, width int) *pixels {
	for ; width >= 3*wanted; width = (width + 1) / 2 {
		p = p.each((*plane).halve)
	}
	return p
}

func decodeStored(data []byte, h *header) (*pixels, error) {
	r := bytes.NewReader(data)
	var img image.Image
	var err error
	switch h.Format {
	case "jpeg":
		img, err = jpeg.Decode(r)
	case "png":
		img, err = png.Decode(r)
	case "gif":
		img, err = gif.Decode(r)
	case "bmp":
		img, err = bmp.Decode(r)
	case "webp":
		return decodeWebP(data, h)
	}
	if err != nil {
		return nil, err
	}
	return fromImage(img, h), nil
}

func decodeWebP(data []byte, h *header) (*pixels, error) {
	frame, err := firstFrame(data, h)
	if err != nil {
		return nil, err
	}
	img, err := webp.Decode(bytes.NewReader(frame.file))
	if err != nil {
		return nil, err
	}
	switch img := img.(type) {
	case *image.YCbCr:
		widen(img)
	case *image.NYCbCrA:
		widen(&img.YCbCr)
	}
	if frame.w != h.stored[0] || frame.h != h.stored[1] {
		canvas := image.NewRGBA(image.Rect(0, 0, h.stored[0], h.stored[1]))
		b := img.Bounds()
		draw.Draw(canvas, b.Sub(b.Min).Add(image.Pt(frame.x, frame.y)), img, b.Min, draw.Src)
		img = canvas
	}
	return fromImage(img, h), nil
}

// widen turns the video range of lossy WebP (luma 16 to 235, chroma 16 to 240:
// ITU-R BT.601, as RFC 9649 asks) into the full range of JPEG, which the
// decoder takes it for.
func widen(img *image.YCbCr) {
	var luma, chroma [256]byte
	for i := range 256 {
		luma[i] = byte(min(max((i-16)*255+109, 0)/219, 255))
		chroma[i] = byte(min(max((i-128)*255+128*224+112, 0)/224, 255))
	}
	for i, v := range img.Y {
		img.Y[i] = luma[v]
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = chroma[img.Cb[i]], chroma[img.Cr[i]]
	}
}

// fromImage takes over an image, without a copy where it can.
func fromImage(img image.Image, h *header) *pixels {
	canvas := image.Rect(0, 0, h.stored[0], h.stored[1])
	switch img := img.(type) {
	case *image.YCbCr:
		return fromYCbCr(img)
	case *image.Gray:
		if h.Format == "jpeg" {
			return &pixels{[]plane{{img.Pix, img.Stride, canvas.Dx(), canvas.Dy(), 1}}}
		}
	case *image.RGBA:
		if img.Rect == canvas {
			return &pixels{[]plane{{img.Pix, img.Stride, canvas.Dx(), canvas.Dy(), 4}}}
		}
	case *image.NRGBA:
		if img.Rect == canvas {
			multiply(img.Pix)
			return &pixels{[]plane{{img.Pix, img.Stride, canvas.Dx(), canvas.Dy(), 4}}}
		}
	}
	copied := image.NewRGBA(canvas)
	draw.Draw(copied, img.Bounds(), img, img.Bounds().Min, draw.Src)
	return &pixels{[]plane{{copied.Pix, copied.Stride, canvas.Dx(), canvas.Dy(), 4}}}
}

func fromYCbCr(img *image.YCbCr) *pixels {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	cw, ch := w, h
	switch img.SubsampleRatio {
	case image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420:
		cw = (w + 1) / 2
	case image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410:
		cw = (w + 3) / 4
	}
	switch img.SubsampleRatio {
	case image.YCbCrSubsampleRatio440, image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio410:
		ch = (h + 1) / 2
	}
	return &pixels{[]plane{
		{img.Y, img.YStride, w, h, 1},
		{img.Cb, img.CStride, cw, ch, 1},
		{img.Cr, img.CStride, cw, ch, 1},
	}}
}

// multiply multiplies alpha in, so that transparent pixels lend no colour to
// their neighbours when the picture is scaled.
func multiply(pix []byte) {
	for i := 0; i+3 < len(pix); i += 4 {
		if a := uint32(pix[i+3]); a != 255 {
			for k := i; k < i+3; k++ {
				pix[k] = byte((uint32(pix[k])*a + 127) / 255)
			}
		}
	}
}

// image shows pixels as the standard library's drawing and PNG want them.
func (p *pixels) image() image.Image {
	w, h := p.size()
	area := image.Rect(0, 0, w, h)
	switch first := &p.planes[0]; {
	case p.rgba() && !p.opaque():
		return straight(first)
	case p.rgba():
		return &image.RGBA{Pix: first.pix, Stride: first.stride, Rect: area}
	case len(p.planes) == 1:
		return &image.Gray{Pix: first.pix, Stride: first.stride, Rect: area}
	}
	full := p.each(func(plane *plane) plane { return plane.scale(w, h) }).planes
	rgb := image.NewRGBA(area)
	for y := range h {
		out, luma, blue, red := rgb.Pix[y*rgb.Stride:], full[0].row(y), full[1].row(y), full[2].row(y)
		for x := range w {
			out[4*x], out[4*x+1], out[4*x+2] = color.YCbCrToRGB(luma[x], blue[x], red[x])
			out[4*x+3] = 255
		}
	}
	return rgb
}

// straight takes alpha out again. What is lost of the colours of nearly
// transparent pixels cannot be seen.
func straight(p *plane) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, p.w, p.h))
	for y := range p.h {
		out := img.Pix[y*img.Stride:]
		for i, v := range p.row(y) {
			a := uint32(p.row(y)[i|3])
			switch {
			case i%4 == 3 || a == 255:
				out[i] = v
			case a > 0:
				out[i] = byte(min((uint32(v)*255+a/2)/a, 255))
			}
		}
	}
	return img
}

// opaque is false if anything shines through.
func (p *pixels) opaque() bool {
	if !p.rgba() {
		return true
	}
	for y := range p.planes[0].h {
		row := p.planes[0].row(y)
		for i := 3; i < len(row); i += 4 {
			if row[i] != 255 {
				return false
			}
		}
	}
	return true
}
