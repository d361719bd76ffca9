package app

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// network is where the machine is to be, if that is fixed.
func (o *imageOptions) network() (addresses []netip.Prefix, gateways []netip.Addr, err error) {
	addresses, err = o.addresses()
	if err == nil {
		gateways, err = o.gateways(addresses)
	}
	return addresses, gateways, err
}

// addresses are those that are fixed, at most one of a family.
func (o *imageOptions) addresses() (all []netip.Prefix, err error) {
	for _, text := range o.address {
		p, err := hostAddress(text)
		if err != nil {
			return nil, fmt.Errorf("--address %s: %w", text, err)
		}
		if slices.ContainsFunc(all, func(other netip.Prefix) bool { return sameFamily(other.Addr(), p.Addr()) }) {
			return nil, fmt.Errorf("--address %s: there is another one of that family; a machine has one of IPv4, one of IPv6", text)
		}
		all = append(all, p)
	}
	return all, nil
}

func sameFamily(a, b netip.Addr) bool { return a.Is4() == b.Is4() }

// hostAddress reads an address that a machine can have.
func hostAddress(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	a := p.Addr()
	switch {
	case err != nil:
		return p, errors.New("want an address and how many bits are the network's, such as 192.0.2.10/24 or 2001:db8::10/64")
	case a.Is4In6():
		return p, fmt.Errorf("want it written as IPv4: %s", a.Unmap())
	case p.Bits() == 0:
		return p, errors.New("a network of 0 bits is everybody's; want such as /24 or /64")
	case a.IsUnspecified() || a.IsLoopback() || a.IsMulticast() || a.Is6() && a.IsLinkLocalUnicast():
		return p, errors.New("no visitor can reach a machine there")
	}
	return p, isHost(p, a)
}

// isHost refuses the addresses of a network itself: the first one, of IPv4 also
// the last one, except in networks of two or one (RFC 3021, RFC 6164).
func isHost(network netip.Prefix, a netip.Addr) error {
	if network.Bits() >= a.BitLen()-1 {
		return nil
	}
	if a == network.Masked().Addr() {
		return fmt.Errorf("%s is the network's own address; the first machine has %s", a, a.Next())
	}
	if a.Is4() && !network.Contains(a.Next()) {
		return fmt.Errorf("%s means all machines of %s; the last one has %s", a, network.Masked(), a.Prev())
	}
	return nil
}

// gateways are the routers, at most one for each address.
func (o *imageOptions) gateways(addresses []netip.Prefix) (all []netip.Addr, err error) {
	for _, text := range o.gateway {
		g, err := netip.ParseAddr(text)
		if err != nil || g.Zone() != "" || g.Is4In6() {
			return nil, fmt.Errorf("--gateway %s: want an IP address, such as 192.0.2.1", text)
		}
		own := slices.IndexFunc(addresses, func(p netip.Prefix) bool { return sameFamily(p.Addr(), g) })
		if own < 0 {
			return nil, fmt.Errorf("--gateway %s goes with --address of the same family", text)
		}
		if slices.ContainsFunc(all, func(other netip.Addr) bool { return sameFamily(other, g) }) {
			return nil, fmt.Errorf("--gateway %s: there is another one of that family", text)
		}
		if err := isRouter(addresses[own], g); err != nil {
			return nil, fmt.Errorf("--gateway %s: %w", text, err)
		}
		all = append(all, g)
	}
	return all, nil
}

// isRouter refuses a router that the machine could not reach. One outside of
// the network is meant where every machine is a network of its own.
func isRouter(machine netip.Prefix, g netip.Addr) error {
	switch {
	case g == machine.Addr():
		return errors.New("that is the machine's own address")
	case g.IsUnspecified() || g.IsLoopback() || g.IsMulticast():
		return errors.New("no router is there")
	case g.Is6() && g.IsLinkLocalUnicast() || machine.IsSingleIP():
		return nil
	case !machine.Contains(g):
		return fmt.Errorf("the router is not in %s\nif it is reached all the same, as at some hosters, write --address %s/%d", machine.Masked(), machine.Addr(), g.BitLen())
	case g.Is6():
		return nil // a router may have its network's first address (RFC 4291, section 2.6.1)
	}
	return isHost(machine, g)
}
