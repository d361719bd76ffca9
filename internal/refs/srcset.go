package refs

import (
	"bytes"
	"strconv"
	"strings"
)

// A Candidate is one image of a srcset: a URL with its descriptors and where
// they lie in the attribute.
type Candidate struct {
	URL              string
	Width, Height    int     // of the descriptors "640w" and "480h"; 0 if absent
	Density          float64 // of "2x"; 0 if absent
	URLStart, URLEnd int
	End              int // of the descriptors, or of the URL if there are none
}

// Srcset reads a srcset as the HTML standard says under "parse a srcset
// attribute". Candidates with wrong descriptors are left out, as in browsers.
func Srcset(s string) []Candidate {
	var list []Candidate
	for i := 0; ; {
		for i < len(s) && (isSpace(s[i]) || s[i] == ',') {
			i++
		}
		if i == len(s) {
			return list
		}
		c := Candidate{URLStart: i}
		for i < len(s) && !isSpace(s[i]) {
			i++
		}
		c.URL = strings.TrimRight(s[c.URLStart:i], ",")
		c.URLEnd = c.URLStart + len(c.URL)
		c.End = c.URLEnd
		if c.URLEnd < i { // a comma at its end ends the candidate
			list = append(list, c)
			continue
		}
		from := i
		i = descriptorsEnd(s, i)
		if text := strings.TrimRight(s[from:i], " \t\n\r\f"); c.describe(text) {
			c.End = max(c.End, from+len(text))
			list = append(list, c)
		}
	}
}

// descriptorsEnd returns where the descriptors from i on end: at a comma
// outside parentheses.
func descriptorsEnd(s string, i int) int {
	parens := false
	for ; i < len(s); i++ {
		switch s[i] {
		case ',':
			if !parens {
				return i
			}
		case ')':
			parens = false
		case '(':
			parens = true
		}
	}
	return i
}

// describe reads the descriptors and reports whether they make sense.
func (c *Candidate) describe(text string) bool {
	if text == "" {
		return true
	}
	var width, height, density bool
	for _, d := range splitDescriptors(text) {
		number := d[:len(d)-1]
		switch d[len(d)-1] {
		case 'w':
			n, ok := positive(number)
			if !ok || width || density {
				return false
			}
			width, c.Width = true, n
		case 'x':
			f, ok := float(number)
			if !ok || f < 0 || width || height || density {
				return false
			}
			density, c.Density = true, f
		case 'h':
			n, ok := positive(number)
			if !ok || height || density {
				return false
			}
			height, c.Height = true, n
		default:
			return false
		}
	}
	return !height || width
}

// splitDescriptors splits at white space outside parentheses.
func splitDescriptors(text string) []string {
	var list []string
	from, parens := 0, false
	for i := 0; i <= len(text); i++ {
		switch {
		case i == len(text) || isSpace(text[i]) && !parens:
			if i > from {
				list = append(list, text[from:i])
			}
			from = i + 1
		case text[i] == '(':
			parens = true
		case text[i] == ')':
			parens = false
		}
	}
	return list
}

// positive reads a valid non-negative integer, other than zero.
func positive(s string) (int, bool) {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, false
		}
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n > 0
}

// float reads a valid floating-point number of HTML: neither a plus sign, nor
// a final point, nor names for infinity.
func float(s string) (float64, bool) {
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || !isDigit(digits[0]) && digits[0] != '.' {
		return 0, false
	}
	if i := strings.IndexByte(s, '.'); i >= 0 && (i+1 == len(s) || !isDigit(s[i+1])) {
		return 0, false
	}
	for i := range len(s) {
		if !isDigit(s[i]) && !strings.ContainsRune("+-.eE", rune(s[i])) {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// srcset reads the candidates of a value.
func (w *walk) srcset(v *layer, ref Ref) {
	list := Srcset(string(v.text))
	kept, dropped := -1, -1 // the last candidate to keep, and the first of those dropped since
	for i, c := range list {
		if w.present(v, c.URLStart, c.URLEnd, c.URL, candidateURL, ref).op != drop {
			if dropped >= 0 {
				w.replace(v, list[dropped].URLStart, c.URLStart, "")
			}
			kept, dropped = i, -1
		} else if dropped < 0 {
			dropped = i
		}
	}
	if dropped < 0 {
		return
	}
	from := list[dropped].URLStart
	if kept >= 0 {
		from = list[kept].End
	}
	w.replace(v, from, list[len(list)-1].End, "")
}

// candidateURL escapes what would end a URL in a srcset.
func candidateURL(s string) string {
	var b strings.Builder
	last := len(s) - 1
	for i := range len(s) {
		if isSpace(s[i]) || s[i] == ',' && (i == 0 || i == last) {
			writePercent(&b, s[i])
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// looksLikeSrcset keeps templates and words in attributes of unknown scripts
// from being read as candidates.
func looksLikeSrcset(b []byte) bool {
	return !bytes.ContainsAny(b, "{}<>") && bytes.ContainsAny(b, "/.")
}
