package guard

import (
	"fmt"
	"strings"
)

// Marks are short texts, each with a number, that are looked for in a longer
// one all at once: the lowest number found counts.
//
// Nearly no place in an agent or a path begins a mark. Three bytes are enough
// to know that of a place, so one bit is looked at for each, and the marks
// themselves only where three bytes agree.
type marks struct {
	hint  [1 << 10]uint64 // a bit for the hash of each first three bytes
	heads [1 << 12]int32  // the first mark by the same hash, shorter; -1 for none
	chain []link
	all   []mark // as long as chain
}

// A link leads from a mark to the next with the same hash. It is kept apart
// from the mark since most of a search is to follow links.
type link struct {
	three        uint32 // how the text begins
	number, next int32
}

// A mark is written in lower case. Around the text may stand:
//
//	^text  at the beginning      <text  at the beginning of a word
//	text$  at the end            text>  at the end of a word
//	text*more   more anywhere after text
//	^text*more  text at the beginning and more anywhere after it
//	\text      a text that begins with a sign
type mark struct {
	text              string
	more              string // what follows anywhere, "" for nothing
	start             string // what everything begins with, "" for anything
	begin, end        bool
	wordBegin, wordAt bool // a word begins before the text, ends after it
}

func newMarks() *marks {
	m := &marks{}
	for i := range m.heads {
		m.heads[i] = -1
	}
	return m
}

// add takes in one mark as it is written in a list.
func (m *marks) add(written string, number int) error {
	var k mark
	text := strings.ToLower(written)
	text, literal := cutPrefix(text, `\`)
	if !literal {
		text, k.begin = cutPrefix(text, "^")
		text, k.wordBegin = cutPrefix(text, "<")
	}
	text, k.end = cutSuffix(text, "$")
	text, k.wordAt = cutSuffix(text, ">")
	k.text, k.more, _ = strings.Cut(text, "*")
	if k.begin && k.more != "" {
		// Many agents begin alike: what comes later is looked for first.
		k.start, k.text, k.more, k.begin = k.text, k.more, "", false
	}
	if len(k.text) < 3 {
		return fmt.Errorf("mark %q: want at least 3 letters to look for", written)
	}
	if strings.Contains(k.text+k.more, "*") {
		return fmt.Errorf("mark %q: one * is all there can be", written)
	}
	three := uint32(k.text[0])<<16 | uint32(k.text[1])<<8 | uint32(k.text[2])
	h := hash3(three)
	m.hint[h>>6] |= 1 << (h & 63)
	head := &m.heads[h%uint32(len(m.heads))]
	m.chain = append(m.chain, link{three, int32(number), *head})
	*head = int32(len(m.all))
	m.all = append(m.all, k)
	return nil
}

// cutPrefix takes a sign off, unless the sign is all there is or is doubled.
func cutPrefix(s, sign string) (string, bool) {
	if rest, ok := strings.CutPrefix(s, sign); ok && rest != "" {
		return rest, true
	}
	return s, false
}

func cutSuffix(s, sign string) (string, bool) {
	if rest, ok := strings.CutSuffix(s, sign); ok && rest != "" {
		return rest, true
	}
	return s, false
}

// hash3 spreads three bytes over the bits of hint.
func hash3(three uint32) uint32 { return three * 0x9E3779B1 >> 16 }

// lowest returns the lowest number among the marks found in s, or none.
func lowest[T string | []byte](m *marks, s T, none int) int {
	found := none
	var three uint32
	for i := range len(s) {
		three = three<<8&0xFFFFFF | uint32(lowered[s[i]])
		h := hash3(three)
		if m.hint[h>>6]&(1<<(h&63)) == 0 || i < 2 {
			continue
		}
		for at := m.heads[h%uint32(len(m.heads))]; at >= 0; {
			k := m.chain[at]
			if k.three == three && int(k.number) < found && matches(&m.all[at], s, i-2) {
				found = int(k.number)
			}
			at = k.next
		}
	}
	return found
}

// farthest is how far "anywhere after" reaches. Without an end a text made for
// it would be searched again from each of its bytes.
const farthest = 100

// matches reports whether a mark stands at a place of s.
func matches[T string | []byte](k *mark, s T, at int) bool {
	after := at + len(k.text)
	if after > len(s) || k.begin && at > 0 || k.end && k.more == "" && after < len(s) ||
		k.wordBegin && at > 0 && isLetter(s[at-1]) || k.wordAt && after < len(s) && isLetter(s[after]) {
		return false
	}
	if !same(s[at:after], k.text) {
		return false
	}
	if k.start != "" && (at < len(k.start) || !same(s[:len(k.start)], k.start)) {
		return false
	}
	if k.more == "" {
		return true
	}
	for end := min(len(s), after+farthest); after+len(k.more) <= end; after++ {
		if same(s[after:after+len(k.more)], k.more) {
			return true
		}
	}
	return false
}

// same compares letters of any case with a text in lower case.
func same[T string | []byte](s T, text string) bool {
	for i := range len(text) {
		if lowered[s[i]] != text[i] {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= lowered[c] && lowered[c] <= 'z' }

// lowered has the lower case of each byte.
var lowered = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
	}
	for c := 'A'; c <= 'Z'; c++ {
		t[c] = byte(c + 'a' - 'A')
	}
	return t
}()
