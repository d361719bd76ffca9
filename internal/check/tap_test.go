package check

import (
	"net"
	"sync/atomic"
)

// A tapped listener counts what its connections send.
type tapped struct {
	net.Listener
	written atomic.Int64
}

func (t *tapped) Accept() (net.Conn, error) {
	c, err := t.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &tappedConn{c, t}, nil
}

type tappedConn struct {
	net.Conn
	tap *tapped
}

func (c *tappedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.tap.written.Add(int64(n))
	return n, err
}
