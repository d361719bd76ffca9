package refs

import (
	"bytes"
	"strings"

	"golang.org/x/net/html/atom"
)

type tokenKind uint8

const (
	textToken tokenKind = iota // text in which entities count
	rawToken                   // the content of script, style and their like
	startToken
	endToken
	commentToken     // comments and what browsers take for comments
	cdataToken       // only in XML, and in SVG and MathML inside HTML
	instructionToken // <?name …?>, only in XML
	doctypeToken
)

// A token is a stretch of markup; the offsets of all tokens tile the document,
// save for a tag that is cut off by its end, which browsers drop.
type token struct {
	kind            tokenKind
	start, end      int
	inner, innerEnd int    // the content of comments, sections and text
	name            string // lower case; of a rawToken the element around it
	attrs           []attr // valid until the next token
	selfClosing     bool
}

// An attr is one attribute as offsets.
type attr struct {
	name, nameEnd   int
	value, valueEnd int
	quote           byte // '"', '\'', 0 without quotes, '=' without any value
}

// A scanner splits markup into tokens, following the tokenization states of
// the HTML standard. In XML it is as forgiving, but knows no raw elements.
type scanner struct {
	src     []byte
	pos     int
	xml     bool
	raw     string   // the element whose raw content comes next
	foreign []string // open elements that decide whether SVG or HTML rules hold
	token
}

// next reads one token and reports whether there was one.
func (s *scanner) next() bool {
	if s.pos >= len(s.src) {
		return false
	}
	if s.raw != "" {
		return s.rawText()
	}
	s.token = token{start: s.pos, attrs: s.attrs[:0]}
	if s.src[s.pos] == '<' && s.markup() {
		return s.kind != startToken && s.kind != endToken || s.tag()
	}
	end := s.pos + 1
	for end < len(s.src) {
		i := bytes.IndexByte(s.src[end:], '<')
		if i < 0 {
			end = len(s.src)
			break
		}
		if end += i; s.opens(end) {
			break
		}
		end++
	}
	s.kind, s.inner, s.innerEnd = textToken, s.pos, end
	s.finish(end)
	return true
}

func (s *scanner) finish(end int) { s.end, s.pos = end, end }

// opens reports whether the '<' at i begins anything but text.
func (s *scanner) opens(i int) bool {
	if i+1 >= len(s.src) {
		return false
	}
	c := s.src[i+1]
	return isLetter(c) || c == '!' || c == '?' || c == '/' && i+2 < len(s.src) || s.xml && (c == '_' || c >= 0x80)
}

// markup finds out what the '<' at pos begins and reads it unless it is a tag.
func (s *scanner) markup() bool {
	if !s.opens(s.pos) {
		return false
	}
	rest := s.src[s.pos+1:]
	switch {
	case rest[0] == '/' && isLetter(rest[1]):
		s.kind = endToken
	case rest[0] == '/' && rest[1] == '>':
		s.enclosed(commentToken, 2, ">")
	case rest[0] == '/':
		s.enclosed(commentToken, 3, ">") // the third character must stay: a letter in its place would make a tag
	case bytes.HasPrefix(rest, []byte("!--")):
		s.comment()
	case bytes.HasPrefix(rest, []byte("![CDATA[")) && (s.xml || s.inForeign()):
		s.enclosed(cdataToken, 9, "]]>")
	case rest[0] == '!' && len(rest) > 8 && strings.EqualFold(string(rest[1:8]), "doctype"):
		s.doctype()
	case rest[0] == '?' && s.xml:
		s.enclosed(instructionToken, 2, "?>")
	case rest[0] == '!' || rest[0] == '?':
		s.enclosed(commentToken, 2, ">")
	default:
		s.kind = startToken
	}
	return true
}

// enclosed reads a token up to its closing mark, or to the end of the document.
func (s *scanner) enclosed(kind tokenKind, open int, closing string) {
	s.kind, s.inner = kind, min(s.pos+open, len(s.src))
	i := bytes.Index(s.src[s.inner:], []byte(closing))
	if i < 0 {
		s.innerEnd = len(s.src)
		s.finish(len(s.src))
		return
	}
	s.innerEnd = s.inner + i
	s.finish(s.innerEnd + len(closing))
}

