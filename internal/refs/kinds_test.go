package refs

import "testing"

func TestOtherKindsOfDocuments(t *testing.T) {
	d := Doc{URL: must(home + "/x/doc"), Origins: []string{home, "https://example.org/blog"}}
	for _, c := range []struct {
		name string
		read rewriter
		doc  string
		want string
	}{
		{
			"a web manifest", WebManifest, `{"name":"/no","start_url":".\/?a=1","scope":"/","id":"app","icons":[{"src":"i.png"}],"screenshots":[{"src":"/s.png"}],` +
				`"shortcuts":[{"url":"/new","icons":[{"src":"n.png"}]}],"share_target":{"action":"/share"},"related_applications":[{"url":"https://play.test/a"}]}`,
			"link /x/?a=1\nname /\nname /app\nembed /x/i.png\nembed /s.png\nlink /new\nembed /x/n.png\nform /share\nlink https://play.test/a",
		},
		{
			"a JSON feed", JSONFeed, `{"version":"https://jsonfeed.org/version/1.1","home_page_url":"http://localhost:2368/","feed_url":"/feed.json","icon":"/i.png",` +
				`"items":[{"id":"1","url":"/p","image":"/p.png","content_html":"<a href=\"\/q\">\u003cimg src='r'>","attachments":[{"url":"/a.mp3"}]},{"id":"http://localhost:2368/p/2"}]}`,
			"link /\nfeed /feed.json\nembed /i.png\nlink /p\nembed /p.png\nlink /q\nembed /x/r\nembed /a.mp3\nshortlink /p/2",
		},
		{
			"any JSON", Script, `{"a":"http:\/\/localhost:2368\/a\u0026b","b":"/c","c":"https:\/\/example.org\/blog\/d","e":"https://example.org/other"}`,
			"mention /a&b\nmention https://example.org/blog/d",
		},
		{
			"linked data", JSONLD, `{"@context":{"@vocab":"http://localhost:2368/v"},"@type":"http://localhost:2368/t","@id":"http://localhost:2368/#x","logo":"http://localhost:2368/l.png",` +
				`"sameAs":["https://social.test/@me"],"target":"http://localhost:2368/?s={q}","text":"see http://localhost:2368/y."}`,
			"name /#x\nembed /l.png\nname https://social.test/@me\nname /?s={q}\nmention /y",
		},
		{"a tile", Browserconfig, `<browserconfig><msapplication><tile><square70x70logo src="/t.png"/></tile></msapplication></browserconfig>`, "embed /t.png"},
		{
			"a description of a search", XML, `<OpenSearchDescription xmlns="http://localhost:2368/ns"><Url template="http://localhost:2368/?a=1&amp;s={searchTerms}"/><Image>http://localhost:2368/i.ico</Image></OpenSearchDescription>`,
			"mention /?a=1&s=\nmention /i.ico",
		},
		{"robots", Robots, "User-agent: *\r\nDisallow: /x\r\nsitemap : /s.xml # one\r\nSitemap:http://localhost:2368/t.xml\n#Sitemap: /no\n", "link /s.xml\nlink /t.xml"},
		{"a sitemap of lines", List, "\ufeffhttp://localhost:2368/a/?b=1&c=2\r\n\r\n https://example.org/blog/d\n", "link /a/?b=1&c=2\nlink https://example.org/blog/d"},
		{
			"an image", SVG, `<?xml-stylesheet href="/s.css"?><svg xmlns="http://www.w3.org/2000/svg"><title><a href="/t"/></title><style>a{fill:url(/f)}</style>` +
				`<style><![CDATA[b{fill:url(/g)}]]></style><image href="i.png"/><use xlink:href="#x"/><rect style="fill:url(&quot;/r&quot;)" mask="url(/m#a)"/></svg>`,
			"embed /s.css\nlink /t\nembed /f\nembed /g\nembed /x/i.png\nembed /r\nembed /m#a",
		},
		{
			"a template in a script", Script, "fetch(`http://localhost:2368/api/${id}`); x = 'http://localhost:2368' + y; // (see http://localhost:2368/doc)",
			"mention /api/\nmention /\nmention /doc",
		},
		{"an address that merely ends like one", Script, `"xhttp://localhost:2368/a"; "http://a.test//localhost:2368/b"; "//localhost:2368"; // localhost:2368/c`, "mention /"},
		{"an address in HTML in a script", Script, `"<a href=\"http://localhost:2368/a\">", "&lt;a href=&quot;http://localhost:2368/b&quot;"`, "mention /a\nmention /b"},
		{"an address in JSON in a script", Script, `'{"a":"http:\\/\\/localhost:2368\\/a"}', "http:\u002F\u002Flocalhost:2368\u002Fb"`, "mention /a\nmention /b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := list(c.read, c.doc, d); got != c.want {
				t.Errorf("found\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestJSONIsWrittenAsItWas(t *testing.T) {
	for _, c := range []struct {
		name      string
		read      rewriter
		doc, want string
	}{
		{"slashes as they are", WebManifest, `{"start_url":"/x"}`, `{"start_url":"/a/b?c=\"\u003C\""}`},
		{"slashes escaped", WebManifest, `{"start_url":"\/x"}`, `{"start_url":"\/a\/b?c=\"\u003C\""}`},
		{"a page in a feed", JSONFeed, `{"items":[{"content_html":"<a href=\"x\">\u00e4<\/a>"}]}`, `{"items":[{"content_html":"<a href=\"\/a\/b?c=&quot;&lt;&quot;\">\u00e4<\/a>"}]}`},
		{"a mention", Script, `{"a":"http:\/\/localhost:2368\/x"}`, `{"a":"\/a\/b?c=%22%3C%22"}`},
		{"a mention, twice escaped", Script, `{"a":"{\"b\":\"http:\\\/\\\/localhost:2368\\\/x\"}"}`, `{"a":"{\"b\":\"\\\/a\\\/b?c=%22%3C%22\"}"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := setAll(c.read, c.doc, page, `/a/b?c="<"`); got != c.want {
				t.Errorf("%s became\n%s\nwant\n%s", c.doc, got, c.want)
			}
		})
	}
}

func TestRewriteReadsEachKindByItsOwnSyntax(t *testing.T) {
	for kind, doc := range map[Kind]string{
		KindHTML: `<a href="/x">`, KindCSS: `a{b:url(/x)}`, KindSVG: `<image href="/x"/>`, KindFeed: `<link>/x</link>`, KindSitemap: `<loc>/x</loc>`,
		KindJSONFeed: `{"feed_url":"/x"}`, KindWebManifest: `{"scope":"/x"}`, KindJSON: `"http://localhost:2368/x"`, KindJSONLD: `{"url":"http://localhost:2368/x"}`,
		KindScript: `"//localhost:2368/x"`, KindBrowserconfig: `<TileImage src="/x"/>`, KindXML: `<a>http://localhost:2368/x</a>`, KindRobots: `Sitemap: /x`, KindText: `see http://localhost:2368/x.`, KindList: "http://localhost:2368/x\n", KindXSLT: `<a href="/x"/><a href="{loc}"/>`,
	} {
		t.Run(kind.String(), func(t *testing.T) {
			count := 0
			Rewrite(kind, []byte(doc), page, func(r Ref) Edit {
				count++
				if r.URL.String() != home+"/x" {
					t.Errorf("found %s", r.URL)
				}
				return Keep()
			})
			if count != 1 {
				t.Errorf("found %d references in %s", count, doc)
			}
		})
	}
	if doc := []byte("http://localhost:2368/x"); string(Rewrite(KindNone, doc, page, nil)) != string(doc) {
		t.Error("an opaque document was changed")
	}
}

func TestForTellsKindsApart(t *testing.T) {
	for _, c := range []struct {
		name, contentType, doc, path string
		want                         Kind
	}{
		{"a page", "text/html; charset=utf-8", "<p>", "/", KindHTML},
		{"a feed that is called HTML", "text/html", "<?xml version='1.0'?><rss>", "/feed/", KindFeed},
		{"a page that begins like XML", "text/html", "<?xml version='1.0'?><!DOCTYPE html><html>", "/", KindHTML},
		{"a page of XML", "application/xhtml+xml", "<html>", "/", KindSVG},
		{"RSS as XML", "text/xml", "<?xml?><!-- x --><rss version='2.0'>", "/rss/", KindFeed},
		{"RSS 1.0", "application/xml", "<rdf:RDF>", "/", KindFeed},
		{"Atom", "application/atom+xml", "<feed>", "/", KindFeed},
		{"a sitemap", "application/xml", "<?xml?><urlset>", "/sitemap.xml", KindSitemap},
		{"an index of sitemaps", "text/xml", "<sitemapindex>", "/", KindSitemap},
		{"tiles", "text/xml", "<browserconfig>", "/", KindBrowserconfig},
		{"other XML", "text/xml", "<rsd>", "/", KindXML},
		{"an OpenSearch description", "application/opensearchdescription+xml", "<OpenSearchDescription>", "/", KindXML},
		{"an SVG image", "image/svg+xml", "<svg>", "/", KindSVG},
		{"a style sheet", "text/css", "", "/", KindCSS},
		{"a script", "application/javascript; charset=utf-8", "", "/", KindScript},
		{"a manifest", "application/manifest+json", "{}", "/", KindWebManifest},
		{"a manifest by its name", "application/octet-stream", "{}", "/site.webmanifest", KindWebManifest},
		{"a JSON feed", "application/json", `{"version": "https://jsonfeed.org/version/1.1"}`, "/feed.json", KindJSONFeed},
		{"JSON", "application/json", `{}`, "/wp-json/", KindJSON},
		{"JSON of another type", "application/problem+json", `{}`, "/", KindJSON},
		{"linked data", "application/ld+json", `{}`, "/", KindJSONLD},
		{"robots", "text/plain", "", "/robots.txt", KindRobots},
		{"a page made from a sitemap", "text/xsl", `<xsl:stylesheet version="1.0"><html/></xsl:stylesheet>`, "/s.xsl", KindXSLT},
		{"text", "text/plain", "", "/notes.txt", KindText},
		{"a sitemap of lines", "text/plain; charset=utf-8", "\ufeffhttps://example.org/a\r\n\r\nHTTPS://example.org/b", "/urls.txt", KindList},
		{"text that begins with an address", "text/plain", "https://example.org/a\nis where I live", "/notes.txt", KindText},
		{"a sentence after an address", "text/plain", "https://example.org/a is where I live", "/notes.txt", KindText},
		{"a sitemap that is called HTML", "text/html", "\n<urlset>", "/sitemap", KindSitemap},
		{"a page without type", "", "<!DOCTYPE html>", "/x", KindHTML},
		{"an image", "image/png", "", "/a.png", KindNone},
		{"nothing", "", "", "", KindNone},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := For(c.contentType, []byte(c.doc), c.path); got != c.want {
				t.Errorf("For(%q, %q, %q) = %v, want %v", c.contentType, c.doc, c.path, got, c.want)
			}
		})
	}
}
