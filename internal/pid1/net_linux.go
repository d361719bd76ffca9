package pid1

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/insomniacslk/dhcp/dhcpv4/nclient4"
)

// network keeps one card addressed: another one, when the cable has moved.
func network(ctx context.Context, s Settings, b *board, find func() []card) {
	_ = bringUp("lo") // there is nothing to do without it
	now := ""
	for ctx.Err() == nil {
		next, why := await(ctx, now, find)
		if next != now && now != "" {
			release(now)
		}
		if next != now && why != "" {
			b.say("network card %s: %s", next, why)
		}
		now = next
		err := errors.New("no network card that the kernel knows")
		if now != "" {
			err = use(ctx, now, s, find)
		}
		// Where the owner has said where the machine is, nobody need answer.
		if err != nil && ctx.Err() == nil && len(s.Addresses) == 0 {
			b.say("network: %v; tried again", err)
		}
		if err != nil {
			wait(ctx, 3*time.Second)
		}
	}
}

// use gives a card its addresses and keeps them for as long as it is the one to
// use, after which there is no error. A family of which none is fixed gets its address from the network:
// IPv4 by DHCP, IPv6, which is the kernel's, from what routers announce.
func use(ctx context.Context, name string, s Settings, find func() []card) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	go func() {
		defer end()
		untilMoved(ctx, name, find)
	}()
	if err := beginIPv6(name, s); err != nil {
		return err
	}
	fixed := false
	for _, p := range s.Addresses {
		fixed = fixed || p.Addr().Is4()
		if err := assign(name, p, s.gateway(p.Addr())); err != nil {
			return err
		}
		go greet(ctx, name, p.Addr(), s.gateway(p.Addr()))
	}
	if !fixed {
		if err := lease(ctx, name); ctx.Err() == nil {
			return err
		}
	}
	<-ctx.Done()
	return nil
}

// gateway is that of the family of an address; none is the zero one.
func (s Settings) gateway(of netip.Addr) netip.Addr {
	for _, g := range s.Gateways {
		if g.Is4() == of.Is4() {
			return g
		}
	}
	return netip.Addr{}
}

// greet lets a router know the machine that knew it by another card: who asks
// for the hardware address of somebody tells its own (RFC 826, RFC 4861 section
// 7.2.3). An address of IPv6 cannot be used in its first seconds.
func greet(ctx context.Context, card string, own, router netip.Addr) {
	if !router.IsValid() {
		return
	}
	if router.Is6() && router.IsLinkLocalUnicast() {
		router = router.WithZone(card)
	}
	const discard = 9
	d := net.Dialer{LocalAddr: net.UDPAddrFromAddrPort(netip.AddrPortFrom(own, 0))}
	for range 5 {
		conn, err := d.DialContext(ctx, "udp", netip.AddrPortFrom(router, discard).String())
		if err == nil {
			_, err = conn.Write([]byte{0})
			_ = conn.Close() // nobody answers
		}
		if err == nil {
			return
		}
		wait(ctx, time.Second)
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
			go greet(ctx, card, address.Addr(), gateway)
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
