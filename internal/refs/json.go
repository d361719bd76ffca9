package refs

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A jsonScan follows the keys around the strings of a JSON text. It forgives
// every mistake: what is wrong leads to strings nobody asks for.
type jsonScan struct {
	b    []byte
	pos  int
	path []byte // keys down to the current value, each behind a slash
	open []container
}

// A container is an open object or array.
type container struct {
	object bool
	base   int // length of the path to the container itself
}

// A jsonValue is a string of a JSON text, its escapes undone.
type jsonValue struct {
	*layer
	path string // "/icons/src": the keys above it; arrays have none of their own
	key  string // the last of them
}

// maxPath bounds what is copied of a path for each value; no rule is longer.
const maxPath = 120

// json calls value for each string that is a value.
func (w *walk) json(l *layer, value func(*walk, jsonValue)) {
	s := jsonScan{b: l.text}
	for s.pos < len(s.b) {
		switch c := s.b[s.pos]; c {
		case '{', '[':
			s.open = append(s.open, container{c == '{', len(s.path)})
		case '}', ']':
			s.leave()
		case '"':
			start, end := s.quoted()
			if !s.isKey(start, end) {
				value(w, s.value(l, start, end))
			}
			continue
		}
		s.pos++
	}
}

func (s *jsonScan) leave() {
	if n := len(s.open) - 1; n >= 0 {
		s.path = s.path[:s.open[n].base]
		s.open = s.open[:n]
	}
}

// quoted reads a string and returns where its content lies.
func (s *jsonScan) quoted() (start, end int) {
	s.pos++
	start = s.pos
	for s.pos < len(s.b) && s.b[s.pos] != '"' {
		if s.b[s.pos] == '\\' {
			s.pos++
		}
		s.pos++
	}
	end = min(s.pos, len(s.b))
	s.pos = end + 1
	return start, end
}

// isKey notes the string as the key of what follows, if a colon does.
func (s *jsonScan) isKey(start, end int) bool {
	n := len(s.open) - 1
	if n < 0 || !s.open[n].object {
		return false
	}
	i := s.pos
	for i < len(s.b) && isSpace(s.b[i]) {
		i++
	}
	if i >= len(s.b) || s.b[i] != ':' {
		return false
	}
	s.path = append(append(s.path[:s.open[n].base], '/'), s.b[start:end]...)
	s.pos = i + 1
	return true
}

func (s *jsonScan) value(l *layer, start, end int) jsonValue {
	raw := s.b[start:end]
	v := &layer{text: raw, outer: l, shift: start, escape: inJSON}
	if bytes.IndexByte(raw, '\\') >= 0 {
		v.text, v.marks = jsonText(raw)
		if bytes.Contains(raw, []byte(`\/`)) {
			v.escape = inJSONSlashes
		}
	}
	path := string(s.path[max(len(s.path)-maxPath, 0):])
	return jsonValue{v, path, path[strings.LastIndexByte(path, '/')+1:]}
}

// jsonText undoes the escapes of a string.
func jsonText(raw []byte) ([]byte, []mark) {
	text := make([]byte, 0, len(raw))
	var marks []mark
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			text = append(text, raw[i])
			i++
			continue
		}
		r, n := jsonEscape(raw[i:])
		pos := len(text)
		text = utf8.AppendRune(text, r)
		marks = append(marks, mark{pos, len(text), i, i + n})
		i += n
	}
	return text, marks
}

// jsonEscape reads the escape at the beginning of b.
func jsonEscape(b []byte) (r rune, n int) {
	if len(b) < 2 {
		return '\\', 1
	}
	switch b[1] {
	case 'n':
		return '\n', 2
	case 't':
		return '\t', 2
	case 'r':
		return '\r', 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'u':
		r, ok := unicodeEscape(b)
		if !ok {
			return 'u', 2
		}
		if low, ok := unicodeEscape(b[6:]); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
			return utf16.DecodeRune(r, low), 12
		}
		return r, 6
	}
	r, n = utf8.DecodeRune(b[1:])
	return r, n + 1
}

// quoteJSON writes s for a string of JSON that may stand in a script element.
func quoteJSON(s string, slashes bool) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\' || c == '/' && slashes:
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c == '<':
			b.WriteString(`\u00`)
			b.WriteByte(upperHex[c>>4])
			b.WriteByte(upperHex[c&15])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// jsonRef shows a value as a whole.
func (w *walk) jsonRef(v jsonValue, use Use, absolute bool) {
	w.reference(v.layer, 0, len(v.text), Ref{Use: use, Attr: v.key, Absolute: absolute})
}
