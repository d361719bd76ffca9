package article

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// words counts the words of a text. Chinese, Japanese, Thai and their like
// leave no spaces: two of their characters count as one word.
func words(s string) int {
	count, dense, in := 0, 0, false
	for _, r := range s {
		switch {
		case spaceless(r):
			dense++
			in = false
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			if !in {
				count++
			}
			in = true
		case r == '\'' || r == '’' || r == '-' || unicode.IsMark(r):
			// They stand within words.
		default:
			in = false
		}
	}
	return count + (dense+1)/2
}

func spaceless(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// tidy collapses white space to single spaces and drops it at both ends.
func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

// sentence reports whether a text ends as sentences do.
func sentence(s string) bool {
	s = strings.TrimRight(s, "\"'”’»)]）」』 ")
	r, _ := utf8.DecodeLastRuneInString(s)
	return strings.ContainsRune(".!?…。！？؟۔।:：;", r)
}

// letters keeps letters and digits, in lower case: what is left is alike in
// texts that a reader would call the same.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// direction tells by its letters which way a text runs: "rtl", or "" for most.
func direction(s string) string {
	right, left := 0, 0
	for _, r := range s {
		if r < 0x590 {
			if unicode.IsLetter(r) {
				left++
			}
		} else if unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko) {
			right++
		} else if unicode.IsLetter(r) {
			left++
		}
	}
	if right > left {
		return "rtl"
	}
	return ""
}

// short cuts a text at a space after at most n bytes.
func short(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	s = s[:n]
	if space := strings.LastIndexByte(s, ' '); space > n/2 {
		s = s[:space]
	}
	return s + " …"
}
