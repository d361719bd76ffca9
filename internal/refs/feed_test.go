package refs

import "testing"

func TestFeedsReferToPagesAndMedia(t *testing.T) {
	d := Doc{URL: must(home + "/rss/"), Origins: []string{home}}
	for _, c := range []struct{ name, doc, want string }{
		{
			"RSS 2.0", `<rss xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>http://localhost:2368/no</title><link>http://localhost:2368/</link>` +
				`<atom:link href="http://localhost:2368/rss/" rel="self"/><generator>http://localhost:2368/g</generator><image><url>/i.png</url><link>/</link></image>` +
				`<item><link>/p/</link><guid isPermaLink="false">http://localhost:2368/?p=1</guid><comments>http://localhost:2368/p/#c</comments>` +
				`<wfw:commentRss>/p/feed/</wfw:commentRss><enclosure url="/a.mp3"/><media:content url="/m.jpg"><media:thumbnail url="/t.jpg"/></media:content>` +
				`<source url="/other.xml">x</source></item></channel></rss>`,
			"link /\nfeed /rss/\nembed /i.png\nlink /\nlink /p/\nshortlink /?p=1\nlink /p/#c\nfeed /p/feed/\nembed /a.mp3\nembed /m.jpg\nembed /t.jpg\nfeed /other.xml",
		},
		{"a guid that is no address", `<item><guid isPermaLink="false">5f3e</guid></item>`, ""},
		{
			"RSS 1.0", `<rdf:RDF><channel rdf:about="/r"><items><rdf:li rdf:resource="/p"/></items></channel><item rdf:about="/p"><link>/p</link></item></rdf:RDF>`,
			"name /r\nname /p\nname /p\nlink /p",
		},
		{
			"Atom", `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/b/"><id>http://localhost:2368/</id><link rel="alternate" href="x"/><link rel="enclosure" href="y"/>` +
				`<icon>i.png</icon><entry><id>tag:a,2020:b</id><author><uri>http://localhost:2368/me</uri></author></entry></feed>`,
			"base /b/\nname /\nlink /b/x\nembed /b/y\nembed /b/i.png\nlink /me",
		},
		{
			"the base ends with its element", `<feed><entry xml:base="/a/"><link href="x"/></entry><entry><link href="y"/></entry></feed>`,
			"base /a/\nlink /a/x\nlink /rss/y",
		},
		{"HTML in CDATA", `<item><content:encoded><![CDATA[<a href="/x?a&amp;b">&amp;</a><img srcset="/i 1x">]]></content:encoded></item>`, "link /x?a&b\nembed /i"},
		{"HTML in entities", `<item><description>&lt;a href="/x?a&amp;amp;b"&gt;&lt;img src='/i'&gt;</description></item>`, "link /x?a&b\nembed /i"},
		{"HTML in numeric entities", `<item><description>&#60;a href=&#34;/x&#x22;></description></item>`, "link /x"},
		{"HTML as Atom names it", `<entry><content type="html">&lt;a href="/x"&gt;</content><content type="text">&lt;a href="/y"&gt;</content></entry>`, "link /x"},
		{
			"XHTML", `<entry><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><a href="/x"><img src="/i" style="b:url(/s)"/></a></div></content><link href="/y"/></entry>`,
			"link /x\nembed /i\nembed /s\nlink /y",
		},
		{
			"a podcast", `<channel><itunes:image href="/i.jpg"/><itunes:new-feed-url>/new</itunes:new-feed-url><podcast:transcript url="/t.vtt"/></channel>`,
			"embed /i.jpg\nfeed /new\nembed /t.vtt",
		},
		{"a style sheet", `<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="/f.xsl"?><rss/>`, "embed /f.xsl"},
		{"a document type with a subset", `<!DOCTYPE rss [<!ENTITY x "<link>/no</link>">]><rss><link>/x</link></rss>`, "link /x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := list(FeedXML, c.doc, d); got != c.want {
				t.Errorf("FeedXML(%s) found\n%s\nwant\n%s", c.doc, got, c.want)
			}
		})
	}
}

