package pid1

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"
	"unsafe"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/insomniacslk/dhcp/dhcpv4/nclient4"
	"golang.org/x/sys/unix"
)

// network brings the first card up and keeps it addressed. IPv6 is the
// kernel's: it takes what routers announce.
func network(ctx context.Context, s Settings, b *board) {
	_ = bringUp("lo") // there is nothing to do without it
	for ctx.Err() == nil {
		card, err := firstCard()
		if err == nil {
			err = bringUp(card)
		}
		if err == nil && s.Address != "" {
			err = static(card, s)
			if err == nil {
				return
			}
		} else if err == nil {
			err = lease(ctx, card)
		}
		if err != nil && ctx.Err() == nil {
			b.say("network: %v; tried again", err)
		}
		wait(ctx, 3*time.Second)
	}
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// firstCard is the first interface with hardware behind it.
func firstCard() (string, error) {
	found, _ := filepath.Glob("/sys/class/net/*/device") // the pattern is well formed
	if len(found) == 0 {
		return "", errors.New("no network card that the kernel knows")
	}
	return filepath.Base(filepath.Dir(found[0])), nil
}

// unplugged reports whether nothing is at the other end of a card's cable.
func unplugged(card string) bool {
	carrier, err := os.ReadFile("/sys/class/net/" + card + "/carrier")
	return err == nil && string(carrier) == "0\n"
}

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

func static(card string, s Settings) error {
	p, err := netip.ParsePrefix(s.Address)
	if err != nil {
		return fmt.Errorf("address %s: %w", s.Address, err)
	}
	var gateway netip.Addr
	if s.Gateway != "" {
		if gateway, err = netip.ParseAddr(s.Gateway); err != nil {
			return fmt.Errorf("gateway %s: %w", s.Gateway, err)
		}
	}
	return assign(card, p, gateway)
}

// assign gives the card its address and sends everything else by the gateway,
// if there is one, whatever was before.
func assign(card string, p netip.Prefix, gateway netip.Addr) error {
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

func tell(fd int, what uintptr, e *rtentry) unix.Errno {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), what, uintptr(unsafe.Pointer(e)))
	return errno
}

// lease asks for an address by DHCP and renews it at half its time, and again
// at half of what is left, until it runs out (RFC 2131 section 4.4.5).
func lease(ctx context.Context, card string) error {
	client, err := nclient4.New(card, nclient4.WithTimeout(3*time.Second), nclient4.WithRetry(3))
	if err != nil {
		return fmt.Errorf("dhcp: %w", err)
	}
	defer client.Close()
	got, err := client.Request(ctx)
	if errors.Is(err, nclient4.ErrNoResponse) {
		return errors.New("dhcp: nobody answers")
	}
	if err != nil {
		return fmt.Errorf("dhcp: %w", err)
	}
	var now netip.Prefix
	var by netip.Addr
	for {
		until := time.Now().Add(leaseTime(got.ACK))
		address, gateway, err := terms(got.ACK)
		if err != nil {
			return err
		}
		if address != now || gateway != by { // what stays is not touched: visitors are on it
			if err := assign(card, address, gateway); err != nil {
				return err
			}
			now, by = address, gateway
		}
		if got, err = renew(ctx, until, func() (*nclient4.Lease, error) { return client.Renew(ctx, got) }); err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// renew asks for more time until it is given or the lease runs out.
func renew(ctx context.Context, until time.Time, ask func() (*nclient4.Lease, error)) (*nclient4.Lease, error) {
	for {
		// Not more often than once a minute, says the RFC; and short leases must
		// not keep us busy.
		wait(ctx, max(leastLease/2, min(time.Until(until)/2, time.Until(until)-time.Minute)))
		if ctx.Err() != nil {
			return nil, nil
		}
		got, err := ask()
		if err == nil {
			return got, nil
		}
		if !time.Now().Before(until) {
			return nil, fmt.Errorf("dhcp: renew: %w", err)
		}
	}
}

// leastLease is what a lease is taken for that is shorter: nothing hangs on it
// but how often we ask.
const leastLease = 20 * time.Second

func leaseTime(offer *dhcpv4.DHCPv4) time.Duration {
	return max(leastLease, offer.IPAddressLeaseTime(time.Hour))
}

// terms are what an offer gives. A server that names no mask means that of the
// address's class, as before 1993; most such networks are a /24 today.
func terms(offer *dhcpv4.DHCPv4) (address netip.Prefix, gateway netip.Addr, err error) {
	ip, ok := netip.AddrFromSlice(offer.YourIPAddr.To4())
	if !ok || ip.IsUnspecified() {
		return address, gateway, fmt.Errorf("dhcp: %v is no address", offer.YourIPAddr)
	}
	bits, _ := offer.SubnetMask().Size()
	if bits == 0 {
		bits = 24
	}
	if routers := offer.Router(); len(routers) > 0 {
		gateway, _ = netip.AddrFromSlice(routers[0].To4())
	}
	return netip.PrefixFrom(ip, bits), gateway, nil
}

// addresses are those of the machine that visitors may use.
func addresses() []string {
	var all []string
	cards, _ := net.Interfaces() // none is as good as an error
	for _, c := range cards {
		found, _ := c.Addrs()
		for _, a := range found {
			if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() {
				all = append(all, n.IP.String())
			}
		}
	}
	return all
}
