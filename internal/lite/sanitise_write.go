package lite

import (
	"strings"
)

// optional end tags are left out where the next tag, or the end of the parent,
// says the same (HTML Living Standard, 13.1.2.4).
var optional = set("p", "li", "dt", "dd", "td", "th", "tr")

// render writes pieces as HTML.
func render(b *strings.Builder, pieces []piece) {
	for i := range pieces {
		p := &pieces[i]
		switch p.step {
		case chars:
			if strings.HasPrefix(p.text, "\n") && i > 0 && pieces[i-1].step == open && pieces[i-1].name == "pre" {
				b.WriteByte('\n') // a parser drops the first one
			}
			writeText(b, p.text)
		case open, void:
			startTag(b, p.name, p.attrs)
		case shut:
			if !optional[p.name] || p.name == "p" && i+1 < len(pieces) && !endsParagraph(pieces[i+1]) {
				b.WriteString("</" + p.name + ">")
			}
		}
	}
}

// endsParagraph says whether a piece ends a paragraph without its end tag.
func endsParagraph(next piece) bool {
	switch next.step {
	case shut:
		return next.name != "a"
	case open, void:
		return paragraphEnds[next.name]
	}
	return false
}

var paragraphEnds = set("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "pre", "div", "blockquote",
	"figure", "figcaption", "details", "hr", "form", "table")

func startTag(b *strings.Builder, name string, attrs []attr) {
	b.WriteString("<" + name)
	for _, a := range attrs {
		writeAttr(b, a.key, a.value)
	}
	b.WriteByte('>')
}

// writeAttr writes an attribute, with quotes only where HTML wants them
// (HTML Living Standard, 13.1.2.3).
func writeAttr(b *strings.Builder, key, value string) {
	b.WriteString(" " + key)
	switch {
	case value == "" && (key == "open" || key == "required" || key == "reversed"):
	case value == "" || strings.ContainsAny(value, " \t\n\r\f\"'=<>`"):
		b.WriteString(`="`)
		attrEscaper.WriteString(b, value)
		b.WriteByte('"')
	default:
		b.WriteByte('=')
		attrEscaper.WriteString(b, value)
	}
}

var (
	attrEscaper = strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;", ">", "&gt;")
	textEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;")
)

func writeText(b *strings.Builder, text string) { textEscaper.WriteString(b, text) }