func TestFeedsAreWrittenInEveryLayer(t *testing.T) {
	for _, c := range []struct{ name, doc, want string }{
		{"text", `<link> /x </link>`, `<link> N?a=1&amp;b=2 </link>`},
		{"CDATA", `<link><![CDATA[/x]]></link>`, `<link><![CDATA[N?a=1&b=2]]></link>`},
		{"HTML in CDATA", `<description><![CDATA[<a href='/x'>&amp;</a>]]></description>`, `<description><![CDATA[<a href='N?a=1&amp;b=2'>&amp;</a>]]></description>`},
		{"HTML in entities", `<description>&lt;a href=&quot;/x"> &#38;amp;</description>`, `<description>&lt;a href=&quot;N?a=1&amp;amp;b=2"> &#38;amp;</description>`},
		{"CSS in HTML in entities", `<description>&lt;p style="b:url('/x')"></description>`, `<description>&lt;p style="b:url('N?a=1&amp;amp;b=2')"></description>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := setAll(FeedXML, c.doc, page, "N?a=1&b=2"); got != c.want {
				t.Errorf("FeedXML(%s) =\n%s\nwant\n%s", c.doc, got, c.want)
			}
		})
	}
}

func TestFeedsKeepWhatIsDropped(t *testing.T) {
	const doc = `<rss><link>/x</link><enclosure url="/y"/></rss>`
	if got := FeedXML([]byte(doc), page, func(Ref) Edit { return Drop() }); string(got) != doc {
		t.Errorf("dropping gave %s", got)
	}
}

func TestSitemapsListPagesAndMedia(t *testing.T) {
	for _, c := range []struct{ name, doc, want string }{
		{
			"pages", `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>/a?b=1&amp;c=2</loc><lastmod>x</lastmod></url><url><loc><![CDATA[ /d ]]></loc></url></urlset>`,
			"link /a?b=1&c=2\nlink /d",
		},
		{"an index", `<?xml-stylesheet type="text/xsl" href="//localhost:2368/s.xsl"?><sitemapindex><sitemap><loc>/s1.xml</loc></sitemap></sitemapindex>`, "embed /s.xsl\nlink /s1.xml"},
		{
			"images and videos", `<url><loc>/a</loc><image:image><image:loc>/i</image:loc><image:license>/l</image:license></image:image>` +
				`<video:video><video:thumbnail_loc>/t</video:thumbnail_loc><video:content_loc>/c</video:content_loc><video:player_loc>/p</video:player_loc></video:video></url>`,
			"link /a\nembed /i\nname /l\nembed /t\nembed /c\nlink /p",
		},
		{"a prefix for everything", `<s:urlset xmlns:s="http://www.sitemaps.org/schemas/sitemap/0.9"><s:url><s:loc>/a</s:loc><image:loc>/i</image:loc></s:url></s:urlset>`, "link /a\nembed /i"},
		{"other languages", `<url><loc>/a</loc><xhtml:link rel="alternate" hreflang="de" href="/de"/></url>`, "link /a\nlink /de"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := list(Sitemap, c.doc, page); got != c.want {
				t.Errorf("Sitemap(%s) found\n%s\nwant\n%s", c.doc, got, c.want)
			}
		})
	}
}

func TestAnIndexIsToldFromASitemap(t *testing.T) {
	var rels []string
	Sitemap([]byte(`<sitemapindex><sitemap><loc>/a</loc></sitemap></sitemapindex><urlset><url><loc>/b</loc></url></urlset>`), page, func(r Ref) Edit {
		rels = append(rels, r.Rel)
		return Keep()
	})
	if len(rels) != 2 || rels[0] != "sitemap" || rels[1] != "url" {
		t.Errorf("rels are %q", rels)
	}
}
