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
	parent, here, prefix, root := "", "", "", true
	for s.next() {
		switch s.kind {
		case startToken:
			if root { // its elements have the prefix that it has
				prefix, root = s.name[:strings.IndexByte(s.name, ':')+1], false
			}
			here = strings.TrimPrefix(s.name, prefix)
			if here == "url" || here == "sitemap" {
				parent = here
			}
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

// List visits the addresses of a sitemap that is a text file: one on each line
// (sitemaps.org/protocol.html#otherformats).
func List(doc []byte, d Doc, visit func(Ref) Edit) []byte {
	return rewrite(doc, d, visit, func(w *walk, l *layer) {
		eachLine(l.text, func(start, end int) {
			w.present(l, start, end, string(l.text[start:end]), bareURL, Ref{Use: Link, Absolute: true})
		})
	})
}

// isList reports whether a text is made of addresses alone.
func isList(doc []byte) bool {
	addresses, others := 0, 0
	eachLine(doc, func(start, end int) {
		line := doc[start:end]
		scheme := bytes.ToLower(line[:min(len(line), len("https://"))])
		if (bytes.HasPrefix(scheme, []byte("http://")) || bytes.HasPrefix(scheme, []byte("https://"))) && !bytes.ContainsAny(line, " \t") {
			addresses++
		} else {
			others++
		}
	})
	return addresses > 0 && others == 0
}

// eachLine shows where the lines of a text are that say anything, without the
// white space around them.
func eachLine(text []byte, show func(start, end int)) {
	for start := len(text) - len(bytes.TrimPrefix(text, []byte("\ufeff"))); start < len(text); {
		end := start
		for end < len(text) && text[end] != '\n' && text[end] != '\r' {
			end++
		}
		if from, to := trim(text, start, end); from < to {
			show(from, to)
		}
		start = end + 1
	}
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

// Robots visits the Sitemap lines of a robots.txt.
func Robots(doc []byte, d Doc, visit func(Ref) Edit) []byte {
	return rewrite(doc, d, visit, func(w *walk, l *layer) {
		eachLine(l.text, func(start, end int) { w.robotsLine(l, start, end) })
	})
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
