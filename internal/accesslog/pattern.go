package accesslog

import (
	"errors"
	"strings"
)

// A pattern is a format that its owner wrote down: literal text and fields in
// turn. A field ends where the first byte of the text behind it stands; inside
// quotation marks a backslash protects that byte.
type pattern []part

// A part is either a field or literal text.
type part struct {
	field   column // nil for text, and for fields of no interest
	literal string // text; empty for a field
	blanks  bool   // a run of blanks of any length
}

// Parse reads a line by the pattern.
func (p pattern) Parse(line []byte, h *Hit) error {
	h.reset()
	c := cursor{line}
	for i, part := range p {
		switch {
		case part.blanks:
			for c.skip(' ') || c.skip('\t') {
				continue
			}
		case part.literal != "":
			// Servers differ in the odd byte between fields: only the length counts.
			c.rest = c.rest[min(len(part.literal), len(c.rest)):]
		default:
			v, ok := p.token(&c, i)
			if !ok {
				return errShort
			}
			if part.field == nil {
				continue
			}
			if err := part.field(h, v); err != nil {
				return err
			}
		}
	}
	return h.complete()
}

// token cuts the field at i off the line and leaves the text behind it there.
func (p pattern) token(c *cursor, i int) ([]byte, bool) {
	if i+1 == len(p) {
		v := c.rest
		c.rest = nil
		return v, true
	}
	end := byte(' ')
	if next := p[i+1]; next.literal != "" {
		end = next.literal[0]
	}
	all := c.rest
	var v []byte
	var ok bool
	if end == '"' {
		v, ok = c.quoted()
	} else {
		v, ok = c.before(end)
	}
	if !ok {
		return nil, false
	}
	c.rest = all[len(v):]
	return v, true
}

// text appends literal text, which may come in pieces.
func (p *pattern) text(s string) {
	if n := len(*p); n > 0 && (*p)[n-1].literal != "" {
		(*p)[n-1].literal += s
		return
	}
	*p = append(*p, part{literal: s})
}

// textUntil appends what stands before a sign, and returns the rest from it on.
func (p *pattern) textUntil(sign byte, format string) (rest string) {
	at := strings.IndexByte(format, sign)
	if at < 0 {
		at = len(format)
	}
	if at > 0 {
		p.text(strings.ReplaceAll(format[:at], `\t`, "\t"))
	}
	return format[at:]
}

// Notation reads a format in nginx's, Apache's or GoAccess's notation, whichever
// it is in. Dates and times are strptime's and only GoAccess's notation needs them.
func Notation(format, date, clock string) (Format, error) {
	var p pattern
	var err error
	switch {
	case !strings.Contains(format, "%") && strings.Contains(format, "$"):
		p, err = nginx(format)
	case isGoAccess(format):
		p, err = goAccess(format, date, clock)
	default:
		p, err = apache(format)
	}
	if err != nil {
		return nil, err
	}
	for i := 1; i < len(p); i++ {
		if p[i-1].literal == "" && p[i].literal == "" && !p[i-1].blanks && !p[i].blanks {
			return nil, errors.New("two fields with nothing between them cannot be told apart")
		}
	}
	return p, nil
}

// isGoAccess tells the notations apart by what only one of them has.
func isGoAccess(format string) bool {
	if strings.Contains(format, "%{") || strings.Contains(format, "%>") {
		return false
	}
	for _, mark := range []string{"%^", "%d", "%x", "%R", "%~", "%e", "%C", "%M", "%K", "%k", "%L"} {
		if strings.Contains(format, mark) {
			return true
		}
	}
	return !strings.Contains(format, "%t")
}
