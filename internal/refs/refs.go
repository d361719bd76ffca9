// Package refs finds every reference in a document and replaces exactly those
// bytes, nothing else.
//
// A document is read as tokens, never searched with regular expressions. Each
// reference is shown to a visitor, which answers with an Edit; one code path
// therefore serves both for finding (the visitor keeps everything) and for
// rewriting. Whatever the visitor keeps stays identical to the byte, however
// deep it lies: a URL in a style attribute of a page inside the CDATA of a feed
// is replaced in the feed's own bytes, escaped for each layer around it.
package refs

import "net/url"

// Use says what a document uses a reference for.
type Use uint8

const (
	Link      Use = iota // a place to go: a, area, next and prev, sitemap loc, feed item
	Embed                // needed to show the document: image, script, style sheet, font, icon, media, frame
	Feed                 // a feed of the site
	Shortlink            // a second, short address of the document; the guid of a feed item
	Name                 // identifies rather than points: canonical, og:url, JSON-LD @id; need not be fetched
	Form                 // where a form is sent
	Base                 // base href: may be rewritten, is never fetched
	Mention              // an address of the site inside a script, JSON, a comment or an unknown attribute
	Service              // answers only while the origin lives: pingback, EditURI, preconnect, API discovery
	OEmbed               // describes the document to whoever embeds it
)

var useNames = [...]string{
	"link", "embed", "feed", "shortlink", "name", "form", "base", "mention", "service", "oembed",
}

// String returns the name of the use in lower case.
func (u Use) String() string {
	if int(u) < len(useNames) {
		return useNames[u]
	}
	return "unknown"
}

// A Ref is one reference as a browser would understand it. References that
// are not http or https (data:, mailto:, javascript:) and those that only name
// a fragment of their own document are no Refs.
type Ref struct {
	Raw      string   // the value with entities and escapes undone, without white space around it
	URL      *url.URL // Raw resolved against the base of the document, never nil
	Use      Use
	Absolute bool   // must stay absolute when rewritten: canonical, og:*, JSON-LD, feeds, sitemaps
	Element  string // lower case; "" outside markup
	Attr     string // lower case; "" outside markup; the key in JSON
	Rel      string // lower case; of sitemaps the element around loc: "url" or "sitemap"
	Method   string // of forms, lower case: "get", "post" or "dialog"
}

type op uint8

const (
	keep op = iota
	set
	drop
)

// An Edit says what becomes of a reference. The zero value keeps it.
type Edit struct {
	op  op
	url string
}

// Keep leaves every byte of the reference as it is.
func Keep() Edit { return Edit{} }

// Set replaces the reference by url, escaped for the place where it stands.
func Set(url string) Edit { return Edit{op: set, url: url} }

// Drop makes a reference inert and keeps all text: the attribute is renamed to
// data-left-out, a link element goes as a whole, a srcset loses one candidate.
// In CSS, JSON, feeds and sitemaps nothing can go without harm: there it keeps.
func Drop() Edit { return Edit{op: drop} }

// DropAs is Drop for an attribute whose value shall also no longer name the
// place it did: data-left-out then holds url.
func DropAs(url string) Edit { return Edit{op: drop, url: url} }

// LeftOut is the attribute a dropped reference is renamed to.
const LeftOut = "data-left-out"

// A Doc is what has to be known about a document besides its bytes.
type Doc struct {
	// URL is the address of the document; references are resolved against it.
	URL *url.URL

	// Origins are the absolute prefixes of the site, such as
	// "http://localhost:2368". Addresses that begin with one of them are found
	// as Mention where no syntax marks a reference.
	Origins []string

	// Charset is the one of the Content-Type, if any. Charsets that contain
	// ASCII are read in place; the others must go through Transcode first.
	Charset string
}

// CSS visits the references of a style sheet.
func CSS(doc []byte, d Doc, visit func(Ref) Edit) []byte {
	return rewrite(doc, d, visit, (*walk).css)
}

// HTML visits the references of a page.
func HTML(doc []byte, d Doc, visit func(Ref) Edit) []byte {
	return rewrite(doc, d, visit, (*walk).html)
}

// SVG visits the references of an SVG image or any other page in XML syntax.
func SVG(doc []byte, d Doc, visit func(Ref) Edit) []byte {
	return rewrite(doc, d, visit, (*walk).xhtml)
}

// FeedXML visits the references of an RSS or Atom feed.
func FeedXML(doc []byte, d Doc, visit func(Ref) Edit) []byte {
	return rewrite(doc, d, visit, (*walk).feed)
}
