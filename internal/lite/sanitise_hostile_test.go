package lite

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/net/html"

	"buzzproof/internal/article"
	"buzzproof/internal/coding"
)

// allowed is what may be in a rendition, written down a second time.
var allowed = func() map[string][]string {
	m := map[string][]string{
		"html": nil, "head": nil, "body": nil, "title": nil, "style": nil, "meta": {"charset", "name", "content", "property"},
		"link": {"rel", "href", "type", "title"}, "header": nil, "main": nil, "nav": {"aria-label"}, "footer": nil, "section": nil,
		"a": {"href"}, "abbr": {"title"}, "time": {"datetime"}, "ol": {"start", "type", "reversed"}, "li": {"value"},
		"td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan", "scope"}, "div": {"role", "tabindex", "aria-label"},
		"pre": {"tabindex"}, "details": {"open"}, "form": {"action", "method"}, "input": {"type", "name", "value", "required"},
		"textarea": {"name", "required"}, "select": {"name"}, "option": {"value"}, "button": {"name", "value"},
		"math": {"display"}, "mstyle": {"displaystyle"}, "mo": {"stretchy"}, "mover": {"accent"}, "mfrac": {"linethickness"},
		"mspace": {"width"}, "mi": {"mathvariant"},
	}
	for _, name := range strings.Fields(`h1 h2 h3 h4 h5 h6 p ul dl dt dd blockquote figure figcaption table tbody tr caption summary hr br wbr
		b bdi bdo cite code del s dfn em i ins kbd mark q samp small span strong sub sup u var ruby rt rp label
		mrow msqrt merror mpadded mphantom mroot msub msup munder msubsup munderover mtable mtr mtd mn ms mtext`) {
		m[name] = nil
	}
	for name := range m {
		m[name] = append(m[name], "id", "lang", "dir")
	}
	return m
}()

// harmless says what is wrong with a rendition, "" for nothing.
func harmless(data []byte) string {
	doc, err := html.Parse(bytes.NewReader(data))
	if err != nil {
		return err.Error()
	}
	ids := map[string]bool{}
	for n := range doc.Descendants() {
		if n.Type == html.CommentNode {
			return "a comment"
		}
		if n.Type != html.ElementNode {
			continue
		}
		attrs, known := allowed[n.Data]
		if !known || n.Namespace == "svg" || n.Namespace == "math" != (arity[n.Data] != 0 || slices.Contains([]string{"mi", "mn", "mo", "ms", "mtext", "mspace"}, n.Data)) {
			return "element " + n.Data + " in " + n.Namespace
		}
		for _, a := range n.Attr {
			if !slices.Contains(attrs, a.Key) || a.Namespace != "" {
				return "attribute " + a.Key + " of " + n.Data
			}
			if a.Key == "id" && ids[a.Val] {
				return "id twice: " + a.Val
			}
			ids[a.Val] = ids[a.Val] || a.Key == "id"
			if a.Key == "href" || a.Key == "action" {
				u, err := url.Parse(a.Val)
				if err != nil || u.Scheme != "" && !schemes[strings.ToLower(u.Scheme)] && a.Val != "data:," {
					return "reference " + a.Val
				}
			}
		}
	}
	again := &bytes.Buffer{}
	if err := html.Render(again, doc); err != nil {
		return err.Error()
	}
	second, err := html.Parse(again)
	if err != nil {
		return err.Error()
	}
	if a, b := shape(doc), shape(second); a != b {
		return "another document when read again:\n" + a + "\n" + b
	}
	return ""
}

// shape spells the tree of a document.
func shape(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		fmt.Fprintf(&b, "%d %s %q\n", c.Type, c.Data, c.Attr)
	}
	return b.String()
}

