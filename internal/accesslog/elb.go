package accesslog

import "bytes"

// elbKind is the log of Amazon's classic load balancer.
func elbKind() Kind {
	return Kind{Name: "elb", Title: "Amazon classic load balancer", Format: elb{}, Sure: func(line []byte) bool {
		return len(line) > 20 && line[10] == 'T'
	}}
}

type elb struct{}

// Parse reads TIME ELB CLIENT:PORT BACKEND TOOK TOOK TOOK STATUS STATUS
// RECEIVED SENT "REQUEST" "AGENT" CIPHER TLS.
func (elb) Parse(line []byte, h *Hit) error {
	h.reset()
	return balanced(cursor{line}, h)
}

// balanced reads what all load balancers of Amazon write, from the time on.
func balanced(c cursor, h *Hit) error {
	var v [11][]byte
	for i := range v {
		var ok bool
		if v[i], ok = c.before(' '); !ok {
			return errShort
		}
	}
	if err := h.setISO(v[0]); err != nil {
		return err
	}
	if err := h.setClient(withoutPort(v[2])); err != nil {
		return err
	}
	if err := h.setStatus(v[7]); err != nil {
		return err
	}
	for _, part := range v[4:7] { // -1 where it never came so far
		if us := took(part, seconds); us > 0 {
			h.Took = max(h.Took, 0) + us
		}
	}
	h.Bytes = size(v[10])
	return balancedRequest(&c, h)
}

// balancedRequest reads "METHOD URL PROTOCOL" "AGENT" CIPHER TLS.
func balancedRequest(c *cursor, h *Hit) error {
	if !c.skip('"') {
		return errRequest
	}
	line, ok := c.quoted()
	if !ok {
		return errRequest
	}
	host, line := splitHost(line)
	if err := h.request(line); err != nil {
		return err
	}
	h.setHost(withoutPort(host))
	if c.skip(' ') && c.skip('"') {
		if agent, ok := c.quoted(); ok {
			h.setAgent(agent)
		}
	}
	c.skip(' ')
	cipher, _ := c.until(' ')
	version, _ := c.until(' ')
	h.setCipher(cipher)
	h.setTLS(version)
	return nil
}

// splitHost moves the method up to the path of a whole URL, over the scheme
// and the host, which it returns: "GET http://h:80/p HTTP/1.1" becomes
// "GET /p HTTP/1.1".
func splitHost(line []byte) (host, rest []byte) {
	space := bytes.IndexByte(line, ' ')
	scheme := bytes.Index(line, []byte("://"))
	if space < 0 || scheme < space || bytes.IndexByte(line[space+1:scheme], '/') >= 0 {
		return []byte("-"), line
	}
	from := scheme + len("://")
	slash := bytes.IndexByte(line[from:], '/')
	if slash < 0 {
		return []byte("-"), line
	}
	host = bytes.Clone(line[from : from+slash])
	copy(line[from+slash-space-1:], line[:space+1])
	return host, line[from+slash-space-1:]
}
