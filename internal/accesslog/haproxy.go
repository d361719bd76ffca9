package accesslog

import "bytes"

// haproxyKind is HAProxy's HTTP log (option httplog), with or without what
// syslog puts in front.
func haproxyKind() Kind {
	return Kind{Name: "haproxy", Title: "HAProxy", Format: haproxy{}}
}

type haproxy struct{}

// Parse reads CLIENT:PORT [TIME] FRONTEND BACKEND/SERVER TQ/TW/TC/TR/TT STATUS
// BYTES COOKIE COOKIE STATE CONNECTIONS QUEUES {HEADERS} {HEADERS} "REQUEST".
// Captured headers are taken for site, referrer and agent by their looks.
func (haproxy) Parse(line []byte, h *Hit) error {
	h.reset()
	open := bytes.IndexByte(line, '[')
	if at := bytes.Index(line, []byte("]: ")); at > open && open > 0 { // haproxy[1234]:
		line = line[at+len("]: "):]
		open = bytes.IndexByte(line, '[')
	}
	if open < 1 {
		return errTime
	}
	front := trim(line[:open])
	front = front[bytes.LastIndexByte(front, ' ')+1:]
	if err := h.setClient(withoutPort(front)); err != nil {
		return err
	}
	c := cursor{line[open:]}
	stamp, err := c.bracketed()
	if err != nil {
		return err
	}
	if err := h.setBracketed(stamp); err != nil {
		return err
	}
	return haproxyAnswer(&c, h)
}

func haproxyAnswer(c *cursor, h *Hit) error {
	c.skip(' ')
	var v [5][]byte
	for i := range v {
		var ok bool
		if v[i], ok = c.before(' '); !ok {
			return errShort
		}
	}
	if bytes.Count(v[2], []byte{'/'}) != 4 {
		return errShort
	}
	total := v[2][bytes.LastIndexByte(v[2], '/')+1:]
	h.Took = took(bytes.TrimPrefix(total, []byte{'+'}), milliseconds)
	if err := h.setStatus(v[3]); err != nil {
		return err
	}
	h.Bytes = size(v[4])
	captured, ok := c.before('"')
	if !ok {
		return errRequest
	}
	haproxyHeaders(captured, h)
	request, ok := c.quoted()
	if !ok {
		return errRequest
	}
	return h.request(request)
}

func haproxyHeaders(captured []byte, h *Hit) {
	from := bytes.IndexByte(captured, '{')
	if from < 0 {
		return
	}
	group, _, _ := bytes.Cut(captured[from+1:], []byte{'}'})
	for v := range bytes.SplitSeq(group, []byte{'|'}) {
		switch {
		case len(v) == 0:
		case bytes.HasPrefix(v, []byte("http://")) || bytes.HasPrefix(v, []byte("https://")):
			h.setReferrer(v)
		case bytes.IndexByte(v, ' ') > 0 || bytes.IndexByte(v, '/') > 0:
			h.setAgent(v)
		case h.VHost == "":
			h.setHost(v)
		}
	}
}
