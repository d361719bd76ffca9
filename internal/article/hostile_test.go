package article

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// hostile are pages made to be slow. The limit is far above what they take, so
// that only work that grows faster than the page fails.
var hostile = map[string]string{
	"nested divs":                   strings.Repeat("<div>", 1<<20/5),
	"nested inline elements":        strings.Repeat("<b><i>", 1<<20/6),
	"nested lists":                  strings.Repeat("<ul><li>", 1<<20/8),
	"nested tables":                 strings.Repeat("<table><tr><td>", 1<<20/15),
	"nested forms and quotes":       strings.Repeat("<form><blockquote>a", 1<<20/19),
	"a list nested 400 deep":        strings.Repeat("<ul><li>a word ", 200) + strings.Repeat("<p>One sentence more. </p>", 40000),
	"formatting left open":          formatsOpen() + strings.Repeat("<p>x", 300000),
	"stray end tags":                strings.Repeat("a</i>", 200000),
	"text between rows":             "<table>" + strings.Repeat("a<tr>", 200000),
	"bodies with attributes":        strings.Repeat("<body a b c d e f>", 60000),
	"10,000 attributes":             "<p" + manyAttributes(10000) + ">One sentence stands here.</p>",
	"attributes on every element":   strings.Repeat("<p"+manyAttributes(100)+">One sentence stands here.</p>", 800),
	"a huge drawing":                "<article><p>One sentence stands here.</p><svg>" + strings.Repeat(`<path d="M0 0L1 1"/>`, 50000) + "</svg></article>",
	"100,000 siblings":              "<main>" + strings.Repeat("<p>Word word word.</p>", 100000) + "</main>",
	"100,000 asides":                "<main><article>x</article>" + strings.Repeat("<aside>Word word word.</aside>", 100000) + "</main>",
	"100,000 headings of closing":   "<main>" + strings.Repeat("<h2>Related posts</h2><a href=/a>b</a>", 40000) + "</main>",
	"100,000 heading links":         "<main>" + strings.Repeat("<h2><a href=/a>b c</a></h2>", 40000) + "</main>",
	"boxes within boxes of closing": strings.Repeat("<div><h2>Related posts</h2>", 250) + strings.Repeat("<a href=/a>b</a>", 30000),
	"comments within comments":      strings.Repeat("<div class=comment><p>a", 500) + strings.Repeat("<p class=comment>a", 30000),
	"footers within footers":        strings.Repeat("<footer class=meta>", 500) + strings.Repeat("<footer>a</footer>", 30000),
	"pictures only":                 "<article>" + strings.Repeat("<img src=a>", 80000) + "</article>",
	"one word of a million letters": "<p>" + strings.Repeat("a", 1<<20),
	"cards that are links":          strings.Repeat("<a href=/x><div><h3>Title here</h3><p>Some words.</p></div></a>", 15000),
	"cores within cores":            strings.Repeat("<div class=entry-content><main><article>a ", 160) + strings.Repeat("<p>b c d.</p>", 40000),
	"bodies beside side bars":       strings.Repeat("<div class=sidebar>", 300) + strings.Repeat("<p>One sentence stands here, and it is not the last one.</p>", 40) + strings.Repeat("</div>", 300) + strings.Repeat(strings.Repeat("<div class=post-content>", 300)+strings.Repeat("</div>", 300), 80),
	"many cores":                    strings.Repeat("<div><div class=entry-content><p>A word or two.</p></div></div>", 16000),
	"data of JSON nested":           `<script type="application/ld+json">` + strings.Repeat("[", 500000) + "</script><p>One sentence.</p>",
	"a byte order of broken text":   strings.Repeat("\xff\xfe<p>\x00", 100000),
	"templates within templates":    strings.Repeat("<template><svg><math>", 50000),
	"buttons that lead nowhere":     "<article><h1>x</h1>" + strings.Repeat("<p><a class=btn href=#x>a b</a></p>", 25000) + "</article>",
	"headings in boxes":             strings.Repeat("<div>", 400) + strings.Repeat("<div class=b><h3>a b</h3></div>", 30000),
	"a link left open":              "<a href=/x>" + strings.Repeat("<p>One sentence stands here.</a><a href=/x>", 20000),
	"cells of links":                "<table><tr>" + strings.Repeat("<td><a href=/>a</a><br><a href=/>b</a><br><a href=/>c</a><br>d", 12000),
	"imprints":                      strings.Repeat("<div><hr><address>a b c.</address></div>", 25000),
	"options":                       "<select>" + strings.Repeat("<option>a", 100000),
	"noscripts with pictures":       "<main>" + strings.Repeat("<p>Word.</p><img src='data:,'><noscript><img src=b></noscript>", 15000) + "</main>",
}

func formatsOpen() string {
	var b strings.Builder
	for i := range 300 {
		fmt.Fprintf(&b, "<font size=%d>", i)
	}
	return b.String()
}

func manyAttributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " a%d=b", i)
	}
	return b.String()
}

func TestHostilePagesTakeLittleTime(t *testing.T) {
	at := &url.URL{Scheme: "https", Host: "site.example", Path: "/"}
	for name, source := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // one page keeps one core busy
			start := time.Now()
			doc := Parse([]byte(source))
			parsed := time.Since(start)
			p := Extract(doc, at, nil)
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %v", took)
			} else {
				t.Log(parsed, took-parsed, p.Kind, p.Why)
			}
		})
	}
}

// A tree may come from elsewhere than Parse.
func TestATreeOfAnyDepthIsRead(t *testing.T) {
	doc := &html.Node{Type: html.DocumentNode}
	at := doc
	for range 100_000 {
		n := &html.Node{Type: html.ElementNode, Data: "div"}
		at.AppendChild(n)
		at = n
	}
	at.AppendChild(&html.Node{Type: html.TextNode, Data: "One sentence stands below."})
	Extract(doc, nil, nil)
}
