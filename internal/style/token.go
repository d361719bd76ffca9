package style

import (
	"strings"
	"unicode/utf8"
)

// A kind is a kind of token of CSS Syntax Level 3, section 4. Those that are
// one sign are called by it.
type kind byte

const (
	ident    kind = 'i'
	function kind = 'f' // with its parenthesis
	atWord   kind = '@'
	hash     kind = '#'
	text     kind = '"'
	address  kind = 'u' // an unquoted url()
	number   kind = '0' // with its unit
	space    kind = ' '
	comment  kind = '*'
	delim    kind = 'd'
	broken   kind = '!' // a string or an address that makes what holds it void
	mark     kind = '<' // <!-- or -->
)

type token struct {
	kind kind
	text string // as written, with an end if the sheet broke off inside it
}

// clean is the preprocessing of CSS Syntax Level 3, section 3.3.
var clean = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\f", "\n", "\x00", "\ufffd")

// A lexer cuts a sheet into tokens.
type lexer struct {
	s   string
	pos int
}

func tokens(sheet string) []token {
	l := lexer{s: clean.Replace(strings.ToValidUTF8(strings.TrimPrefix(sheet, "\ufeff"), "\ufffd"))}
	out := make([]token, 0, len(l.s)/4) // measured: a token of a theme's sheet has four bytes
	for l.pos < len(l.s) {
		from := l.pos
		k := l.next()
		out = append(out, token{k, l.s[from:l.pos]})
	}
	if n := len(out); n > 0 {
		out[n-1].text = ended(out[n-1])
	}
	return out
}

// ended closes a token that the end of the sheet cut off.
func ended(t token) string {
	s := t.text
	switch t.kind {
	case text:
		if len(s) < 2 || s[len(s)-1] != s[0] || oddBackslashes(s[:len(s)-1]) {
			if oddBackslashes(s) {
				s = s[:len(s)-1]
			}
			s += s[:1]
		}
	case address:
		if s[len(s)-1] != ')' || oddBackslashes(s[:len(s)-1]) {
			s = replaceLastEscape(s) + ")"
		}
	case comment:
		return "/**/"
	case ident, hash, atWord, number:
		s = replaceLastEscape(s)
	}
	return s
}

// replaceLastEscape makes of an escape of nothing what a browser reads in it.
func replaceLastEscape(s string) string {
	if oddBackslashes(s) {
		return s[:len(s)-1] + "\ufffd"
	}
	return s
}

