package integration

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// What a lite page keeps of a page apart from its sentences. Attributes may
// stand with or without quotes, so that only their values are looked for.
var keptOnLite = []struct {
	page, what string
	oneOf      []string // parts of the HTML, one of which must be there
}{
	{"contact-page", "the form", []string{"<textarea"}},
	{"contact-page", "where the form goes", []string{"/send"}},
	{"mathml-lens", "a formula in MathML", []string{"<math", `\frac{1}{f}`}},
	{"hugo-sums-latex", "a formula in LaTeX", []string{`\sum_{i=1}^{n}`}},
	{"video-embeds", "a link to the embedded video", []string{"https://video.example.net/embed/trout"}},
	{"video-embeds", "a link to the film", []string{"https://media.example.net/bench.mp4"}},
	{"video-embeds", "a link to the sound", []string{"https://media.example.net/weir.mp3"}},
	{"lazy-images", "a link to a picture that waits for a script", []string{"/pictures/wheel.jpg"}},
	{"lazy-images", "a link to a picture without a figure", []string{"/pictures/chain.jpg"}},
	{"amp-storm", "a link to a picture in another element", []string{"/pictures/storm.jpg"}},
	{"data-tables", "a table", []string{"<table"}},
	{"data-tables", "a cell over five columns", []string{"colspan=5", `colspan="5"`}},
	{"code-heavy-tide", "the tabs of code", []string{"\t\tfirst = first.Add(moon)"}},
	{"jekyll-code-gauge", "the tabs of code beside line numbers", []string{"\t\t\tcontinue", "\t\t\t<span"}},
	{"pre-text", "columns of plain text", []string{"        |  house  |--------|  lane  |"}},
	{"poem-tide", "the lines of a poem", []string{"rent,<br", "rent,\n"}},
	{"hebrew-library", "a phrase in the other direction", []string{"dir=ltr", `dir="ltr"`}},
	{"japanese-soba", "a word with its reading", []string{"<rt>だし"}},
	{"nested-lists-quotes", "what an abbreviation stands for", []string{"Back Room Chess Club"}},
	{"nested-lists-quotes", "a number below the line", []string{"<sub>2"}},
	{"newspaper-weir", "a caption", []string{"<figcaption"}},
	{"wp-classic-bread", "the way home", []string{"href=/ ", `href="/"`, "href=/>", savedHost + "/"}},
	{"wp-classic-bread", "the way to the page about it", []string{"about-page.html"}},
	{"wp-classic-bread", "the way to its owner", []string{"contact-page.html"}},
	{"wp-classic-bread", "the feed", []string{"feed.xml"}},
	{"french-market", "the page in full", []string{"?full"}},
}

func TestALitePageKeepsMoreThanSentences(t *testing.T) {
	_, site := savedRenditions(t)
	lost := 0
	for _, c := range keptOnLite {
		t.Run(c.page+": "+c.what, func(t *testing.T) {
			lite := ask(t, site, "/"+c.page+".html", "lite")
			for _, part := range c.oneOf {
				if strings.Contains(lite.page, part) {
					return
				}
			}
			lost++
			t.Errorf("none of %q", c.oneOf)
		})
	}
	t.Logf("bar: kept on lite  %d things that are no sentences, %d lost, at most 0", len(keptOnLite), lost)
}

// Scripts and handlers have no place in what holds a stranger's text.
func TestALitePageRunsNothing(t *testing.T) {
	all, site := savedRenditions(t)
	for _, k := range all {
		lite := ask(t, site, "/"+k.name+".html", "lite")
		if unsure(t, site, "/"+k.name+".html", lite) {
			continue
		}
		for n := range lite.root.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			switch n.Data {
			case "script":
				if !slices.Contains(n.Attr, html.Attribute{Key: "type", Val: "application/ld+json"}) {
					t.Errorf("%s: a script", k.name)
				}
			case "iframe", "object", "embed":
				t.Errorf("%s: an element %s", k.name, n.Data)
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:") {
					t.Errorf("%s: %s=%q", k.name, a.Key, a.Val)
				}
			}
		}
	}
}
