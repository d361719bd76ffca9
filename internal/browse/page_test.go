package browse

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

func pageOf(t *testing.T, source string) *Page {
	t.Helper()
	at, err := url.Parse("https://a.example/blog/")
	if err != nil {
		t.Fatal(err)
	}
	return Read(at, []byte("<!doctype html>"+source), "text/html; charset=utf-8")
}

func TestAPageAsksForWhatItShows(t *testing.T) {
	for _, c := range []struct {
		name, source string
		want         []string // kind and path
	}{
		{"a style sheet", `<link rel=stylesheet href=a.css>`, []string{"css /blog/a.css"}},
		{"one for paper too, as browsers do", `<link rel=stylesheet media=print href=a.css>`, []string{"css /blog/a.css"}},
		{"no other one to choose", `<link rel="alternate stylesheet" href=a.css>`, nil},
		{"a script", `<script src=/a.js></script>`, []string{"js /a.js"}},
		{"a module, not what old browsers get", `<script type=module src=a.mjs></script><script nomodule src=old.js></script>`, []string{"js /blog/a.mjs"}},
		{"no data that is called a script", `<script type=application/json src=a.json></script>`, nil},
		{"a picture", `<img src=a.png alt="">`, []string{"images /blog/a.png"}},
		{"one picture of a set", `<img src=a.png srcset="b.png 800w, c.png 1600w" sizes=800px>`, []string{"images /blog/b.png"}},
		{"the first source that fits", `<picture><source media=print srcset=p.png><source type=image/jxl srcset=j.jxl>` +
			`<source type=image/webp srcset=w.webp><img src=a.png></picture>`, []string{"images /blog/w.webp"}},
		{"the picture itself where no source fits", `<picture><source media=print srcset=p.png><img src=a.png></picture>`, []string{"images /blog/a.png"}},
		{"a later picture, marked so", `<img loading=lazy src=a.png>`, []string{"lazy images /blog/a.png"}},
		{"one that a script brings later", `<img src="data:," data-src=a.png data-srcset="b.png 683w" sizes=50vw>`, []string{"lazy images /blog/b.png"}},
		{"the manifest", `<link rel=manifest href=/m.json>`, []string{"other /m.json"}},
		{"what a style attribute draws", `<div style="background:url(b.png)">`, []string{"images /blog/b.png"}},
		{"what is preloaded", `<link rel=preload as=font href=a.woff2>`, []string{"fonts /blog/a.woff2"}},
		{"not what is preloaded for paper", `<link rel=preload as=image media=print href=a.png>`, nil},
		{"the poster of a film", `<video poster=p.jpg src=a.mp4>`, []string{"images /blog/p.jpg"}},
		{"a page in the page", `<iframe src=/f.html></iframe>`, []string{"html /f.html"}},
		{"nothing in a template", `<template><img src=a.png></template>`, nil},
		{"nothing for who has no scripts", `<noscript><img src=a.png></noscript>`, nil},
		{"nothing of data", `<img src="data:image/png;base64,AA">`, nil},
		{"relative to a base", `<base href=/other/><img src=a.png>`, []string{"images /other/a.png"}},
		{"without the fragment", `<img src="a.svg#one">`, []string{"images /blog/a.svg"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, w := range pageOf(t, c.source).Wants {
				said := w.Kind + " " + w.URL.Path
				if w.Lazy {
					said = "lazy " + said
				}
				got = append(got, said)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("asks for %q, want %q", got, c.want)
			}
		})
	}
}

func TestThePictureOfTheTabIsChosen(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"the root's, where the page has none", ``, "/favicon.ico"},
		{"the only one", `<link rel=icon href=a.png>`, "/blog/a.png"},
		{"the one of 32 dots", `<link rel=icon sizes=192x192 href=big.png><link rel=icon sizes=32x32 href=a.png>`, "/blog/a.png"},
		{"not that of a telephone", `<link rel=apple-touch-icon href=big.png>`, "/favicon.ico"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := pageOf(t, c.source)
			p.Icon()
			if p.IconURL == nil || p.IconURL.Path != c.want {
				t.Errorf("the icon is %v, want %s", p.IconURL, c.want)
			}
		})
	}
}

func TestPicturesWithoutWordsAreNamed(t *testing.T) {
	p := pageOf(t, `<img src=a.png><img src=b.png alt=""><img src=c.png alt=words><img src=d.png role=presentation>`)
	if !slices.Equal(p.NoAlt, []string{"a.png"}) || p.Images != 4 {
		t.Errorf("of %d pictures %q have no words", p.Images, p.NoAlt)
	}
}

func TestPagesInOtherCharsetsAreRead(t *testing.T) {
	at, _ := url.Parse("https://a.example/")
	for _, c := range []struct{ name, source, contentType string }{
		{"Latin 1 by its header", "<img src=\"caf\xe9.png\">", "text/html; charset=iso-8859-1"},
		{"Latin 1 by its head", "<meta charset=windows-1252><img src=\"caf\xe9.png\">", "text/html"},
		{"UTF-16 by its mark", "\xff\xfe" + utf16le(`<img src="café.png">`), "text/html"},
		{"UTF-8", `<meta charset=utf-8><img src="café.png">`, "text/html"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := Read(at, []byte(c.source), c.contentType)
			if len(p.Wants) != 1 || p.Wants[0].URL.Path != "/café.png" {
				t.Errorf("asks for %v", p.Wants)
			}
		})
	}
}

func utf16le(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteByte(byte(r))
		b.WriteByte(byte(r >> 8))
	}
	return b.String()
}

func FuzzReadPage(f *testing.F) {
	for _, s := range []string{`<img srcset=",,a 1w" sizes="("`, `<link rel=icon href=":">`, `<base href="http://["><a>`, "\xff\xfe<"} {
		f.Add([]byte(s), "text/html")
	}
	at, _ := url.Parse("https://a.example/")
	f.Fuzz(func(t *testing.T, source []byte, contentType string) {
		p := Read(at, source, contentType)
		p.Icon()
		for _, w := range p.Wants {
			if w.URL == nil || w.URL.Host == "" || w.URL.Scheme != "http" && w.URL.Scheme != "https" {
				t.Errorf("wants %v, which nobody can be asked for", w.URL)
			}
		}
	})
}
