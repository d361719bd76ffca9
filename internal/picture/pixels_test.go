package picture

import (
	"context"
	"image"
	"image/color"
	"image/draw"
	"testing"
)

func TestPicturesAreTurnedUpright(t *testing.T) {
	// Top left, top right, bottom left, bottom right.
	corners := map[byte]string{1: "rgbw", 2: "grwb", 3: "wbgr", 4: "bwrg", 5: "rbgw", 6: "brwg", 7: "wgbr", 8: "gwrb"}
	source := asJPEG(t, quarters(66, 41), 90)
	for orientation, want := range corners {
		data := withExif(source, orientation)
		info, err := Inspect(data)
		if err != nil {
			t.Fatal(err)
		}
		made, err := Thumbnail(context.Background(), data, 5000)
		if err != nil {
			t.Fatal(err)
		}
		img := pixelsOf(t, Form{"image/jpeg", made})
		size := img.Bounds().Size()
		if size != image.Pt(info.Width, info.Height) {
			t.Errorf("orientation %d: %v, header says %d x %d", orientation, size, info.Width, info.Height)
		}
		got := ""
		for i := range 4 {
			got += nameOf(img.At(2+i%2*(size.X-4), 2+i/2*(size.Y-4)))
		}
		if got != want {
			t.Errorf("orientation %d: corners %s, want %s", orientation, got, want)
		}
	}
}

func nameOf(c color.Color) string {
	r, g, b, _ := c.RGBA()
	switch high := uint32(0x6000); {
	case r > high && g > high && b > high:
		return "w"
	case r > high:
		return "r"
	case g > high:
		return "g"
	}
	return "b"
}

func TestDrawingsStaySharp(t *testing.T) {
	source := drawing(300, 200)
	wasteful := image.NewRGBA(source.Rect)
	draw.Draw(wasteful, source.Rect, source, image.Point{}, draw.Src)
	made := variants(t, asPNG(t, wasteful))
	if len(made) == 0 {
		t.Fatal("nothing was made")
	}
	img := pixelsOf(t, last(made[0]))
	for y := range 200 {
		for x := range 300 {
			if color.NRGBAModel.Convert(img.At(x, y)) != color.NRGBAModel.Convert(source.At(x, y)) {
				t.Fatalf("pixel %d, %d is another", x, y)
			}
		}
	}
	// Colours of small ones are few, but none is far from what it should be.
	large := variants(t, asPNG(t, quarters(1800, 1200)))
	for _, v := range large {
		img := pixelsOf(t, last(v))
		for i := range 4 {
			x, y := v.Width/4+i%2*v.Width/2, v.Height/4+i/2*v.Height/2
			if got := nameOf(img.At(x, y)); got != "rgbw"[i:i+1] {
				t.Errorf("%s: corner %d is %s", v.Name, i, got)
			}
		}
	}
}

func TestTransparencyStays(t *testing.T) {
	data := asPNG(t, glow(700, 500))
	h, err := readHeader(data)
	if err != nil {
		t.Fatal(err)
	}
	m, err := newMaker(context.Background(), data, &h)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []size{{"400", 400, 286, false}, {"200-low", 200, 143, true}} {
		form, err := m.base(m.pixels.resize(s.width, s.height), s)
		if err != nil {
			t.Fatal(err)
		}
		img := pixelsOf(t, form)
		_, _, _, corner := img.At(0, 0).RGBA()
		_, _, _, middle := img.At(s.width/2, s.height/2).RGBA()
		if corner != 0 || middle < 0xF000 {
			t.Errorf("%s: alpha %d in the corner, %d in the middle", s.name, corner, middle)
		}
	}
}

func TestEveryKindOfPixelIsRead(t *testing.T) {
	area := image.Rect(0, 0, 90, 60)
	wide, grey, opaque := image.NewRGBA64(area), image.NewGray(area), image.NewNRGBA(area)
	grey16, inks := image.NewGray16(area), image.NewCMYK(area)
	for _, img := range []draw.Image{wide, grey, opaque, grey16, inks} {
		draw.Draw(img, area, photograph(90, 60), image.Point{}, draw.Src)
	}
	want := photograph(90, 60)
	for name, img := range map[string]image.Image{
		"16 bits": wide, "grey": grey, "no alpha used": opaque, "16 bits of grey": grey16,
	} {
		t.Run(name, func(t *testing.T) {
			for _, data := range [][]byte{asPNG(t, img), asJPEG(t, img, 90)} {
				made := variants(t, data)
				checkVariants(t, made, len(data))
				compareLuma(t, pixelsOf(t, last(made[0])), want)
			}
		})
	}
	h := header{stored: [2]int{90, 60}}
	compareLuma(t, fromImage(inks, &h).image(), want)
}

// compareLuma allows for what JPEG loses.
func compareLuma(t *testing.T, got, want image.Image) {
	t.Helper()
	sum := 0
	for y := range 60 {
		for x := range 90 {
			p := color.GrayModel.Convert(got.At(x, y)).(color.Gray).Y
			q := color.GrayModel.Convert(want.At(x, y)).(color.Gray).Y
			sum += max(int(p)-int(q), int(q)-int(p))
		}
	}
	if sum > 4*60*90 {
		t.Errorf("luma differs by %.1f", float64(sum)/60/90)
	}
}

func TestWebPIsRead(t *testing.T) {
	part := encodeWebP(t, quarters(200, 120), "-q", "90")
	faded := encodeWebP(t, glow(200, 120), "-q", "90")
	// Frame at 2 x 10, 2 x 5, for 100 ms, not blended.
	frame := append([]byte{10, 0, 0, 5, 0, 0, 199, 0, 0, 119, 0, 0, 100, 0, 0, 2}, part[12:]...)
	moving := appendRIFF([]byte("WEBP"), "VP8X", []byte{0x12, 0, 0, 0, 255, 0, 0, 139, 0, 0})
	moving = appendRIFF(appendRIFF(moving, "ANMF", frame), "ANMF", append(frame, make([]byte, tinyAnimation)...))
	for name, data := range map[string][]byte{
		"lossy": part, "lossless": encodeWebP(t, quarters(200, 120), "-lossless"),
		"moving": appendRIFF(nil, "RIFF", moving), "faded": faded,
	} {
		t.Run(name, func(t *testing.T) {
			h, err := readHeader(data)
			if err != nil {
				t.Fatal(err)
			}
			p, err := decode(data, &h)
			if err != nil {
				t.Fatal(err)
			}
			img, want, at := p.image(), image.Image(quarters(200, 120)), image.Point{}
			if name == "moving" {
				at = image.Pt(20, 10)
			}
			if name == "faded" {
				want = glow(200, 120)
			}
			for _, place := range []image.Point{{30, 20}, {170, 20}, {30, 100}, {170, 100}, {100, 60}} {
				if place.X == 100 && name != "faded" {
					continue // an edge, where anything may be
				}
				compareColour(t, img.At(place.X+at.X, place.Y+at.Y), want.At(place.X, place.Y))
			}
		})
	}
}

func compareColour(t *testing.T, got, want color.Color) {
	t.Helper()
	p, q := color.RGBAModel.Convert(got).(color.RGBA), color.RGBAModel.Convert(want).(color.RGBA)
	for i, v := range []byte{p.R, p.G, p.B, p.A} {
		if d := int(v) - int([]byte{q.R, q.G, q.B, q.A}[i]); d < -8 || d > 8 {
			t.Errorf("got %v, want %v", p, q)
			return
		}
	}
}
