package resume

import (
	"bytes"
	"strings"
	"unicode"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// A Charset says what a screen can show.
type Charset int

const (
	// Any is a terminal that knows Unicode: a serial line's.
	Any Charset = iota
	// PC is code page 437, which the graphics cards of PCs have had in ROM
	// since 1981 and which is also the font of the Linux console.
	PC
)

// spelt is how to write what code page 437 lacks and taking marks off does not
// help: typography, Latin letters of their own, Greek and Cyrillic, letter by
// letter as passports do (ICAO 9303 part 3).
var spelt = map[rune]string{
	'–': "-", '—': "-", '‐': "-", '‑': "-", '−': "-", '‘': "'", '’': "'", '‚': "'", '‹': "'", '›': "'",
	'“': `"`, '”': `"`, '„': `"`, '…': "...", '€': "EUR", '™': "(tm)", '©': "(c)", '®': "(r)", '‣': "·", '●': "·", '•': "·", '・': "·", '★': "*", '☆': ".",
	'œ': "oe", 'Œ': "OE", 'ø': "o", 'Ø': "O", 'ł': "l", 'Ł': "L", 'đ': "d", 'Đ': "D", 'ð': "d", 'Ð': "D", 'þ': "th", 'Þ': "Th",
	'ı': "i", 'ẞ': "SS", '→': "->", '←': "<-", '×': "x", '\u00ad': "", '\u200b': "", '\u200c': "", '\u200d': "", '\u200e': "", '\u200f': "", '\ufe0f': "",
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ж': "zh", 'з': "z", 'и': "i", 'й': "i", 'к': "k", 'л': "l", 'м': "m", 'н': "n",
	'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f", 'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh", 'щ': "shch", 'ъ': "ie",
	'ы': "y", 'ь': "", 'э': "e", 'ю': "iu", 'я': "ia", 'і': "i", 'ї': "i", 'є': "ie", 'ґ': "g",
	'β': "v", 'γ': "g", 'ζ': "z", 'η': "i", 'θ': "th", 'ι': "i", 'κ': "k", 'λ': "l", 'μ': "m", 'ν': "n", 'ξ': "x",
	'ο': "o", 'ρ': "r", 'ς': "s", 'υ': "y", 'χ': "ch", 'ψ': "ps", 'ω': "o",
	// These six code page 437 has for mathematicians: in a word they would stand
	// between spelt neighbours.
	'α': "a", 'δ': "d", 'ε': "e", 'π': "p", 'σ': "s", 'τ': "t", 'φ': "f",
}

// lost stands for a run of characters that the screen cannot show.
const lost = "[...]"

// fit writes s so that the screen can show it and reports whether all of it
// could be written.
func (c Charset) fit(s string) (fitted string, whole bool) {
	if c == Any {
		return s, true
	}
	var b []byte
	whole = true
	for _, r := range s {
		written, ok := inPC(r)
		if ok {
			b = append(b, written...)
			continue
		}
		whole = false
		// Words that are lost one after the other are one gap.
		if before := bytes.TrimRight(b, " "); bytes.HasSuffix(before, []byte(lost)) {
			b = before
		} else {
			b = append(b, lost...)
		}
	}
	return string(b), whole
}

func inPC(r rune) (string, bool) {
	small := unicode.ToLower(r)
	if s, ok := spelt[r]; ok {
		return s, true
	}
	if s, ok := spelt[small]; ok {
		return strings.ToUpper(s[:min(1, len(s))]) + s[min(1, len(s)):], true
	}
	if r == ' ' || r == '\u00a0' || unicode.Is(unicode.Zs, r) {
		return " ", true
	}
	if _, ok := charmap.CodePage437.EncodeRune(r); ok {
		return string(r), true
	}
	if bare := bareLetter(r); bare != r {
		return inPC(bare)
	}
	return "", unicode.Is(unicode.Mn, r) // a mark that stands on a letter which was written without
}

// bareLetter takes the marks off a letter: Ş becomes S.
func bareLetter(r rune) rune {
	for _, first := range norm.NFKD.String(string(r)) {
		return first
	}
	return r
}

// Cells is how many columns of a text screen s takes: two for what East Asian
// terminals show wide, none for marks and joiners.
func Cells(s string) int {
	n := 0
	for _, r := range s {
		n += cells(r)
	}
	return n
}

func cells(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}
