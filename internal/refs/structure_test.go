package refs

import (
	"strings"
	"testing"
	"time"
)

func TestStructureTellsWhatAPageSays(t *testing.T) {
	const page = `<link rel=icon href=/i><p class=c title=t><a href=/x data-a=b>text</a><style>a{}</style><script>1</script><!-- c -->`
	for _, c := range []struct {
		name, doc string
		same      bool
	}{
		{"another reference", strings.Replace(page, "/x", "/y", 1), true},
		{"a dropped reference", strings.Replace(page, "href=/x", LeftOut+"=/x", 1), true},
		{"a removed link", strings.Replace(page, "<link rel=icon href=/i>", "", 1), true},
		{"another style", strings.Replace(page, "a{}", "b{}", 1), true},
		{"another script", strings.Replace(page, "1", "2", 1), true},
		{"another comment", strings.Replace(page, " c ", "", 1), true},
		{"quotes", strings.Replace(page, "class=c", `class="c"`, 1), true},
		{"another text", strings.Replace(page, "text", "test", 1), false},
		{"another class", strings.Replace(page, "class=c", "class=d", 1), false},
		{"another title", strings.Replace(page, "title=t", "title=u", 1), false},
		{"another element", strings.Replace(page, "<p", "<b", 1), false},
		{"another attribute", strings.Replace(page, "data-a", "data-b", 1), false},
		{"an end tag less", strings.Replace(page, "</a>", "", 1), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if same := Structure([]byte(c.doc)) == Structure([]byte(page)); same != c.same {
				t.Errorf("the structure of %s is the same: %v", c.doc, same)
			}
		})
	}
}

func TestTextLeavesOutCode(t *testing.T) {
	var got strings.Builder
	s := textScan{scanner: scanner{src: []byte(`<title>T</title><p>a &amp; <b>b</b><script>x</script><style>y</style><svg><style>z</style><text>c</text></svg><!-- d -->`)}}
	for s.next() {
		switch s.kind {
		case textToken, cdataToken, rawToken:
			got.Write(s.text())
		}
	}
	if want := "Ta & bc"; got.String() != want {
		t.Errorf("got %q, want %q", got.String(), want)
	}
}

func TestAttributesFitTheSetOfThoseSeen(t *testing.T) {
	if len(attrKinds) > 256 {
		t.Errorf("%d known attributes, but the set in attributes holds 256", len(attrKinds))
	}
}

// Each document is built to make a careless reader take quadratic time; the
// bound is a hundred times what a careful one needs.
// manyLetters are different letters beyond ASCII, of so many bytes in all.
func manyLetters(size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		b.WriteRune('一' + rune(i%20_000))
	}
	return b.String()
}

func TestHostileDocumentsTakeNoLongerThanOthers(t *testing.T) {
	const size = 1 << 20
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	for _, c := range []struct {
		name string
		read rewriter
		doc  string
	}{
		{"nested elements", HTML, fill("<div>")},
		{"nested SVG", HTML, fill("<svg><title>")},
		{"unclosed tags", HTML, fill("<a href=x ")},
		{"less-than signs", HTML, fill("<")},
		{"unclosed comments", HTML, fill("<!--")},
		{"dashes", HTML, "<!--" + fill("-")},
		{"unclosed titles", HTML, fill("<title><a ")},
		{"end tags of scripts that are none", HTML, "<script>" + fill("</script")},
		{"scripts in scripts", HTML, "<script><!--" + fill("<script></script")},
		{"one tag of many attributes", HTML, "<a " + fill("href=x title=y ") + ">"},
		{"one tag of many dropped attributes", HTML, "<link " + fill("HREF=x ") + ">"},
		{"a long attribute", HTML, `<a href="` + fill("x&amp;") + `">`},
		{"a host of many letters", HTML, `<a href="http://` + manyLetters(size) + `/">`},
		{"ampersands", HTML, `<a href="` + fill("&") + `">`},
		{"one endless entity", HTML, `<a href="&` + fill("a") + `">`},
		{"one endless number", HTML, `<a href="&#` + fill("1") + `">`},
		{"pages in pages", HTML, fill("<iframe srcdoc='<iframe srcdoc=\"")},
		{"a srcset of commas", HTML, `<img srcset="` + fill(",") + `">`},
		{"a srcset of candidates", HTML, `<img srcset="` + fill("a 1x,") + `">`},
		{"a srcset of parentheses", HTML, `<img srcset="a ` + fill("(") + `">`},
		{"mentions", HTML, "<script>" + fill("http://localhost:2368/")},
		{"almost mentions", HTML, "<script>" + fill(`\\\\//localhost:2368`)},
		{"backslashes", Script, fill(`\`) + "//localhost:2368/" + fill(`\`)},
		{"parentheses in CSS", CSS, fill("(")},
		{"urls in CSS", CSS, fill("url(")},
		{"image sets in CSS", CSS, fill("image-set('")},
		{"comments in CSS", CSS, fill("/*")},
		{"escapes in CSS", CSS, fill(`\`)},
		{"nested elements of a feed", FeedXML, fill("<item>")},
		{"elements of a feed closed in disorder", FeedXML, fill("<a>") + fill("</b>")},
		{"sections of a feed", FeedXML, fill("<description><![CDATA[<a href=x>")},
		{"document types", FeedXML, fill("<!DOCTYPE[>")},
		{"instructions", FeedXML, fill("<?xml-stylesheet ")},
		{"nested JSON", WebManifest, fill(`{"a":[`)},
		{"JSON under a long key", JSONLD, `{"` + fill("k") + `":[` + fill(`"a",`)},
		{"strings in JSON without end", Script, fill(`"\`)},
		{"lines of robots", Robots, fill("Sitemap:/\n")},
		{"lines of a sitemap", List, fill("http://a\n")},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			out := c.read([]byte(c.doc), page, func(Ref) Edit { return Set("/y") })
			c.read(out, page, func(Ref) Edit { return Drop() })
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("took %v", took)
			} else if took > 500*time.Millisecond {
				t.Logf("took %v", took)
			}
		})
	}
}
