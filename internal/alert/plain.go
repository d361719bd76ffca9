package alert

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Much of what an alert says was chosen by strangers: referrers, paths, the
// words of a broken server. A name is cut at nameLength, a word at wordLength,
// what was seen at detailLength characters.
const (
	wordLength   = 40
	nameLength   = 80
	detailLength = 300
)

// plain is a stranger's text on one line: no control characters, nothing
// invisible, nothing that turns the line around.
func plain(s string, most int) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			return ' '
		case unicode.In(r, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) || r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, s)
	return cut(strings.Join(strings.Fields(clean), " "), most)
}

// cut shortens a text to most characters.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most-3]) + "..."
}

// cutBytes shortens a text to most bytes of UTF-8, at the border of a character.
func cutBytes(s string, most int) string {
	if len(s) <= most {
		return s
	}
	end := most - 3
	for end > 0 && s[end]&0xC0 == 0x80 {
		end--
	}
	return s[:end] + "..."
}

// gsmOnce are the characters of the default alphabet of GSM 03.38 (3GPP TS
// 23.038, section 6.2.1), and gsmTwice those of its extension, which take the
// room of two. A text message holds 160 of them, but only 70 characters as soon
// as it has one that is neither.
const (
	gsmOnce = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmTwice  = "\f^{}\\[~]|€"
	gsmLength = 160
)

// gsmCount is how much of a text message a text takes. What gsm made has no
// other characters.
func gsmCount(s string) int {
	n := 0
	for _, r := range s {
		n++
		if strings.ContainsRune(gsmTwice, r) {
			n++
		}
	}
	return n
}

var gsmLike = strings.NewReplacer("’", "'", "‘", "'", "“", "\"", "”", "\"", "«", "\"", "»", "\"", "…", "...",
	"–", "-", "—", "-", "œ", "oe", "Œ", "OE", "\u00a0", " ", "\u202f", " ", "×", "x", "·", "-", "\t", " ")

// gsm writes a text in the characters of GSM 03.38: without the accents that it
// lacks, and with a question mark for what has no likeness.
func gsm(s string) string {
	var b strings.Builder
	for _, r := range gsmLike.Replace(norm.NFC.String(s)) {
		if strings.ContainsRune(gsmOnce, r) || strings.ContainsRune(gsmTwice, r) {
			b.WriteRune(r)
			continue
		}
		base := []rune(norm.NFD.String(string(r)))[0]
		if base != r && strings.ContainsRune(gsmOnce, base) {
			b.WriteRune(base)
		} else {
			b.WriteByte('?')
		}
	}
	return b.String()
}
