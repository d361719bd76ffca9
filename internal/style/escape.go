package style

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// unescape returns what a name, a string without its quotes or an address
// means.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			i++
			continue
		}
		l := lexer{s: s, pos: i}
		l.escape()
		b.WriteString(meaning(s[i+1 : l.pos]))
		i = l.pos
	}
	return b.String()
}

// meaning is what the signs behind a backslash stand for.
func meaning(s string) string {
	if s == "" || s == "\n" {
		return ""
	}
	if !isHex(s[0]) {
		return s
	}
	r, _ := strconv.ParseUint(strings.TrimRight(s, " \t\n"), 16, 32)
	if r == 0 || r > utf8.MaxRune || 0xd800 <= r && r <= 0xdfff {
		return "\ufffd"
	}
	return string(rune(r))
}
