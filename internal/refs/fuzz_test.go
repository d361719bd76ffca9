package refs

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// checkRewriter holds for every kind of document and any bytes: keeping all
// returns the very slice, and setting all references to one address gives a
// document whose references all have that address.
func checkRewriter(t *testing.T, read rewriter, doc []byte) {
	t.Helper()
	copied := bytes.Clone(doc)
	count := 0
	kept := read(doc, page, func(r Ref) Edit {
		if r.URL == nil {
			t.Fatalf("%+v has no URL", r)
		}
		count++
		return Keep()
	})
	if !bytes.Equal(doc, copied) {
		t.Fatalf("the document was written to")
	}
	if len(doc) > 0 && (len(kept) != len(doc) || &kept[0] != &doc[0]) {
		t.Fatalf("kept everything, got another document:\n%q", kept)
	}
	const target = "http://localhost:2368/new.png?a=1&b=2"
	out := read(doc, page, func(r Ref) Edit { return Set(target) })
	again := 0
	read(out, page, func(r Ref) Edit {
		if r.Use == Base || r.Raw == "" {
			return Keep()
		}
		if strings.HasPrefix(r.URL.String(), target) {
			again++
		}
		return Keep()
	})
	if again < count && !bytes.Contains(bytes.ToLower(doc), []byte("base")) {
		t.Fatalf("set %d references, found %d again in\n%q", count, again, out)
	}
}

func FuzzHTML(f *testing.F) {
	for _, s := range []string{
		`<a href="../a?b=1&amp;c=2#d">x</a><img src=a srcset="b 1x, c 2x"><style>a{b:url(x)}</style>`,
		`<p style="background:url(&quot;/b.png&quot;)"><script>"http:\/\/localhost:2368\/x"</script>`,
		`<iframe srcdoc="&lt;iframe srcdoc='&amp;lt;a href=x&amp;gt;'&gt;">`,
		`<svg><style>@import url(/x)</style><![CDATA[<a href=x>]]><title><a href=x></title></svg><title><a href=y></title>`,
		`a <<link rel=a href=/x>b> &am<link rel=b href=y>p; <link rel=icon href=z>`,
		`<meta http-equiv=refresh content="0; url='/new'"><meta property=og:image content=/i.png><form><form action>`,
		`<!--><a href=x>--><!--[if IE]><a href="http://localhost:2368/x"><![endif]--><?php <a> ?></><plaintext>`,
		"<///localhost:2368/></>", `<script><!--<script></scri>//localhost:2368/x--></script>/`, `<script><!--<script></script>"//localhost:2368/x"--></script><textarea></textareax></textarea/>`,
		"\ufeff<A HREF='\r\n/x\x00y\r\n' =x/ y= z>", `<a data-api="http://localhost:2368/" href=x href=y>`,
		"<meta charset=shift_jis><a href=\"\x83\x5c?\x83\x5c\">", `<script type=importmap>{"imports":{"a":"./a.js"}}</script>`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		checkRewriter(t, HTML, doc)
		want := Structure(doc)
		set := HTML(doc, page, func(Ref) Edit { return Set("x y\"'<>&=") })
		if Structure(set) != want {
			t.Fatalf("setting references changed more:\n%q\n%q", doc, set)
		}
		dropped := HTML(doc, page, func(Ref) Edit { return Drop() })
		if Structure(dropped) != want {
			t.Fatalf("dropping references changed more:\n%q\n%q", doc, dropped)
		}
	})
}

func FuzzSVG(f *testing.F) {
	for _, s := range []string{
		`<?xml-stylesheet href="s.css"?><!DOCTYPE svg [<!ENTITY a "<b>">]><svg><style><![CDATA[a{b:url(x)}]]></style><a xlink:href='/y'/></svg>`,
		`<html><head><link rel="icon" href="i"></link><script>"http://localhost:2368/x"</script></head><_a href="x"/></html>`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		for _, read := range []rewriter{SVG, XML, Browserconfig} {
			checkRewriter(t, read, doc)
		}
	})
}

