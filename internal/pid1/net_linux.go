package pid1

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"time"
)

// patience is how long a card with a link may be without a lease while another
// one has a link. A client whose first four requests are lost has waited as
// long: 4+8+16+32 s (RFC 2131 section 4.1). The port of a switch may let nothing
// through for 30 s after its link came about (IEEE 802.1D, twice the forward
// delay of 15 s): a start that left a card for that would not choose as others do.
const patience = 60 * time.Second

// A network keeps one card addressed: another one, when the cable has moved or
// this one gets no address.
type network struct {
	board     *board
	fixed     bool // the owner has said where the machine is
	find      func() []card
	use       func(ctx context.Context, card string) (leased bool, err error)
	release   func(card string)
	reachable func(card string) bool // without a lease
}

func newNetwork(s Settings, b *board) *network {
	return &network{
		board: b, fixed: len(s.Addresses) > 0, find: cards, release: release, reachable: worldwide,
		use: func(ctx context.Context, card string) (bool, error) { return use(ctx, card, s, cards) },
	}
}

func (n *network) run(ctx context.Context) {
	now, useless := "", false
	var since time.Time // the card has been without a lease
	for ctx.Err() == nil {
		next, why := await(ctx, now, useless, n.find)
		if next != now {
			n.change(now, next, why)
			since = time.Now()
		}
		now = next
		leased, err := n.keep(ctx, now)
		if leased || !n.hasLink(now) { // without a link nobody can answer
			since = time.Now()
		}
		useless = err != nil && !n.fixed && time.Since(since) >= patience && !n.reachable(now)
	}
}

func (n *network) hasLink(name string) bool {
	return slices.ContainsFunc(n.find(), func(c card) bool { return c.name == name && c.link })
}

// change takes its addresses from one card, so that the next may have them.
func (n *network) change(now, next, why string) {
	if now != "" {
		n.release(now)
	}
	if why != "" {
		n.board.say("network card %s: %s", next, why)
	}
}

// keep uses a card, if there is one, until another one should be or it failed.
func (n *network) keep(ctx context.Context, name string) (leased bool, err error) {
	if name == "" {
		err = errors.New("no network card that the kernel knows")
	} else {
		leased, err = n.use(ctx, name)
	}
	// Where the owner has said where the machine is, nobody need answer.
	if err != nil && ctx.Err() == nil && !n.fixed {
		n.board.say("network: %v; tried again", err)
	}
	if err != nil {
		wait(ctx, 3*time.Second)
	}
	return leased, err
}

// use gives a card its addresses and keeps them for as long as it is the one to
// use, after which there is no error. A family of which none is fixed gets its
// address from the network: IPv4 by DHCP, and leased says whether it ever did,
// IPv6, which is the kernel's, from what routers announce.
func use(ctx context.Context, name string, s Settings, find func() []card) (leased bool, err error) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	go func() {
		defer end()
		untilMoved(ctx, name, find)
	}()
	if err := beginIPv6(name, s); err != nil {
		return false, err
	}
	fixed := false
	for _, p := range s.Addresses {
		fixed = fixed || p.Addr().Is4()
		if err := assign(name, p, s.gateway(p.Addr())); err != nil {
			return false, err
		}
		go greet(ctx, name, p.Addr(), s.gateway(p.Addr()))
	}
	if !fixed {
		if leased, err = lease(ctx, name); ctx.Err() == nil {
			return leased, err
		}
	}
	<-ctx.Done()
	return leased, nil
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

// global are the addresses of IPv6 that are given out for all the world to
// reach (IANA, IPv6 Global Unicast Address Assignments).
var global = netip.MustParsePrefix("2000::/3")

// worldwide reports whether routers gave the card an address that all the world
// can reach. One for the house alone (RFC 4193) does not count: any gadget may
// announce it, and visitors come from elsewhere.
func worldwide(name string) bool {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return false
	}
	all, _ := i.Addrs() // none is as good as an error
	return slices.ContainsFunc(all, func(a net.Addr) bool {
		p, err := netip.ParsePrefix(a.String())
		return err == nil && global.Contains(p.Addr())
	})
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