func TestNothingOfAStrangerRuns(t *testing.T) {
	for _, test := range []struct{ sentence, body, want string }{
		{"a script", `A<script>alert(1)</script>B`, `<p>AB`},
		{"a script in an alternative text", `<p>A <img src=x.png alt="<script>alert(1)</script>"> B</p>`, `<p>A <a href=x.png>&lt;script>alert(1)&lt;/script></a> B`},
		{"a quote that leaves an attribute", `<abbr title='"onclick=x>'>A</abbr>`, `<p><abbr title="&quot;onclick=x&gt;">A</abbr>`},
		{"handlers of events", `<p onclick=x() style="x:y" class=z>A`, `<p>A`},
		{"a link that is a script", `<a href="javascript:x()">A</a><a href=" JaVa&#10;Script&colon;x()">B</a><a href="&#1;javascript:x">C</a>`, `<p>ABC`},
		{"a link that is a document", `<a href="data:text/html,x">A</a><a href="vbscript:x">B</a><a href="blob:x">C</a>`, `<p>ABC`},
		{"a drawing that loads", `<svg onload=x()><script>x()</script><a href="javascript:x"><text>A</text></a></svg>`, `<p>A`},
		{"a document that changes when read again", `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=x&gt;">`, ``},
		{"an integration point", `<math><annotation-xml encoding="text/html"><p>A</p><script>x()</script></annotation-xml></math>`, `<p>A`},
		{"links in formulas", `<math><mi href="javascript:x" xlink:href="javascript:x">a</mi></math>`, `<p><math><mi>a</mi></math>`},
		{"a base", `<base href="//evil.example/"><p>A`, `<p>A`},
		{"a style", `<style>p{background:url(//evil)}</style><p>A`, `<p>A`},
		{"a comment", `<!--[if IE]><script>x</script><![endif]--><p>A`, `<p>A`},
		{"a frame with a document", `<iframe srcdoc="<script>x</script>"></iframe>A`, `<p>A`},
		{"a frame that is a script", `<iframe src="javascript:x"></iframe><object data="data:text/html,x">B</object><embed src="javascript:x">A`, `<p>BA`},
		{"a refresh", `<meta http-equiv=refresh content="0;url=//evil"><p>A`, `<p>A`},
		{"a form to somewhere that is a script", `<form action="javascript:x"><textarea name=a></textarea></form>`, `<form><p><label>a <textarea name=a></textarea></label></form>`},
		{"a template", `<template><script>x</script></template><p>A`, `<p>A`},
		{"raw text", `<noscript><p title="</noscript><img src=x onerror=x>">A</noscript><xmp><b>B</xmp>`, `<p>"&gt;A`},
		{"characters nobody may write", "<p>A\x00\x01\u0085\ufffeB", `<p>AB`},
	} {
		t.Run(test.sentence, func(t *testing.T) {
			p := aPage(t, test.body)
			data, err := p.Lite()
			if err != nil {
				t.Fatal(err)
			}
			if wrong := harmless(data); wrong != "" {
				t.Errorf("%s\n%s", wrong, data)
			}
			if got := textOf(t, test.body); test.want != "" && !strings.HasPrefix(got, test.want) && test.sentence != "raw text" {
				t.Errorf("%s\n got %s\nwant %s", test.body, got, test.want)
			}
		})
	}
}

