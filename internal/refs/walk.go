package refs

import (
	"bytes"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/text/encoding"
)

// maxDepth bounds documents inside documents: a page in the srcdoc of a page
// in a feed is real, a fourth level is an attack.
const maxDepth = 3

// A walk is one pass over a document.
type walk struct {
	visit    func(Ref) Edit
	doc      *url.URL // the address of the document
	base     *url.URL // what references are resolved against
	known    []origin
	hosts    []string          // of known, each once
	legacy   encoding.Encoding // nil for UTF-8
	absolute bool              // every reference has to stay absolute
	depth    int               // documents around the current one
	edits    []edit
}

// An edit replaces bytes of the outermost document.
type edit struct {
	start, end int
	text       string
}

// rewrite runs read over doc and returns doc with the visitor's edits.
func rewrite(doc []byte, d Doc, visit func(Ref) Edit, read func(*walk, *layer)) []byte {
	w := &walk{visit: visit, base: d.URL, known: origins(d.Origins), legacy: legacyCharset(d.Charset)}
	for _, o := range w.known {
		if !slices.Contains(w.hosts, o.host) {
			w.hosts = append(w.hosts, o.host)
		}
	}
	if bytes.HasPrefix(doc, []byte("\ufeff")) {
		w.legacy = nil
	}
	if w.base == nil {
		w.base = &url.URL{}
	}
	w.doc = w.base
	read(w, &layer{text: doc})
	return apply(doc, w.edits)
}

// apply builds the new document in one allocation; without edits it is doc.
func apply(doc []byte, edits []edit) []byte {
	if len(edits) == 0 {
		return doc
	}
	slices.SortStableFunc(edits, func(a, b edit) int { return a.start - b.start })
	size := len(doc)
	for _, e := range edits {
		size += len(e.text) - (e.end - e.start)
	}
	out, done := make([]byte, 0, max(size, 0)), 0
	for _, e := range edits {
		if e.start < done { // two readings of the same bytes: the first one stands
			continue
		}
		out = append(append(out, doc[done:e.start]...), e.text...)
		done = e.end
	}
	return append(out, doc[done:]...)
}

// A layer is a text inside the document and the way back to its bytes: the
// value of an attribute with its entities undone, the page in a CDATA section.
type layer struct {
	text   []byte
	outer  *layer // nil for the document itself
	shift  int    // where the text begins in outer
	marks  []mark // where text and outer differ; none if text is a slice of outer
	escape escape // how a replacement is written in outer
	utf8   bool   // text is UTF-8 even if the document is not
}

// A mark is a place where n bytes of outer became m others.
type mark struct {
	pos, end       int // in text
	outer, outerTo int // in outer, from shift
}

// replace records an edit, carried outwards through every layer.
func (w *walk) replace(l *layer, start, end int, text string) {
	for ; l.outer != nil; l = l.outer {
		text = l.written(start, end, text)
		start, end = l.shift+l.back(start, false), l.shift+l.back(end, true)
	}
	w.edits = append(w.edits, edit{start, end, text})
}

// written returns text as it is written in the outer layer. A value without
// quotes gets them if it is replaced as a whole and could not go without.
func (l *layer) written(start, end int, text string) string {
	if l.escape == inUnquoted && start == 0 && end == len(l.text) && (text == "" || strings.ContainsAny(text, " \t\r\n\f\"'`=<>")) {
		return `"` + inDouble.apply(text) + `"`
	}
	text = l.escape.apply(text)
	if text != "" && l.afterOpenEntity(start) {
		text = "&#" + strconv.Itoa(int(text[0])) + ";" + text[1:]
	}
	return text
}

// afterOpenEntity reports whether an entity without its semicolon ends where
// the replacement starts: a letter or digit there would change its meaning.
func (l *layer) afterOpenEntity(start int) bool {
	if l.escape < inDouble || l.escape > inText {
		return false
	}
	i := sort.Search(len(l.marks), func(i int) bool { return l.marks[i].end >= start })
	return i < len(l.marks) && l.marks[i].end == start && l.outer.text[l.shift+l.marks[i].outerTo-1] != ';'
}

// back translates an offset of the text to one of outer, relative to shift. An
// offset amid a mark goes to the side that leaves no half escape behind.
func (l *layer) back(offset int, up bool) int {
	i := sort.Search(len(l.marks), func(i int) bool { return l.marks[i].end > offset })
	if i < len(l.marks) && l.marks[i].pos < offset {
		if up {
			return l.marks[i].outerTo
		}
		return l.marks[i].outer
	}
	if i == 0 {
		return offset
	}
	return l.marks[i-1].outerTo + offset - l.marks[i-1].end
}

// inside returns the part of l from start to end as a layer of its own.
func (l *layer) inside(start, end int) *layer {
	return &layer{text: l.text[start:end], outer: l, shift: start, utf8: l.utf8}
}

// reference shows the reference in l.text[start:end] to the visitor and does
// what it says, except dropping, which depends on the place.
func (w *walk) reference(l *layer, start, end int, r Ref) op {
	start, end = trim(l.text, start, end)
	e := w.present(l, start, end, string(l.text[start:end]), plain, r)
	if e.op == drop && e.url != "" {
		w.replace(l, start, end, e.url)
	}
	return e.op
}

// present does the work of reference for a value that was unescaped before;
// spell writes the new value in the syntax of l.
func (w *walk) present(l *layer, start, end int, raw string, spell func(string) string, r Ref) Edit {
	if r.URL = w.resolve(raw); r.URL == nil {
		return Keep()
	}
	r.Raw = raw
	r.Absolute = r.Absolute || w.absolute
	e := w.visit(r)
	if e.op == set && e.url != raw {
		if w.legacy != nil {
			e.url = asciiURL(e.url)
		}
		w.replace(l, start, end, spell(e.url))
	}
	return e
}

// undone returns part of l as UTF-8.
func (w *walk) undone(l *layer, start, end int) []byte {
	raw := l.text[start:end]
	if w.legacy != nil && !l.utf8 && hasHigh(raw) {
		raw, _ = w.decodeLegacy(raw)
	}
	return raw
}

func plain(s string) string { return s }

// trim leaves out what the URL standard does: control characters and spaces.
func trim(b []byte, start, end int) (int, int) {
	for start < end && b[start] <= ' ' {
		start++
	}
	for end > start && b[end-1] <= ' ' {
		end--
	}
	return start, end
}

// nest runs read over a document inside the current one, with the current
// base, unless it lies too deep.
func (w *walk) nest(l *layer, read func(*walk, *layer)) {
	if w.depth == maxDepth || len(bytes.TrimSpace(l.text)) == 0 {
		return
	}
	doc, base := w.doc, w.base
	w.doc = base
	w.depth++
	read(w, l)
	w.depth--
	w.doc, w.base = doc, base
}
