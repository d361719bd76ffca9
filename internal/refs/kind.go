package refs

import (
	"bytes"
	"mime"
	"path"
	"strings"
)

// A Kind is a kind of document with its own syntax for references.
type Kind uint8

const (
	KindNone Kind = iota // opaque: images, fonts, archives
	KindHTML
	KindCSS
	KindSVG // and every page in XML syntax
	KindFeed
	KindSitemap
	KindJSONFeed
	KindWebManifest
	KindJSON
	KindJSONLD
	KindScript
	KindBrowserconfig
	KindXML // any other: only addresses of the site are found
	KindRobots
	KindXSLT // holds the page it makes
	KindText // for people, with addresses in full, such as security.txt
	KindList // a sitemap as text: an address on each line
)

var kindNames = [...]string{
	"none", "html", "css", "svg", "feed", "sitemap", "jsonfeed", "webmanifest", "json", "jsonld", "script",
	"browserconfig", "xml", "robots", "xslt", "text", "list",
}

// String returns the name of the kind in lower case.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// Rewrite visits the references of a document of that kind.
func Rewrite(kind Kind, doc []byte, d Doc, visit func(Ref) Edit) []byte {
	switch kind {
	case KindHTML:
		return HTML(doc, d, visit)
	case KindCSS:
		return CSS(doc, d, visit)
	case KindSVG:
		return SVG(doc, d, visit)
	case KindFeed:
		return FeedXML(doc, d, visit)
	case KindSitemap:
		return Sitemap(doc, d, visit)
	case KindJSONFeed:
		return JSONFeed(doc, d, visit)
	case KindWebManifest:
		return WebManifest(doc, d, visit)
	case KindJSONLD:
		return JSONLD(doc, d, visit)
	case KindJSON, KindScript, KindText:
		return Script(doc, d, visit)
	case KindXSLT:
		return SVG(doc, d, exceptTemplates(visit))
	case KindXML:
		return XML(doc, d, visit)
	case KindBrowserconfig:
		return Browserconfig(doc, d, visit)
	case KindRobots:
		return Robots(doc, d, visit)
	case KindList:
		return List(doc, d, visit)
	}
	return doc
}

// exceptTemplates hides attribute value templates (XSLT section 7.6.2), which
// are addresses only once they are filled in.
func exceptTemplates(visit func(Ref) Edit) func(Ref) Edit {
	return func(r Ref) Edit {
		if strings.ContainsAny(r.Raw, "{}") {
			return Keep()
		}
		return visit(r)
	}
}

// For finds the kind of a document from its Content-Type, its first bytes and
// its name, the path it was fetched from.
func For(contentType string, doc []byte, name string) Kind {
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		mediaType, _, _ = strings.Cut(strings.ToLower(contentType), ";")
		mediaType = strings.TrimSpace(mediaType)
	}
	name = strings.ToLower(name)
	switch mediaType {
	case "text/html":
		return htmlKind(doc)
	case "application/xhtml+xml", "image/svg+xml":
		return KindSVG
	case "text/css":
		return KindCSS
	case "application/rss+xml", "application/atom+xml", "application/rdf+xml":
		return xmlKind(doc)
	case "application/manifest+json", "application/x-web-app-manifest+json":
		return KindWebManifest
	case "application/feed+json":
		return KindJSONFeed
	case "application/ld+json":
		return KindJSONLD
	case "application/json", "text/json":
		return jsonKind(doc, name)
	case "text/javascript", "application/javascript", "application/x-javascript", "application/ecmascript":
		return KindScript
	case "text/xml", "application/xml", "text/xsl", "application/xslt+xml":
		return xmlKind(doc)
	case "", "text/plain", "application/octet-stream":
		return kindByName(doc, name)
	}
	switch {
	case strings.HasSuffix(mediaType, "+xml"):
		return xmlKind(doc)
	case strings.HasSuffix(mediaType, "+json"):
		return jsonKind(doc, name)
	}
	return KindNone
}

// kindByName decides for documents whose type says nothing.
func kindByName(doc []byte, name string) Kind {
	base := path.Base(name)
	if base == "robots.txt" {
		return KindRobots
	}
	switch path.Ext(base) {
	case ".txt":
		if isList(doc) {
			return KindList
		}
		return KindText
	case ".html", ".htm":
		return KindHTML
	case ".css":
		return KindCSS
	case ".js", ".mjs":
		return KindScript
	case ".svg":
		return KindSVG
	case ".json", ".webmanifest":
		return jsonKind(doc, name)
	case ".xml", ".rss", ".atom", ".rdf", ".xsl":
		return xmlKind(doc)
	}
	if sniffed := htmlKind(doc); looksLikeHTML(doc) || sniffed != KindHTML {
		return sniffed
	}
	return KindNone
}

// htmlKind tells pages from the feeds and sitemaps that some servers call HTML.
func htmlKind(doc []byte) Kind {
	head := bytes.TrimLeft(doc, "\ufeff \t\r\n")
	if !bytes.HasPrefix(head, []byte("<?xml")) && !bytes.HasPrefix(head, []byte("<urlset")) && !bytes.HasPrefix(head, []byte("<sitemapindex")) {
		return KindHTML
	}
	if kind := xmlKind(doc); kind == KindFeed || kind == KindSitemap {
		return kind
	}
	return KindHTML
}

func looksLikeHTML(doc []byte) bool {
	head := bytes.ToLower(bytes.TrimLeft(doc[:min(len(doc), 256)], "\ufeff \t\r\n"))
	return bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.HasPrefix(head, []byte("<html"))
}

// jsonKind tells JSON feeds and manifests from other JSON.
func jsonKind(doc []byte, name string) Kind {
	head := doc[:min(len(doc), 1024)]
	switch base := path.Base(name); {
	case strings.HasSuffix(base, ".webmanifest"), base == "manifest.json":
		return KindWebManifest
	case bytes.Contains(head, []byte("https://jsonfeed.org/version")), bytes.Contains(head, []byte(`https:\/\/jsonfeed.org\/version`)):
		return KindJSONFeed
	case bytes.Contains(head, []byte(`"@context"`)):
		return KindJSONLD
	}
	return KindJSON
}

// xmlKind tells XML documents by their root element.
func xmlKind(doc []byte) Kind {
	s := scanner{src: doc, xml: true}
	for s.next() {
		if s.kind != startToken {
			continue
		}
		switch s.name[strings.LastIndexByte(s.name, ':')+1:] {
		case "rss", "feed", "rdf":
			return KindFeed
		case "urlset", "sitemapindex":
			return KindSitemap
		case "svg", "html":
			return KindSVG
		case "stylesheet", "transform":
			return KindXSLT
		case "browserconfig":
			return KindBrowserconfig
		}
		return KindXML
	}
	return KindXML
}
