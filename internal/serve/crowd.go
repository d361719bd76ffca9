package serve

import (
	"container/list"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"sync"

	"github.com/pires/go-proxyproto"

	"buzzproof/internal/line"
)

// A crowd is a listener that keeps a bounded number of connections open. When
// all places are taken, the connection that has waited longest without a
// request (idle, or with its first request not yet complete) is closed for the
// newcomer's sake. Whoever opens connections only to hold them is thus the
// first to lose them, and needs no list of suspects. Connections that are
// being answered are never closed; while there are no others, newcomers wait
// in the system's queue.
type crowd struct {
	net.Listener
	places chan struct{} // one for every open connection
	idled  chan struct{} // hears when another connection begins to wait
	closed chan struct{}
	once   sync.Once

	mu      sync.Mutex
	waiting *list.List // of *place, longest first
}

// A place is a connection of the crowd.
type place struct {
	net.Conn
	crowd   *crowd
	waiting *list.Element // where it stands in crowd.waiting; nil while answered
	gone    bool
}

func newCrowd(l net.Listener, places int) *crowd {
	return &crowd{
		Listener: l,
		places:   make(chan struct{}, places),
		idled:    make(chan struct{}, 1),
		closed:   make(chan struct{}),
		waiting:  list.New(),
	}
}

// Accept waits for a newcomer, then finds a place for it.
func (c *crowd) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if err := c.makeRoom(); err != nil {
		_ = conn.Close() // nothing was said on it
		return nil, err
	}
	p := &place{Conn: conn, crowd: c}
	c.mu.Lock()
	p.waiting = c.waiting.PushBack(p)
	c.mu.Unlock()
	return p, nil
}

// makeRoom takes a place: a free one, or that of the longest waiting.
func (c *crowd) makeRoom() error {
	for {
		select {
		case c.places <- struct{}{}:
			return nil
		default:
		}
		c.evict()
		select {
		case c.places <- struct{}{}:
			return nil
		case <-c.idled:
		case <-c.closed:
			return net.ErrClosed
		}
	}
}

func (c *crowd) evict() {
	c.mu.Lock()
	front := c.waiting.Front()
	c.mu.Unlock()
	if front != nil {
		_ = front.Value.(*place).Close() // nothing is under way on it
	}
}

// Close stops accepting. Open connections stay.
func (c *crowd) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Listener.Close()
}

// state follows what the HTTP server does with each connection.
func (c *crowd) state(conn net.Conn, state http.ConnState) {
	p := unwrap(conn)
	if p == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case state == http.StateActive:
		c.stopWaiting(p)
	case state == http.StateIdle && p.waiting == nil && !p.gone:
		line.Of(p.Conn).Idle()
		p.waiting = c.waiting.PushBack(p)
		select {
		case c.idled <- struct{}{}:
		default: // it has been heard already
		}
	}
}

func (c *crowd) stopWaiting(p *place) {
	if p.waiting != nil {
		c.waiting.Remove(p.waiting)
		p.waiting = nil
	}
}

// Close frees the place. It may be called more than once.
func (p *place) Close() error {
	p.crowd.mu.Lock()
	p.crowd.stopWaiting(p)
	first := !p.gone
	p.gone = true
	p.crowd.mu.Unlock()
	if first {
		<-p.crowd.places
	}
	return p.Conn.Close()
}

// ReadFrom lets files go out by sendfile, which wrapping would hide.
func (p *place) ReadFrom(r io.Reader) (int64, error) { return io.Copy(p.Conn, r) }

// CloseWrite lets the HTTP server say its last word to who is still sending a
// body before it hangs up; without it the word would be lost.
func (p *place) CloseWrite() error {
	if half, ok := p.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// withLine lets the answers of a connection tell the line what they are.
func withLine(ctx context.Context, conn net.Conn) context.Context {
	if p := unwrap(conn); p != nil {
		return line.With(ctx, p.Conn)
	}
	return ctx
}

// unwrap finds the place below TLS and the PROXY protocol.
func unwrap(conn net.Conn) *place {
	for {
		switch outer := conn.(type) {
		case *place:
			return outer
		case *tls.Conn:
			conn = outer.NetConn()
		case *proxyproto.Conn:
			conn = outer.Raw()
		default:
			return nil
		}
	}
}
