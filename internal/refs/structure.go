package refs

import (
	"crypto/sha256"
	"hash"
)

// Structure returns a digest of what a page says: its elements, the attributes
// that hold words, and its text. References, the attributes that may mention
// an address, links, comments, scripts and styles do not count. Any edit made
// through HTML leaves the digest the same, and little else does.
func Structure(doc []byte) [sha256.Size]byte {
	g := digest{Hash: sha256.New()}
	s := textScan{scanner: scanner{src: doc}}
	for s.next() {
		switch s.kind {
		case textToken, cdataToken, rawToken:
			g.Write(s.text())
		case startToken:
			g.tag(doc, &s.token)
		case endToken:
			if s.name != "link" {
				g.write("\x00/", s.name)
			}
		}
	}
	return [sha256.Size]byte(g.Sum(nil))
}

// A textScan knows the text for people from that of scripts and styles.
type textScan struct {
	scanner
	code bool // inside a script or style, which SVG holds as plain text
}

func (s *textScan) next() bool {
	if !s.scanner.next() {
		return false
	}
	switch s.kind {
	case startToken:
		s.code = s.code || s.name == "script" || s.name == "style"
	case endToken, rawToken:
		s.code = s.kind == rawToken && (s.name == "script" || s.name == "style")
	}
	return true
}

// text returns the text of the token, nothing if it is code.
func (s *textScan) text() []byte {
	raw := s.src[s.inner:s.innerEnd]
	switch {
	case s.code:
		return nil
	case s.kind == textToken:
		text, _ := entities(raw, false)
		return text
	}
	return raw
}

// A digest frames what it is given by NUL bytes, which pages do not contain.
type digest struct{ hash.Hash }

func (g digest) write(parts ...string) {
	for _, part := range parts {
		g.Write([]byte(part))
	}
}

func (g digest) tag(doc []byte, t *token) {
	if t.name == "link" { // it may have been removed
		return
	}
	g.write("\x00<", t.name)
	words := t.name == "meta" && metaSaysWords(doc, t)
	for _, a := range t.attrs {
		name := lowerName(doc[a.name:a.nameEnd])
		kind := attrKinds[name]
		if name == LeftOut || t.name == "meta" && name == "content" && !words {
			continue
		}
		var r *rule
		if kind != nil {
			r = kind.ruleFor(t.name)
		}
		switch {
		case r == nil:
			g.write("\x00 ", name)
		case r.how == asWords:
			value, _ := entities(doc[a.value:a.valueEnd], true)
			g.write("\x00 ", name, "\x00=", string(value))
		}
	}
	g.write("\x00>")
}

// metaSaysWords reports whether the content of a meta element is text.
func metaSaysWords(doc []byte, t *token) bool {
	var w walk
	l := &layer{text: doc}
	return !w.isRefresh(l, t) && metaWords(w.metaName(l, t))
}
