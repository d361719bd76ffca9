package sample

import (
	"fmt"
	"slices"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// layout is the frame of every page of the theme. It and the parts are written
// as nodes: a template calls methods by names that no linker can foresee, so
// that a program with one keeps every method of all its types.
func layout(p page) g.Node {
	return g.Group{
		g.Raw("<!DOCTYPE html>\n"),
		h.HTML(h.Lang(p.Lang), block(
			h.Head(block(slices.Concat(about(p), styles(p), alternates(p), neighbours(p), scripts(p))...)),
			h.Body(h.Class("is-"+p.Kind), block(
				h.A(h.Class("skip"), h.Href("#content"), g.Text("Skip to the text")),
				masthead(p),
				h.Div(h.Class("columns"), block(h.Main(h.ID("content"), block(middles[p.Kind](p)...)), side(p))),
				footer(),
			)),
		)),
		newline,
	}
}

var (
	newline = g.Raw("\n")
	blank   = g.Group{} // leaves an empty line where nil leaves none
)

// block is what stands inside an element, each node on a line of its own.
func block(nodes ...g.Node) g.Node {
	lines := g.Group{newline}
	for _, n := range nodes {
		if n != nil {
			lines = append(lines, n, newline)
		}
	}
	return lines
}

// url is the full address of a decoded path, which may carry a query.
func (p page) url(path string) string { return p.Base + href(path) }

// href is the same without the site's address.
func href(path string) string { return percent(path, "!#$&*+,/:;=?@[]") }

// percent writes each byte that may not stand in a URL by its number. Letters,
// digits and "-._~" may always (RFC 3986, section 2.3), kept may besides. The
// digits are small, as WordPress writes them in its slugs.
func percent(text, kept string) string {
	var out strings.Builder
	for _, c := range []byte(text) {
		alpha := 'a' <= c|0x20 && c|0x20 <= 'z'
		if alpha || '0' <= c && c <= '9' || strings.IndexByte("-._~"+kept, c) >= 0 {
			out.WriteByte(c)
		} else {
			fmt.Fprintf(&out, "%%%02x", c)
		}
	}
	return out.String()
}

// about says to search engines and social networks what the page is.
func about(p page) []g.Node {
	title := p.Title + " · " + siteName
	if p.Path == "/" {
		title = siteName + ": " + tagline
	}
	nodes := []g.Node{
		h.Meta(h.Charset("utf-8")),
		meta("viewport", "width=device-width, initial-scale=1"),
		h.TitleEl(g.Text(title)),
		g.If(p.Description != "", meta("description", p.Description)),
	}
	if p.NoIndex {
		return append(nodes, meta("robots", "noindex"))
	}
	return append(nodes, card(p)...)
}

// card is what a social network shows of the page.
func card(p page) []g.Node {
	kind, picture := "website", "harbour"
	if p.Kind == "post" {
		kind = "article"
	}
	if p.Picture != "" {
		picture = p.Picture
	}
	picture = p.Base + mediaPath(picture, 1200)
	return []g.Node{
		h.Link(h.Rel("canonical"), h.Href(p.url(p.Path))),
		property("og:site_name", siteName),
		property("og:title", p.Title),
		property("og:description", p.Description),
		property("og:url", p.Base+p.Path),
		property("og:type", kind),
		property("og:image", picture),
		property("og:image:width", "1200"),
		property("og:image:height", "600"),
		meta("twitter:card", "summary_large_image"),
		meta("twitter:image", picture),
	}
}

func meta(name, content string) g.Node { return h.Meta(h.Name(name), h.Content(content)) }

func property(name, content string) g.Node {
	return h.Meta(g.Attr("property", name), h.Content(content))
}

func styles(p page) []g.Node {
	return []g.Node{
		meta("msapplication-TileImage", p.Base+"/assets/icon-192.png"),
		meta("theme-color", "#141b2d"),
		h.Link(h.Rel("preload"), h.Href(p.url("/assets/square.ttf?ver=1.4")), h.As("font"), h.Type("font/ttf"), g.Attr("crossorigin")),
		h.Link(h.Rel("stylesheet"), h.Href(p.url("/assets/style.css?ver=1.4"))),
		h.Link(h.Rel("icon"), h.Href("/favicon.ico"), g.Attr("sizes", "32x32")),
		h.Link(h.Rel("icon"), h.Href("/assets/logo.svg"), h.Type("image/svg+xml")),
		h.Link(h.Rel("apple-touch-icon"), h.Href("/assets/icon-180.png")),
		h.Link(h.Rel("manifest"), h.Href("/site.webmanifest")),
	}
}

// alternates lead programs to what is written for them.
func alternates(p page) []g.Node {
	feed := func(kind, note, path string) g.Node {
		return h.Link(h.Rel("alternate"), h.Type(kind), h.Title(siteName+note), h.Href(p.url(path)))
	}
	return []g.Node{
		feed("application/rss+xml", "", "/feed/"),
		feed("application/atom+xml", " (Atom)", "/atom.xml"),
		feed("application/feed+json", " (JSON)", "/feed.json"),
		h.Link(h.Rel("https://api.w.org/"), h.Href(p.url("/wp-json/"))),
		h.Link(h.Rel("EditURI"), h.Type("application/rsd+xml"), h.Href(p.url("/xmlrpc.php?rsd"))),
	}
}

// neighbours are the addresses beside that of the page, and its other ones.
func neighbours(p page) []g.Node {
	nodes := []g.Node{
		g.If(p.Pager.Prev != "", h.Link(h.Rel("prev"), h.Href(p.url(p.Pager.Prev)))),
		g.If(p.Pager.Next != "", h.Link(h.Rel("next"), h.Href(p.url(p.Pager.Next)))),
	}
	if p.Kind != "post" {
		return nodes
	}
	embed := p.url("/wp-json/oembed/1.0/embed?url=") + percent(p.Base+p.Post.Path(), "")
	return append(nodes,
		h.Link(h.Rel("shortlink"), h.Href(p.url(p.Post.Short()))),
		h.Link(h.Rel("alternate"), h.Type("application/json+oembed"), h.Href(embed)))
}

// scripts holds all that is not escaped as text: JSON, which encode makes safe
// inside a script, and the one style of the front page.
func scripts(p page) []g.Node {
	const front = `.masthead { background-image: linear-gradient(rgba(12, 18, 38, .35), rgba(12, 18, 38, .75)), url('/media/harbour-1200.jpg') }`
	return []g.Node{
		h.Script(g.Raw("var ink = " + scriptSettings(p.Base) + ";")),
		h.Script(h.Src(p.url("/assets/blog.js?ver=1.4")), h.Defer()),
		h.Script(h.Type("application/ld+json"), g.Raw(structuredData(p))),
		g.If(p.Path == "/", h.StyleEl(g.Raw(front))),
	}
}

func masthead(p page) g.Node {
	return h.Header(h.Class("masthead"), block(
		h.Div(h.Class("bar"), block(
			h.P(h.Class("name"), to(p.url("/"), siteName)),
			h.P(h.Class("tagline"), g.Text(tagline)),
			h.Nav(h.Aria("label", "Main"), block(g.Group{
				to("/", "Posts"), g.Text(" "), to("/about/", "About"), g.Text(" "),
				to("/contact/", "Contact"), g.Text(" "), to("/calendar/", "Calendar"),
			})),
			h.Button(h.Class("lamp"), h.Type("button"), g.Attr("hidden"), h.Aria("label", "Switch between dark and light"),
				h.Img(h.Src("/assets/moon.svg"), h.Alt(""), h.Width("20"), h.Height("20"))),
		)),
	))
}

// to is a plain link.
func to(address, text string) g.Node { return h.A(h.Href(address), g.Text(text)) }

func footer() g.Node {
	return h.Footer(block(
		h.P(g.Text("© 2016 Maud. Written by hand, drawn by a program. "),
			to("/colophon/", "Colophon"), g.Text(" · "), to("/wp-login.php", "Log in")),
	))
}
