package line

import (
	"net"
	"syscall"
	"time"
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

// ready reports whether what was granted before has left the system. What has
// not waits for the other side: more of it would take the line's time and
// carry nothing. line.mu is held.
func (c *Conn) ready(now time.Time) bool {
	if c.look == nil {
		return true
	}
	p, ok := c.look()
	if !ok {
		return true // it is closed: Write will say so
	}
	c.settle(p, now)
	if p.unsent == 0 {
		c.backoff = 0
		return true
	}
	// Room comes with confirmations, a round trip apart; who takes none for
	// long is looked at less often.
	c.backoff = min(max(2*c.backoff, 4*time.Millisecond), 128*time.Millisecond)
	c.lookAt = now.Add(c.backoff)
	return false
}

// settle books what was sent beside the bytes that were granted: bare
// confirmations, and segments that were sent twice.
func (c *Conn) settle(p progress, now time.Time) {
	if p.unsent > 0 || p.segments == 0 {
		return
	}
	wire := p.sent + p.segments*headerBytes
	if wire > c.charged && !c.unruled.Swap(false) {
		c.line.debit(wire-c.charged, now)
	}
	c.charged = max(c.charged, wire)
}

// book notes that n bytes were granted.
func (c *Conn) book(n int, now time.Time) {
	c.mark(c.written.Add(int64(n)), now)
	if at := &c.answers[c.level]; at.left > 0 {
		at.left = max(0, at.left-int64(n))
	}
	c.left = max(0, c.left-int64(n))
	c.moved = now
	c.pay(int64(n))
}

func (c *Conn) mark(offset int64, now time.Time) {
	if len(c.marks) < mostMarks {
		c.marks = append(c.marks, mark{offset, now})
		return
	}
	c.marks[len(c.marks)-1].offset = offset
}
