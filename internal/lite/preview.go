package lite

import (
	"encoding/json"
	"strings"

	"golang.org/x/net/html"

	"buzzproof/internal/article"
	"buzzproof/internal/site"
)

// A head is what a page says of itself to machines.
type head struct {
	canonical   string
	robots      string
	description string
	image       string // of Open Graph, as a reference
	imageAlt    string
	feeds       []headLink
	links       []headLink // other links that machines follow
	metas       []headMeta // other facts that machines read
	linked      string     // JSON-LD, if it is small
}

type headLink struct{ rel, kind, href, title string }

type headMeta struct{ key, name, content string }

// facts are the names of metas that a preview keeps as they are.
var facts = set("twitter:card", "twitter:site", "twitter:creator", "fediverse:creator", "author",
	"article:published_time", "article:modified_time", "article:author", "og:locale", "og:video",
	"citation_doi", "theme-color")

const (
	mostLinked = 1000 // bytes of JSON-LD; a preview has 1,500 in all
	mostFacts  = 16
)

func readHead(p *Page) head {
	l := newLinks(p)
	h := head{canonical: l.self}
	if p.Doc != nil {
		for n := range p.Doc.Descendants() {
			switch {
			case n.Type != html.ElementNode || n.Namespace != "":
			case n.Data == "link" || n.Data == "a" && strings.Contains(value(n, "rel"), "me"):
				h.link(n, l)
			case n.Data == "meta":
				h.meta(n, l)
			case n.Data == "script" && value(n, "type") == "application/ld+json" && n.FirstChild != nil && h.linked == "":
				h.linked = smallJSON(n.FirstChild.Data)
			}
		}
	}
	if p.Said.Summary != "" {
		h.description = p.Said.Summary
	}
	h.description = brief(strings.TrimSpace(fold(legible(h.description))), 500)
	h.addFeeds(p.Said.Feeds, l)
	return h
}

// link reads a link of the head.
func (h *head) link(n *html.Node, l links) {
	href, ok := l.href(value(n, "href"))
	if !ok || value(n, "href") == "" {
		return
	}
	kind := strings.ToLower(strings.TrimSpace(value(n, "type")))
	for rel := range strings.FieldsSeq(strings.ToLower(value(n, "rel"))) {
		link := headLink{rel, kind, href, fold(legible(value(n, "title")))}
		switch {
		case rel == "canonical":
			if u := l.resolve(href); u != nil && (u.Scheme == "http" || u.Scheme == "https") {
				h.canonical = u.String()
			}
		case rel == "alternate" && (kind == "application/rss+xml" || kind == "application/atom+xml" || kind == "application/feed+json"):
			if len(h.feeds) < 4 {
				h.feeds = append(h.feeds, link)
			}
		case rel == "alternate" && (strings.Contains(kind, "oembed") || strings.Contains(kind, "activity") || strings.Contains(kind, "ld+json")),
			rel == "me", rel == "author", rel == "license", rel == "webmention":
			if len(h.links) < mostFacts && !strings.ContainsAny(kind, " <>") {
				h.links = append(h.links, link)
			}
		}
	}
}

// meta reads a fact of the head.
func (h *head) meta(n *html.Node, l links) {
	key, name := "name", strings.ToLower(value(n, "name"))
	if name == "" {
		key, name = "property", strings.ToLower(value(n, "property"))
	}
	text := fold(legible(value(n, "content")))
	switch {
	case text == "":
	case name == "robots":
		h.robots = text
	case name == "description" || name == "og:description" && h.description == "":
		h.description = text
	case name == "og:image" && h.image == "":
		if u := l.resolve(tidy(text)); u != nil && (u.Scheme == "http" || u.Scheme == "https") {
			h.image = u.String()
		}
	case name == "og:image:alt":
		h.imageAlt = text
	case facts[name] && len(h.metas) < mostFacts && len(text) < 300:
		h.metas = append(h.metas, headMeta{key, name, text})
	}
}

// addFeeds adds the feeds that were found elsewhere on the page.
func (h *head) addFeeds(feeds []article.Link, l links) {
	for _, feed := range feeds {
		if feed.URL == nil || len(h.feeds) > 3 {
			continue
		}
		href, ok := l.href(feed.URL.String())
		for _, known := range h.feeds {
			ok = ok && known.href != href
		}
		if ok {
			h.feeds = append(h.feeds, headLink{"alternate", "application/rss+xml", href, ""})
		}
	}
}

// smallJSON returns JSON that may stand in a script element, "" if it is none
// or too long for a preview.
func smallJSON(text string) string {
	var v any
	if len(text) > 16*mostLinked || json.Unmarshal([]byte(text), &v) != nil {
		return ""
	}
	packed, err := json.Marshal(v) // escapes <, > and &
	if err != nil || len(packed) > mostLinked {
		return ""
	}
	return string(packed)
}

