package refs

import "strings"

// value returns the value of an attribute with its entities undone.
func (w *walk) value(l *layer, a attr) *layer {
	return w.decoded(l, a.value, a.valueEnd, attrEscape(a.quote))
}

// decoded returns l.text[start:end] with entities, and a legacy charset, undone.
func (w *walk) decoded(l *layer, start, end int, e escape) *layer {
	raw := l.text[start:end]
	v := &layer{text: raw, outer: l, shift: start, escape: e, utf8: true}
	if w.legacy != nil && !l.utf8 && hasHigh(raw) {
		v.text, v.marks = w.decodeLegacy(raw)
		v.escape = verbatim
		v = &layer{text: v.text, outer: v, escape: e, utf8: true}
		raw = v.text
	}
	v.text, v.marks = entities(raw, e != inText)
	return v
}

// find returns the first attribute of that name, or nil.
func (w *walk) find(l *layer, t *token, name string) *attr {
	for i := range t.attrs {
		a := &t.attrs[i]
		if a.nameEnd-a.name == len(name) && strings.EqualFold(string(l.text[a.name:a.nameEnd]), name) {
			return a
		}
	}
	return nil
}

// attrText returns the value of the first attribute of that name, or "".
func (w *walk) attrText(l *layer, t *token, name string) string {
	a := w.find(l, t, name)
	if a == nil || a.value == a.valueEnd {
		return ""
	}
	text, _ := entities(l.text[a.value:a.valueEnd], true)
	return string(text)
}

func (w *walk) attrName(l *layer, a attr) string {
	return lowerName(l.text[a.name:a.nameEnd])
}

// method returns how a form, or the button of one, is sent.
func (w *walk) method(l *layer, t *token) string {
	name := "method"
	if t.name != "form" {
		name = "formmethod"
	}
	switch m := strings.ToLower(strings.TrimSpace(w.attrText(l, t, name))); {
	case m == "post", m == "dialog":
		return m
	case m == "" && t.name != "form":
		return ""
	}
	return "get"
}

// unsaidAction shows a form without action, which is sent to its own page; a
// new action is written into the tag.
func (w *walk) unsaidAction(l *layer, t *token) {
	a := w.find(l, t, "action")
	if a != nil && a.value < a.valueEnd {
		return
	}
	if w.doc.Host == "" {
		return
	}
	page := *w.doc
	e := w.visit(Ref{Use: Form, Element: "form", Attr: "action", Method: w.method(l, t), Absolute: w.absolute, URL: &page})
	switch {
	case e.op != set || e.url == "":
	case a == nil:
		at := t.start + 1 + len(t.name)
		w.replace(l, at, at, ` action="`+inDouble.apply(e.url)+`"`)
	default:
		w.replace(l, a.name, a.nameEnd, `action="`+inDouble.apply(e.url)+`" `+LeftOut)
	}
}

// link reads a link element and reports whether that was all: the visitor had
// it removed.
func (w *walk) link(l *layer, t *token, xml bool) (removed bool) {
	a := w.find(l, t, "href")
	if a == nil || a.value == a.valueEnd {
		return false
	}
	rel := strings.ToLower(strings.TrimSpace(w.attrText(l, t, "rel")))
	r := linkRef(rel, strings.ToLower(w.attrText(l, t, "type")), w.find(l, t, "hreflang") != nil)
	if rel == "" && w.find(l, t, "itemprop") != nil {
		r.Use = Name
	}
	r.Element, r.Attr = "link", "href"
	v := w.value(l, *a)
	if w.reference(v, 0, len(v.text), r) != drop {
		return false
	}
	if xml && !t.selfClosing || !standsFree(l.text, t.start) {
		w.leaveOut(l, t, *a)
		return true
	}
	w.replace(l, t.start, t.end, "")
	return true
}

// standsFree reports whether the tag at start can be removed without making
// one token of what stands before and behind it, as in "a <<link …>b>".
func standsFree(b []byte, start int) bool {
	return start == 0 || b[start-1] == '>' || isSpace(b[start-1])
}

// meta reads the content of a meta element, which is a reference if the name
// says so.
func (w *walk) meta(l *layer, t *token) {
	a := w.find(l, t, "content")
	if a == nil || a.value == a.valueEnd {
		return
	}
	v := w.value(l, *a)
	done := keep
	if w.isRefresh(l, t) {
		done = w.refresh(v)
	} else {
		done = w.metaContent(v, w.metaName(l, t))
	}
	if done == drop {
		w.leaveOut(l, t, *a)
	}
}

func (w *walk) isRefresh(l *layer, t *token) bool {
	return strings.EqualFold(strings.TrimSpace(w.attrText(l, t, "http-equiv")), "refresh")
}

// metaName returns what a meta element is about.
func (w *walk) metaName(l *layer, t *token) string {
	for _, attr := range []string{"property", "name", "itemprop", "http-equiv"} {
		if name := strings.TrimSpace(w.attrText(l, t, attr)); name != "" {
			return strings.ToLower(name)
		}
	}
	return ""
}

func (w *walk) metaContent(v *layer, name string) op {
	r, how := metaRef(name)
	r.Element, r.Attr, r.Rel = "meta", "content", name
	switch how {
	case asURL:
		return w.reference(v, 0, len(v.text), r)
	case asLazy:
		return w.lazy(v, r)
	case asWords:
		if !metaWords(name) {
			w.mentions(v, "meta", "content")
		}
	}
	return keep
}

// refresh reads the content of <meta http-equiv=refresh>.
func (w *walk) refresh(v *layer) op {
	start, end, ok := Refresh(string(v.text))
	if !ok {
		return keep
	}
	raw := string(v.text[start:end])
	return w.present(v, start, end, raw, withoutQuotes, Ref{Use: Link, Element: "meta", Attr: "content", Rel: "refresh"}).op
}

var withoutQuotes = strings.NewReplacer(`"`, "%22", "'", "%27").Replace
