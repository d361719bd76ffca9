package accesslog

import "bytes"

// An ncsa is the family that grew out of NCSA's server: common, combined, and
// both with the site in front or times behind.
type ncsa struct {
	vhost  bool // the line begins with the site and a port
	agents bool // referrer and agent follow
	timed  bool // how long it took follows
}

// Parse reads SITE:PORT CLIENT IDENT USER [TIME] "REQUEST" STATUS BYTES
// "REFERRER" "AGENT" TOOK. What stands between client and time is not looked
// at: user names have spaces.
func (f ncsa) Parse(line []byte, h *Hit) error {
	h.reset()
	c := cursor{line}
	if f.vhost {
		host, ok := c.before(' ')
		if !ok {
			return errShort
		}
		h.setHost(withoutPort(host))
	}
	client, ok := c.before(' ')
	if !ok {
		return errShort
	}
	if err := h.setClient(client); err != nil {
		return err
	}
	stamp, err := c.bracketed()
	if err != nil {
		return err
	}
	if err := h.setBracketed(stamp); err != nil {
		return err
	}
	return f.answer(&c, h)
}

// answer reads what follows the time. A line that was cut off between two
// fields is a hit all the same, one cut off within a field is none: so
// GoAccess counts.
func (f ncsa) answer(c *cursor, h *Hit) error {
	if !c.skip(' ') || !c.skip('"') {
		return errRequest
	}
	request, ok := c.quoted()
	if !ok {
		return errRequest
	}
	c.skip(' ')
	if len(c.rest) > 0 {
		status, ok := c.number(' ')
		if !ok {
			return errShort
		}
		if err := h.setStatus(status); err != nil {
			return err
		}
		if err := f.sent(c, h); err != nil {
			return err
		}
	}
	return h.request(request)
}

// sent reads the bytes, and referrer and agent behind them.
func (f ncsa) sent(c *cursor, h *Hit) error {
	if !f.agents || len(c.rest) == 0 {
		h.Bytes = size(c.rest)
		return nil
	}
	sent, ok := c.number(' ')
	if !ok {
		return errShort
	}
	h.Bytes = size(sent)
	if len(c.rest) > 0 {
		f.whence(c, h)
	}
	return nil
}

// whence reads referrer, agent and times. A line that was cut off in there is
// still a hit.
func (f ncsa) whence(c *cursor, h *Hit) {
	opened := c.skip('"')
	if len(c.rest) == 0 {
		return
	}
	h.Referrer = "-"
	if !opened {
		return
	}
	referrer, ok := c.quoted()
	if !ok {
		return
	}
	h.setReferrer(referrer)
	if !c.skip(' ') || !c.skip('"') {
		return
	}
	agent, ok := c.quoted()
	if !ok {
		return
	}
	h.setAgent(agent)
	if f.timed {
		h.Took = tookBehind(c.rest)
	}
}

// tookBehind finds the first number behind an agent, past quoted fields and
// names such as "rt=": with a fraction it is in seconds, as nginx and Apache's
// %T write, without one in microseconds, as Apache's %D.
func tookBehind(rest []byte) int64 {
	c := cursor{rest}
	for len(c.rest) > 0 {
		if c.skip(' ') {
			continue
		}
		if c.skip('"') {
			if _, ok := c.quoted(); !ok {
				return -1
			}
			continue
		}
		token, _ := c.until(' ')
		if at := bytes.IndexByte(token, '='); at >= 0 {
			token = token[at+1:]
		}
		u := microseconds
		if bytes.IndexByte(token, '.') >= 0 {
			u = seconds
		}
		if us := took(token, u); us >= 0 {
			return us
		}
	}
	return -1
}

// ncsaShape counts the words before the time and tells whether an agent and a
// time are there.
func ncsaShape(line []byte) (words int, agents, timed bool) {
	at := bytes.IndexByte(line, '[')
	if at < 0 {
		return 0, false, false
	}
	if line[0] == '[' { // an address in brackets
		if at = bytes.Index(line, []byte(" [")) + 1; at <= 0 {
			return 0, false, false
		}
	}
	words = len(bytes.Fields(line[:at]))
	c := cursor{line[at:]}
	for range 3 { // request, referrer, agent
		if _, ok := c.before('"'); !ok {
			return words, false, false
		}
		if _, ok := c.quoted(); !ok {
			return words, false, false
		}
	}
	return words, true, tookBehind(c.rest) >= 0
}

// vhostWords are the words before the time when a site stands in front.
const vhostWords = 4

// sure makes the check of one member of the family from its shape. The word
// in front is a site when three words follow it, or when it has a port and
// the one behind it is an address: user names can be left out or have spaces.
func (f ncsa) sure(line []byte) bool {
	words, agents, timed := ncsaShape(line)
	return f.vhost == (words >= vhostWords && siteInFront(line)) && (!f.agents || agents) && (!f.timed || timed)
}

// siteInFront reports whether the second word is more of an address than the
// first one.
func siteInFront(line []byte) bool {
	c := cursor{line}
	first, _ := c.before(' ')
	second, _ := c.before(' ')
	return isAddress(second) && !isAddress(first) || bytes.HasSuffix(first, []byte(":80")) || bytes.HasSuffix(first, []byte(":443"))
}

// isAddress reports whether a word looks like an IP address.
func isAddress(word []byte) bool {
	dots, colons := 0, 0
	for _, c := range word {
		switch {
		case c == '.':
			dots++
		case c == ':':
			colons++
		case !isHex(c) && c != '[' && c != ']':
			return false
		}
	}
	return dots == 3 || colons >= 2
}
