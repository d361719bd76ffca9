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

// A reporter is a connection that is no socket of the system, such as one of a
// TCP stack of our own, and says itself how far it is.
type reporter interface {
	// Progress returns how many bytes the other side has confirmed, and how
	// many of those written have not been sent yet. ok is false once the
	// connection is closed.
	Progress() (acked, unsent int64, ok bool)
}

// watch returns a function that says how far a connection is. It is nil where
// nothing can be known: such connections are sent to in order and at the
// line's rate, but tell nothing about it.
func watch(conn net.Conn) func() (progress, bool) {
	if r, ok := conn.(reporter); ok {
		return func() (progress, bool) {
			acked, unsent, ok := r.Progress()
			return progress{acked: acked, unsent: unsent}, ok
		}
	}
	if s, ok := conn.(syscall.Conn); ok {
		if raw, err := s.SyscallConn(); err == nil {
			return watchSocket(raw)
		}
	}
	return nil
}
