package line

import "net"

// Listen returns a listener whose connections send through the line.
func (l *Line) Listen(inner net.Listener) net.Listener { return &listener{inner, l} }

type listener struct {
	net.Listener
	line *Line
}

func (l *listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return l.line.newConn(conn), nil
}
