package article

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// sheet is a page of a site whose elements have no names to know them by.
func sheet(n int) []byte {
	return fmt.Appendf(nil, `<html><head><title>Day %d</title></head><body><div>
<div><p>This site is about weather, roofs and the people under them, and it has been so for ten years now.</p></div>
<div><h1>Day %d</h1><p>It rained the same.</p><p>On day number %d the wind came from the side of the barn and took %d tiles with it.</p></div>
<div><p>Send us your tiles. We keep them in the barn until the owner comes, and we do not ask any questions about them.</p></div>
</div></body></html>`, n, n, n, n)
}

func TestWhatStandsOnManyPagesIsNoText(t *testing.T) {
	tm := NewTemplate()
	for n := range 20 {
		tm.Add(Parse(sheet(n)))
	}
	p := Extract(Parse(sheet(7)), &url.URL{Scheme: "https", Host: "site.example", Path: "/7"}, tm)
	got := strings.Join(textOf(p.Body), " ")
	if want := "On day number 7 the wind came from the side of the barn and took 7 tiles with it."; p.Kind != Post || !strings.Contains(got, want) || strings.Contains(got, "ten years") || strings.Contains(got, "Send us") || !strings.Contains(got, "It rained the same.") {
		t.Errorf("kind %d (%s): %s", p.Kind, p.Why, got)
	}
}

func TestWordsThatBeginEveryPostAreKept(t *testing.T) {
	post := func(n int) []byte {
		return fmt.Appendf(nil, `<title>%d</title><main><article><h1>Post %d</h1><div class="entry-content"><p>Dear reader.</p><p>This is letter %d.</p><div class="cta-box"><p>Buy the book <a href="/book">here</a>.</p></div></div></article></main>`, n, n, n)
	}
	tm := NewTemplate()
	for n := range 20 {
		tm.Add(Parse(post(n)))
	}
	p := Extract(Parse(post(3)), &url.URL{Scheme: "https", Host: "site.example", Path: "/3"}, tm)
	if got := strings.Join(textOf(p.Body), " "); got != "Dear reader. This is letter 3." {
		t.Error(got)
	}
}

func TestATemplateForgetsNothingItNeedsWhenFull(t *testing.T) {
	tm := NewTemplate()
	for n := range 3 {
		tm.Add(Parse(fmt.Appendf(nil, "<p>On all pages.<p>On page %d.", n)))
	}
	if !tm.repeats("On all pages.") || tm.repeats("On page 1.") || (*Template)(nil).repeats("") {
		t.Error("the wrong texts repeat")
	}
}
