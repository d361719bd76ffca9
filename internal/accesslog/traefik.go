package accesslog

import "bytes"

// traefikKind is Traefik's own variant of the common log format: behind the
// agent come a counter, the router, the server and milliseconds.
func traefikKind() Kind {
	return Kind{Name: "traefik", Title: "Traefik", Format: traefik{}, Sure: func(line []byte) bool {
		return bytes.HasSuffix(line, []byte("ms"))
	}}
}

type traefik struct{}

// Parse reads CLIENT - USER [TIME] "REQUEST" STATUS BYTES "REFERRER" "AGENT"
// COUNT "ROUTER" "SERVER" TOOKms.
func (traefik) Parse(line []byte, h *Hit) error {
	at := bytes.LastIndexByte(line, ' ')
	last, ok := bytes.CutSuffix(line[at+1:], []byte("ms"))
	if at < 0 || !ok {
		return errShort
	}
	if err := (ncsa{agents: true}).Parse(line[:at], h); err != nil {
		return err
	}
	h.Took = took(last, milliseconds)
	return nil
}
