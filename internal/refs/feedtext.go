package refs

import "strings"

// A textHow says what the text of an element of a feed is.
type textHow uint8

const (
	noRef     textHow = iota
	oneURL            // a URL, perhaps a relative one
	anAddress         // a URL if it is an absolute one
	aPage             // HTML
)

// text reads the text of the current element.
func (f *feedScan) text(start, end int, e escape) {
	if len(f.open) == 0 {
		return
	}
	here := f.open[len(f.open)-1]
	use, how := f.textRule(here)
	if how == noRef {
		return
	}
	v := f.l.inside(start, end)
	v.escape = inCDATA
	if e == inText {
		v = f.w.decoded(f.l, start, end, inText)
	}
	if how == aPage {
		f.page(v, here)
		return
	}
	from, to := trim(v.text, 0, len(v.text))
	if here.name == "link" {
		f.pageOfItem(string(v.text[from:to]))
	}
	if how == oneURL || isAbsolute(v.text[from:to]) {
		f.w.reference(v, from, to, Ref{Use: use, Element: here.name})
	}
}

// page reads a text in HTML. Its references are relative to the page of the
// item, as readers take them, unless the feed says otherwise by xml:base.
func (f *feedScan) page(v *layer, here openElement) {
	outer := f.w.base
	if f.item != nil && here.base == f.w.doc {
		f.w.base = f.item
	}
	f.w.nest(v, (*walk).html)
	f.w.base = outer
}

// textRule says what the text of an element is and, of a reference, what for.
func (f *feedScan) textRule(e openElement) (Use, textHow) {
	switch e.name {
	case "link":
		return Link, oneURL
	case "comments", "feedburner:origlink", "docs", "uri":
		return Link, anAddress
	case "wfw:commentrss", "itunes:new-feed-url":
		return Feed, oneURL
	case "guid":
		return Shortlink, anAddress
	case "id":
		return Name, anAddress
	case "url", "logo", "icon":
		return Embed, oneURL
	case "wfw:comment":
		return Service, oneURL
	case "description", "content:encoded", "itunes:summary", "media:description":
		return Link, aPage
	case "content", "summary", "title", "subtitle", "rights":
		if e.kind == "html" || strings.HasPrefix(e.kind, "text/html") {
			return Link, aPage
		}
	}
	return Link, noRef
}
