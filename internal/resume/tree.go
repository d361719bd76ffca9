package resume

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// maxDepth bounds nesting. The schema needs five.
const maxDepth = 64

// A node is a value of the file with the place it stands at.
type node struct {
	line   int
	value  any // nil, bool, string or json.Number; an object or a list otherwise
	fields []field
	items  []*node
	kind   string // as people call it: text, a number, a list ...
}

type field struct {
	name string
	node *node
}

// A reader turns JSON into nodes.
type reader struct {
	data    []byte
	decoder *json.Decoder
	line    int // of the byte at counted
	counted int
}

// readTree reads all of data. Errors come with their line.
func readTree(data []byte) (*node, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		return nil, fault{line: 1 + bytes.Count(data[:validPrefix(data)], []byte("\n")), what: "this is not UTF-8", hint: "save the file as UTF-8"}
	}
	r := &reader{data: data, decoder: json.NewDecoder(bytes.NewReader(data)), line: 1}
	r.decoder.UseNumber()
	root, err := r.value(0)
	if err != nil {
		return nil, r.explain(err)
	}
	if _, err := r.decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fault{line: r.lineNow(), what: "something follows the closing brace", hint: "a résumé is one JSON object"}
	}
	return root, nil
}

func validPrefix(data []byte) int {
	for i := 0; i < len(data); {
		c, size := utf8.DecodeRune(data[i:])
		if c == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
	return len(data)
}

func (r *reader) explain(err error) error {
	var known fault
	if errors.As(err, &known) {
		return known
	}
	line := r.lineNow()
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		line = 1 + bytes.Count(r.data[:min(int(syntax.Offset), len(r.data))], []byte("\n"))
		return fault{line: line, what: "this is not JSON: " + syntax.Error(), hint: "look for a comma or a quote that is missing, or one too many, here or in the line before"}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fault{line: line, what: "the file ends too early", hint: "a brace, a bracket or a quote is not closed"}
	}
	return fault{line: line, what: err.Error()}
}

// lineNow is the line that the decoder has come to. It only goes forward, so
// that a long file is counted once.
func (r *reader) lineNow() int {
	offset := min(int(r.decoder.InputOffset()), len(r.data))
	r.line += bytes.Count(r.data[r.counted:offset], []byte("\n"))
	r.counted = offset
	return r.line
}

func (r *reader) value(depth int) (*node, error) {
	token, err := r.decoder.Token()
	if err != nil {
		return nil, err
	}
	n := &node{line: r.lineNow(), value: token}
	if depth > maxDepth {
		return nil, fault{line: n.line, what: fmt.Sprintf("more than %d levels deep", maxDepth)}
	}
	switch token := token.(type) {
	case json.Delim:
		n.value = nil
		if token == '{' {
			return n, r.object(n, depth)
		}
		return n, r.list(n, depth)
	case string:
		n.kind = "text"
	case json.Number:
		n.kind = "a number"
	case bool:
		n.kind = "true or false"
	case nil:
		n.kind = "null"
	}
	return n, nil
}

func (r *reader) object(n *node, depth int) error {
	n.kind = "an object"
	for r.decoder.More() {
		name, err := r.decoder.Token()
		if err != nil {
			return err
		}
		child, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		n.fields = append(n.fields, field{name.(string), child}) // the decoder lets nothing else be a name
	}
	_, err := r.decoder.Token()
	return err
}

func (r *reader) list(n *node, depth int) error {
	n.kind = "a list"
	for r.decoder.More() {
		child, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		n.items = append(n.items, child)
	}
	_, err := r.decoder.Token()
	return err
}
