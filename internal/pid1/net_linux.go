package pid1

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"time"
	"unsafe"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/insomniacslk/dhcp/dhcpv4/nclient4"
	"golang.org/x/sys/unix"
)

// network brings every card up and keeps the first one addressed. IPv6 is the
// kernel's: it takes what routers announce.
func network(ctx context.Context, s Settings) {
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
			say("buzzproof: network: %v; tried again", err)
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

// assign gives the card its address and sends everything else by the gateway.
func assign(card string, p netip.Prefix, gateway netip.Addr) error {
	err := withSocket(card, func(fd int, r *unix.Ifreq) error {
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
	})
	if err != nil || !gateway.Is4() {
		return err
	}
	return withSocket(card, func(fd int, _ *unix.Ifreq) error { return route(fd, gateway) })
}

// route is SIOCADDRT with struct rtentry for the default route (route(4)).
func route(fd int, gateway netip.Addr) error {
	type sockaddr struct {
		family uint16
		port   uint16
		addr   [4]byte
		_      [8]byte
	}
	entry := struct {
		_                 uint64
		dst, gateway, gen sockaddr
		flags             uint16
		_                 [62]byte
	}{}
	entry.dst.family, entry.gateway.family, entry.gen.family = unix.AF_INET, unix.AF_INET, unix.AF_INET
	entry.gateway.addr = gateway.As4()
	entry.flags = unix.RTF_UP | unix.RTF_GATEWAY
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCADDRT, uintptr(unsafe.Pointer(&entry)))
	if errno != 0 && errno != unix.EEXIST {
		return errno
	}
	return nil
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
	if err != nil {
		return fmt.Errorf("dhcp: %w", err)
	}
	for {
		until := time.Now().Add(leaseTime(got.ACK))
		address, gateway, err := terms(got.ACK)
		if err != nil {
			return err
		}
		if err := assign(card, address, gateway); err != nil {
			return err
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
