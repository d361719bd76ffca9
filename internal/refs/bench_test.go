package refs

import (
	"fmt"
	"strings"
	"testing"
)

// benchPage is like the page of a post in a common theme: 10 KB, 60 links.
func benchPage() []byte {
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>A post</title>\n")
	b.WriteString(`<link rel="stylesheet" type="text/css" href="/assets/built/screen.css?v=9f2c"><script src="/assets/built/casper.js?v=9f2c" defer></script>`)
	b.WriteString(`<script>var api = "http://localhost:2368/ghost/api/"; function f(a) { return a < 3 && "x"; }</script>`)
	for i := range 50 {
		fmt.Fprintf(&b, "<article class=\"post-card post tag-%d\" id=\"p%d\">\n<a class=\"post-card-link\" href=\"/post-%d/?a=1&amp;b=2\">"+
			"<h2 title=\"heading\">Heading %d &amp; more</h2></a>\n<p class=\"excerpt\">Some words that nobody reads, but that fill a line.</p>\n</article>\n", i, i, i, i)
	}
	for i := range 5 {
		fmt.Fprintf(&b, `<img srcset="/content/images/size/w300/i%d.jpg 300w, /content/images/size/w600/i%d.jpg 600w" sizes="50vw" src="/content/images/i%d.jpg" alt="x">`, i, i, i)
	}
	return []byte(b.String())
}

func BenchmarkHTML(b *testing.B) {
	doc := benchPage()
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		HTML(doc, page, func(Ref) Edit { return Keep() })
	}
}

func BenchmarkHTMLRewriting(b *testing.B) {
	doc := benchPage()
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		HTML(doc, page, func(r Ref) Edit { return Set(r.URL.Path) })
	}
}