// comment reads a comment; "<!-->" and "<!--->" are whole ones, and "--!>"
// ends one too.
func (s *scanner) comment() {
	s.kind, s.inner = commentToken, s.pos+4
	for i := s.pos + 2; ; {
		n := bytes.Index(s.src[i:], []byte("--"))
		if n < 0 {
			s.innerEnd = len(s.src)
			s.finish(len(s.src))
			return
		}
		i += n + 1
		for _, tail := range []string{"->", "-!>"} {
			if s.xml && tail == "-!>" {
				continue
			}
			if bytes.HasPrefix(s.src[i:], []byte(tail)) && (i > s.inner || tail == "->" && !s.xml) {
				s.innerEnd = max(i-1, s.inner)
				s.finish(i + len(tail))
				return
			}
		}
	}
}

// doctype reads a document type, in XML with its internal subset.
func (s *scanner) doctype() {
	s.enclosed(doctypeToken, 9, ">")
	if s.xml && bytes.IndexByte(s.src[s.inner:s.innerEnd], '[') >= 0 {
		s.pos = s.start
		s.enclosed(doctypeToken, 9, "]>")
	}
}

// tag reads a start or end tag. A tag that the document ends within is none.
func (s *scanner) tag() bool {
	i := s.pos + 1
	if s.kind == endToken {
		i++
	}
	from := i
	for i < len(s.src) && !endsName(s.src[i]) {
		i++
	}
	s.name = lowerName(s.src[from:i])
	end := s.attributes(i)
	if end < 0 {
		s.pos = len(s.src)
		return false
	}
	s.finish(end)
	if !s.xml {
		s.enter()
	}
	return true
}

func endsName(c byte) bool {
	return c == '>' || c == '/' || isSpace(c)
}

// attributes reads the attributes from i on and returns the end of the tag,
// or -1 if it has none.
func (s *scanner) attributes(i int) int {
	for {
		for i < len(s.src) && (isSpace(s.src[i]) || s.src[i] == '/') {
			i++
		}
		if i == len(s.src) {
			return -1
		}
		if s.src[i] == '>' {
			s.selfClosing = s.src[i-1] == '/' && (len(s.attrs) == 0 || s.attrs[len(s.attrs)-1].valueEnd < i)
			return i + 1
		}
		if i = s.attribute(i); i < 0 {
			return -1
		}
	}
}

// attribute reads the one attribute at i and returns what follows it.
func (s *scanner) attribute(i int) int {
	a := attr{name: i}
	for i++; i < len(s.src) && s.src[i] != '=' && !endsName(s.src[i]); i++ {
	}
	a.nameEnd, a.value, a.valueEnd, a.quote = i, i, i, '='
	j := i
	for j < len(s.src) && isSpace(s.src[j]) {
		j++
	}
	if j < len(s.src) && s.src[j] == '=' {
		if i = s.attrValue(&a, j+1); i < 0 {
			return -1
		}
	}
	s.attrs = append(s.attrs, a)
	return i
}

// attrValue reads the value after the equals sign before i.
func (s *scanner) attrValue(a *attr, i int) int {
	for i < len(s.src) && isSpace(s.src[i]) {
		i++
	}
	if i == len(s.src) {
		return -1
	}
	a.quote = s.src[i]
	if a.quote == '"' || a.quote == '\'' {
		n := bytes.IndexByte(s.src[i+1:], a.quote)
		if n < 0 {
			return -1
		}
		a.value, a.valueEnd = i+1, i+1+n
		return a.valueEnd + 1
	}
	a.quote, a.value = 0, i
	for i < len(s.src) && s.src[i] != '>' && !isSpace(s.src[i]) {
		i++
	}
	a.valueEnd = i
	return i
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'
}

// lowerName returns a name in lower case, without allocating for the names
// that HTML knows.
func lowerName(b []byte) string {
	var buf [24]byte
	if len(b) > len(buf) {
		return strings.ToLower(string(b))
	}
	name := lowerASCII(buf[:0], b)
	if a := atom.Lookup(name); a != 0 {
		return a.String()
	}
	return string(name)
}

// lowerASCII appends b to dst, letters in lower case.
func lowerASCII(dst, b []byte) []byte {
	for _, c := range b {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}
