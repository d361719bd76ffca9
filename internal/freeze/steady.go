package freeze

import (
	"bytes"
	"strings"

	"buzzproof/internal/archive"
)

// sameButForNoise reports whether two answers say the same but for what some
// origins change on every answer: request ids, tokens against forgery, how
// long the page took. Such a page is unchanged, and keeping the older bytes
// keeps the snapshot's name.
func sameButForNoise(ans archive.Answer, text []byte, old archive.Answer, oldText []byte) bool {
	if ans.Status != old.Status || ans.Type != old.Type || ans.Location != old.Location {
		return false
	}
	if ans.Digest == old.Digest {
		return true
	}
	return len(text) > 0 && len(oldText) > 0 && bytes.Equal(steady(text), steady(oldText))
}

// fickle are words after which origins put something new each time. They are
// in lower case, as attribute and JSON names, with or without quotes.
var fickle = [][]byte{
	[]byte("nonce"), []byte("token"), []byte("csrf"), []byte("sectok"), []byte("requestid"),
	[]byte("responsetime"), []byte("timestamp"), []byte("sessionid"),
}

// steady returns a document without its comments, and its tags and scripts
// without long numbers and without the values that follow a fickle word. What
// people read stays: a new telephone number is no noise.
func steady(doc []byte) []byte {
	doc = withoutComments(doc)
	lower := bytes.ToLower(doc)
	if len(lower) != len(doc) {
		lower = doc // lengths differ for a few letters; then only exact case is seen
	}
	out := make([]byte, 0, len(doc))
	text, script := false, false // a document without tags is all data
	for i := 0; i < len(doc); {
		if doc[i] == '<' {
			text, script = false, bytes.HasPrefix(lower[i:], []byte("<script")) || script && !bytes.HasPrefix(lower[i:], []byte("</script"))
		}
		if n := noiseAt(lower[i:]); n > 0 && !text {
			i += n
			continue
		}
		text = text || doc[i] == '>' && !script
		out = append(out, doc[i])
		i++
	}
	return out
}

// noiseAt returns the length of the noise that s begins with.
func noiseAt(s []byte) int {
	if n := digitRun(s); n >= 10 {
		return n
	}
	return fickleValue(s)
}

func withoutComments(doc []byte) []byte {
	var out []byte
	for {
		start := bytes.Index(doc, []byte("<!--"))
		if start < 0 {
			return append(out, doc...)
		}
		end := bytes.Index(doc[start:], []byte("-->"))
		if end < 0 {
			return append(out, doc...)
		}
		out = append(out, doc[:start]...)
		doc = doc[start+end+3:]
	}
}

// fickleValue returns the length of a fickle word with the value after it, or
// zero. Between them may stand what separates a name from its value in HTML,
// JSON and scripts, and the words value and content.
func fickleValue(s []byte) int {
	for _, word := range fickle {
		i := len(word)
		if len(s) <= i || strings.IndexByte(`"'=:\`, s[i]) < 0 || !bytes.HasPrefix(s, word) {
			continue // tokenizers and /token-rings/ are words like others
		}
		for i < len(s) && i < len(word)+24 && bytes.IndexByte([]byte(`"'=: \valuecont`), s[i]) >= 0 {
			i++
		}
		for i < len(s) && isTokenByte(s[i]) {
			i++
		}
		return i
	}
	return 0
}

func isTokenByte(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || bytes.IndexByte([]byte("+/=._-"), c) >= 0
}

func digitRun(s []byte) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}
