package picture

import (
	"bytes"
	"context"
	"errors"
	"image"
	"math/rand/v2"
	"strings"
	"testing"
)

func variants(t testing.TB, data []byte) []Variant {
	t.Helper()
	made, err := Variants(context.Background(), data, Encoders{})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func names(made []Variant) string {
	var all []string
	for _, v := range made {
		all = append(all, v.Name)
	}
	return strings.Join(all, " ")
}

func last(v Variant) Form { return v.Forms[len(v.Forms)-1] }

// checkVariants holds for whatever was made of anything.
func checkVariants(t *testing.T, made []Variant, original int) {
	t.Helper()
	before := original + 1 // the original itself without metadata may be the first
	for _, v := range made {
		base := last(v)
		if len(base.Data) >= before {
			t.Errorf("%s has %d bytes, the one before %d", v.Name, len(base.Data), before)
		}
		before = len(base.Data)
		for _, f := range v.Forms {
			if len(f.Data) > len(base.Data) {
				t.Errorf("%s as %s has %d bytes, for every browser %d", v.Name, f.Type, len(f.Data), len(base.Data))
			}
		}
		if size := pixelsOf(t, base).Bounds().Size(); size != image.Pt(v.Width, v.Height) {
			t.Errorf("%s says %d x %d, has %v", v.Name, v.Width, v.Height, size)
		}
		if strings.Trim(v.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("%q cannot be in a URL", v.Name)
		}
	}
}

func TestVariantsGoFromTheBestToTheLightest(t *testing.T) {
	moving := func(w, h int) []byte { // the noise makes it large enough
		frame, r := drawing(w, h), rand.New(rand.NewPCG(1, 2))
		for i := range frame.Pix {
			frame.Pix[i] = byte(r.Uint32() & 3)
		}
		return asGIF(t, frame, drawing(w, h))
	}
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"a large photograph", asJPEG(t, photograph(1200, 800), 90), "960 640 480 320 320-low"},
		{"an enormous photograph", asJPEG(t, photograph(3000, 300), 80), "960 640 480 320 320-low"},
		{"one narrower than the widest", asJPEG(t, photograph(700, 500), 90), "700 480 320 320-low"},
		{"one that is small already", asJPEG(t, photograph(300, 200), 90), "300 300-low"},
		{"a high one, but for the widest sizes", asJPEG(t, photograph(500, 6000), 90), "320 320-low"},
		{"one that is turned", withExif(asJPEG(t, photograph(500, 1000), 90), 6), "960 640 480 320 320-low"},
		{"a drawing of few bytes", asPNG(t, drawing(1200, 800)), "480 320 320-low"},
		{"an animation", moving(700, 500), "480-still 320-still 320-still-low"},
		{"a PNG that moves", insert(asPNG(t, photograph(700, 500)), 33, pngChunk("acTL", make([]byte, 8))), "700-still 480-still 320-still 320-still-low"},
		{"a pixel", asGIF(t, drawing(1, 1)), ""},
		{"a tiny animation", asGIF(t, drawing(30, 20), drawing(30, 20)), ""},
		{"an SVG", []byte("<svg viewBox='0 0 24 12'/>"), ""},
		{"an AVIF", boxed("avif"), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			made := variants(t, test.data)
			if names(made) != test.want {
				t.Errorf("got %s, want %s", names(made), test.want)
			}
			checkVariants(t, made, len(test.data))
		})
	}
}

func TestWhatTheAuthorDoesNotKnowOfIsDropped(t *testing.T) {
	bad := asJPEG(t, photograph(200, 150), 5) // not to be had in fewer bytes
	comment := appendSegment(nil, 0xFE, []byte("GPS"))
	tests := map[string][]byte{
		"EXIF":                        withExif(bad, 1),
		"EXIF of a turned one":        withExif(bad, 5),
		"a comment":                   insert(bad, 2, comment),
		"a second picture behind":     append(bytes.Clone(bad), withExif(bad, 1)...),
		"text in a PNG":               insert(asPNG(t, drawing(60, 40)), 33, pngChunk("tEXt", []byte("Place\x00GPS"))),
		"EXIF in a PNG":               insert(asPNG(t, drawing(60, 40)), 33, pngChunk("eXIf", exif(1))),
		"anything behind a PNG's end": append(asPNG(t, drawing(60, 40)), "GPS"...),
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			made := variants(t, data)
			if len(made) == 0 {
				t.Fatal("nothing was made")
			}
			for _, v := range made {
				if bytes.Contains(last(v).Data, []byte("GPS")) {
					t.Errorf("%s still tells", v.Name)
				}
			}
			checkVariants(t, made, len(data))
		})
	}
}

