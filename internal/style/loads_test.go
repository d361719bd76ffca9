package style

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestASheetLoadsWhatThePageShows(t *testing.T) {
	base, _ := url.Parse("https://a.example/css/main.css")
	for _, c := range []struct {
		name, css string
		want      []string
	}{
		{"the picture behind an element", "h1{background:url(a.png)}", []string{"/css/a.png"}},
		{"none behind an element that is not there", "h2{background:url(a.png)}", nil},
		{"none under a pointer", "h1:hover{background:url(a.png)}", nil},
		{"that of a part of it", `h1::before{content:url("/b.svg")}`, []string{"/b.svg"}},
		{"for this screen", "@media (min-width:1000px){h1{background:url(a.png)}}", []string{"/css/a.png"}},
		{"not for paper", "@media print{h1{background:url(a.png)}}", nil},
		{"in a rule within a rule", "body{h1{background:url(a.png)}}", []string{"/css/a.png"}},
		{"of a set the one for common screens", "h1{background:image-set(url(b.png) 2x,url(a.png) 1x)}", []string{"/css/a.png"}},
		{"of a set without that the first", "h1{background:-webkit-image-set(url(b.png) 2x,url(c.png) 3x) , url(d.png)}", []string{"/css/b.png", "/css/d.png"}},
		{"of two declarations the last", "h1{background:url(b.png);background:url(a.png)}", []string{"/css/a.png"}},
		{"not what a custom property only mentions", "h1{--x:url(a.png)}", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, err := html.Parse(strings.NewReader("<!doctype html><body><h1>A</h1>"))
			if err != nil {
				t.Fatal(err)
			}
			set, err := Read([]Sheet{{Text: c.css, Base: base}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, u := range set.Loads(doc, func(q string) bool { return !strings.Contains(q, "print") }).Pictures {
				got = append(got, u.Path)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("loads %q, want %q", got, c.want)
			}
		})
	}
}

func TestFacesAreReadWithWhatTheyAreFor(t *testing.T) {
	base, _ := url.Parse("https://a.example/css/main.css")
	doc, _ := html.Parse(strings.NewReader("<!doctype html><body><h1>A</h1>"))
	set, err := Read([]Sheet{{Base: base, Text: `@font-face{font-family:"Lora";font-weight:700;font-style:Italic;unicode-range:U+0-FF;` +
		`src:url(lora.woff2) format("woff2"),url(lora.woff)}@font-face{font-family:Here;src:local("Arial")}h1{font:italic bold 2em Lora,serif}`}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := set.Loads(doc, func(string) bool { return true })
	if len(got.Faces) != 1 || got.Faces[0].Family != "lora" || got.Faces[0].Weight != "700" || got.Faces[0].Style != "italic" ||
		!strings.EqualFold(got.Faces[0].Range, "u+0-ff") || len(got.Faces[0].Sources) != 2 {
		t.Errorf("faces are %+v", got.Faces)
	}
	if !strings.Contains(got.Families, "lora") || !got.Bold || !got.Italic {
		t.Errorf("fonts in use: %q, bold %t, italic %t", got.Families, got.Bold, got.Italic)
	}
}
