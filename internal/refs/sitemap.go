package refs

import (
	"bytes"
	"strings"
)

// Sitemap visits the references of a sitemap or an index of sitemaps.
func Sitemap(doc []byte, d Doc, visit func(Ref) Edit) []byte {
	return rewrite(doc, d, visit, (*walk).sitemap)
}

func (w *walk) sitemap(l *layer) {
	w.absolute = true
	s := scanner{src: l.text, xml: true}
	parent, here := "", ""
	for s.next() {
		switch s.kind {
		case startToken:
			if s.name == "url" || s.name == "sitemap" {
				parent = s.name
			}
			here = s.name
			w.sitemapTag(l, &s.token)
		case endToken:
			here = ""
		case textToken:
			w.sitemapText(w.decoded(l, s.inner, s.innerEnd, inText), here, parent)
		case cdataToken:
			v := l.inside(s.inner, s.innerEnd)
			v.escape = inCDATA
			w.sitemapText(v, here, parent)
		case instructionToken:
			w.instruction(l, s.inner, s.innerEnd)
		case commentToken:
			w.mentions(l.inside(s.inner, s.innerEnd), "", "")
		}
	}
}

// sitemapTag reads the other languages of a page: <xhtml:link href>.
func (w *walk) sitemapTag(l *layer, t *token) {
	a := w.find(l, t, "href")
	if a == nil || !strings.HasSuffix(t.name, "link") {
		return
	}
	r := Ref{Use: Link, Element: t.name, Attr: "href", Rel: strings.ToLower(w.attrText(l, t, "rel"))}
	v := w.value(l, *a)
	w.reference(v, 0, len(v.text), r)
}

func (w *walk) sitemapText(v *layer, element, parent string) {
	r := Ref{Element: element, Rel: parent}
	switch element {
	case "loc", "video:player_loc":
		r.Use = Link
	case "image:loc", "video:thumbnail_loc", "video:content_loc":
		r.Use = Embed
	case "image:license":
		r.Use = Name
	default:
		return
	}
	w.reference(v, 0, len(v.text), r)
}

// Browserconfig visits the references of the file that names Windows tiles.
func Browserconfig(doc []byte, d Doc, visit func(Ref) Edit) []byte {
	return rewrite(doc, d, visit, func(w *walk, l *layer) {
		s := scanner{src: l.text, xml: true}
		for s.next() {
			if a := w.find(l, &s.token, "src"); s.kind == startToken && a != nil {
				v := w.value(l, *a)
				w.reference(v, 0, len(v.text), Ref{Use: Embed, Element: s.name, Attr: "src"})
			}
		}
	})
}

// instruction reads <?xml-stylesheet href="…"?>.
func (w *walk) instruction(l *layer, start, end int) {
	const name = "xml-stylesheet"
	if !bytes.HasPrefix(l.text[start:end], []byte(name)) {
		return
	}
	s := scanner{src: append(l.text[start:end:end], '>')} // attributes end with their tag
	if s.attributes(len(name)) < 0 {
		return
	}
	in := l.inside(start, end)
	if a := w.find(in, &s.token, "href"); a != nil {
		v := w.value(in, *a)
		w.reference(v, 0, len(v.text), Ref{Use: Embed, Element: name, Attr: "href"})
	}
}

// List visits the addresses of a sitemap that is a text file with one in each
// line and nothing else (sitemaps.org/protocol.html#otherformats).
func List(doc []byte, d Doc, visit func(Ref) Edit) []byte {
	return rewrite(doc, d, visit, eachLine(func(w *walk, l *layer, start, end int) {
		if start, end = trim(l.text, start, end); start < end {
			w.present(l, start, end, string(l.text[start:end]), bareURL, Ref{Use: Link, Absolute: true})
		}
	}))
}

// isList reports whether every line of a text is an address in full.
func isList(doc []byte) bool {
	lines := 0
	for line := range bytes.Lines(bytes.TrimPrefix(doc, []byte("\ufeff"))) {
		line = bytes.ToLower(bytes.TrimSpace(line))
		if len(line) == 0 {
			continue
		}
		whole := bytes.HasPrefix(line, []byte("http://")) || bytes.HasPrefix(line, []byte("https://"))
		if !whole || bytes.ContainsAny(line, " \t") {
			return false
		}
		lines++
	}
	return lines > 0
}

// Robots visits the Sitemap lines of a robots.txt.
func Robots(doc []byte, d Doc, visit func(Ref) Edit) []byte {
	return rewrite(doc, d, visit, eachLine((*walk).robotsLine))
}

// eachLine reads a text line by line, without the mark of Unicode before it.
func eachLine(read func(w *walk, l *layer, start, end int)) func(*walk, *layer) {
	return func(w *walk, l *layer) {
		for start := len(l.text) - len(bytes.TrimPrefix(l.text, []byte("\ufeff"))); start < len(l.text); {
			end := start
			for end < len(l.text) && l.text[end] != '\n' && l.text[end] != '\r' {
				end++
			}
			read(w, l, start, end)
			start = end + 1
		}
	}
}

func (w *walk) robotsLine(l *layer, start, end int) {
	line := l.text[start:end]
	if i := bytes.IndexByte(line, '#'); i == 0 || i > 0 && isSpace(line[i-1]) {
		end = start + i
		line = line[:i]
	}
	i := bytes.IndexByte(line, ':')
	if i < 0 || !strings.EqualFold(string(bytes.TrimSpace(line[:i])), "sitemap") {
		return
	}
	start, end = trim(l.text, start+i+1, end)
	r := Ref{Use: Link, Absolute: true, Rel: "sitemap"}
	w.present(l, start, end, string(l.text[start:end]), bareURL, r)
}
