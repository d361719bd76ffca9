package refs

import (
	"bytes"
	"strings"
)

// mentionEnd returns where the address that begins at start ends, from i on.
// Between quotes it goes on to what ends a string; bare, as in a comment, it
// also ends at a parenthesis and leaves out the punctuation of the sentence.
func mentionEnd(b []byte, start, i int) int {
	bare := start == 0 || strings.IndexByte("\"'`\\;", b[start-1]) < 0
	from := i
	for i < len(b) {
		n := addressByte(b[i:], bare)
		if n == 0 {
			break
		}
		i += n
	}
	// "-->" ends the comment that hides an old script: it is none of the address.
	if bytes.HasPrefix(b[i:], []byte(">")) && bytes.HasSuffix(b[from:i], []byte("--")) {
		for i > from && b[i-1] == '-' {
			i--
		}
	}
	for bare && i > from && strings.IndexByte(".,;:!?*", b[i-1]) >= 0 {
		i--
	}
	return i
}

// addressByte returns how many bytes at the beginning of b go on with an
// address, 0 if it ends here.
func addressByte(b []byte, bare bool) int {
	switch c := b[0]; {
	case c <= ' ', c == 0x7f, strings.IndexByte("\"'`<>{}|^", c) >= 0:
		return 0
	case bare && (c == '(' || c == ')' || c == '[' || c == ']' || c >= 0x80):
		return 0
	case c == '$' && len(b) > 1 && b[1] == '{':
		return 0
	case c == '\\':
		return escapedByte(b)
	case c == '&' && quoteEntity(b):
		return 0
	}
	return 1
}

// escapedByte is addressByte for what begins with a backslash.
func escapedByte(b []byte) int {
	n := 0
	for n < len(b) && b[n] == '\\' {
		n++
	}
	if n < len(b) && b[n] == '/' {
		return n + 1
	}
	if r, ok := unicodeEscape(b); ok && r > ' ' && !strings.ContainsRune("\"'`<>\\{}|^", r) {
		return 6
	}
	return 0
}

// quoteEntity reports whether b begins with an entity for what ends an
// address: HTML inside the text of scripts and comments ends so.
func quoteEntity(b []byte) bool {
	for _, name := range []string{"&quot;", "&#34;", "&#x22;", "&#39;", "&#x27;", "&apos;", "&lt;", "&gt;"} {
		if bytes.HasPrefix(b, []byte(name)) {
			return true
		}
	}
	return false
}
