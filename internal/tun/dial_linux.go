package tun

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Visitor is the address of a visitor by number. There are 65,000; further
// ones share.
func Visitor(n int) netip.Addr {
	n = 2 + n%65000                                                 // .0.1 is the host's own
	return netip.AddrFrom4([4]byte{198, 18, byte(n), byte(n >> 8)}) // each in another network than the one before
}

// Dial connects a visitor with a port at home.
func (r *Rig) Dial(ctx context.Context, visitor, port int) (net.Conn, error) {
	return r.visitors.dial(ctx, Visitor(visitor), netip.AddrPortFrom(home, uint16(port)))
}

// DialHome connects with a port at home without the line, to see whether a
// server is there.
func (r *Rig) DialHome(ctx context.Context, port int) (net.Conn, error) {
	return r.home.dial(ctx, home, netip.AddrPortFrom(home, uint16(port)))
}

// dial makes the socket on the thread of the namespace, to which it belongs
// from then on, and waits for the handshake elsewhere.
func (s *space) dial(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	var f *os.File
	err := s.do(func() (err error) {
		f, err = beginDial(from, to)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("connect %s to %s: %w", from, to, err)
	}
	defer f.Close() // the connection has a copy
	stop := context.AfterFunc(ctx, func() { _ = f.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := connected(f); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, fmt.Errorf("connect %s to %s: %w", from, to, err)
	}
	return net.FileConn(f)
}

func beginDial(from netip.Addr, to netip.AddrPort) (*os.File, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), "visitor")
	// Without the option, bind would take the port for good, of few.
	err = unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrInet4{Addr: from.As4()})
	}
	if err == nil {
		err = unix.Connect(fd, &unix.SockaddrInet4{Addr: to.Addr().As4(), Port: int(to.Port())})
	}
	if err != nil && err != unix.EINPROGRESS {
		_ = f.Close() // nothing came of it
		return nil, err
	}
	return f, nil
}

// connected waits for the end of the handshake.
func connected(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failure error
	err = raw.Write(func(fd uintptr) bool {
		code, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_ERROR)
		if err != nil || code != 0 {
			failure = err
			if code != 0 {
				failure = unix.Errno(code)
			}
			return true
		}
		_, err = unix.Getpeername(int(fd))
		return err == nil
	})
	if err != nil {
		return err
	}
	return failure
}
