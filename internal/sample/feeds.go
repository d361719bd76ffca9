package sample

import (
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// addFeeds adds what is written for programs: feeds, sitemaps, robots.txt.
func (b *blog) addFeeds() {
	const xmlType = "text/xml; charset=UTF-8"
	b.addFeed("/feed/", "application/rss+xml; charset=UTF-8", b.rss)
	b.addFeed("/atom.xml", "application/atom+xml; charset=UTF-8", b.atom)
	b.addFeed("/feed.json", "application/feed+json; charset=UTF-8", b.jsonFeed)
	b.addFeed("/sitemap.xml", xmlType, b.sitemapIndex)
	b.addFeed("/sitemap-pages.xml", xmlType, b.sitemapPages)
	b.addFeed("/sitemap-posts.xml.gz", "application/gzip", b.sitemapPosts)
	b.addFeed("/robots.txt", "text/plain; charset=UTF-8", b.robots)
	b.addFeed("/.well-known/security.txt", "text/plain; charset=UTF-8", b.security)
}

func (b *blog) addFeed(path, kind string, text func(base string) string) {
	b.routes[path] = route{get: func(w http.ResponseWriter, r *http.Request) {
		b.render(r)
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write([]byte(text(b.base(r))))
	}}
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

func escaped(text string) string {
	var out strings.Builder
	_ = xml.EscapeText(&out, []byte(text)) // a Builder cannot fail
	return out.String()
}

// body puts the parts of a post together for a reader far from the site, who
// needs every address in full.
func feedBody(e *entry, base string) string {
	text := strings.ReplaceAll(strings.Join(e.Parts, ""), "{base}", base)
	return strings.NewReplacer(`href="/`, `href="`+base+`/`, `src="/`, `src="`+base+`/`, `data="/`, `data="`+base+`/`).Replace(text)
}

func (b *blog) rss(base string) string {
	var out strings.Builder
	fmt.Fprintf(&out, xmlHead+`<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
<title>%s</title>
<link>%s/</link>
<description>%s</description>
<language>en</language>
<atom:link href="%[2]s/feed/" rel="self" type="application/rss+xml"/>
<image><url>%[2]s/assets/icon-192.png</url><title>%[1]s</title><link>%[2]s/</link></image>
`, escaped(siteName), base, tagline)
	for _, e := range b.posts {
		address := base + escape(e.Path())
		fmt.Fprintf(&out, `<item>
<title>%s</title>
<link>%s</link>
<comments>%[2]s#comments</comments>
<pubDate>%s</pubDate>
<guid isPermaLink="false">%s/?p=%d</guid>
<description>%s</description>
<content:encoded><![CDATA[<p><img src="%s" alt=""></p>
%s]]></content:encoded>
</item>
`, escaped(e.Title), address, e.Date.Format(time.RFC1123Z), base, e.ID, escaped(e.Excerpt),
			base+escape(mediaPath(e.Picture, 800)), feedBody(e, base))
	}
	out.WriteString("</channel>\n</rss>\n")
	return out.String()
}

func (b *blog) atom(base string) string {
	var out strings.Builder
	fmt.Fprintf(&out, xmlHead+`<feed xmlns="http://www.w3.org/2005/Atom">
<title>%s</title>
<id>%s/</id>
<link href="%[2]s/"/>
<link rel="self" href="%[2]s/atom.xml"/>
<icon>%[2]s/favicon.ico</icon>
<updated>%s</updated>
<author><name>Maud</name></author>
`, escaped(siteName), base, b.posts[0].Date.Format(time.RFC3339))
	for _, e := range b.posts {
		address := base + escape(e.Path())
		fmt.Fprintf(&out, `<entry>
<title>%s</title>
<id>%s</id>
<link href="%[2]s"/>
<updated>%s</updated>
<summary>%s</summary>
<content type="html">%s</content>
</entry>
`, escaped(e.Title), address, e.Date.Format(time.RFC3339), escaped(e.Excerpt), escaped(feedBody(e, base)))
	}
	out.WriteString("</feed>\n")
	return out.String()
}

func (b *blog) jsonFeed(base string) string {
	items := []map[string]any{}
	for _, e := range b.posts {
		items = append(items, map[string]any{
			"id": fmt.Sprintf("%s/?p=%d", base, e.ID), "url": base + escape(e.Path()), "title": e.Title,
			"content_html": feedBody(e, base), "summary": e.Excerpt, "tags": e.Tags, "language": e.Lang,
			"image": base + escape(mediaPath(e.Picture, 1200)), "date_published": e.Date.Format(time.RFC3339),
		})
	}
	return string(encode(map[string]any{
		"version": "https://jsonfeed.org/version/1.1", "title": siteName, "home_page_url": base + "/",
		"feed_url": base + "/feed.json", "icon": base + "/assets/icon-512.png", "favicon": base + "/favicon.ico",
		"items": items,
	}))
}

func (b *blog) sitemapIndex(base string) string {
	return fmt.Sprintf(xmlHead+`<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>%s/sitemap-posts.xml.gz</loc></sitemap>
<sitemap><loc>%[1]s/sitemap-pages.xml</loc></sitemap>
</sitemapindex>
`, base)
}

const urlset = xmlHead + `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">` + "\n"

func (b *blog) sitemapPages(base string) string {
	var out strings.Builder
	out.WriteString(urlset)
	for _, path := range []string{"/", "/about/", "/contact/", "/colophon/"} {
		fmt.Fprintf(&out, "<url><loc>%s%s</loc></url>\n", base, path)
	}
	for _, tag := range b.tags() {
		fmt.Fprintf(&out, "<url><loc>%s/tag/%s/</loc></url>\n", base, tag)
	}
	out.WriteString("</urlset>\n")
	return out.String()
}

// sitemapPosts is a file that happens to be packed, not a packed answer: it
// has the type of an archive and no Content-Encoding.
func (b *blog) sitemapPosts(base string) string {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = fmt.Fprint(z, urlset) // writes to memory cannot fail
	for _, e := range b.posts {
		_, _ = fmt.Fprintf(z, "<url><loc>%s%s</loc><lastmod>%s</lastmod><image:image><image:loc>%[1]s%[4]s</image:loc></image:image></url>\n",
			base, escape(e.Path()), e.Date.Format(time.DateOnly), escape(mediaPath(e.Picture, 1200)))
	}
	_, _ = fmt.Fprintln(z, "</urlset>")
	_ = z.Close()
	return out.String()
}

func (b *blog) robots(base string) string {
	return "User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\n\nSitemap: " + base + "/sitemap.xml\n"
}

func (b *blog) security(base string) string {
	return "Contact: " + base + "/contact/\nExpires: 2036-09-05T20:30:00Z\nPreferred-Languages: en, fr\nCanonical: " +
		base + "/.well-known/security.txt\n"
}
