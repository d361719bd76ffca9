package sshlog

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
)

// longest is as much of a line or a field as is kept. What sshd writes has a
// few hundred bytes; what is longer is skipped.
const longest = 64 << 10

// A Reader reads knocks out of a log in any of the forms that sshd's words
// come in: auth.log, journalctl -o short, short-iso, short-full, short-unix,
// json or export, and a file of sshd's own.
type Reader struct {
	r     *bufio.Reader
	lines lineReader
	entry entry // of a journal, as far as it was read

	// Lines is how many lines were read, of which Skipped were too long.
	Lines, Skipped int
}

// NewReader reads from r. Times without a year are taken for the last such
// time before now.
func NewReader(r io.Reader, now time.Time) *Reader {
	return &Reader{r: bufio.NewReaderSize(r, longest), lines: lineReader{now}}
}

// Next returns the next knock, and io.EOF after the last.
func (r *Reader) Next() (Knock, error) {
	for {
		line, err := r.line()
		if err != nil && (line == "" || err != io.EOF) {
			if k, ok := r.entry.knock(); ok && err == io.EOF {
				r.entry = entry{}
				return k, nil
			}
			return Knock{}, err
		}
		if k, ok := r.take(line); ok {
			return k, nil
		}
	}
}

// take takes in a line of whatever form it has.
func (r *Reader) take(line string) (Knock, bool) {
	switch {
	case strings.HasPrefix(line, "{"):
		return fromJSON(line)
	case line == "":
		k, ok := r.entry.knock()
		r.entry = entry{}
		return k, ok
	}
	if name, value, ok := exportField(line); ok {
		r.entry.set(name, value)
		return Knock{}, false
	}
	if isFieldName(line) {
		value, err := r.binary()
		if err == nil {
			r.entry.set(line, value)
			return Knock{}, false
		}
	}
	return r.lines.read(line)
}

// line returns the next line without its end. A line that is too long is
// skipped and comes back as "#", which nobody reads.
func (r *Reader) line() (string, error) {
	line, err := r.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		r.Skipped++
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = r.r.ReadSlice('\n')
		}
		r.Lines++
		return "#", err
	}
	if len(line) > 0 {
		r.Lines++
	}
	return strings.TrimRight(string(line), "\r\n"), err
}

// exportField reads "NAME=value" of the journal's export form.
func exportField(line string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(line, "=")
	return name, value, ok && isFieldName(name)
}

func isFieldName(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// binary reads the value of a field that may hold anything: eight bytes of
// length, the value, a line feed.
func (r *Reader) binary() (string, error) {
	head, err := r.r.Peek(8)
	if err != nil {
		return "", err
	}
	n := binary.LittleEndian.Uint64(head)
	if n > 1<<30 {
		return "", errors.New("no length of a field") // a line in capitals, not a field
	}
	if _, err := r.r.Discard(8); err != nil {
		return "", err
	}
	kept := make([]byte, min(n, longest))
	if _, err := io.ReadFull(r.r, kept); err != nil {
		return "", err
	}
	if _, err := r.r.Discard(int(n) - len(kept) + 1); err != nil && err != io.EOF {
		return "", err
	}
	return string(kept), nil
}

// An entry is what a record of a journal says of a knock.
type entry struct{ message, program, micros string }

func (e *entry) set(name, value string) {
	switch name {
	case "MESSAGE":
		e.message = value
	case "SYSLOG_IDENTIFIER":
		e.program = value
	case "_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP":
		e.micros = value
	}
}

func (e *entry) knock() (Knock, bool) {
	if !isSSHD(e.program) {
		return Knock{}, false
	}
	k, ok := message(e.message)
	if n, err := strconv.ParseInt(e.micros, 10, 64); err == nil {
		k.At = time.UnixMicro(n)
	}
	return k, ok
}

// fromJSON reads a line of journalctl -o json.
func fromJSON(line string) (Knock, bool) {
	var fields struct {
		Message any    `json:"MESSAGE"` // a text, or numbers when it is none
		Program string `json:"SYSLOG_IDENTIFIER"`
		Micros  string `json:"__REALTIME_TIMESTAMP"`
	}
	if json.Unmarshal([]byte(line), &fields) != nil {
		return Knock{}, false
	}
	e := entry{program: fields.Program, micros: fields.Micros}
	switch m := fields.Message.(type) {
	case string:
		e.message = m
	case []any:
		var text []byte
		for _, b := range m {
			if n, ok := b.(float64); ok {
				text = append(text, byte(n))
			}
		}
		e.message = string(text)
	}
	return e.knock()
}