// Preview returns a document for programs that show a link: a truthful head, a
// title, a summary. The picture it names is the page's at ?preview=image; nil
// if the page has none on this site.
func (p *Page) Preview() ([]byte, *site.File, error) {
	d := p.sheet()
	d.top(p.name(), "")
	for _, l := range append(d.head.feeds, d.head.links...) {
		d.headLink(l)
	}
	if d.head.description != "" {
		d.tag("meta", "name", "description", "content", d.head.description)
	}
	picture, alt := p.previewPicture(d)
	image := ""
	if picture != nil {
		at := *p.URL
		at.RawQuery, at.Fragment = strings.TrimPrefix(p.as("preview=image"), "?"), ""
		image = at.String()
	}
	d.openGraph(image)
	if image != "" && alt != "" {
		d.tag("meta", "property", "og:image:alt", "content", alt)
	}
	d.facts(image)
	if d.head.linked != "" {
		d.WriteString("<script type=application/ld+json>" + d.head.linked + "</script>")
	}
	d.WriteString("<main class=h-entry><h1 class=p-name>")
	writeText(&d.Builder, p.name())
	d.WriteString("</h1>")
	d.WriteString(d.signature())
	if d.head.description != "" {
		d.WriteString("<p class=p-summary>")
		writeText(&d.Builder, d.head.description)
		d.WriteString("</p>")
	}
	d.WriteString("<p>")
	d.tag("a", "class", "u-url", "href", d.links.shorten(d.links.self))
	writeText(&d.Builder, d.head.canonical)
	d.WriteString("</a></main>")
	return []byte(d.String()), picture, nil
}

func (d *sheet) headLink(l headLink) {
	pairs := []string{"rel", l.rel}
	if l.kind != "" {
		pairs = append(pairs, "type", l.kind)
	}
	pairs = append(pairs, "href", l.href)
	if l.title != "" && l.rel == "alternate" {
		pairs = append(pairs, "title", l.title)
	}
	d.tag("link", pairs...)
}

// facts writes the other facts of the page, and what follows from them.
func (d *sheet) facts(image string) {
	said := map[string]bool{}
	for _, m := range d.head.metas {
		said[m.name] = true
		d.tag("meta", m.key, m.name, "content", m.content)
	}
	if !said["twitter:card"] {
		card := "summary"
		if image != "" {
			card = "summary_large_image"
		}
		d.tag("meta", "name", "twitter:card", "content", card)
	}
	if d.p.Said.Author != "" && !said["author"] {
		d.tag("meta", "name", "author", "content", brief(fold(d.p.Said.Author), 200))
	}
	if t := d.p.Said.Published; !t.IsZero() && !said["article:published_time"] {
		d.tag("meta", "property", "article:published_time", "content", t.Format("2006-01-02T15:04:05Z07:00"))
	}
}

// signature says who wrote the page and when, as microformats have it.
func (d *sheet) signature() string {
	text := ""
	if author := brief(strings.TrimSpace(fold(legible(d.p.Said.Author))), 200); author != "" {
		text = "<span class=p-author>" + textEscaper.Replace(author) + "</span> "
	}
	if t := d.p.Said.Published; !t.IsZero() {
		text += strings.Replace(d.time(t), "<time", "<time class=dt-published", 1)
	}
	if text == "" {
		return ""
	}
	return "<p>" + text + "</p>"
}

// previewPicture returns the picture that stands for the page: the one its
// head names, else the first of its text; nil if the site holds neither.
func (p *Page) previewPicture(d *sheet) (*site.File, string) {
	if f, ok := p.find(d.links, d.head.image); ok {
		return f, d.head.imageAlt
	}
	if p.Said.Body == nil {
		return nil, ""
	}
	for n := range p.Said.Body.Descendants() {
		if n.Type != html.ElementNode || n.Data != "img" || tiny(n) || spoken(n, value(n, "alt")) {
			continue
		}
		if f, ok := p.find(d.links, d.links.source(n)); ok {
			return f, strings.TrimSpace(fold(legible(value(n, "alt"))))
		}
	}
	return nil, ""
}

// find returns the picture that the site answers with for a reference.
func (p *Page) find(l links, href string) (*site.File, bool) {
	u := l.resolve(href)
	if u == nil || href == "" || p.Files == nil {
		return nil, false
	}
	f, ok := p.Files.Find(u)
	if !ok || !strings.HasPrefix(f.Type, "image/") {
		return nil, false
	}
	return &f, true
}
