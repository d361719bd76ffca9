package refs

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// entities undoes the character references of text; in attributes a name
// without semicolon before "=" or a letter is left alone, as in "?a=1&copy=2".
func entities(raw []byte, attribute bool) ([]byte, []mark) {
	var text []byte
	var marks []mark
	done := 0
	for i := 0; i < len(raw); {
		n := bytes.IndexByte(raw[i:], '&')
		if n < 0 {
			break
		}
		i += n
		size, value := entity(raw[i:], attribute)
		if size == 0 {
			i++
			continue
		}
		text = append(text, raw[done:i]...)
		pos := len(text)
		text = append(text, value...)
		marks = append(marks, mark{pos, len(text), i, i + size})
		i += size
		done = i
	}
	if marks == nil {
		return raw, nil
	}
	return append(text, raw[done:]...), marks
}

// longestEntity is the length of the longest name, with its semicolon.
const longestEntity = len("CounterClockwiseContourIntegral;")

// entity reads the character reference at b, which begins with '&'. The names
// come from x/net, which knows only the rules for text; one reference at a
// time, the other rules follow from whether the whole of it was understood.
func entity(b []byte, attribute bool) (size int, value string) {
	if len(b) > 1 && b[1] == '#' {
		return numeric(b)
	}
	n := 1
	for n < len(b) && n < longestEntity && (isLetter(b[n]) || n > 1 && b[n] >= '0' && b[n] <= '9') {
		n++
	}
	if n == 1 {
		return 0, ""
	}
	if n < len(b) && b[n] == ';' {
		value = html.UnescapeString(string(b[:n+1]))
		if utf8.RuneCountInString(value) <= 2 { // what is not a name keeps at least "&", a letter and ";"
			return n + 1, value
		}
	}
	value = html.UnescapeString(string(b[:n]))
	if value[0] == '&' && value != "&" && len(value) == n {
		return 0, ""
	}
	rest := value[firstRune(value):]
	if rest == "" && !(attribute && n < len(b) && b[n] == '=') {
		return n, value
	}
	if attribute || rest == "" {
		return 0, ""
	}
	return n - len(rest), value[:firstRune(value)]
}

func firstRune(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

// numeric reads a reference such as "&#38;" or "&#x26".
func numeric(b []byte) (size int, value string) {
	n, digit := 2, isDigit
	if n < len(b) && b[n]|0x20 == 'x' {
		n, digit = 3, isHex
	}
	from := n
	for n < len(b) && digit(b[n]) {
		n++
	}
	if n == from {
		return 0, ""
	}
	digits := bytes.TrimLeft(b[from:n], "0")
	if len(digits) > 8 { // beyond Unicode in any base, and beyond what x/net counts
		digits = []byte("1114112")
	}
	value = html.UnescapeString(string(b[:from]) + "0" + string(digits) + ";")
	if n < len(b) && b[n] == ';' {
		n++
	}
	return n, value
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// An escape says how a replacement is written in the layer around it.
type escape uint8

const (
	verbatim escape = iota
	inDouble        // attribute between double quotes
	inSingle
	inUnquoted
	inText // text of an element
	inCDATA
	inJSON
	inJSONSlashes // JSON that writes \/
)

var escapers = [...]*strings.Replacer{
	inDouble: strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;"),
	inSingle: strings.NewReplacer("&", "&amp;", "'", "&#39;", "<", "&lt;"),
	inUnquoted: strings.NewReplacer("&", "&amp;", `"`, "&quot;", "'", "&#39;", "<", "&lt;", ">", "&gt;", "=", "&#61;",
		"`", "&#96;", " ", "&#32;", "\t", "&#9;", "\n", "&#10;", "\r", "&#13;", "\f", "&#12;"),
	inText:  strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;"),
	inCDATA: strings.NewReplacer("]]>", "]]]]><![CDATA[>"),
}

// apply writes s so that it is read as s again.
func (e escape) apply(s string) string {
	switch e {
	case verbatim:
		return s
	case inJSON, inJSONSlashes:
		return quoteJSON(s, e == inJSONSlashes)
	}
	return escapers[e].Replace(s)
}

func attrEscape(quote byte) escape {
	switch quote {
	case '"':
		return inDouble
	case '\'':
		return inSingle
	}
	return inUnquoted
}