func oddBackslashes(s string) bool {
	return (len(s)-len(strings.TrimRight(s, `\`)))%2 == 1
}

func (l *lexer) at(n int) byte {
	if l.pos+n < len(l.s) {
		return l.s[l.pos+n]
	}
	return 0
}

// next reads one token and returns its kind.
func (l *lexer) next() kind {
	c := l.at(0)
	switch {
	case isSpace(c):
		for isSpace(l.at(0)) {
			l.pos++
		}
		return space
	case c == '/' && l.at(1) == '*':
		return l.comment()
	case c == '"' || c == '\'':
		return l.quoted(c)
	case c == '#' && (isName(l.at(1)) || l.escapes(1)):
		l.pos++
		l.name()
		return hash
	case c == '@' && l.startsIdent(1):
		l.pos++
		l.name()
		return atWord
	case isDigit(c) || c == '.' && isDigit(l.at(1)) || (c == '+' || c == '-') && l.startsNumber(1):
		return l.number()
	case c == '-' && l.at(1) == '-' && l.at(2) == '>':
		l.pos += 3
		return mark
	case strings.HasPrefix(l.s[l.pos:], "<!--"):
		l.pos += 4
		return mark
	case l.startsIdent(0):
		return l.ident()
	}
	return l.sign(c)
}

func (l *lexer) sign(c byte) kind {
	l.pos++
	if c == '\\' { // before the end of a line: no value holds it, and it would swallow what is written next
		return broken
	}
	if strings.IndexByte("{}()[]:;,", c) >= 0 {
		return kind(c)
	}
	return delim
}

func (l *lexer) comment() kind {
	if end := strings.Index(l.s[l.pos+2:], "*/"); end >= 0 {
		l.pos += end + 4
	} else {
		l.pos = len(l.s)
	}
	return comment
}

func (l *lexer) quoted(quote byte) kind {
	for l.pos++; l.pos < len(l.s); l.pos++ {
		switch l.s[l.pos] {
		case quote:
			l.pos++
			return text
		case '\n':
			return broken
		case '\\':
			if l.pos+1 < len(l.s) {
				l.pos++
			}
		}
	}
	return text
}

func (l *lexer) number() kind {
	if c := l.at(0); c == '+' || c == '-' {
		l.pos++
	}
	l.digits()
	if l.at(0) == '.' && isDigit(l.at(1)) {
		l.pos++
		l.digits()
	}
	if l.at(0)|0x20 == 'e' {
		if isDigit(l.at(1)) || (l.at(1) == '+' || l.at(1) == '-') && isDigit(l.at(2)) {
			l.pos += 2
			l.digits()
		}
	}
	if l.startsIdent(0) {
		l.name()
	} else if l.at(0) == '%' {
		l.pos++
	}
	return number
}

func (l *lexer) digits() {
	for isDigit(l.at(0)) {
		l.pos++
	}
}

func (l *lexer) ident() kind {
	from := l.pos
	l.name()
	if l.at(0) != '(' {
		return ident
	}
	name := l.s[from:l.pos]
	l.pos++
	if !strings.EqualFold(unescape(name), "url") {
		return function
	}
	rest := strings.TrimLeft(l.s[l.pos:], " \t\n")
	if strings.HasPrefix(rest, `"`) || strings.HasPrefix(rest, "'") {
		return function
	}
	return l.address()
}

// address reads an unquoted url(), CSS Syntax Level 3, section 4.3.6.
func (l *lexer) address() kind {
	k, begun, ended := address, false, false
	for ; l.pos < len(l.s); l.pos++ {
		c := l.s[l.pos]
		if isSpace(c) {
			ended = begun
			continue
		}
		begun = true
		switch {
		case c == ')':
			l.pos++
			return k
		case ended || c == '"' || c == '\'' || c == '(' || c < ' ' || c == 0x7f || c == '\\' && l.at(1) == '\n':
			k = broken
		}
		if c == '\\' && l.pos+1 < len(l.s) {
			l.pos++
		}
	}
	return k
}

// name passes over the signs of a name, escapes included.
func (l *lexer) name() {
	for {
		switch {
		case isName(l.at(0)):
			l.pos++
		case l.escapes(0):
			l.escape()
		default:
			return
		}
	}
}

// escape passes over a backslash and what it stands for.
func (l *lexer) escape() {
	l.pos++
	if !isHex(l.at(0)) {
		_, n := utf8.DecodeRuneInString(l.s[l.pos:])
		l.pos += n
		return
	}
	for n := 0; n < 6 && isHex(l.at(0)); n++ {
		l.pos++
	}
	if isSpace(l.at(0)) {
		l.pos++
	}
}

func (l *lexer) escapes(n int) bool {
	return l.at(n) == '\\' && l.at(n+1) != '\n'
}

func (l *lexer) startsIdent(n int) bool {
	if l.at(n) == '-' {
		return startsName(l.at(n+1)) || l.at(n+1) == '-' || l.escapes(n+1)
	}
	return startsName(l.at(n)) || l.escapes(n)
}

func (l *lexer) startsNumber(n int) bool {
	return isDigit(l.at(n)) || l.at(n) == '.' && isDigit(l.at(n+1))
}

func isSpace(c byte) bool    { return c == ' ' || c == '\t' || c == '\n' }
func isDigit(c byte) bool    { return '0' <= c && c <= '9' }
func isHex(c byte) bool      { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
func startsName(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c >= 0x80 }
func isName(c byte) bool     { return startsName(c) || isDigit(c) || c == '-' }