func FuzzCSS(f *testing.F) {
	for _, s := range []string{
		`@charset "utf-8"; @import "a.css" layer(x) supports(y:z) print; @import url(b.css);`,
		`@namespace svg "http://localhost:2368/svg"; a{b:url( 'x\'y' ) , u\72l(a\(b) , url(bad url) , url("x`,
		`a{b:image-set("a" 1x, url(b) 2x type("image/png"))} /* http://localhost:2368/c */ @font-face{src:url(x)format("y")}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, doc []byte) { checkRewriter(t, CSS, doc) })
}

func FuzzSrcset(f *testing.F) {
	for _, s := range []string{"a", "a 1x, b 2x", ",a,, b (,) 2w", "data:a,b 1x,c", "a 1w 2h,\n\t\tb 2w"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		last := 0
		for _, c := range Srcset(s) {
			if c.URL != s[c.URLStart:c.URLEnd] || c.URL == "" || c.URLStart < last || c.End < c.URLEnd || c.End > len(s) {
				t.Fatalf("Srcset(%q) gave %+v", s, c)
			}
			last = c.End
		}
	})
}

func FuzzFeed(f *testing.F) {
	for _, s := range []string{
		`<rss><channel><link>/</link><item><guid>http://localhost:2368/?p=1</guid><description><![CDATA[<a href=x>]]></description></item></channel></rss>`,
		`<feed xml:base="/b/"><link href=x/><content type="html">&lt;a href=&quot;x&quot;&gt;</content><content type="xhtml"><div><a href="x"/></div></content></feed>`,
		`<?xml-stylesheet href="a.xsl"?><rdf:RDF><item rdf:about="/x"><content:encoded>&lt;img src='a'&gt;</content:encoded></item></rdf:RDF>`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, doc []byte) { checkRewriter(t, FeedXML, doc) })
}

func FuzzSitemap(f *testing.F) {
	f.Add([]byte(`<urlset><url><loc> /a?b=1&amp;c=2 </loc><image:image><image:loc><![CDATA[/i.png]]></image:loc></image:image><xhtml:link rel="alternate" href="/de"/></url></urlset>`))
	f.Fuzz(func(t *testing.T, doc []byte) { checkRewriter(t, Sitemap, doc) })
}

func FuzzWebManifest(f *testing.F) {
	f.Add([]byte(`{"start_url":"\/","scope":"/","icons":[{"src":"a.png","sizes":"48x48"}],"shortcuts":[{"url":"x","icons":[{"src":"b"}]}]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		checkRewriter(t, WebManifest, doc)
		if out := setAll(WebManifest, string(doc), page, "a\"\\<b"); json.Valid(doc) && !json.Valid([]byte(out)) {
			t.Fatalf("%q is no longer JSON", out)
		}
	})
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"a":"http:\/\/localhost:2368\/x\u0026y","b":["https://example.org"],"content_html":"<a href=\"x\">"}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		for _, read := range []rewriter{Script, JSONLD, JSONFeed} {
			checkRewriter(t, read, doc)
			if out := setAll(read, string(doc), page, "http://a/\"\\<b"); json.Valid(doc) && !json.Valid([]byte(out)) {
				t.Fatalf("%q is no longer JSON", out)
			}
		}
	})
}

func FuzzScript(f *testing.F) {
	f.Add([]byte("var a=`http://localhost:2368/${x}`;b='//localhost:2368/y'+\"http:\\/\\/localhost:2368\";// http://localhost:2368/z."))
	f.Fuzz(func(t *testing.T, doc []byte) { checkRewriter(t, Script, doc) })
}

func FuzzList(f *testing.F) {
	f.Add([]byte("\ufeffhttp://localhost:2368/a\r\n\nhttps://example.org/blog/b"))
	f.Fuzz(func(t *testing.T, doc []byte) { checkRewriter(t, List, doc) })
}

func FuzzRobots(f *testing.F) {
	f.Add([]byte("User-agent: *\r\nSitemap: /sitemap.xml # main\nSITEMAP:http://localhost:2368/x"))
	f.Fuzz(func(t *testing.T, doc []byte) { checkRewriter(t, Robots, doc) })
}

func FuzzLinkHeader(f *testing.F) {
	f.Add(`<https://example.org/wp-json/>; rel="https://api.w.org/", </?p=1>; rel=shortlink;title="a\"b,c"`)
	f.Fuzz(func(t *testing.T, v string) {
		once := LinkHeader([]string{v}, page.URL)
		if twice := LinkHeader([]string{v, v}, page.URL); len(twice) != 2*len(once) {
			t.Fatalf("two headers gave %d references, one %d", len(twice), len(once))
		}
		if slices.ContainsFunc(once, func(r Ref) bool { return r.URL == nil }) {
			t.Fatal("a reference without URL")
		}
	})
}