func TestOnlyColourProfilesThatMatterAreKept(t *testing.T) {
	photo := asJPEG(t, photograph(400, 300), 90)
	with := func(p []byte) []byte {
		return insert(photo, 2, appendSegment(nil, 0xE2, []byte(profileMark), []byte{1, 1}, p))
	}
	chunk := func(p []byte) []byte {
		return insert(asPNG(t, glow(400, 300)), 33, profileChunk(p))
	}
	wide := profileFor("RGB ", "Display P3", 548)
	tests := []struct {
		name string
		data []byte
		want bool
	}{
		{"wide colours", with(wide), true},
		{"wide colours in a PNG", chunk(wide), true},
		{"what everybody assumes", with(profileFor("RGB ", "sRGB IEC61966-2.1", 3144)), false},
		{"what everybody assumes, in UTF-16", with(profileFor("RGB ", "\x00s\x00R\x00G\x00B", 500)), false},
		{"a table of colours", with(profileFor("RGB ", "Scanner", 60000)), false},
		{"a large table in a PNG", chunk(profileFor("RGB ", "Scanner", 600000)), false},
		{"inks", with(profileFor("CMYK", "Paper", 548)), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, v := range variants(t, test.data) {
				h, err := readHeader(last(v).Data)
				if err != nil || (h.profile != nil) != test.want {
					t.Errorf("%s: %v, %d bytes of profile", v.Name, err, len(h.profile))
				}
			}
		})
	}
}

func TestWhatIsTooLargeOrBrokenIsRefused(t *testing.T) {
	photo := asJPEG(t, photograph(300, 200), 80)
	stopped, stop := context.WithCancel(context.Background())
	stop()
	enormous := bytes.Clone(photo)
	at := bytes.Index(enormous, []byte{0xFF, 0xC0})
	copy(enormous[at+5:], []byte{0xFF, 0xFF, 0xFF, 0xFF})
	open := context.Background()
	tests := []struct {
		name string
		ctx  context.Context
		data []byte
		want error // nil: any
	}{
		{"a bomb", open, bomb(60000, 60000), ErrTooLarge},
		{"a wide bomb", open, bomb(1<<31-1, 1), ErrTooLarge},
		{"an enormous JPEG", open, enormous, ErrTooLarge},
		{"one with more memory than pixels", open, bomb(6000, 6000), ErrTooLarge},
		{"a page", open, []byte("<html>"), ErrUnknown},
		{"a JPEG that breaks off", open, photo[:len(photo)/2], nil},
		{"a bomb that fits but has no pixels", open, bomb(3000, 3000), nil},
		{"one that nobody waits for", stopped, photo, context.Canceled},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Variants(test.ctx, test.data, Encoders{})
			_, thumb := Thumbnail(test.ctx, test.data, 5000)
			if err == nil || thumb == nil || test.want != nil && (!errors.Is(err, test.want) || !errors.Is(thumb, test.want)) {
				t.Errorf("got %v and %v", err, thumb)
			}
		})
	}
}

func TestCostTellsKindsApart(t *testing.T) {
	photo := asJPEG(t, photograph(300, 200), 80)
	progressive := encodeJPEG(toPhoto(fractal(300, 200, 1, image.YCbCrSubsampleRatio420)), 60, nil)
	const work = 16 * 300 * 200
	tests := map[string]struct {
		data []byte
		want int64
	}{
		"a JPEG":             {photo, 300*200*3/2 + work},
		"a progressive JPEG": {progressive, 300*200*3/2*5 + work},
		"a PNG":              {asPNG(t, glow(300, 200)), 300*200*4 + work},
		"an SVG":             {[]byte("<svg/>"), 0},
		"a page":             {[]byte("<html>"), 0},
	}
	for name, test := range tests {
		if got := Cost(test.data); got != test.want {
			t.Errorf("%s: %d bytes, want %d", name, got, test.want)
		}
	}
}
