package picture

import (
	"context"
	"image"
	"testing"
)

func FuzzVariants(f *testing.F) {
	for _, seed := range [][]byte{
		withExif(asJPEG(f, photograph(30, 20), 50), 6), asPNG(f, glow(9, 7)), asPNG(f, drawing(40, 30)),
		asGIF(f, drawing(30, 20)), asJPEG(f, photograph(1, 1), 50), asPNG(f, drawing(330, 5)),
		encodeJPEG(toPhoto(noise(17, 9, image.YCbCrSubsampleRatio420)), 60, profileFor("RGB ", "P3", 300)),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if Cost(data) > 4<<20 {
			t.Skip("large pictures take long")
		}
		made, err := Variants(context.Background(), data, Encoders{})
		if err != nil {
			return
		}
		checkVariants(t, made, len(data))
		if thumb, err := Thumbnail(context.Background(), data, 3000); err == nil && len(thumb) > 3000 {
			t.Errorf("thumbnail of %d bytes", len(thumb))
		}
	})
}

func FuzzJPEG(f *testing.F) {
	f.Add(uint16(7), uint16(13), byte(60), false, []byte("seed of pixels"))
	f.Add(uint16(1), uint16(1), byte(1), true, []byte{0})
	f.Add(uint16(64), uint16(33), byte(90), true, []byte{0, 255, 9})
	f.Fuzz(func(t *testing.T, w, h uint16, quality byte, full bool, seed []byte) {
		w, h, quality = w%200+1, h%200+1, quality%90+1
		ratio := image.YCbCrSubsampleRatio420
		if full {
			ratio = image.YCbCrSubsampleRatio444
		}
		img := image.NewYCbCr(image.Rect(0, 0, int(w), int(h)), ratio)
		for _, pix := range [][]byte{img.Y, img.Cb, img.Cr} {
			for i := range pix {
				if len(seed) > 0 {
					pix[i] = seed[i*7%len(seed)] + byte(i/len(seed))
				}
			}
		}
		got := decodeYCbCr(t, encodeJPEG(toPhoto(img), int(quality), nil))
		if got.Rect != img.Rect {
			t.Fatalf("%v became %v", img.Rect, got.Rect)
		}
		if full || int(w)*int(h) < 256 {
			return // the standard library knows half chroma only; of few pixels chance decides
		}
		was, is := psnr(img, decodeYCbCr(t, asJPEG(t, img, int(quality)))), psnr(img, got)
		if is < was-3 && is < 45 { // regular patterns make many ties of rounding
			t.Errorf("%d x %d at %d: %.1f dB, the standard library's %.1f dB", w, h, quality, is, was)
		}
	})
}
