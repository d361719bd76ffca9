package lighten

import (
	"path/filepath"
	"testing"

	"buzzproof/internal/article"
)

func TestAPageWeighsWhatABrowserLoads(t *testing.T) {
	font, icon := "a font of some bytes", "an icon"
	files := map[string]string{
		"style.css":  `@font-face{src:url(/a.woff2),url(/a.woff)}`,
		"a.woff2":    font,
		"a.woff":     font + font,
		"app.js":     "x()",
		"icon.png":   icon,
		"big.jpg":    "a picture in some bytes",
		"small.jpg":  "a picture",
		"index.html": "<p>x",
	}
	dir := filepath.Join(t.TempDir(), "copy")
	commit(t, dir, files)
	l, _, _ := prepare(t, dir, Config{})
	for _, c := range []struct {
		name, source string
		want         Weight
	}{
		{"text alone", "<p>A", Weight{HTML: 4}},
		{"a style sheet and the font it draws in", `<link rel=stylesheet href=/style.css>`, Weight{HTML: 37, CSS: 42, Fonts: 20}},
		{"a script", `<script src=/app.js></script>`, Weight{HTML: 29, JS: 3}},
		{"of a set of pictures the one in src", `<img src=/small.jpg srcset="/big.jpg 2x">`, Weight{HTML: 41, Images: 9}},
		{"the same picture once", `<img src=/small.jpg><img src=/small.jpg>`, Weight{HTML: 40, Images: 9}},
		{"the icon of the tab, not that of a phone", `<link rel=icon href=/icon.png><link rel=apple-touch-icon href=/big.jpg>`, Weight{HTML: 71, Images: 7}},
		{"a picture for machines is not loaded", `<meta property=og:image content=/big.jpg>`, Weight{HTML: 41}},
		{"nor is another page", `<a href=/>A</a>`, Weight{HTML: 15}},
		{"nor what another host sends", `<img src=https://other.example/big.jpg>`, Weight{HTML: 39}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := l.scales.weigh([]byte(c.source), l.site.public, l.site); got != c.want {
				t.Errorf("weighs %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestTheAccentIsTheColourOfTheTheme(t *testing.T) {
	files := map[string]string{
		"index.html": "<p>x",
		"theme.css":  `:root{--text:#111;--site-primary:#000;--brand-color:#0A7}`,
		"links.css":  `p{color:#123456}a:hover{color:#fff}a{text-decoration:none;color:#AB1234}`,
		"grey.css":   `a{color:#777}`,
	}
	dir := filepath.Join(t.TempDir(), "copy")
	commit(t, dir, files)
	l, _, _ := prepare(t, dir, Config{})
	for _, c := range []struct{ name, source, want string }{
		{"in the page", `<style>:root{--ghost-accent-color: #FF1A75;}</style><link rel=stylesheet href=/theme.css>`, "#ff1a75"},
		{"in a style sheet, black is none", `<link rel=stylesheet href=/theme.css>`, "#00aa77"},
		{"that of links", `<link rel=stylesheet href=/links.css>`, "#ab1234"},
		{"grey links have none", `<link rel=stylesheet href=/grey.css>`, ""},
		{"that of the browser's frame", `<meta name=theme-color content="#3366cc"><link rel=stylesheet href=/grey.css>`, "#3366cc"},
		{"what is no colour", `<meta name=theme-color content="red;}</style>">`, ""},
		{"nowhere", `<p>A`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := l.accents.of(pageOf(l, c.source)); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func pageOf(l *Lightener, source string) *page {
	return &page{url: l.site.public, source: []byte(source), doc: article.Parse([]byte(source)), files: l.site}
}
