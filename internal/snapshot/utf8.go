package snapshot

import "unicode/utf8"

// A utf8Check looks whether what is written to it is UTF-8, in constant memory.
type utf8Check struct {
	rest []byte // the beginning of a letter whose other bytes are to come
	bad  bool
}

func (c *utf8Check) Write(p []byte) (int, error) {
	n := len(p)
	if c.bad {
		return n, nil
	}
	for len(c.rest) > 0 && len(p) > 0 && !c.bad {
		c.rest, p = append(c.rest, p[0]), p[1:]
		if utf8.FullRune(c.rest) {
			c.bad = !utf8.Valid(c.rest)
			c.rest = c.rest[:0]
		}
	}
	whole := len(p)
	for back := 1; back <= min(utf8.UTFMax, len(p)); back++ {
		if utf8.RuneStart(p[len(p)-back]) {
			if !utf8.FullRune(p[len(p)-back:]) {
				whole = len(p) - back
			}
			break
		}
	}
	c.bad = c.bad || !utf8.Valid(p[:whole])
	c.rest = append(c.rest, p[whole:]...)
	return n, nil
}

func (c *utf8Check) valid() bool { return !c.bad && len(c.rest) == 0 }
