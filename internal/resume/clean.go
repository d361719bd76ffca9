package resume

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// clean makes text harmless and uniform: NFC, no control characters, which
// would command a terminal, no characters that turn the direction of what
// stands around them, newlines kept.
func clean(s string) string {
	s = strings.Map(func(c rune) rune {
		switch {
		case c == '\n':
			return c
		case c == '\t' || c == '\u2028' || c == '\u2029':
			return ' '
		case unicode.IsControl(c) || c >= '\u202a' && c <= '\u202e' || c >= '\u2066' && c <= '\u2069' || c == unicode.ReplacementChar || c == '\ufeff':
			return -1
		}
		return c
	}, strings.ReplaceAll(s, "\r\n", "\n"))
	return strings.TrimSpace(norm.NFC.String(s))
}

// cleanLine is clean for what stands in one line.
func cleanLine(s string) string {
	return strings.Join(strings.Fields(clean(s)), " ")
}

// paragraphs are the lines of a text as its author broke them, without empty ones.
func paragraphs(s string) []string {
	var all []string
	for line := range strings.SplitSeq(s, "\n") {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			all = append(all, line)
		}
	}
	return all
}
