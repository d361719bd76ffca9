package accesslog

import "bytes"

// A cursor walks along a line.
type cursor struct {
	rest []byte
}

// until returns what stands before the next end and steps over it. The last
// token of a line needs no end.
func (c *cursor) until(end byte) (token []byte, ok bool) {
	if len(c.rest) == 0 {
		return nil, false
	}
	at := bytes.IndexByte(c.rest, end)
	if at < 0 {
		token, c.rest = c.rest, nil
		return token, true
	}
	token, c.rest = c.rest[:at], c.rest[at+1:]
	return token, true
}

// before is until for a token that must be followed by something.
func (c *cursor) before(end byte) (token []byte, ok bool) {
	at := bytes.IndexByte(c.rest, end)
	if at < 0 {
		return nil, false
	}
	token, c.rest = c.rest[:at], c.rest[at+1:]
	return token, true
}

// number is before for numbers, most of which are too short to be worth a search.
func (c *cursor) number(end byte) (token []byte, ok bool) {
	for at, b := range c.rest {
		if b == end {
			token, c.rest = c.rest[:at], c.rest[at+1:]
			return token, true
		}
	}
	return nil, false
}

// quoted returns what stands before the next quotation mark without a
// backslash, and steps over the mark. The mark that opens is behind already.
func (c *cursor) quoted() (token []byte, ok bool) {
	from := 0
	for {
		at := bytes.IndexByte(c.rest[from:], '"')
		if at < 0 {
			return nil, false
		}
		at += from
		slashes := 0
		for at-slashes > 0 && c.rest[at-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			token, c.rest = c.rest[:at], c.rest[at+1:]
			return token, true
		}
		from = at + 1
	}
}

// skip steps over a byte if it is the next one.
func (c *cursor) skip(b byte) bool {
	if len(c.rest) == 0 || c.rest[0] != b {
		return false
	}
	c.rest = c.rest[1:]
	return true
}

// trim is bytes.TrimSpace for ASCII, which hardly ever has anything to do.
func trim(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// number reads digits; ok is false for anything else, and for no digits.
func number(b []byte) (n int64, ok bool) {
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// size reads a count of bytes, where "-" and nonsense are none.
func size(b []byte) int64 {
	n, _ := number(trim(b))
	return n
}

// decimal reads a number with a fraction as an integer in units of 1/scale,
// scale being a power of ten: decimal("0.0125", 1000000) is 12500.
func decimal(b []byte, scale int64) (n int64, ok bool) {
	whole, fraction, _ := bytes.Cut(b, []byte{'.'})
	if n, ok = number(whole); !ok || n > 1<<62/scale {
		return 0, false
	}
	n *= scale
	for _, c := range fraction {
		if c < '0' || c > '9' {
			return 0, false
		}
		scale /= 10
		n += int64(c-'0') * scale
	}
	return n, true
}

// A unit of time, as how many of it make a second.
type unit int64

const (
	seconds      unit = 1
	milliseconds unit = 1_000
	microseconds unit = 1_000_000
	nanoseconds  unit = 1_000_000_000
)

// took reads a duration in u as microseconds; -1 when there is none.
func took(b []byte, u unit) int64 {
	if u == nanoseconds {
		if n, ok := number(b); ok {
			return n / 1000
		}
		return -1
	}
	n, ok := decimal(b, int64(microseconds/u))
	if !ok {
		return -1
	}
	return n
}
