package line

import (
	"container/heap"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// ErrRefused is what reading from a newcomer returns when the line has no room
// for it. The connection has been reset by then.
var ErrRefused = errors.New("refused: the line is full")

// A Conn is a connection whose bytes pass through the line's queue.
type Conn struct {
	net.Conn
	line    *Line
	peer    netip.Addr              // zero for an address that stands for many
	inside  bool                    // comes from the house, not through the line
	look    func() (progress, bool) // nil where nothing can be known
	granted chan int                // answers the one Write that waits
	closed  chan struct{}
	closing sync.Once
	writing sync.Mutex // one Write waits at a time
	spoke   bool       // has sent its first bytes; of the reading goroutine

	written atomic.Int64 // bytes granted, or sent while the line stood aside
	unruled atomic.Bool  // some of them were sent while the line stood aside

	// What follows is guarded by line.mu.
	deadline time.Time // for writing
	want     int       // bytes that wait in Write
	index    int       // in line.queue
	began    time.Time // when what is under way began
	lookAt   time.Time // when to look again whether the other side has made room
	backoff  time.Duration

	sounds   print // what its TLS library sounds like
	level    int   // where it stands in the queue, see rank
	left     int64
	answers  [levels]under
	handicap int64

	promise int64 // bytes of text that admission reckons with
	moved   time.Time

	charged int64 // bytes on the wire that were booked
	acked   int64
	marks   []mark // what was granted and is not confirmed, oldest first
}

// under is what is under way on one level.
type under struct {
	answers int
	left    int64
}

// A mark remembers when the bytes up to an offset were sent.
type mark struct {
	offset int64
	at     time.Time
}

// mostMarks bounds the marks of a connection: what the line carries in a
// second at 1 Mbit/s in portions of two segments, and more than any flight.
const mostMarks = 64

// Of returns the line's connection below TLS and other wrappings that offer
// NetConn, or nil.
func Of(conn net.Conn) *Conn {
	for conn != nil {
		switch outer := conn.(type) {
		case *Conn:
			return outer
		case *tls.Conn:
			conn = outer.NetConn()
		case interface{ NetConn() net.Conn }:
			conn = outer.NetConn()
		default:
			return nil
		}
	}
	return nil
}

type contextKey struct{}

// With returns a context that carries the line's connection below conn, for a
// server's ConnContext.
func With(ctx context.Context, conn net.Conn) context.Context {
	if c := Of(conn); c != nil {
		return context.WithValue(ctx, contextKey{}, c)
	}
	return ctx
}

// From returns the connection that With put into a context, or nil, on which
// every method does nothing.
func From(ctx context.Context) *Conn {
	c, _ := ctx.Value(contextKey{}).(*Conn)
	return c
}

func (l *Line) newConn(conn net.Conn) *Conn {
	c := &Conn{
		Conn: conn, line: l, look: watch(conn), index: noneWaiting,
		granted: make(chan int, 1), closed: make(chan struct{}),
		level: levelAsset, // what begins while the line stands aside says nothing of itself
	}
	here, there := addressOf(conn.LocalAddr()), addressOf(conn.RemoteAddr())
	if !l.config.Shared(there) {
		c.peer = network(there)
	}
	c.inside = l.isInside(here, there)
	return c
}

func addressOf(a net.Addr) netip.Addr {
	at, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap().WithZone("")
}

// isInside reports whether a visitor does not come through the line: from this
// very machine, or from a private network when others come from public ones.
// His quick confirmations would make every other visitor's look late. An address
// that stands for many is a way to them, wherever it is.
func (l *Line) isInside(here, there netip.Addr) bool {
	private := there.IsPrivate() || there.IsLoopback() || there.IsLinkLocalUnicast() || !there.IsValid()
	if !private && here != there {
		l.public.Store(true)
	}
	inside := !there.IsLoopback() && here == there || private && l.public.Load()
	return inside && !l.config.Shared(there)
}

// Read reads what the visitor sends. Its first bytes ask for admission.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && !c.spoke {
		c.spoke = true
		if !c.inside && !c.line.admit(c, printOf(p[:n])) {
			c.refuse()
			return 0, ErrRefused
		}
	}
	return n, err
}

// refuse says the word of refusal, if there is one, and resets the connection:
// nothing of it is left to cost a byte.
func (c *Conn) refuse() {
	_ = c.Conn.SetWriteDeadline(time.Now().Add(time.Second))
	if refusal := c.line.config.Refusal; len(refusal) > 0 {
		_, _ = c.Conn.Write(refusal) // whoever does not take it, leaves without
	} else if r, ok := c.Conn.(interface{ SetLinger(int) error }); ok {
		_ = r.SetLinger(0) // at worst it is closed with a FIN
	}
	_ = c.Close()
}

// Write sends p in portions, each when its turn has come.
func (c *Conn) Write(p []byte) (written int, err error) {
	if c.inside {
		return c.Conn.Write(p)
	}
	if c.line.aside.Load() {
		n, err := c.Conn.Write(p)
		c.line.note(c, int64(n))
		return n, err
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	for len(p) > 0 {
		n, err := c.line.send(c, len(p))
		if err != nil {
			return written, err
		}
		n, err = c.Conn.Write(p[:n])
		written += n
		if err != nil {
			return written, err
		}
		p = p[n:]
	}
	return written, nil
}

// ReadFrom lets files go out by sendfile where the line stands aside.
func (c *Conn) ReadFrom(r io.Reader) (int64, error) {
	if from, ok := c.Conn.(io.ReaderFrom); ok && c.line.aside.Load() {
		n, err := from.ReadFrom(r)
		c.line.note(c, n)
		return n, err
	}
	return io.Copy(struct{ io.Writer }{c}, r)
}

// CloseWrite closes the sending side.
func (c *Conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Close closes the connection and ends its waiting.
func (c *Conn) Close() error {
	c.closing.Do(func() {
		close(c.closed)
		c.line.forget(c)
	})
	return c.Conn.Close()
}

// SetDeadline bounds reading and writing, waiting for the line included.
func (c *Conn) SetDeadline(t time.Time) error {
	c.setWriteDeadline(t)
	return c.Conn.SetDeadline(t)
}

// SetWriteDeadline bounds writing, waiting for the line included.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.setWriteDeadline(t)
	return c.Conn.SetWriteDeadline(t)
}

func (c *Conn) setWriteDeadline(t time.Time) {
	c.line.mu.Lock()
	c.deadline = t
	c.line.mu.Unlock()
}

// await waits for the line, the deadline or the end of the connection.
func (c *Conn) await() (int, error) {
	c.line.mu.Lock()
	deadline := c.deadline
	c.line.mu.Unlock()
	var late <-chan time.Time
	if !deadline.IsZero() {
		timer := time.NewTimer(time.Until(deadline))
		defer timer.Stop()
		late = timer.C
	}
	select {
	case n := <-c.granted:
		return n, nil
	case <-c.closed:
		return c.giveUp(net.ErrClosed)
	case <-late:
		return c.giveUp(os.ErrDeadlineExceeded)
	}
}

// giveUp leaves the queue, unless the grant was quicker.
func (c *Conn) giveUp(why error) (int, error) {
	l := c.line
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case n := <-c.granted:
		return n, nil
	default:
	}
	if c.index >= 0 {
		heap.Remove(&l.queue, c.index)
	} else {
		l.parked = slices.DeleteFunc(l.parked, func(p *Conn) bool { return p == c }) // it may come again at once
	}
	return 0, why
}
