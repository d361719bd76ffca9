package slim

import (
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// FuzzSlim holds every page to one promise: it says the same words as before.
func FuzzSlim(f *testing.F) {
	for _, s := range []string{
		"<p>one two three<script>x.classList</script> four<style>p{a:b}</style>",
		"<img src=/a.jpg srcset='/b.jpg 2x, /a.jpg 100w' sizes='(max-width: 3px) 1px, 2px'>words",
		"<noscript><img src=/a.jpg>no</noscript><p style='background:url(/a.jpg)'>a<!-- c --> b",
		"<style></style><link rel=stylesheet href=/s.css><table><p>x</table><pre>\n\n a </pre>",
		"<svg><image href=/a.jpg /><style>a{}</style></svg><video poster=/a.jpg>v</video>",
		"<base href=//x.org/><a href=y>z</a><textarea> <b> </textarea><select><option>o</select>",
		"<template><style>a{}</style><p>t</template><math><mi>x</mi></math><img data-src=/a.jpg class=lazyload>",
	} {
		f.Add(s)
	}
	site := slimSite{"/a.jpg": "1600x900", "/b.jpg": "10x10", "/s.css": "p{background:url(a.jpg)}@import 's.css';"}
	f.Fuzz(func(t *testing.T, source string) {
		low := strings.ToLower(source)
		if len(source) > 5_000 || strings.Contains(low, "<iframe") || strings.Contains(low, "<embed") || strings.Contains(low, "<plaintext") {
			return
		}
		doc, err := html.Parse(strings.NewReader(source))
		if err != nil {
			return
		}
		p := &Page{URL: &url.URL{Scheme: "https", Host: "e.org", Path: "/"}, Doc: doc, Files: site}
		out, err := p.Slim(site)
		if err != nil {
			t.Fatal(err)
		}
		if out == nil {
			return
		}
		var again strings.Builder
		if err := html.Render(&again, doc); err != nil {
			return
		}
		if before, after := said(t, again.String()), said(t, string(out)); before != after {
			t.Errorf("of %q\nsaid  %q\nsays  %q\nas %q", source, before, after, out)
		}
	})
}

// said returns the words that visitors read.
func said(t *testing.T, source string) string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(source))
	if err != nil {
		return ""
	}
	var text strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			text.WriteString(n.Data)
		case n.DataAtom == atom.Script || n.DataAtom == atom.Style || n.DataAtom == atom.Noscript:
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(doc)
	return strings.Join(strings.Fields(text.String()), " ")
}

func TestHostilePagesEnd(t *testing.T) {
	for _, c := range []struct{ name, page string }{
		{"a megabyte of tags, many inside each other", strings.Repeat("<div><b>", 120) + strings.Repeat("<i></i>", 130_000)},
		{"ten thousand attributes", "<p " + strings.Repeat("a b c=d e1 ", 10_000) + ">"},
		{"many elements with many rules", strings.Repeat("<p class=a>", 400) + strings.Repeat("<i class=a></i>", 20_000) + "<style>" + strings.Repeat(".a .a .a .a .a .b,i~i~i+i .b{x:y}", 5_000) + "</style>"},
		{"everything, often", strings.Repeat("<i></i>", 20_000) + "<style>" + strings.Repeat("*>*~*{white-space:pre;height:1px}", 20_000) + "</style>"},
		{"a selector of ten thousand parts", "<style>" + strings.Repeat("p ", 10_000) + "b{x:y}" + strings.Repeat(":is(", 10_000) + "{x:y}</style><p>x y z"},
		{"blocks inside blocks", "<style>" + strings.Repeat("a{@media x{", 50_000) + "</style><p>x y z"},
		{"brackets inside brackets", "<style>a{b:" + strings.Repeat("([{", 100_000) + "</style><p>x y z"},
		{"classes without end", `<p class="` + strings.Repeat("a b c ", 100_000) + `">x<style>` + strings.Repeat(".a.b.c.d{x:y}", 10_000) + "</style>"},
		{"thousands of pictures", strings.Repeat("<img src=/a.jpg><img src=/b.jpg srcset='"+strings.Repeat("/a.jpg 1w,", 50)+"'>", 3_000)},
		{"a script of strings", "<button class=menu-x>x y z</button><script>document.querySelector(" + strings.Repeat(`"a b c",`, 900) + ")</script>"},
		{"a set of spaces", `<img srcset="` + strings.Repeat(" ,\t", 100_000) + `" sizes="` + strings.Repeat("(,", 100_000) + `">`},
	} {
		t.Run(c.name, func(t *testing.T) {
			slimmed(t, slimSite{"/a.jpg": "1600x900", "/b.jpg": "9x9"}, c.page)
		})
	}
}
