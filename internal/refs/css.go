package refs

import (
	"bytes"
	"strings"
)

// css reads a style sheet.
func (w *walk) css(l *layer) { w.style(l, Ref{}) }

// A styleScan reads CSS as far as references need it: strings, comments,
// names, and which function encloses what.
type styleScan struct {
	w      *walk
	l      *layer
	b      []byte
	pos    int
	ref    Ref
	parens []bool // for each open parenthesis: strings directly inside are images
	rule   atRule
}

// An atRule tells what a string means until the next ";" or "{".
type atRule uint8

const (
	noRule atRule = iota
	importRule
	namespaceRule
)

// style reads CSS: a style sheet, or the declarations of an attribute.
func (w *walk) style(l *layer, ref Ref) {
	ref.Use = Embed
	s := styleScan{w: w, l: l, b: l.text, ref: ref}
	for s.pos < len(s.b) {
		s.step()
	}
}

// step reads one token.
func (s *styleScan) step() {
	switch c := s.b[s.pos]; {
	case c == '/' && s.at(1) == '*':
		s.comment()
	case c == '"' || c == '\'':
		s.quoted(s.rule == importRule || s.inImageSet())
	case c == '@':
		s.pos++
		s.atKeyword(s.name())
	case c == '#':
		s.pos++
		s.name()
	case isDigit(c):
		s.number()
	case startsName(c) || c == '\\' && s.at(1) != '\n':
		s.ident(s.name())
	case c == '(':
		s.open(false)
	case c == ')':
		s.parens = s.parens[:max(len(s.parens)-1, 0)]
		s.pos++
	case c == ';' || c == '{' || c == '}':
		s.rule, s.parens = noRule, s.parens[:0]
		s.pos++
	default:
		s.pos++
	}
}

// at returns the byte n behind the current one, or 0.
func (s *styleScan) at(n int) byte {
	if s.pos+n < len(s.b) {
		return s.b[s.pos+n]
	}
	return 0
}

func (s *styleScan) open(images bool) {
	s.parens = append(s.parens, images)
	s.pos++
}

func (s *styleScan) inImageSet() bool {
	return len(s.parens) > 0 && s.parens[len(s.parens)-1]
}

func startsName(c byte) bool { return isLetter(c) || c == '_' || c == '-' || c >= 0x80 }

// name reads an identifier and returns its bytes.
func (s *styleScan) name() []byte {
	from := s.pos
	for s.pos < len(s.b) {
		switch c := s.b[s.pos]; {
		case startsName(c) || isDigit(c):
			s.pos++
		case c == '\\' && s.pos+1 < len(s.b) && !isBreak(s.b[s.pos+1]):
			s.pos += 2
			if isHex(s.b[s.pos-1]) { // white space ends an escape and belongs to it
				_, n := cssEscape(s.b[s.pos-2:])
				s.pos += n - 2
			}
		default:
			if s.pos == from {
				s.pos++
			}
			return s.b[from:s.pos]
		}
	}
	return s.b[from:s.pos]
}

func isBreak(c byte) bool { return c == '\n' || c == '\r' || c == '\f' }

// number reads a number with its unit, so that "1url(" is no url.
func (s *styleScan) number() {
	for s.pos < len(s.b) && (isDigit(s.b[s.pos]) || s.b[s.pos] == '.' && isDigit(s.at(1))) {
		s.pos++
	}
	if c := s.at(0); startsName(c) || c == '\\' {
		s.name()
	}
}

func (s *styleScan) comment() {
	from := s.pos + 2
	end := len(s.b)
	s.pos = end
	if n := bytes.Index(s.b[from:], []byte("*/")); n >= 0 {
		end = from + n
		s.pos = end + 2
	}
	s.w.mentions(s.l.inside(min(from, end), end), s.ref.Element, s.ref.Attr)
}

func (s *styleScan) atKeyword(name []byte) {
	switch strings.ToLower(cssText(name)) {
	case "import":
		s.rule = importRule
	case "namespace":
		s.rule = namespaceRule
	}
}

// ident follows a name into the function that it may open.
func (s *styleScan) ident(name []byte) {
	if s.at(0) != '(' {
		return
	}
	switch strings.ToLower(cssText(name)) {
	case "url":
		s.pos++
		s.url()
	case "src":
		s.pos++
		s.quotedURL()
	case "image-set", "-webkit-image-set":
		s.open(true)
	default:
		s.open(false)
	}
}

// quotedURL reads the string with which a function begins, if one does.
func (s *styleScan) quotedURL() bool {
	s.parens = append(s.parens, false)
	s.skipSpace()
	if c := s.at(0); c != '"' && c != '\'' {
		return false
	}
	s.quoted(s.rule != namespaceRule)
	return true
}

// url reads what follows "url(".
func (s *styleScan) url() {
	if s.quotedURL() {
		return
	}
	from := s.pos
	for s.pos < len(s.b) && s.b[s.pos] != ')' {
		switch c := s.b[s.pos]; {
		case c == '\\' && s.pos+1 < len(s.b) && !isBreak(s.b[s.pos+1]):
			_, n := cssEscape(s.b[s.pos:])
			s.pos += n
		case isSpace(c):
			end := s.pos
			s.skipSpace()
			if s.pos < len(s.b) && s.b[s.pos] != ')' {
				s.badURL()
				return
			}
			s.unquoted(from, end)
			return
		case c == '"', c == '\'', c == '(', c < ' ', c == 0x7f, c == '\\':
			s.badURL()
			return
		default:
			s.pos++
		}
	}
	s.unquoted(from, s.pos)
}

func (s *styleScan) skipSpace() {
	for isSpace(s.at(0)) {
		s.pos++
	}
}

// badURL skips what is not a URL after all.
func (s *styleScan) badURL() {
	for s.pos < len(s.b) && s.b[s.pos] != ')' {
		if s.b[s.pos] == '\\' {
			s.pos++
		}
		s.pos++
	}
	s.pos = min(s.pos, len(s.b))
}

func (s *styleScan) unquoted(start, end int) {
	if s.rule != namespaceRule {
		s.show(start, end, unquotedCSS)
	}
}

// quoted reads a string and shows it if it is a reference; elsewhere it may
// still mention the site.
func (s *styleScan) quoted(isRef bool) {
	quote := s.b[s.pos]
	s.pos++
	from := s.pos
	for s.pos < len(s.b) && s.b[s.pos] != quote {
		if isBreak(s.b[s.pos]) {
			return // a bad string
		}
		if s.b[s.pos] == '\\' {
			s.pos++
		}
		s.pos++
	}
	s.pos = min(s.pos, len(s.b))
	if isRef {
		s.show(from, s.pos, quotedCSS)
	} else if s.rule != namespaceRule {
		s.w.mentions(s.l.inside(from, s.pos), s.ref.Element, s.ref.Attr)
	}
	s.pos++
}

func (s *styleScan) show(start, end int, spell func(string) string) {
	text := cssText(s.w.undone(s.l, start, end))
	from, to := trim([]byte(text), 0, len(text))
	s.w.present(s.l, start, end, text[from:to], spell, s.ref)
	if s.rule == importRule {
		s.rule = noRule
	}
}
