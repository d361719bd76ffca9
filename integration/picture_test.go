package integration

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// picture returns a JPEG that no other number gives.
func picture(number, width, height int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetRGBA(x, y, color.RGBA{
				R: uint8(number * 40), G: uint8(x * 255 / width), B: uint8((x/50 + y/50 + number) % 2 * 120), A: 255,
			})
		}
	}
	var out bytes.Buffer
	// Writing to a bytes.Buffer cannot fail.
	_ = jpeg.Encode(&out, img, &jpeg.Options{Quality: 80})
	return out.Bytes()
}

// pictures returns a folder with the files 1.jpg to n.jpg and, as wikis are
// linked to by name, the same as Evening-1.jpg and so on.
func pictures(t *testing.T, s *stage, n int) string {
	t.Helper()
	dir := s.subfolder(t, "pictures")
	for i := 1; i <= n; i++ {
		data := picture(i, 1200, 800)
		for _, name := range []string{"", "Evening-"} {
			if err := os.WriteFile(filepath.Join(dir, name+strconv.Itoa(i)+".jpg"), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}
