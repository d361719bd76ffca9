package refs

import (
	"net/url"
	"strings"
	"testing"
)

const home = "http://localhost:2368"

var page = Doc{URL: must(home + "/blog/post/"), Origins: []string{home, "https://example.org"}}

func must(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

type rewriter func([]byte, Doc, func(Ref) Edit) []byte

// list returns the references of doc as "use URL", one per line, those at home
// without their origin.
func list(read rewriter, doc string, d Doc) string {
	var lines []string
	read([]byte(doc), d, func(r Ref) Edit {
		lines = append(lines, r.Use.String()+" "+strings.TrimPrefix(r.URL.String(), home))
		return Keep()
	})
	return strings.Join(lines, "\n")
}

// setAll sets every reference to url.
func setAll(read rewriter, doc string, d Doc, url string) string {
	return string(read([]byte(doc), d, func(Ref) Edit { return Set(url) }))
}

func TestHTMLFindsWhatAPageRefersTo(t *testing.T) {
	for _, c := range []struct{ name, doc, want string }{
		{"a link", `<a href="../a?b=1&amp;c=2#d">x</a>`, "link /blog/a?b=1&c=2#d"},
		{"an area", `<area href=/x>`, "link /x"},
		{"entities without semicolon are text in attributes", `<a href="?a=1&copy=2&amp=3&lt">`, "link /blog/post/?a=1&copy=2&amp=3%3C"},
		{"white space around and line breaks inside", "<a href=' \n/a\nb\t'>", "link /ab"},
		{"backslashes are slashes", `<a href="\a\b?\">`, `link /a/b?\`},
		{"spaces are escaped", `<a href="/a b?c d">`, "link /a%20b?c%20d"},
		{"a stray percent", `<a href="/100%/a">`, "link /100%25/a"},
		{"a fragment is none", `<a href="#top">`, ""},
		{"other schemes are none", `<a href="mailto:a@b"></a><a href="javascript:x()"></a><img src="data:image/gif;base64,R0">`, ""},
		{"upper case and no quotes", `<A HREF=/x/>`, "link /x/"},
		{"the first of two attributes counts", `<a href=/1 href=/2>`, "link /1"},
		{"an empty attribute hides the next", `<a href="" href=/2>`, ""},
		{"a tag that never ends is none", `<a href="/x"`, ""},
		{"a comment is no markup", `<!-- <a href="/x"> -->`, ""},
		{"a textarea is no markup", `<textarea><a href="/x"></textarea><a href=/y>`, "link /y"},
		{"a title is no markup", `<title><a href="/x"></title >`, ""},
		{"plaintext never ends", `<plaintext><a href="/x"></plaintext><a href=/y>`, ""},
		{"noscript and template are", `<noscript><img src=/a></noscript><template><img src=/b></template>`, "embed /a\nembed /b"},
		{"a style sheet", `<link rel=stylesheet href=/s.css>`, "embed /s.css"},
		{"an icon", `<link rel="shortcut icon" href=/f.ico>`, "embed /f.ico"},
		{"a preload with images", `<link rel=preload as=image imagesrcset="/a 1x, /b 2x">`, "embed /a\nembed /b"},
		{"canonical", `<link rel=canonical href=/c>`, "name /c"},
		{"a feed", `<link rel=alternate type="application/rss+xml" href=/rss>`, "feed /rss"},
		{"oembed", `<link rel=alternate type="application/json+oembed" href=/o>`, "oembed /o"},
		{"shortlink", `<link rel=shortlink href="/?p=1">`, "shortlink /?p=1"},
		{
			"services", `<link rel=pingback href=/xmlrpc.php><link rel=EditURI href=/rsd><link rel=preconnect href=//cdn.test>`,
			"service /xmlrpc.php\nservice /rsd\nservice http://cdn.test/",
		},
		{"next", `<link rel=next href=/page/2/>`, "link /page/2/"},
		{"images", `<img src=/a srcset="/b 1x, /c 2x">`, "embed /a\nembed /b\nembed /c"},
		{"media", `<video src=/v poster=/p><source src=/s><track src=/t></video><audio src=/a></audio>`, "embed /v\nembed /p\nembed /s\nembed /t\nembed /a"},
		{"frames", `<iframe src=/i></iframe><frame src=/f><embed src=/e><object data=/o></object>`, "embed /i\nembed /f\nembed /e\nembed /o"},
		{"old backgrounds", `<body background=/b><table background=/t><td background=/d>`, "embed /b\nembed /t\nembed /d"},
		{"quotes from elsewhere", `<blockquote cite=/q>`, "name /q"},
		{"a form", `<form action=/search method=GET>`, "form /search"},
		{"a form without action", `<form method=post>`, "form /blog/post/"},
		{"a button that sends elsewhere", `<button formaction=/x>`, "form /x"},
		{"base moves all", `<a href=x></a><base href=/other/><a href=y>`, "link /other/x\nbase /other/\nlink /other/y"},
		{"a relative base", `<base href=sub/><a href=y>`, "base /blog/post/sub/\nlink /blog/post/sub/y"},
		{"refresh", `<meta http-equiv=refresh content="0; url='/new'">`, "link /new"},
		{
			"open graph", `<meta property=og:image content=/i.png><meta property=og:url content=/u><meta name=twitter:image content=/t.png>`,
			"embed /i.png\nname /u\nembed /t.png",
		},
		{"tiles", `<meta name=msapplication-TileImage content=/t.png><meta name=msapplication-config content=none>`, "embed /t.png"},
		{"microdata", `<meta itemprop=image content=/i.png>`, "embed /i.png"},
		{"a style element", `<style>a{background:url(/b.png)}</style>`, "embed /b.png"},
		{"a style attribute", `<p style="background:url(&quot;/b.png&quot;)">`, "embed /b.png"},
		{
			"SVG inside", `<svg><image xlink:href=/i.png /><use href="/s.svg#a"/><a href=/l></a><path fill="url(/p.svg#x)"/></svg>`,
			"embed /i.png\nembed /s.svg#a\nlink /l\nembed /p.svg#x",
		},
		{"a style in CDATA in SVG", `<svg><style><![CDATA[a{fill:url(/b.svg)}]]></style></svg>`, "embed /b.svg"},
		{
			"lazy images", `<img data-src=/a.jpg data-srcset="/b.jpg 2x" data-bg="url(/c.jpg)" data-original="d.jpg" data-lazy="true" data-thumb="5">`,
			"embed /a.jpg\nembed /b.jpg\nembed /c.jpg\nembed /blog/post/d.jpg",
		},
		{"a page in an attribute", `<iframe srcdoc="<img src=/a><p style='background:url(/b)'>">`, "embed /a\nembed /b"},
		{
			"a mention in a script", `<script>var a="http://localhost:2368/x",b='//localhost:2368/y',c="http:\/\/localhost:2368\/z\/"</script>`,
			"mention /x\nmention /y\nmention /z/",
		},
		{"no mention in a longer name", `<script>"http://localhost:23680/";"http://localhost:2368.evil";"https://localhost:2368/"</script>`, ""},
		{
			"a mention in a comment", `<!--[if IE]><script src="http://localhost:2368/ie.js"></script><![endif]--><!-- http://localhost:2368/a, -->`,
			"mention /ie.js\nmention /a",
		},
		{"a mention in an attribute", `<div data-api="http://localhost:2368/ghost/">`, "mention /ghost/"},
		{
			"linked data", `<script type="application/ld+json">{"@context":"https://schema.org","url":"http://localhost:2368/p/","image":{"url":"http://localhost:2368/i.png"}}</script>`,
			"name /p/\nembed /i.png",
		},
		{"speculation rules", `<script type=speculationrules>{"prefetch":[{"urls":["/next"],"where":{"href_matches":"/*"}}]}</script>`, "link /next"},
		{
			"a player and a stream", `<meta property="og:video:secure_url" content=/v><meta name=twitter:player content=/p><meta property=og:image:width content=10>`,
			"embed /v\nlink /p",
		},
		{"escapes in linked data", `<script type="application/ld+json">{"url":"http:\u002f\/localhost:2368/\u00e4\ud83d\ude00","a":"\n\t\r\b\f\x\u12"}</script>`, "name /%C3%A4%F0%9F%98%80"},
		{"HTML that ends an SVG", `<svg><p><style>a{b:url(/x)}</style><title><a href=/y></title>`, "embed /x"},
		{"HTML inside an SVG", `<svg><foreignObject><title><a href=/y></title></foreignObject><title><a href=/z></a></title></svg>`, "link /z"},
		{"an import map", `<script type=importmap>{"imports":{"a":"./a.js","b":"b"}}</script>`, "embed /blog/post/a.js"},
		{"scripts with script elements in comments", "<script><!--<script></script>'http://localhost:2368/a'--></script><a href=/b>", "mention /a\nlink /b"},
		{"ping", `<a ping="/p /q">`, "service /p\nservice /q"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := list(HTML, c.doc, page); got != c.want {
				t.Errorf("HTML(%s) found\n%s\nwant\n%s", c.doc, got, c.want)
			}
		})
	}
}

