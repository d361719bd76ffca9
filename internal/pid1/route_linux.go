package pid1

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

func bringUp(name string) error {
	return withSocket(name, func(fd int, r *unix.Ifreq) error {
		r.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
		return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, r)
	})
}

func withSocket(name string, do func(fd int, r *unix.Ifreq) error) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("set up %s: %w", name, err)
	}
	defer unix.Close(fd)
	r, err := unix.NewIfreq(name)
	if err == nil {
		err = do(fd, r)
	}
	if err != nil {
		return fmt.Errorf("set up %s: %w", name, err)
	}
	return nil
}

// assign gives the card its address and sends everything else by the gateway,
// if there is one, whatever was before.
func assign(card string, p netip.Prefix, gateway netip.Addr) error {
	if p.Addr().Is6() {
		return assign6(card, p, gateway)
	}
	return withSocket(card, func(fd int, r *unix.Ifreq) error {
		if err := setAddress(fd, r, p); err != nil {
			return err
		}
		if err := dropDefaultRoutes(fd); err != nil || !gateway.Is4() {
			return err
		}
		if !p.Contains(gateway) { // as where every machine is a network of its own
			if err := addRoute(fd, newRoute(gateway, 32).through(card)); err != nil {
				return err
			}
		}
		return addRoute(fd, newRoute(netip.IPv4Unspecified(), 0).by(gateway))
	})
}

func setAddress(fd int, r *unix.Ifreq, p netip.Prefix) error {
	if err := r.SetInet4Addr(p.Addr().AsSlice()); err != nil {
		return err
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFADDR, r); err != nil {
		return err
	}
	if err := r.SetInet4Addr(net.CIDRMask(p.Bits(), 32)); err != nil {
		return err
	}
	return unix.IoctlIfreq(fd, unix.SIOCSIFNETMASK, r)
}

// A rtentry is the kernel's struct of that name (route(4)).
type rtentry struct {
	_                 uint64
	dst, gateway, gen sockaddr
	flags             uint16
	_                 [22]byte
	_                 uint16 // metric
	dev               *byte
	_                 [24]byte
}

type sockaddr struct {
	family uint16
	_      uint16
	addr   [4]byte
	_      [8]byte
}

func newRoute(to netip.Addr, bits int) *rtentry {
	e := &rtentry{flags: unix.RTF_UP}
	e.dst = sockaddr{family: unix.AF_INET, addr: to.As4()}
	e.gen = sockaddr{family: unix.AF_INET, addr: [4]byte(net.CIDRMask(bits, 32))}
	return e
}

func (e *rtentry) by(gateway netip.Addr) *rtentry {
	e.gateway = sockaddr{family: unix.AF_INET, addr: gateway.As4()}
	e.flags |= unix.RTF_GATEWAY
	return e
}

func (e *rtentry) through(card string) *rtentry {
	e.dev = &append([]byte(card), 0)[0]
	return e
}

func addRoute(fd int, e *rtentry) error {
	if errno := tell(fd, unix.SIOCADDRT, e); errno != 0 && errno != unix.EEXIST {
		return fmt.Errorf("add route: %w", errno)
	}
	return nil
}

// dropDefaultRoutes forgets every gateway.
func dropDefaultRoutes(fd int) error {
	for {
		switch errno := tell(fd, unix.SIOCDELRT, newRoute(netip.IPv4Unspecified(), 0)); errno {
		case 0:
		case unix.ESRCH:
			return nil
		default:
			return fmt.Errorf("drop route: %w", errno)
		}
	}
}

func tell[T rtentry | in6Ifreq | in6Rtmsg](fd int, what uintptr, e *T) unix.Errno {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), what, uintptr(unsafe.Pointer(e)))
	return errno
}

// in6Ifreq and in6Rtmsg are the kernel's structs of those names (ipv6.h,
// ipv6_route.h).
type in6Ifreq struct {
	addr  [16]byte
	bits  uint32
	index int32
}

type in6Rtmsg struct {
	dst, _, gateway [16]byte
	_               uint32
	bits, _         uint16
	metric          uint32
	_               uint64
	flags           uint32
	index           int32
}

// assign6 adds an address and its gateway. What was before has gone with
// release.
func assign6(name string, p netip.Prefix, gateway netip.Addr) error {
	card, err := net.InterfaceByName(name)
	if err != nil {
		return fmt.Errorf("set up %s: %w", name, err)
	}
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("set up %s: %w", name, err)
	}
	defer unix.Close(fd)
	address := in6Ifreq{addr: p.Addr().As16(), bits: uint32(p.Bits()), index: int32(card.Index)}
	if errno := tell(fd, unix.SIOCSIFADDR, &address); errno != 0 && errno != unix.EEXIST {
		return fmt.Errorf("set up %s: address %s: %w", name, p, errno)
	}
	if !gateway.IsValid() {
		return nil
	}
	routes := []in6Rtmsg{{gateway: gateway.As16(), flags: unix.RTF_UP | unix.RTF_GATEWAY}}
	if !p.Contains(gateway) && !gateway.IsLinkLocalUnicast() { // as where every machine is a network of its own
		routes = slices.Insert(routes, 0, in6Rtmsg{dst: gateway.As16(), bits: 128, flags: unix.RTF_UP})
	}
	for _, r := range routes {
		r.index, r.metric = int32(card.Index), 1
		if errno := tell(fd, unix.SIOCADDRT, &r); errno != 0 && errno != unix.EEXIST {
			return fmt.Errorf("set up %s: gateway %s: %w", name, gateway, errno)
		}
	}
	return nil
}
