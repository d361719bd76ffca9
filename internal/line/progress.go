package line

import (
	"net"
	"syscall"
)

// A progress is what the network says of one connection.
type progress struct {
	acked    int64 // bytes of ours that the other side has confirmed
	unsent   int64 // bytes that wait in the system for the other side to make room
	segments int64 // segments sent in all, bare confirmations among them; 0 if the system does not say
	sent     int64 // bytes sent in all, those sent twice among them; 0 if the system does not say
}

// An outstander is a connection that is no socket of the system, such as one
// of a TCP stack of our own, and says itself how far it is.
type outstander interface {
	// Outstanding returns how many of the bytes written the other side has not
	// confirmed yet.
	Outstanding() (int, error)
}

// watch returns a function that says how far a connection is; it takes the
// number of bytes written so far. It is nil where nothing can be known: such
// connections are sent to in order and at the line's rate, but tell nothing
// about it.
func watch(conn net.Conn) func(written int64) (progress, bool) {
	if o, ok := conn.(outstander); ok {
		return func(written int64) (progress, bool) {
			n, err := o.Outstanding()
			return progress{acked: written - int64(n)}, err == nil
		}
	}
	if s, ok := conn.(syscall.Conn); ok {
		if raw, err := s.SyscallConn(); err == nil {
			return watchSocket(raw)
		}
	}
	return nil
}
