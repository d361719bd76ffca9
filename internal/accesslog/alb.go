package accesslog

// albKind is the log of Amazon's application load balancer.
func albKind() Kind {
	return Kind{Name: "alb", Title: "Amazon application load balancer", Format: alb{}, Sure: func(line []byte) bool {
		c := cursor{line}
		kind, _ := c.before(' ')
		switch string(kind) {
		case "http", "https", "h2", "grpcs", "ws", "wss":
			return true
		}
		return false
	}}
}

type alb struct{}

// Parse reads KIND and then what the classic balancer writes. A client that
// spoke HTTP/2 is logged as such behind its request.
func (alb) Parse(line []byte, h *Hit) error {
	h.reset()
	c := cursor{line}
	if _, ok := c.before(' '); !ok {
		return errShort
	}
	return balanced(c, h)
}
