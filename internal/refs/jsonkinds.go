package refs

import (
	"bytes"
	"net/url"
	"strings"
)

// Script finds the addresses of the site in a script, in JSON or in plain text.
func Script(doc []byte, d Doc, visit func(Ref) Edit) []byte {
	return rewrite(doc, d, visit, (*walk).script)
}

func (w *walk) script(l *layer) { w.mentions(l, "", "") }

// JSONLD visits the references of linked data.
func JSONLD(doc []byte, d Doc, visit func(Ref) Edit) []byte {
	return rewrite(doc, d, visit, func(w *walk, l *layer) { w.json(l, (*walk).linkedData) })
}

// JSONFeed visits the references of a JSON feed.
func JSONFeed(doc []byte, d Doc, visit func(Ref) Edit) []byte {
	return rewrite(doc, d, visit, func(w *walk, l *layer) {
		w.absolute = true
		w.json(l, (*walk).jsonFeed)
	})
}

// WebManifest visits the references of a web app manifest.
func WebManifest(doc []byte, d Doc, visit func(Ref) Edit) []byte {
	return rewrite(doc, d, visit, func(w *walk, l *layer) { w.json(l, (*walk).manifest) })
}

// linkedData shows every value that is an absolute URL, except vocabularies.
func (w *walk) linkedData(v jsonValue) {
	switch v.key {
	case "@context", "@vocab", "@type":
		return
	}
	if !isAbsolute(v.text) {
		w.mentions(v.layer, "", v.key)
		return
	}
	use := Name
	for _, part := range []string{"image", "logo", "photo", "thumbnail", "thumbnailUrl", "contentUrl"} {
		if v.key == part || v.key == "url" && strings.HasSuffix(v.path, "/"+part+"/url") {
			use = Embed
		}
	}
	if bytes.IndexByte(v.text, '{') >= 0 {
		use = Name
	}
	w.jsonRef(v, use, true)
}

// isAbsolute reports whether b is an http or https URL and nothing else.
func isAbsolute(b []byte) bool {
	scheme := schemeOf(string(b[:min(len(b), 8)]))
	return (scheme == "http" || scheme == "https") && bytes.HasPrefix(b[len(scheme):], []byte("://")) &&
		!bytes.ContainsAny(b, " \t\r\n<>\"")
}

func (w *walk) jsonFeed(v jsonValue) {
	switch v.path {
	case "/home_page_url", "/items/url", "/items/external_url", "/authors/url", "/author/url", "/items/authors/url", "/items/author/url":
		w.jsonRef(v, Link, true)
	case "/feed_url", "/next_url":
		w.jsonRef(v, Feed, true)
	case "/icon", "/favicon", "/items/image", "/items/banner_image", "/items/attachments/url",
		"/authors/avatar", "/author/avatar", "/items/authors/avatar", "/items/author/avatar":
		w.jsonRef(v, Embed, true)
	case "/hubs/url":
		w.jsonRef(v, Service, true)
	case "/items/id":
		if isAbsolute(v.text) {
			w.jsonRef(v, Shortlink, true)
		}
	case "/items/content_html":
		w.nest(v.layer, (*walk).html)
	case "/version":
	default:
		if !strings.HasSuffix(v.path, "_text") {
			w.mentions(v.layer, "", v.key)
		}
	}
}

// manifest reads a member of a web app manifest. The scope and the addresses
// to start are resolved against the manifest, the id against the start_url,
// whose origin is the same.
func (w *walk) manifest(v jsonValue) {
	switch v.path {
	case "/start_url", "/shortcuts/url", "/related_applications/url", "/protocol_handlers/url", "/file_handlers/action":
		w.jsonRef(v, Link, false)
	case "/scope":
		w.jsonRef(v, Name, false)
	case "/id":
		base := w.base
		w.base = base.ResolveReference(&url.URL{Path: "/"})
		w.jsonRef(v, Name, false)
		w.base = base
	case "/icons/src", "/screenshots/src", "/shortcuts/icons/src":
		w.jsonRef(v, Embed, false)
	case "/share_target/action":
		w.jsonRef(v, Form, false)
	default:
		w.mentions(v.layer, "", v.key)
	}
}

// importMap reads a member of an import map; bare names are no references.
func (w *walk) importMap(v jsonValue) {
	if isAbsolute(v.text) || bytes.HasPrefix(v.text, []byte("/")) || bytes.HasPrefix(v.text, []byte("./")) ||
		bytes.HasPrefix(v.text, []byte("../")) {
		w.jsonRef(v, Embed, false)
	}
}

// speculation reads a member of speculation rules; patterns are no references.
func (w *walk) speculation(v jsonValue) {
	if v.key == "urls" {
		w.jsonRef(v, Link, false)
	}
}
