package accesslog

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// A jsonLog is a log of one JSON object a line. Only the names it knows are
// looked at, wherever they stand; everything else is stepped over.
type jsonLog struct {
	// fields maps names, with those of the objects around them and a dot
	// between, to what they mean. An array stands for its first element.
	fields map[string]func(h *Hit, value []byte) error
}

// maxDepth is how far objects may be nested. Formats need three.
const maxDepth = 16

func (f *jsonLog) Parse(line []byte, h *Hit) error {
	h.reset()
	w := jsonWalk{rest: trim(line), log: f, hit: h}
	if len(w.rest) == 0 || w.rest[0] != '{' {
		return errJSON
	}
	if err := w.value(nil, 0); err != nil {
		return err
	}
	return h.complete()
}

type jsonWalk struct {
	rest []byte
	log  *jsonLog
	hit  *Hit
	path [128]byte
}

func (w *jsonWalk) space() {
	for len(w.rest) > 0 && isSpace(w.rest[0]) {
		w.rest = w.rest[1:]
	}
}

// value steps over one value and hands a plain one to the field of its path.
func (w *jsonWalk) value(path []byte, depth int) error {
	w.space()
	if len(w.rest) == 0 || depth > maxDepth {
		return errJSON
	}
	switch w.rest[0] {
	case '{':
		return w.object(path, depth)
	case '[':
		return w.array(path, depth)
	case '"':
		token, ok := w.str()
		if !ok {
			return errJSON
		}
		return w.found(path, token)
	}
	end := bytes.IndexAny(w.rest, ",]} \t\r")
	if end <= 0 {
		return errJSON
	}
	token := w.rest[:end]
	w.rest = w.rest[end:]
	if string(token) == "null" {
		return nil
	}
	return w.found(path, token)
}

func (w *jsonWalk) found(path, token []byte) error {
	if set := w.log.fields[string(path)]; set != nil && len(token) > 0 {
		return set(w.hit, token)
	}
	return nil
}

func (w *jsonWalk) object(path []byte, depth int) error {
	for first := true; ; first = false {
		w.rest = w.rest[1:] // the brace, or a comma
		w.space()
		if len(w.rest) == 0 {
			return errJSON
		}
		if first && w.rest[0] == '}' {
			break
		}
		name, ok := w.str()
		if !ok {
			return errJSON
		}
		w.space()
		if len(w.rest) == 0 || w.rest[0] != ':' {
			return errJSON
		}
		w.rest = w.rest[1:]
		if err := w.value(w.join(path, name), depth+1); err != nil {
			return err
		}
		if done, err := w.next('}'); done || err != nil {
			return err
		}
	}
	w.rest = w.rest[1:]
	return nil
}

// array hands its first element on under its own path and steps over the rest.
func (w *jsonWalk) array(path []byte, depth int) error {
	for first := true; ; first = false {
		w.rest = w.rest[1:]
		w.space()
		if len(w.rest) == 0 {
			return errJSON
		}
		if first && w.rest[0] == ']' {
			break
		}
		at := path
		if !first {
			at = noPath
		}
		if err := w.value(at, depth+1); err != nil {
			return err
		}
		if done, err := w.next(']'); done || err != nil {
			return err
		}
	}
	w.rest = w.rest[1:]
	return nil
}

// noPath is a path that no field has.
var noPath = []byte{0}

// next leaves a comma in place and steps over the closing mark.
func (w *jsonWalk) next(closing byte) (done bool, err error) {
	w.space()
	switch {
	case len(w.rest) > 0 && w.rest[0] == closing:
		w.rest = w.rest[1:]
		return true, nil
	case len(w.rest) > 0 && w.rest[0] == ',':
		return false, nil
	}
	return false, errJSON
}

// join writes the path of a member behind that of its object, in one buffer:
// the longer path begins with the shorter. A path too long is no field's.
func (w *jsonWalk) join(path, name []byte) []byte {
	n := len(path)
	if n > 0 && path[0] == 0 || n+1+len(name) > len(w.path) {
		return noPath
	}
	copy(w.path[:], path)
	if n > 0 {
		w.path[n] = '.'
		n++
	}
	n += copy(w.path[n:], name)
	return w.path[:n]
}

// str steps over a string and returns it decoded, in place: what is decoded is
// never longer than its spelling.
func (w *jsonWalk) str() ([]byte, bool) {
	if len(w.rest) == 0 || w.rest[0] != '"' {
		return nil, false
	}
	body := w.rest[1:]
	at := bytes.IndexByte(body, '"')
	if at < 0 {
		return nil, false
	}
	if bytes.IndexByte(body[:at], '\\') < 0 {
		w.rest = body[at+1:]
		return body[:at], true
	}
	return w.escaped(body)
}

func (w *jsonWalk) escaped(body []byte) ([]byte, bool) {
	out := 0
	for in := 0; in < len(body); in++ {
		c := body[in]
		if c == '"' {
			w.rest = body[in+1:]
			return body[:out], true
		}
		if c != '\\' {
			body[out] = c
			out++
			continue
		}
		if in++; in >= len(body) {
			return nil, false
		}
		n, used := unescape(body[out:], body[in:])
		out += n
		in += used - 1
	}
	return nil, false
}

// unescape writes what an escape stands for over its spelling, which begins
// behind its backslash, and returns how much was written and read.
func unescape(out, in []byte) (wrote, read int) {
	switch c := in[0]; c {
	case 'n':
		out[0] = '\n'
	case 't':
		out[0] = '\t'
	case 'r':
		out[0] = '\r'
	case 'b':
		out[0] = '\b'
	case 'f':
		out[0] = '\f'
	case 'u':
		r, read := unit16(in)
		if read == 1 { // no digits: there is no room for more than one byte
			out[0] = '?'
			return 1, 1
		}
		if utf16.IsSurrogate(r) && len(in) > read+1 && in[read] == '\\' {
			if low, more := unit16(in[read+1:]); more > 1 {
				r, read = utf16.DecodeRune(r, low), read+1+more
			}
		}
		var rune [utf8.UTFMax]byte
		return copy(out, rune[:utf8.EncodeRune(rune[:], r)]), read
	default:
		out[0] = c
	}
	return 1, 1
}

// unit16 reads u and four hexadecimal digits.
func unit16(in []byte) (rune, int) {
	if len(in) < 5 || in[0] != 'u' {
		return utf8.RuneError, 1
	}
	var r rune
	for _, c := range in[1:5] {
		if !isHex(c) {
			return utf8.RuneError, 1
		}
		r = r<<4 | rune(unhex(c))
	}
	return r, 5
}
