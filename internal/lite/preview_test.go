package lite

import (
	"strings"
	"testing"

	"buzzproof/internal/article"
)

func TestAPreviewSaysWhatThePageSaysOfItself(t *testing.T) {
	p := aPage(t, `<p>Text <a rel=me href=https://social.example/@ann>me</a></p><img src=/pictures/bridge.jpg alt="A bridge">`)
	p.Doc = parsed(t, `<!DOCTYPE html><head><title>A post</title><link rel=canonical href="https://blog.example/2026/a-post/"><meta name=description content="What it is <about>">
		<link rel=alternate type="application/json+oembed" href="/oembed?url=x" title=oEmbed><link rel=alternate type=application/rss+xml href=/feed>
		<link rel=alternate type="application/activity+json" href=/?p=7><meta name=fediverse:creator content=@ann@social.example><meta name=robots content=noindex>
		<meta name=twitter:card content=summary><meta property=og:image content=https://elsewhere.example/x.jpg><link rel=stylesheet href=/s.css><link rel=preload href=/x>
		<script type="application/ld+json">{"headline":"A </script>", "author":"Ann"}</script><script>alert(1)</script>`)
	data, picture, err := p.Preview()
	if err != nil {
		t.Fatal(err)
	}
	got := string(data)
	for _, want := range []string{
		`<link rel=canonical href=https://blog.example/2026/a-post/>`, `<meta name=robots content=noindex>`,
		`<meta name=description content="What it is &lt;about&gt;">`, `<meta property=og:description content="What it is &lt;about&gt;">`,
		`<link rel=alternate type=application/json+oembed href="/oembed?url=x" title=oEmbed>`, `<link rel=alternate type=application/rss+xml href=/feed>`,
		`<link rel=alternate type=application/activity+json href="/?p=7">`, `<meta name=fediverse:creator content=@ann@social.example>`,
		`<meta name=twitter:card content=summary>`, `<meta property=og:image content="https://blog.example/2026/a-post/?preview=image">`,
		`<meta property=og:image:alt content="A bridge">`, `<meta property=article:published_time content=2026-11-02T09:30:00Z>`, `<h1 class=p-name>A post</h1>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	for _, never := range []string{"alert", "stylesheet", "preload", "elsewhere"} {
		if strings.Contains(got, never) {
			t.Errorf("%s in\n%s", never, got)
		}
	}
	if picture == nil || picture.URL != "/pictures/bridge.jpg" {
		t.Errorf("the picture is %v", picture)
	}
	if size := len(p.Pack(data)); size > 1500 {
		t.Errorf("%d bytes", size)
	}
}

func TestEveryPageHasAPreview(t *testing.T) {
	p := aPage(t, "")
	p.Said = &article.Page{Kind: article.Unsure, Why: "too little text"}
	p.Doc = parsed(t, `<title>A <b>shop</title><meta property=og:description content="Things to buy"><script type="application/ld+json">{"a":"</style><script>"}</script>`)
	data, picture, err := p.Preview()
	if err != nil || picture != nil {
		t.Fatal(err, picture)
	}
	for _, want := range []string{`<title>A &lt;b>shop</title>`, `Things to buy`, `{"a":"\u003c/style\u003e\u003cscript\u003e"}`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("no %s in\n%s", want, data)
		}
	}
	if strings.Contains(string(data), "og:image") {
		t.Errorf("a picture in\n%s", data)
	}
}
