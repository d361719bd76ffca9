package rehearse

import (
	"net/url"
	"slices"
	"testing"
)

var page, _ = url.Parse("https://blog.example.org/hello/")

func TestABrowserLoadsWhatThePageNamesInItsOrder(t *testing.T) {
	const home = "https://blog.example.org"
	tests := []struct {
		name, page string
		want       []string
	}{
		{"nothing", "<p>hello", nil},
		{"style before script before pictures", `<img src=/a.png><script src="b.js"></script><link rel=stylesheet href=../c.css>`, []string{home + "/c.css", home + "/hello/b.js", home + "/a.png"}},
		{"what is out of sight comes last", `<link rel="shortcut icon" href=/i.ico><img loading=LAZY src=/a.png><img src=/b.png>`, []string{home + "/b.png", home + "/i.ico", home + "/a.png"}},
		{"once what stands twice", `<img src=/a.png#x><img src="https://blog.example.org/a.png">`, []string{home + "/a.png"}},
		{"not what others have", `<script src="https://cdn.example.com/x.js"></script><img src="data:image/gif;base64,R0"><img src="">`, nil},
		{"links that lead and links that load", `<link rel=canonical href=/x><link rel=preload href=/f.woff2><link rel=alternate href=/feed>`, []string{home + "/f.woff2"}},
		{"the candidate that is wide enough", `<img src=/s.png srcset="/a.png 480w, /b.png 1024w, /c.png 2048w">`, []string{home + "/b.png"}},
		{"else the widest", `<img srcset="/a.png 480w, /b.png 800w">`, []string{home + "/b.png"}},
		{"the first source of a picture", `<picture><source srcset="/a.avif"><source srcset="/a.webp"><img src="/a.jpg"></picture><img src=/b.jpg>`, []string{home + "/a.avif", home + "/b.jpg"}},
		{"no source, no choice", `<picture><img src="/a.jpg"></picture>`, []string{home + "/a.jpg"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, a := range assetsOf([]byte(test.page), page) {
				got = append(got, a.url)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("loads %v\nwant  %v", got, test.want)
			}
		})
	}
}

func TestAPreviewTakesThePictureThatStandsForThePage(t *testing.T) {
	for name, test := range map[string][2]string{
		"on the same host":     {`<meta property="og:image" content="/a.png">`, "https://blog.example.org/a.png"},
		"of another scheme":    {`<meta property=OG:image content="http://blog.example.org/a.png">`, "https://blog.example.org/a.png"},
		"on another host":      {`<meta property="og:image" content="https://cdn.example.com/a.png">`, ""},
		"none":                 {`<meta property="og:title" content="a"><img src=/a.png>`, ""},
		"no address":           {`<meta property="og:image" content="https://[">`, ""},
		"the first of several": {`<meta property="og:image" content="/a.png"><meta property="og:image" content="/b.png">`, "https://blog.example.org/a.png"},
	} {
		if got := openGraphImage([]byte(test[0]), page); got != test[1] {
			t.Errorf("%s: %q, want %q", name, got, test[1])
		}
	}
}

func FuzzAssetsOf(f *testing.F) {
	f.Add(`<picture><source srcset="a 1x, b 2x"><img src=x srcset=", ,"></picture><link rel="stylesheet icon" href="//h/x">`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, a := range assetsOf([]byte(text), page) {
			if u, err := url.Parse(a.url); err != nil || u.Host != page.Host {
				t.Errorf("%q leads elsewhere: %v", a.url, err)
			}
		}
		openGraphImage([]byte(text), page)
	})
}
