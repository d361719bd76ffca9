package refs

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// An origin is one absolute prefix of the site.
type origin struct{ scheme, host, path string }

// origins reads the prefixes of a Doc; what is not an absolute URL is ignored.
func origins(prefixes []string) []origin {
	var list []origin
	for _, prefix := range prefixes {
		scheme, rest, ok := strings.Cut(strings.TrimRight(prefix, "/"), "://")
		if !ok || rest == "" {
			continue
		}
		host, path := rest, ""
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			host, path = rest[:i], rest[i:]
		}
		list = append(list, origin{strings.ToLower(scheme), host, path})
	}
	return list
}

// shortest returns the length of the shortest text that can be a mention.
func (w *walk) shortest() int {
	n := 1 << 30
	for _, host := range w.hosts {
		n = min(n, len("//")+len(host))
	}
	return n
}

func (w *walk) mayMention(text []byte) bool {
	for _, host := range w.hosts {
		if bytes.Contains(text, []byte(host)) {
			return true
		}
	}
	return false
}

// mentions finds the addresses of the site in a text whose syntax marks none.
func (w *walk) mentions(l *layer, element, attr string) {
	next := make([]int, len(w.hosts)) // where each host is found next
	for i, host := range w.hosts {
		next[i] = indexFrom(l.text, host, 0)
	}
	for len(next) > 0 {
		at := slices.Min(next)
		if at == len(l.text) {
			return
		}
		end := at + 1
		if m, ok := w.mentionAt(l.text, at); ok {
			w.mention(l, m, element, attr)
			end = m.end
		}
		for i, host := range w.hosts {
			if next[i] < end {
				next[i] = indexFrom(l.text, host, end)
			}
		}
	}
}

// indexFrom returns where s stands in b from i on, or len(b).
func indexFrom(b []byte, s string, i int) int {
	if n := bytes.Index(b[min(i, len(b)):], []byte(s)); n >= 0 {
		return i + n
	}
	return len(b)
}

// A found mention: its bytes, and how it writes a slash.
type found struct {
	start, end int
	slash      string
}

// mentionAt reads the mention whose host stands at i.
func (w *walk) mentionAt(b []byte, i int) (found, bool) {
	second := slashBefore(b, i)
	first := slashBefore(b, second)
	if first < 0 {
		return found{}, false
	}
	start, scheme := schemeBefore(b, first)
	for _, o := range w.known {
		if scheme != "" && scheme != o.scheme || !bytes.HasPrefix(b[i:], []byte(o.host)) {
			continue
		}
		end, ok := pathAt(b, i+len(o.host), o.path)
		if !ok || !endsPrefix(b, end) || scheme == "" && !startsRelative(b, start, end) {
			continue
		}
		return found{start, mentionEnd(b, start, end), string(b[second:i])}, true
	}
	return found{}, false
}

// slashBefore returns where the slash that ends at i begins; it may be spelled
// "/", "\/", "\\/" or "\u002F".
func slashBefore(b []byte, i int) int {
	switch {
	case i <= 0:
		return -1
	case b[i-1] == '/':
		for i--; i > 0 && b[i-1] == '\\'; i-- {
		}
		return i
	case i >= 6 && strings.EqualFold(string(b[i-6:i]), `\u002f`):
		return i - 6
	}
	return -1
}

// schemeBefore returns the scheme before the slashes at i, and where it
// begins; without one the mention begins at the slashes.
func schemeBefore(b []byte, i int) (start int, scheme string) {
	if i == 0 || b[i-1] != ':' {
		return i, ""
	}
	start = i - 1
	for start > 0 && i-start < 8 && isLetter(b[start-1]) {
		start--
	}
	if start == i-1 {
		return start, ":" // as in "://host": no scheme is called so
	}
	return start, strings.ToLower(string(b[start : i-1]))
}

// pathAt reads the path of an origin at i, its slashes spelled in any way.
func pathAt(b []byte, i int, path string) (end int, ok bool) {
	for j := range len(path) {
		if path[j] == '/' {
			for i < len(b) && b[i] == '\\' {
				i++
			}
		}
		if i >= len(b) || b[i] != path[j] {
			return 0, false
		}
		i++
	}
	return i, true
}

// endsPrefix reports whether the prefix that ends at i is not a mere part of a
// longer name or another port.
func endsPrefix(b []byte, i int) bool {
	if i >= len(b) {
		return true
	}
	switch c := b[i]; {
	case isLetter(c), isDigit(c), c == '-', c == '_', c == '@', c == '%', c >= 0x80:
		return false
	case c == '.', c == ':':
		return i+1 >= len(b) || !isLetter(b[i+1]) && !isDigit(b[i+1])
	}
	return true
}

// startsRelative reports whether "//host" is an address and not, say, the
// comment "//host" of a script or the rest of another scheme.
func startsRelative(b []byte, start, end int) bool {
	if start > 0 && (isLetter(b[start-1]) || isDigit(b[start-1]) || strings.IndexByte(":/\\.-_", b[start-1]) >= 0) {
		return false
	}
	return end < len(b) && strings.IndexByte("/\\\"'`&", b[end]) >= 0
}

// mention shows one mention to the visitor. A new address is written with the
// same slashes, and with everything escaped that could end it anywhere.
func (w *walk) mention(l *layer, m found, element, attr string) {
	spell := func(s string) string {
		return strings.ReplaceAll(bareURL(s), "/", m.slash)
	}
	r := Ref{Use: Mention, Absolute: true, Element: element, Attr: attr}
	w.present(l, m.start, m.end, mentionText(w.undone(l, m.start, m.end)), spell, r)
}

// mentionText undoes the escapes of scripts and JSON.
func mentionText(b []byte) string {
	if bytes.IndexByte(b, '\\') < 0 {
		return string(b)
	}
	var out strings.Builder
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			out.WriteByte(b[i])
			continue
		}
		if r, ok := unicodeEscape(b[i:]); ok {
			out.WriteRune(r)
			i += 5
		}
	}
	return out.String()
}

// unicodeEscape reads an escape such as "\u0026".
func unicodeEscape(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(n), err == nil
}

// bareURL escapes the bytes that end a string, a comment, a tag or a template.
func bareURL(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f || strings.IndexByte("\"'`<>\\{}|^", s[i]) >= 0 {
			writePercent(&b, s[i])
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}
