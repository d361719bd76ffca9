package ban

import (
	"net"
	"net/netip"
	"time"
)

// Door closes connections of banned addresses as they come out of l, before
// anything is read from them or a handshake is paid for. Behind a proxy every
// connection is the proxy's, which is not banned for what its visitors do.
func (b *Book) Door(l net.Listener) net.Listener { return &door{l, b} }

type door struct {
	net.Listener
	book *Book
}

// Accept returns the next connection of somebody who may come in.
func (d *door) Accept() (net.Conn, error) {
	for {
		conn, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from, err := netip.ParseAddrPort(conn.RemoteAddr().String())
		if err != nil {
			return conn, nil // no address, no ban
		}
		if _, banned := d.book.Find(from.Addr(), time.Now()); !banned {
			return conn, nil
		}
		conn.Close()
	}
}
