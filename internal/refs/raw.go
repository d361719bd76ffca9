package refs

import (
	"bytes"
	"slices"
	"strings"
)

// rawElements are the elements whose content is not markup. The content of
// noscript and noframes is read as markup all the same: it is for those whose
// browsers run no scripts, and a frozen site serves them too.
func isRawElement(name string) bool {
	switch name {
	case "script", "style", "textarea", "title", "xmp", "iframe", "noembed", "plaintext":
		return true
	}
	return false
}

// rawText reads the content of a raw element, up to its end tag.
func (s *scanner) rawText() bool {
	rest := s.src[s.pos:]
	n := len(rest)
	switch s.raw {
	case "plaintext":
	case "script":
		n = scriptEnd(rest)
	default:
		n = elementEnd(rest, s.raw)
	}
	s.token = token{
		kind: rawToken, name: s.raw, attrs: s.attrs[:0],
		start: s.pos, inner: s.pos, innerEnd: s.pos + n,
	}
	s.raw = ""
	s.finish(s.innerEnd)
	if n == 0 {
		return s.next()
	}
	return true
}

// elementEnd returns the offset of the end tag of a raw element.
func elementEnd(b []byte, name string) int {
	for i := 0; ; i++ {
		n := bytes.IndexByte(b[i:], '<')
		if n < 0 {
			return len(b)
		}
		if i += n; tagAt(b[i+1:], "/", name) {
			return i
		}
	}
}

// tagAt reports whether a tag of that name, after its '<', stands at the
// beginning of b.
func tagAt(b []byte, slash, name string) bool {
	n := len(slash) + len(name)
	return len(b) > n && string(b[:len(slash)]) == slash && endsName(b[n]) &&
		strings.EqualFold(string(b[len(slash):n]), name)
}

// scriptEnd returns the offset of the end tag of a script. After "<!--" a
// script may hold whole script elements: their end tags do not end it.
func scriptEnd(b []byte) int {
	const (
		code = iota
		escaped
		doubleEscaped
	)
	state := code
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == '-':
			if state != code && bytes.HasPrefix(b[i:], []byte("-->")) {
				state = code
			}
		case b[i] != '<':
		case state == code && bytes.HasPrefix(b[i:], []byte("<!--")):
			state = escaped
			i++ // not past the dashes: "<!-->" closes at once
		case state != doubleEscaped && tagAt(b[i+1:], "/", "script"):
			return i
		case state == escaped && tagAt(b[i+1:], "", "script"):
			state = doubleEscaped
		case state == doubleEscaped && tagAt(b[i+1:], "/", "script"):
			state = escaped
		}
	}
	return len(b)
}

// maxForeign bounds the memory of elements that change the rules; deeper ones
// keep the rules they are in.
const maxForeign = 200

func (s *scanner) inForeign() bool {
	if len(s.foreign) == 0 {
		return false
	}
	switch s.foreign[len(s.foreign)-1] {
	case "svg", "math":
		return true
	}
	return false
}

// enter follows the tag just read into raw text, SVG, MathML and back.
func (s *scanner) enter() {
	if s.kind == endToken {
		if i := slices.Index(s.foreign, s.name); i >= 0 {
			s.foreign = s.foreign[:lastIndex(s.foreign, s.name)]
		}
		return
	}
	foreign := s.inForeign()
	if foreign && breaksOut(s.name) {
		s.foreign, foreign = s.foreign[:0], false
	}
	if !foreign && isRawElement(s.name) {
		s.raw = s.name
		return
	}
	if s.selfClosing || len(s.foreign) == maxForeign {
		return
	}
	switch s.name {
	case "svg", "math":
		s.foreign = append(s.foreign, s.name)
	case "foreignobject", "desc", "title", "annotation-xml":
		if foreign {
			s.foreign = append(s.foreign, s.name)
		}
	}
}

func lastIndex(names []string, name string) int {
	for i := len(names) - 1; i >= 0; i-- {
		if names[i] == name {
			return i
		}
	}
	return -1
}

// breaksOut lists the HTML elements that end SVG and MathML around them.
func breaksOut(name string) bool {
	switch name {
	case "b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em", "embed",
		"h1", "h2", "h3", "h4", "h5", "h6", "head", "hr", "i", "img", "li", "listing", "menu", "meta", "nobr",
		"ol", "p", "pre", "ruby", "s", "small", "span", "strong", "strike", "sub", "sup", "table", "tt", "u",
		"ul", "var":
		return true
	}
	return false
}
