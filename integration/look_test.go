package integration

import (
	"image"
	"image/color"
	"image/draw"
	"strings"
	"testing"
)

func TestAFrozenWordPressLooksAsItsOrigin(t *testing.T) {
	need(t, "the browser tests", "chromium")
	site := smallWordPress(t)
	expectSameLooks(t, "wordpress", site, map[string]string{"home": "/", "post": postWithGallery(t, site)})
}

func TestAFrozenGhostLooksAsItsOrigin(t *testing.T) {
	need(t, "the browser tests", "chromium")
	site := startGhost(t)
	expectSameLooks(t, "ghost", site, map[string]string{"home": "/", "post": "/what-a-picture-weighs/"})
}

// expectSameLooks freezes a site under a name of its own and lets the browser
// believe that the copy is at that name, as its visitors will.
func expectSameLooks(t *testing.T, name string, site *origin, pages map[string]string) {
	t.Helper()
	const host = "www.example.test"
	s := newStage(t)
	dir := s.subfolder(t, "copy")
	freeze(t, site, dir, "http://"+host)
	copyURL := up(t, s, dir)
	browser := openBrowser(t, host, strings.TrimPrefix(copyURL, "http://"))
	for which, path := range pages {
		t.Run(which, func(t *testing.T) {
			original := look(t, browser, strings.TrimSuffix(site.URL, "/")+path)
			expectSameView(t, name+"-"+which, original, look(t, browser, "http://"+host+path))
		})
	}
}

// postWithGallery returns the path of a post that shows pictures.
func postWithGallery(t *testing.T, site *origin) string {
	t.Helper()
	for _, uri := range listed(t, site, "/wp-sitemap.xml") {
		if strings.Contains(get(t, strings.TrimSuffix(site.URL, "/")+uri).body, "gallery-item") {
			return uri
		}
	}
	t.Fatal("no post has a gallery")
	return ""
}

func TestPicturesAreComparedPixelByPixel(t *testing.T) {
	plain := func(width, height int, shade uint8) *image.Gray {
		g := image.NewGray(image.Rect(0, 0, width, height))
		draw.Draw(g, g.Bounds(), image.NewUniform(color.Gray{Y: shade}), image.Point{}, draw.Src)
		return g
	}
	spotted := plain(10, 10, 100)
	spotted.SetGray(3, 3, color.Gray{Y: 200})
	tests := []struct {
		name string
		a, b image.Image
		want float64
	}{
		{"the same picture does not differ", plain(10, 10, 100), plain(10, 10, 100), 0},
		{"a few shades are nothing", plain(10, 10, 100), plain(10, 10, 105), 0},
		{"another colour is everything", plain(10, 10, 100), plain(10, 10, 200), 1},
		{"one pixel of a hundred is a hundredth", plain(10, 10, 100), spotted, 0.01},
		{"what only one picture has differs", plain(10, 10, 100), plain(10, 20, 100), 0.5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, _ := differing(tt.a, tt.b, ownShades); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
