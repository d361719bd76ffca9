package accesslog

import "bytes"

// passed reads the lines of a log that somebody passed on and put a head in
// front of each: syslog, journalctl, Docker.
type passed struct{ format Format }

func (p passed) Parse(line []byte, h *Hit) error {
	return p.format.Parse(line[passedHead(line):], h)
}

// passedHead returns the size of what stands in front of a line:
//
//	Nov  5 12:00:00 home nginx[123]:
//	<190>2026-11-05T12:00:00.1+01:00 home nginx:
//	nginx-1  |
//	2026-11-05T12:00:00.123456789Z stdout F
func passedHead(line []byte) int {
	c := cursor{line}
	name, _ := c.before(' ')
	for c.skip(' ') {
	}
	if len(name) > 0 && c.skip('|') && c.skip(' ') {
		named := c.rest
		if !c.passedTime() { // docker compose logs -t
			c.rest = named
		}
		return len(line) - len(c.rest)
	}
	c.rest = line
	if c.skip('<') {
		if priority, ok := c.before('>'); !ok || len(priority) > 3 {
			return 0
		}
	}
	if !c.passedTime() {
		return 0
	}
	after := len(line) - len(c.rest)
	for range 2 { // the host, which may be left out, and the program
		word, _ := c.before(' ')
		if bytes.HasSuffix(word, []byte{':'}) && !isAddress(word) {
			return len(line) - len(c.rest)
		}
		if stream := string(word); stream == "stdout" || stream == "stderr" {
			_, _ = c.before(' ') // F for full, P for a part
			return len(line) - len(c.rest)
		}
	}
	return after
}

// passedTime steps over the time of a head.
func (c *cursor) passedTime() bool {
	const stamp = "Nov  5 12:00:00 "
	var h Hit
	switch b := c.rest; {
	case len(b) < len(stamp):
		return false
	case h.setISO(b) == nil:
		_, ok := c.before(' ')
		return ok
	case month(b) > 0 && b[3] == ' ' && h.setColons(b[7:15]) && b[15] == ' ':
		c.rest = b[len(stamp):]
		return true
	}
	return false
}

// unpassed returns the lines of a log without their heads. It is false when
// less than half of them have one.
func unpassed(head []byte) ([]byte, bool) {
	var bare []byte
	lines, heads := 0, 0
	for line := range bytes.Lines(head) {
		size := passedHead(line)
		if lines++; size > 0 {
			heads++
		}
		bare = append(bare, line[size:]...)
	}
	return bare, heads > 0 && heads*2 >= lines
}
