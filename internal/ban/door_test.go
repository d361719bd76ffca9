package ban

import (
	"net"
	"net/netip"
	"testing"
	"time"
)

// from is a listener whose connections come from some addresses.
type from struct {
	net.Listener
	addrs []string
}

type fromConn struct {
	net.Conn
	addr net.Addr
}

func (c fromConn) RemoteAddr() net.Addr { return c.addr }

func (f *from) Accept() (net.Conn, error) {
	conn, err := f.Listener.Accept()
	if err != nil {
		return nil, err
	}
	at := net.TCPAddrFromAddrPort(netip.MustParseAddrPort(f.addrs[0]))
	f.addrs = f.addrs[1:]
	return fromConn{conn, at}, nil
}

func TestTheDoorIsShutToWhoIsBanned(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	b := NewBook()
	b.Add(Ban{Address: Of(netip.MustParseAddr("198.51.100.7")), From: time.Now(), Until: time.Now().Add(time.Hour)})
	d := b.Door(&from{l, []string{"198.51.100.7:1", "[2001:db8::1]:2"}})
	for range 2 {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	conn, err := d.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := conn.RemoteAddr().String(); got != "[2001:db8::1]:2" {
		t.Errorf("%s came in first, want the one who is not banned", got)
	}
}
