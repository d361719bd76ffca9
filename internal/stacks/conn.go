package stacks

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"
)

// backlog is how many connections wait to be accepted, as in Linux.
const backlog = 4096

// A listener accepts connections at home.
type listener struct {
	endpoint tcpip.Endpoint
	queue    waiter.Queue
	progress *progress
	addr     *net.TCPAddr
	closed   chan struct{}
	once     sync.Once
}

func listen(p *Pair, port int) (*listener, error) {
	l := &listener{progress: p.progress, closed: make(chan struct{})}
	var err tcpip.Error
	if l.endpoint, err = p.home.stack.NewEndpoint(tcp.ProtocolNumber, ipv4.ProtocolNumber, &l.queue); err != nil {
		return nil, problem(err)
	}
	if err = l.endpoint.Bind(full(home, port)); err == nil {
		err = l.endpoint.Listen(backlog)
	}
	var at tcpip.FullAddress
	if err == nil {
		at, err = l.endpoint.GetLocalAddress()
	}
	if err != nil {
		l.endpoint.Close()
		return nil, problem(err)
	}
	l.addr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(home, at.Port))
	return l, nil
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	entry, ready := waiter.NewChannelEntry(waiter.ReadableEvents)
	l.queue.EventRegister(&entry)
	defer l.queue.EventUnregister(&entry)
	for {
		endpoint, queue, err := l.endpoint.Accept(nil)
		if err == nil {
			return l.conn(endpoint, queue), nil
		}
		if _, wait := err.(*tcpip.ErrWouldBlock); !wait {
			return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.addr, Err: net.ErrClosed}
		}
		select {
		case <-ready:
		case <-l.closed:
			return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.addr, Err: net.ErrClosed}
		}
	}
}

func (l *listener) conn(endpoint tcpip.Endpoint, queue *waiter.Queue) *Conn {
	c := &Conn{TCPConn: gonet.NewTCPConn(queue, endpoint), endpoint: endpoint, progress: l.progress}
	if a, ok := c.RemoteAddr().(*net.TCPAddr); ok {
		c.visitor = a.AddrPort()
	}
	return c
}

// Close implements net.Listener. Connections that were accepted stay.
func (l *listener) Close() error {
	err := net.ErrClosed
	l.once.Do(func() {
		close(l.closed)
		l.endpoint.Close()
		err = nil
	})
	return err
}

// Addr implements net.Listener.
func (l *listener) Addr() net.Addr { return l.addr }

// A Conn is a connection as the home has it.
type Conn struct {
	*gonet.TCPConn
	endpoint tcpip.Endpoint
	progress *progress
	visitor  netip.AddrPort
	written  atomic.Int64
}

// Write implements net.Conn.
func (c *Conn) Write(b []byte) (int, error) {
	n, err := c.TCPConn.Write(b)
	c.written.Add(int64(n))
	return n, err
}

// Progress returns how many bytes the visitor has acknowledged and how many of
// those written have not been sent yet, as TCP_INFO tells it of a socket of
// Linux. It is not ok once the connection is over.
func (c *Conn) Progress() (acked, unsent int64, ok bool) {
	written := c.written.Load() // first: what is sent meanwhile must not exceed it
	n, ok := c.progress.of(c.visitor)
	return min(n.acked, written), max(0, written-n.sent), ok
}

// SetLinger does what it does for a net.TCPConn: with 0, Close resets the
// connection.
func (c *Conn) SetLinger(seconds int) error {
	c.endpoint.SocketOptions().SetLinger(tcpip.LingerOption{Enabled: seconds >= 0, Timeout: 0})
	return nil
}

// Close implements net.Conn. What was written is still sent.
func (c *Conn) Close() error {
	c.progress.forget(c.visitor)
	return c.TCPConn.Close()
}