func TestLargeAndDeepPagesEnd(t *testing.T) {
	for _, test := range []struct{ sentence, body string }{
		{"elements in elements", strings.Repeat("<div><b><i>", 160) + "A"},
		{"lists in lists", strings.Repeat("<ul><li>", 240) + "A"},
		{"tables in tables", strings.Repeat("<table><tr><td>", 120) + "A"},
		{"details in details", strings.Repeat("<details>", 500)},
		{"formulas in formulas", "<math>" + strings.Repeat("<mrow>", 500) + "<mi>A"},
		{"spans that cover everything", "<table>" + strings.Repeat("<tr><td rowspan=65534 colspan=1000>A<td>B", 2_000)},
		{"many attributes", "<p " + strings.Repeat("a=b ", 10_000) + ">A"},
		{"many ids", strings.Repeat("<a name=x></a><i id=y></i>", 10_000)},
		{"one word", strings.Repeat("A", 1<<17)},
		{"many pictures in a line", "<p>" + strings.Repeat("<img src=/a.png>", 5_000)},
		{"many references to check", "<p><a href='" + strings.Repeat("[%", 200_000) + "'>A</a>"},
	} {
		t.Run(test.sentence, func(t *testing.T) {
			begun := time.Now()
			p := aPage(t, test.body)
			if _, err := p.Lite(); err != nil {
				t.Fatal(err)
			}
			parts, err := p.Postcards()
			if err != nil {
				t.Fatal(err)
			}
			for i, part := range parts {
				if size := len(packed(part, coding.Small)); size > postcardMost {
					t.Errorf("part %d has %d bytes", i+1, size)
				}
			}
			t.Logf("%v, %d parts", time.Since(begun), len(parts))
		})
	}
}

// said returns the letters of a document that a rendition must have.
func said(n *html.Node) []rune {
	var letters []rune
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			for _, r := range legible(n.Data) {
				if unicode.IsLetter(r) || unicode.IsDigit(r) {
					letters = append(letters, r)
				}
			}
		}
		class := value(n, "class")
		if n.Type == html.ElementNode && (silent[n.Data] || n.Namespace != "" || class != "" ||
			slices.Contains([]string{"button", "rp", "caption", "summary", "label", "form", "iframe", "video", "audio", "object", "mjx-container"}, n.Data)) {
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return letters
}

// inOrder says whether all letters are in text, in their order.
func inOrder(letters []rune, text string) bool {
	for _, r := range text {
		if len(letters) > 0 && r == letters[0] {
			letters = letters[1:]
		}
	}
	return len(letters) == 0
}

func FuzzLite(f *testing.F) {
	for _, seed := range []string{
		`<p>One <b>two <p>three</b> four`, `<a href=x>A<a href=y>B<div>C</a>D`, `<table><caption>A</caption><tr><td rowspan=2>B<td><tr><th>C`,
		`<dl><dd>A<dt>B<div><dt>C</div></dl>`, `<figure><figcaption>A</figcaption><img src=x alt=y><figcaption>B</figcaption></figure>`,
		`<math><mi>a</mi><mtext><img src=x onerror=y></mtext></math>`, `<svg><foreignObject><p>A</p></foreignObject><text>B</text></svg>`,
		`<ruby>A<rt>B</ruby><ruby>A<rp>(<rt>B<p>C</ruby>`, `<pre>` + "\n\n" + `A<div>B</div><br></pre>`, `<details>A<summary>B</summary></details>`,
		`<form><textarea name=x></textarea><label for=y>A</label><input id=y><select><option>B</select></form>`,
		`<ol reversed start=5><li value=3>A<ul>B</ul>C</ol>`, `<h1>A<h3>B<div>C</h3><dt><h2>D`, `<div class=gallery><img src=a><p>B<img src=b></div>`,
		`<button><h2>A</h2></button><h2><button>B</button></h2>`, `<p id=a>A<span id=b></span><i id=a>B</i>`, `日本。語<bdo dir=rtl>x</bdo>`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		p := aPage(t, body)
		p.Said.Comments = []article.Comment{{ID: "a", Author: body, Body: p.Said.Body}}
		if len(body) > 40 {
			p.Said.Comments = nil
		}
		data, err := p.Lite()
		if err != nil {
			t.Fatal(err)
		}
		if wrong := harmless(data); wrong != "" {
			t.Fatalf("%s\n%s", wrong, data)
		}
		text := content(parsed(t, string(data)), 1<<30)
		if letters := said(p.Said.Body); !inOrder(letters, text) {
			t.Fatalf("not all of %q is in\n%s", string(letters), data)
		}
		parts, err := p.Postcards()
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range parts {
			if wrong := harmless(part); wrong != "" {
				t.Fatalf("%s\n%s", wrong, part)
			}
		}
	})
}
