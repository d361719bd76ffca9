package refs

import (
	"bytes"
	"strings"
)

// html reads a page.
func (w *walk) html(l *layer) {
	if w.legacy == nil && w.depth == 0 {
		w.legacy = htmlCharset(l.text)
	}
	w.markup(l, false)
}

// xhtml reads a page or an image in XML syntax.
func (w *walk) xhtml(l *layer) { w.markup(l, true) }

func (w *walk) markup(l *layer, xml bool) {
	w.findBase(l, xml)
	s := scanner{src: l.text, xml: xml}
	scriptType, inside := "", "" // of the script, and the raw element in XML, SVG or MathML, that is open
	for s.next() {
		switch s.kind {
		case startToken:
			w.tag(l, &s.token, xml)
			if s.name == "script" {
				scriptType = w.attrText(l, &s.token, "type")
			}
			if inside == "" && (s.name == "script" || s.name == "style") {
				inside = s.name
			}
		case endToken:
			inside = "" // nothing nests in them
		case textToken:
			if inside != "" {
				w.code(w.decoded(l, s.inner, s.innerEnd, inText), inside, scriptType)
			} else if w.absolute {
				// Feeds hold pages escaped once too often; what readers then
				// see as text still names the site.
				w.mentions(w.decoded(l, s.inner, s.innerEnd, inText), "", "")
			}
		case cdataToken:
			if inside != "" {
				in := l.inside(s.inner, s.innerEnd)
				in.escape = inCDATA
				w.code(in, inside, scriptType)
			}
		case rawToken:
			w.code(l.inside(s.inner, s.innerEnd), s.name, scriptType)
		case commentToken:
			w.mentions(l.inside(s.inner, s.innerEnd), "", "")
		case instructionToken:
			w.instruction(l, s.inner, s.innerEnd)
		}
	}
}

// code reads the content of a script or style element.
func (w *walk) code(l *layer, element, scriptType string) {
	if element == "style" {
		w.style(l, Ref{Element: "style"})
	}
	if element != "script" {
		return
	}
	kind, _, _ := strings.Cut(strings.ToLower(scriptType), ";")
	switch kind = strings.TrimSpace(kind); {
	case kind == "importmap":
		w.json(l, (*walk).importMap)
	case kind == "speculationrules":
		w.json(l, (*walk).speculation)
	case kind == "application/ld+json":
		w.json(l, (*walk).linkedData)
	default:
		w.mentions(l, "script", "")
	}
}

// findBase looks for a base element, which counts for the whole page, before
// it as well; it sets the base of this page and shows nothing to the visitor.
func (w *walk) findBase(l *layer, xml bool) {
	if !mayHaveBase(l.text) {
		return
	}
	s := scanner{src: l.text, xml: xml}
	for s.next() {
		if s.kind != startToken || s.name != "base" || w.find(l, &s.token, "href") == nil {
			continue
		}
		raw := []byte(w.attrText(l, &s.token, "href"))
		start, end := trim(raw, 0, len(raw))
		if u := w.resolveAny(string(raw[start:end])); u != nil {
			w.base = u
		}
		return
	}
}

func mayHaveBase(b []byte) bool {
	for i := 0; ; i++ {
		n := bytes.IndexByte(b[i:], '<')
		if n < 0 {
			return false
		}
		if i += n; len(b) > i+5 && b[i+1]|0x20 == 'b' && strings.EqualFold(string(b[i+1:i+5]), "base") {
			return true
		}
	}
}

// tag reads the attributes of a start tag.
func (w *walk) tag(l *layer, t *token, xml bool) {
	switch t.name {
	case "link":
		if w.link(l, t, xml) {
			return
		}
	case "meta":
		w.meta(l, t)
	case "form":
		w.unsaidAction(l, t)
	}
	w.attributes(l, t)
}

// attributes reads each attribute of a tag by its rule. Of those with the same
// name only the first counts, as in browsers.
func (w *walk) attributes(l *layer, t *token) {
	var seen [4]uint64
	var buf [32]byte
	for _, a := range t.attrs {
		var kind *attrKind
		if a.nameEnd-a.name <= len(buf) {
			kind = attrKinds[string(lowerASCII(buf[:0], l.text[a.name:a.nameEnd]))]
		}
		if kind == nil {
			w.loose(l, t, a)
			continue
		}
		if seen[kind.id>>6]&(1<<(kind.id&63)) != 0 {
			continue
		}
		seen[kind.id>>6] |= 1 << (kind.id & 63)
		if r := kind.ruleFor(t.name); r == nil {
			w.loose(l, t, a)
		} else if r.how != asWords && a.value < a.valueEnd {
			w.byRule(l, t, a, r)
		}
	}
}

// byRule reads one attribute.
func (w *walk) byRule(l *layer, t *token, a attr, r *rule) {
	v := w.value(l, a)
	ref := Ref{Use: r.use, Element: t.name, Attr: w.attrName(l, a)}
	done := keep
	switch r.how {
	case asURL:
		if r.use == Link {
			ref.Rel = strings.ToLower(w.attrText(l, t, "rel"))
		}
		base := w.base
		if r.use == Base {
			w.base = w.doc
		}
		done = w.reference(v, 0, len(v.text), ref)
		w.base = base
	case asMethod:
		ref.Method = w.method(l, t)
		done = w.reference(v, 0, len(v.text), ref)
	case asURLs:
		done = w.urls(v, ref)
	case asSrcset:
		w.srcset(v, ref)
	case asLazySrcset:
		if looksLikeSrcset(v.text) {
			w.srcset(v, ref)
		} else {
			w.mentions(v, ref.Element, ref.Attr)
		}
	case asPage:
		w.nest(v, (*walk).html)
	case asStyle:
		w.style(v, ref)
	case asLazy:
		done = w.lazy(v, ref)
	}
	if done == drop {
		w.leaveOut(l, t, a)
	}
}

// lazy reads a value that is a URL if it looks like one, or CSS.
func (w *walk) lazy(v *layer, ref Ref) op {
	start, end := trim(v.text, 0, len(v.text))
	switch raw := string(v.text[start:end]); {
	case strings.Contains(raw, "url("):
		w.style(v, ref)
	case looksLikeURL(raw) && w.resolve(raw) != nil:
		return w.reference(v, start, end, ref)
	default:
		w.mentions(v, ref.Element, ref.Attr)
	}
	return keep
}

// urls reads a list of URLs; dropping one of them drops the list.
func (w *walk) urls(v *layer, ref Ref) op {
	done := keep
	for start := 0; start < len(v.text); {
		end := start
		for end < len(v.text) && !isSpace(v.text[end]) {
			end++
		}
		if end > start && w.reference(v, start, end, ref) == drop {
			done = drop
		}
		start = end + 1
	}
	return done
}

// leaveOut renames the attribute, and all that would then take its place.
func (w *walk) leaveOut(l *layer, t *token, a attr) {
	name := l.text[a.name:a.nameEnd]
	for _, other := range t.attrs {
		if other.name >= a.name && bytes.EqualFold(l.text[other.name:other.nameEnd], name) {
			w.replace(l, other.name, other.nameEnd, LeftOut)
		}
	}
}

// loose searches an attribute without rule for addresses of the site.
func (w *walk) loose(l *layer, t *token, a attr) {
	if a.valueEnd-a.value < w.shortest() || bytes.HasPrefix(l.text[a.name:a.nameEnd], []byte("xmlns")) {
		return
	}
	if v := w.value(l, a); w.mayMention(v.text) {
		w.mentions(v, t.name, w.attrName(l, a))
	}
}
