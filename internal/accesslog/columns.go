package accesslog

import "bytes"

// A column reads one value of a line into a hit. A column of no interest is
// nil.
type column func(h *Hit, v []byte) error

// A table is a log of columns between separators, which a "#Fields:" line
// names: W3C's extended format, as IIS and CloudFront write it.
type table struct {
	names     map[string]column
	separator byte
	columns   []column
}

// Servers name up to some fifty columns, and an agent has some hundred bytes:
// the bounds are for lines that were made to be slow to read.
const (
	mostColumns   = 200
	longestQuoted = 8 << 10
)

// Header reads a "#Fields:" line; other lines change nothing.
func (f *table) Header(line []byte) Format {
	names, ok := bytes.CutPrefix(line, []byte("#Fields:"))
	if !ok {
		return f
	}
	below := &table{names: f.names, separator: f.separator}
	for name := range bytes.FieldsSeq(names) {
		if len(below.columns) == mostColumns {
			break
		}
		below.columns = append(below.columns, f.names[string(bytes.ToLower(name))])
	}
	return below
}

// Parse reads a line by the columns named above it.
func (f *table) Parse(line []byte, h *Hit) error {
	h.reset()
	c := cursor{line}
	for i, set := range f.columns {
		v, ok := f.value(&c)
		if !ok {
			// What a server left out at the end of a line it has no value for.
			if i == 0 {
				return errShort
			}
			break
		}
		if set == nil || len(v) == 0 || len(v) == 1 && v[0] == '-' {
			continue
		}
		if err := set(h, v); err != nil {
			return err
		}
	}
	return h.complete()
}

// value reads the next column. Between blanks there may be several of them, and
// a value with blanks stands in quotes, which are doubled within (W3C's draft of
// the extended format). Agents send quotes too: one that is not closed at the
// end of a column is a letter like others.
func (f *table) value(c *cursor) ([]byte, bool) {
	if f.separator != ' ' {
		return c.until(f.separator)
	}
	for c.skip(' ') {
	}
	if len(c.rest) > 1 && c.rest[0] == '"' {
		for at := 1; at < min(len(c.rest), longestQuoted); at++ {
			if c.rest[at] != '"' {
				continue
			}
			if at+1 < len(c.rest) && c.rest[at+1] == '"' {
				at++
				continue
			}
			if at+1 == len(c.rest) || c.rest[at+1] == ' ' {
				v := c.rest[1:at]
				c.rest = c.rest[min(at+2, len(c.rest)):]
				return v, true
			}
		}
	}
	return c.until(' ')
}

// withQuery puts a query that stands in a column of its own behind the path.
// Between the two columns nothing else may stand, so that the path can grow
// into the separator: both servers write them side by side or not at all.
func withQuery(h *Hit, v []byte) error {
	h.Path = address([]byte(h.Path + "?" + text(v)))
	return nil
}
