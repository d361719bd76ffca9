package lite

import (
	"strings"

	"golang.org/x/text/language"

	"buzzproof/internal/article"
)

// name is the title of the page, never empty.
func (p *Page) name() string {
	title := ""
	if t := first(p.Doc, "title"); t != nil {
		title = content(t, 1000)
	}
	for _, name := range []string{p.Said.Title, title, p.Said.Site, p.URL.Hostname() + p.URL.Path} {
		if name = brief(strings.TrimSpace(fold(legible(name))), 300); name != "" {
			return name
		}
	}
	return "-"
}

// brief returns at most so many characters of a text.
func brief(text string, most int) string {
	for i := range text {
		if most--; most < 0 {
			return strings.TrimSpace(text[:i]) + "…"
		}
	}
	return text
}

// top writes what every document begins with.
func (d *sheet) top(title, title2 string) {
	d.WriteString("<!DOCTYPE html><html")
	writeAttr(&d.Builder, "lang", d.p.lang())
	if d.p.Said.Dir == "rtl" {
		writeAttr(&d.Builder, "dir", "rtl")
	}
	d.WriteString("><meta charset=utf-8><title>")
	writeText(&d.Builder, title+title2)
	d.WriteString("</title><meta name=viewport content=\"width=device-width\"><link rel=icon href=data:,>")
	d.tag("link", "rel", "canonical", "href", d.head.canonical)
	if d.head.robots != "" {
		d.tag("meta", "name", "robots", "content", d.head.robots)
	}
}

// lang is the language of the page; what does not say gets that of the words.
func (p *Page) lang() string {
	if validLang(p.Said.Lang) {
		return p.Said.Lang
	}
	return p.Words.Tag().String()
}

// tongue returns attributes for what is said in another language than the page's.
func (d *sheet) tongue() string {
	page, _ := language.Parse(d.p.lang())
	ours, _ := d.p.Words.Tag().Base()
	if theirs, _ := page.Base(); ours == theirs {
		return ""
	}
	dir := " dir=ltr"
	if script, _ := d.p.Words.Tag().Script(); script.String() == "Arab" || script.String() == "Hebr" {
		dir = " dir=rtl"
	}
	if (d.p.Said.Dir == "rtl") == (dir == " dir=rtl") {
		dir = ""
	}
	return " lang=" + d.p.Words.Tag().String() + dir
}

// meta writes what machines want to know.
func (d *sheet) meta() {
	for _, feed := range d.head.feeds {
		d.tag("link", "rel", "alternate", "type", feed.kind, "href", feed.href)
	}
	if d.head.description != "" {
		d.tag("meta", "name", "description", "content", d.head.description)
	}
	d.openGraph(d.head.image)
}

func (d *sheet) openGraph(image string) {
	kind := "article"
	if d.p.Said.Kind == article.List {
		kind = "website"
	}
	for _, pair := range [][2]string{
		{"og:title", d.p.name()},
		{"og:type", kind},
		{"og:url", d.head.canonical},
		{"og:description", d.head.description},
		{"og:site_name", d.p.Said.Site},
		{"og:image", image},
	} {
		if pair[1] != "" {
			d.tag("meta", "property", pair[0], "content", pair[1])
		}
	}
}

// tag writes a start tag from names and values in turn.
func (d *sheet) tag(name string, pairs ...string) {
	var attrs []attr
	for i := 0; i+1 < len(pairs); i += 2 {
		attrs = append(attrs, attr{pairs[i], legible(pairs[i+1])})
	}
	startTag(&d.Builder, name, attrs)
}
