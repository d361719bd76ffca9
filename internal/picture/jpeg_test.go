package picture

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"os/exec"
	"testing"
)

// toPlanes copies what the standard library's encoder would be given.
func toPhoto(img *image.YCbCr) *photo {
	b := img.Bounds()
	halved := img.SubsampleRatio == image.YCbCrSubsampleRatio420
	w, h := b.Dx(), b.Dy()
	if halved {
		w, h = (w+1)/2, (h+1)/2
	}
	return &photo{[]plane{
		{img.Y, img.YStride, b.Dx(), b.Dy(), 1},
		{img.Cb, img.CStride, w, h, 1},
		{img.Cr, img.CStride, w, h, 1},
	}}
}

// fractal is like a photograph: detail at every size, less of the small.
func fractal(w, h int, seed uint64, ratio image.YCbCrSubsampleRatio) *image.YCbCr {
	img := image.NewYCbCr(image.Rect(0, 0, w, h), ratio)
	fill := func(pix []byte, stride, w, h int, strength float64) {
		r := rand.New(rand.NewPCG(seed, uint64(w)))
		sum := make([]float64, len(pix))
		for cell := 64; cell >= 1; cell /= 2 {
			across := w/cell + 2
			grid := make([]float64, across*(h/cell+2))
			for i := range grid {
				grid[i] = r.Float64() - 0.5
			}
			for y := range h {
				for x := range w {
					gx, gy := x/cell, y/cell
					fx, fy := float64(x%cell)/float64(cell), float64(y%cell)/float64(cell)
					at := gy*across + gx
					top := grid[at]*(1-fx) + grid[at+1]*fx
					low := grid[at+across]*(1-fx) + grid[at+across+1]*fx
					sum[y*stride+x] += (top*(1-fy) + low*fy) * strength * float64(cell) / 64
				}
			}
		}
		for i, v := range sum {
			pix[i] = byte(min(max(128+v, 0), 255))
		}
	}
	fill(img.Y, img.YStride, w, h, 250)
	b := img.Bounds()
	cw, ch := b.Dx(), b.Dy()
	if ratio == image.YCbCrSubsampleRatio420 {
		cw, ch = (cw+1)/2, (ch+1)/2
	}
	fill(img.Cb, img.CStride, cw, ch, 60)
	seed++
	fill(img.Cr, img.CStride, cw, ch, 60)
	return img
}

func noise(w, h int, ratio image.YCbCrSubsampleRatio) *image.YCbCr {
	img := image.NewYCbCr(image.Rect(0, 0, w, h), ratio)
	r := rand.New(rand.NewPCG(1, 2))
	for _, pix := range [][]byte{img.Y, img.Cb, img.Cr} {
		for i := range pix {
			pix[i] = byte(r.Uint32())
		}
	}
	return img
}

func psnr(a, b *image.YCbCr) float64 {
	sum, n := 0.0, 0
	size := a.Bounds().Size()
	for y := range size.Y {
		for x := range size.X {
			p, q := a.YCbCrAt(x, y), b.YCbCrAt(x, y)
			for _, d := range []int{int(p.Y) - int(q.Y), int(p.Cb) - int(q.Cb), int(p.Cr) - int(q.Cr)} {
				sum += float64(d * d)
				n++
			}
		}
	}
	return 10 * math.Log10(255*255*float64(n)/max(sum, 1e-3))
}

func decodeYCbCr(t *testing.T, data []byte) *image.YCbCr {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img.(*image.YCbCr)
}

func TestJPEGLooksLikeTheStandardLibrarysInFewerBytes(t *testing.T) {
	const half = image.YCbCrSubsampleRatio420
	tests := []struct {
		name string
		img  *image.YCbCr
	}{
		{"one pixel", fractal(1, 1, 1, half)},
		{"less than a block", fractal(7, 13, 2, half)},
		{"one row", fractal(17, 1, 3, half)},
		{"one column", fractal(1, 33, 3, half)},
		{"odd sizes", fractal(333, 121, 4, half)},
		{"whole blocks", fractal(320, 240, 5, half)},
		{"like a photograph", fractal(640, 427, 6, half)},
		{"flat", image.NewYCbCr(image.Rect(0, 0, 1000, 700), half)},
		{"noise", noise(200, 150, half)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, quality := range []int{10, 35, 60, 90} {
				ours := encodeJPEG(toPhoto(test.img), quality, nil)
				var buf bytes.Buffer
				if err := jpeg.Encode(&buf, test.img, &jpeg.Options{Quality: quality}); err != nil {
					t.Fatal(err)
				}
				was, is := psnr(test.img, decodeYCbCr(t, buf.Bytes())), psnr(test.img, decodeYCbCr(t, ours))
				if is < was-0.3 {
					t.Errorf("quality %d: %.2f dB, standard library %.2f dB", quality, is, was)
				}
				if len(ours) > buf.Len()*95/100 {
					t.Errorf("quality %d: %d bytes, standard library %d", quality, len(ours), buf.Len())
				}
				t.Logf("quality %d: %d bytes of %d, %.2f dB of %.2f", quality, len(ours), buf.Len(), is, was)
			}
		})
	}
}

func TestEveryDecoderReadsTheJPEGAlike(t *testing.T) {
	djpeg, err := exec.LookPath("djpeg")
	if err != nil {
		t.Skip("djpeg is not installed")
	}
	photos := map[string]*photo{
		"halved chroma": toPhoto(fractal(333, 121, 1, image.YCbCrSubsampleRatio420)),
		"full chroma":   toPhoto(fractal(75, 121, 2, image.YCbCrSubsampleRatio444)),
		"grey":          {toPhoto(fractal(75, 121, 2, image.YCbCrSubsampleRatio444)).planes[:1]},
		"noise":         toPhoto(noise(99, 98, image.YCbCrSubsampleRatio420)),
	}
	for name, p := range photos {
		t.Run(name, func(t *testing.T) {
			data := encodeJPEG(p, 60, nil)
			command := exec.Command(djpeg, "-pnm", "-nosmooth", "-dct", "float")
			command.Stdin = bytes.NewReader(data)
			out, err := command.Output()
			if err != nil {
				t.Fatal(err)
			}
			img, err := jpeg.Decode(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			comparePNM(t, img, out)
		})
	}
}

// comparePNM allows for roundings of the colour transform.
func comparePNM(t *testing.T, img image.Image, pnm []byte) {
	t.Helper()
	size := img.Bounds().Size()
	depth := 3
	if _, grey := img.(*image.Gray); grey {
		depth = 1
	}
	pix := pnm[len(pnm)-depth*size.X*size.Y:]
	for i := 0; i < len(pix); i += depth {
		r, g, b, _ := img.At(i/depth%size.X, i/depth/size.X).RGBA()
		for k, v := range []uint32{r, g, b}[:depth] {
			if d := int(v>>8) - int(pix[i+k]); d < -4 || d > 4 {
				t.Fatalf("pixel %d differs by %d", i/depth, d)
			}
		}
	}
}
