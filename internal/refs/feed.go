package refs

import (
	"net/url"
	"strings"
)

// An openElement is an element of a feed around the current place.
type openElement struct {
	name string
	kind string   // the type of an Atom text: "html", "xhtml"
	base *url.URL // what references inside are resolved against
}

// A feedScan follows the elements of a feed or sitemap.
type feedScan struct {
	w    *walk
	l    *layer
	open []openElement
	item *url.URL // the page of the item around the current place, once it is known
}

// feed reads RSS or Atom.
func (w *walk) feed(l *layer) {
	w.absolute = true
	f := feedScan{w: w, l: l}
	s := scanner{src: l.text, xml: true}
	for s.next() {
		switch s.kind {
		case startToken:
			f.start(&s.token)
		case endToken:
			f.end(s.name)
		case textToken:
			f.text(s.inner, s.innerEnd, inText)
		case cdataToken:
			f.text(s.inner, s.innerEnd, inCDATA)
		case instructionToken:
			w.instruction(l, s.inner, s.innerEnd)
		case commentToken:
			w.mentions(l.inside(s.inner, s.innerEnd), "", "")
		}
	}
}

// end closes the element of that name and what was left open inside.
func (f *feedScan) end(name string) {
	for i := len(f.open) - 1; i >= max(0, len(f.open)-50); i-- { // deeper disorder is not worth the time
		if f.open[i].name == name {
			f.open = f.open[:i]
			f.w.base = f.base()
			if name == "item" || name == "entry" {
				f.item = nil
			}
			return
		}
	}
}

func (f *feedScan) base() *url.URL {
	if n := len(f.open); n > 0 {
		return f.open[n-1].base
	}
	return f.w.doc
}

// start reads the attributes of an element and opens it.
func (f *feedScan) start(t *token) {
	w := f.w
	if n := len(f.open); n > 0 && (f.open[n-1].kind == "xhtml") {
		w.tag(f.l, t, true)
		f.push(t, openElement{name: t.name, kind: "xhtml", base: w.base})
		return
	}
	e := openElement{name: t.name, base: w.base, kind: strings.ToLower(w.attrText(f.l, t, "type"))}
	if base := w.attrText(f.l, t, "xml:base"); base != "" {
		if u := w.resolveAny(base); u != nil {
			e.base = u
		}
	}
	for _, a := range t.attrs {
		f.attribute(t, a, e.base)
	}
	f.push(t, e)
}

func (f *feedScan) push(t *token, e openElement) {
	if t.selfClosing {
		return
	}
	f.open = append(f.open, e)
	f.w.base = e.base
}

// attribute reads one attribute of RSS, Atom or one of their extensions.
func (f *feedScan) attribute(t *token, a attr, base *url.URL) {
	if a.value == a.valueEnd {
		return
	}
	w, name := f.w, f.w.attrName(f.l, a)
	r := Ref{Element: t.name, Attr: name}
	switch {
	case name == "xml:base":
		r.Use = Base
	case strings.HasPrefix(name, "xmlns"), name == "scheme", name == "domain", t.name == "generator", t.name == "cloud":
		return
	case name == "href":
		r = f.linkRef(t)
	case name == "url" || name == "src":
		r.Use = urlUse(t.name)
	case name == "rdf:about" || name == "rdf:resource" || name == "ref":
		r.Use = Name
	default:
		w.loose(f.l, t, a)
		return
	}
	outer := w.base
	if r.Use != Base {
		w.base = base
	}
	v := w.value(f.l, a)
	w.reference(v, 0, len(v.text), r)
	w.base = outer
}

// urlUse says what the url attribute of an element of a feed is for.
func urlUse(element string) Use {
	switch element {
	case "source":
		return Feed
	case "media:player":
		return Link
	}
	return Embed
}

// linkRef says what the href of an element of a feed is for.
func (f *feedScan) linkRef(t *token) Ref {
	rel := strings.ToLower(f.w.attrText(f.l, t, "rel"))
	r := linkRef(rel, strings.ToLower(f.w.attrText(f.l, t, "type")), false)
	switch {
	case strings.HasSuffix(t.name, "image"):
		r.Use = Embed
	case !strings.HasSuffix(t.name, "link"):
		r.Use = Name
	case rel == "self" || rel == "first" || rel == "last" || rel == "next" || rel == "previous" || rel == "prev" || rel == "current":
		r.Use = Feed
	}
	r.Element, r.Attr = t.name, "href"
	if t.name == "link" && (rel == "" || rel == "alternate") {
		f.pageOfItem(f.w.attrText(f.l, t, "href"))
	}
	return r
}

// pageOfItem remembers the page of an item: a text that was written for it may
// refer to its neighbours.
func (f *feedScan) pageOfItem(raw string) {
	for _, e := range f.open {
		if e.name == "item" || e.name == "entry" {
			f.item = f.w.resolve(raw)
			return
		}
	}
}