func TestHTMLReplacesExactlyTheReference(t *testing.T) {
	for _, c := range []struct{ name, doc, want string }{
		{"between double quotes", `<a  href = " /x "  >`, `<a  href = " N?a=1&amp;b='2' "  >`},
		{"between single quotes", `<a href='/x'>`, `<a href='N?a=1&amp;b=&#39;2&#39;'>`},
		{"without quotes", `<a href=/x>`, `<a href="N?a=1&amp;b='2'">`},
		{"in a style attribute", `<p style="background:url('/x')">`, `<p style="background:url('N?a=1&amp;b=\'2\'')">`},
		{"in CSS without quotes", `<style>a{b:url(/x)}</style>`, `<style>a{b:url(N?a=1&b=\'2\')}</style>`},
		{"in a srcset", `<img srcset="/a 1x,/b 2x">`, `<img srcset="N?a=1&amp;b='2' 1x,N?a=1&amp;b='2' 2x">`},
		{"in a page in an attribute", `<iframe srcdoc="&lt;a href='/x'>">`, `<iframe srcdoc="&lt;a href='N?a=1&amp;amp;b=&amp;#39;2&amp;#39;'>">`},
		{"in a script with escaped slashes", `<script>"http:\/\/localhost:2368\/x"</script>`, `<script>"N?a=1&b=%272%27"</script>`},
		{"in a form without action", `<form id=f>`, `<form action="N?a=1&amp;b='2'" id=f>`},
		{"in a form with an empty action", `<form action=>`, `<form action="N?a=1&amp;b='2'" data-left-out=>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := setAll(HTML, c.doc, page, `N?a=1&b='2'`); got != c.want {
				t.Errorf("HTML(%s) =\n%s\nwant\n%s", c.doc, got, c.want)
			}
		})
	}
}

func TestDropMakesInertAndKeepsText(t *testing.T) {
	for _, c := range []struct{ name, doc, want string }{
		{"a link to a page", `<a href=/x class=c>text</a>`, `<a data-left-out=/x class=c>text</a>`},
		{"all attributes of the name", `<a href=/x HREF=/y>`, `<a data-left-out=/x data-left-out=/y>`},
		{"a link element", "<head>\n<link rel=pingback href=/x>\n</head>", "<head>\n\n</head>"},
		{"a link element between what would join", `a <<link rel=a href=/x>b>`, `a <<link rel=a data-left-out=/x>b>`},
		{"an image", `<img src="/x">`, `<img data-left-out="/x">`},
		{"candidates", `<img srcset="/x 1x, /x 2x">`, `<img srcset="">`},
		{"nothing in CSS", `<p style="b:url(/x)">`, `<p style="b:url(/x)">`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := string(HTML([]byte(c.doc), page, func(Ref) Edit { return Drop() }))
			if got != c.want {
				t.Errorf("HTML(%s) =\n%s\nwant\n%s", c.doc, got, c.want)
			}
		})
	}
}
