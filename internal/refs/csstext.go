package refs

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// cssText undoes the escapes of a name, a string or a URL.
func cssText(b []byte) string {
	if bytes.IndexByte(b, '\\') < 0 {
		return string(b)
	}
	var out strings.Builder
	for i := 0; i < len(b); {
		if b[i] != '\\' {
			out.WriteByte(b[i])
			i++
			continue
		}
		r, n := cssEscape(b[i:])
		if r >= 0 {
			out.WriteRune(r)
		}
		i += n
	}
	return out.String()
}

// cssEscape reads the escape at the beginning of b; an escaped line break
// stands for nothing, which is -1.
func cssEscape(b []byte) (r rune, n int) {
	if len(b) == 1 {
		return utf8.RuneError, 1
	}
	if isBreak(b[1]) {
		if b[1] == '\r' && len(b) > 2 && b[2] == '\n' {
			return -1, 3
		}
		return -1, 2
	}
	if !isHex(b[1]) {
		r, n = utf8.DecodeRune(b[1:])
		return r, n + 1
	}
	n = 1
	for n < len(b) && n < 7 && isHex(b[n]) {
		r = r<<4 | rune(unhex(b[n]))
		n++
	}
	if n < len(b) && isSpace(b[n]) {
		if b[n] == '\r' && n+1 < len(b) && b[n+1] == '\n' {
			n++
		}
		n++
	}
	if r == 0 || !utf8.ValidRune(r) {
		r = utf8.RuneError
	}
	return r, n
}

func unhex(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// quotedCSS escapes a URL for a string between either kind of quotes, also
// inside a style element.
var quotedCSS = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `'`, `\'`, "<", `\3c `, "\n", `\a `, "\r", `\d `, "\f", `\c `).Replace

// unquotedCSS escapes a URL for url() without quotes.
func unquotedCSS(s string) string {
	if !strings.ContainsAny(s, "\\\"'()<") && strings.IndexFunc(s, isControl) < 0 {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c <= ' ' || c == 0x7f || c == '<':
			const digits = "0123456789abcdef"
			b.Write([]byte{'\\', digits[c>>4], digits[c&15], ' '})
		case strings.IndexByte(`\"'()`, c) >= 0:
			b.Write([]byte{'\\', c})
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isControl(r rune) bool { return r <= ' ' || r == 0x7f }
