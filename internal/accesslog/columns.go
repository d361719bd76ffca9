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

// Header reads a "#Fields:" line; other lines change nothing.
func (f *table) Header(line []byte) Format {
	names, ok := bytes.CutPrefix(line, []byte("#Fields:"))
	if !ok {
		return f
	}
	below := &table{names: f.names, separator: f.separator}
	for name := range bytes.FieldsSeq(names) {
		below.columns = append(below.columns, f.names[string(bytes.ToLower(name))])
	}
	return below
}

// Parse reads a line by the columns named above it.
func (f *table) Parse(line []byte, h *Hit) error {
	h.reset()
	c := cursor{line}
	for i, set := range f.columns {
		v, ok := c.until(f.separator)
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

// withQuery puts a query that stands in a column of its own behind the path.
// Between the two columns nothing else may stand, so that the path can grow
// into the separator: both servers write them side by side or not at all.
func withQuery(h *Hit, v []byte) error {
	h.Path = address([]byte(h.Path + "?" + text(v)))
	return nil
}
