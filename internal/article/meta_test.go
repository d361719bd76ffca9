package article

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

func extract(source string) *Page {
	return Extract(Parse([]byte(source)), &url.URL{Scheme: "https", Host: "site.example", Path: "/posts/here/"}, nil)
}

const bodyOfPost = `<article><h1>On tea</h1><div class="entry-content"><p>Tea came late to the island.</p></div></article>`

func TestWhatThePageSaysOfItself(t *testing.T) {
	p := extract(`<html lang="en_GB"><head><title>On tea | Leaves</title><base href="/posts/">
<meta property="og:site_name" content="Leaves"><meta name="description" content="Of tea."><meta name="author" content="Ann">
<meta property="article:published_time" content="2020-01-02T03:04:05+01:00"><meta property="article:modified_time" content="2020-02-03">
<link rel="alternate" type="application/rss+xml" title="Feed" href="/feed.xml"><link rel="alternate" hreflang="fr" href="/fr">
<link rel="prev" href="older/"></head><body><header><a class="logo" href="/">Leaves</a><nav><a href="/">Home</a><a href="/about/">About us</a><a href="/contact">Write to us</a><a href="https://elsewhere.example/">Else</a></nav></header>` + bodyOfPost + `<nav><a rel="next" href="newer/">Next: Coffee</a></nav></body></html>`)
	for _, c := range []struct{ what, got, want string }{
		{"title", p.Title, "On tea"},
		{"site", p.Site, "Leaves"},
		{"summary", p.Summary, "Of tea."},
		{"author", p.Author, "Ann"},
		{"language", p.Lang, "en-GB"},
		{"published", p.Published.Format(time.RFC3339), "2020-01-02T03:04:05+01:00"},
		{"modified", p.Modified.Format(time.DateOnly), "2020-02-03"},
		{"home", p.Home.URL.String(), "https://site.example/"},
		{"about", p.About.URL.String(), "https://site.example/about/"},
		{"contact", p.Contact.URL.String(), "https://site.example/contact"},
		{"previous", p.Previous.URL.String(), "https://site.example/posts/older/"},
		{"next", p.Next.URL.String(), "https://site.example/posts/newer/"},
		{"feed", p.Feeds[0].URL.String(), "https://site.example/feed.xml"},
	} {
		if c.got != c.want {
			t.Errorf("%s is %q, not %q", c.what, c.got, c.want)
		}
	}
	if len(p.Menu) != 3 || len(p.Feeds) != 1 {
		t.Errorf("menu %v, feeds %v", p.Menu, p.Feeds)
	}
}

func TestTitles(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"a heading", bodyOfPost, "On tea"},
		{"the head alone", `<title>On tea - Leaves</title><p>Tea came late.</p>`, "On tea"},
		{"the site first", `<meta property="og:site_name" content="Leaves"><title>Leaves: x | On tea</title><p>Tea came late.</p>`, "Leaves: x"},
		{"the name of the site is no title", `<title>Leaves | On tea</title><meta property="og:site_name" content="Leaves"><p>Tea came late.</p>`, "On tea"},
		{"a logo is no title", `<title>On tea</title><header><h1 class="logo"><a href="/">Leaves</a></h1></header><main><h2>On tea</h2><p>Tea came late.</p></main>`, "On tea"},
		{"data for machines", `<script type="application/ld+json">[{"@type":"NewsArticle","headline":"On tea &amp; milk"}]</script><p>Tea came late.</p>`, "On tea & milk"},
	} {
		if got := extract(c.source).Title; got != c.want {
			t.Errorf("%s: %q, not %q", c.name, got, c.want)
		}
	}
}

func TestWordsAndScripts(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "one": 1, "It’s a well-known fact.": 4, "书店里没有人": 3, "a 书店": 2, "...": 0, "été là": 2,
	} {
		if got := words(text); got != want {
			t.Errorf("%q has %d words, not %d", text, got, want)
		}
	}
	if direction("שלום abc עולם") != "rtl" || direction("hello שלום again") != "" {
		t.Error("direction")
	}
}

func TestPicturesThatWaitForScripts(t *testing.T) {
	p := extract(`<article><h1>Kites</h1><p>We flew four.</p><p><img class="lazy" src="data:," data-src="a.jpg" id="k"></p><p><img src="data:,"><noscript><img src="b.jpg"></noscript></p><p><img src="c.jpg"><noscript><img src="pixel.gif"></noscript></p></article>`)
	var got []string
	for n := p.Body; n != nil; n = next(n, p.Body) {
		if n.Data == "img" {
			got = append(got, attr(n, "src"))
		}
	}
	if len(got) != 3 || got[0] != "a.jpg" || got[1] != "b.jpg" || got[2] != "c.jpg" {
		t.Error(got)
	}
}

func TestARefusedPageSaysWhy(t *testing.T) {
	if p := Extract(refuse("its tags are tangled"), nil, nil); p.Kind != Unsure || p.Why != "its tags are tangled" {
		t.Error(p.Kind, p.Why)
	}
}

func TestAPageThatContradictsItselfIsUnsure(t *testing.T) {
	half := strings.Repeat("<p>The rain fell on the roof and on the road behind the mill.</p>", 6)
	p := extract("<article><h1>Rain</h1>" + half + "</article><div><p>Snow, on the other hand, stays where it falls.</p>" + half + "</div>")
	if p.Kind != Unsure || p.Body != nil || p.Readable <= p.Kept || !strings.Contains(p.Why, "kept 78 of 165 words") {
		t.Error(p.Kind, p.Kept, p.Readable, p.Why)
	}
}
