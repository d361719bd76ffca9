package pid1

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/insomniacslk/dhcp/dhcpv4/nclient4"
)

// lease asks for an address by DHCP and renews it at half its time, and again
// at half of what is left, until it runs out (RFC 2131 section 4.4.5); leased
// says whether there was one.
func lease(ctx context.Context, card string) (leased bool, err error) {
	client, err := nclient4.New(card, nclient4.WithTimeout(3*time.Second), nclient4.WithRetry(3))
	if err != nil {
		return false, fmt.Errorf("dhcp: %w", err)
	}
	defer client.Close()
	got, err := client.Request(ctx)
	if errors.Is(err, nclient4.ErrNoResponse) {
		return false, errors.New("dhcp: nobody answers")
	}
	if err != nil {
		return false, fmt.Errorf("dhcp: %w", err)
	}
	var now netip.Prefix
	var by netip.Addr
	for {
		until := time.Now().Add(leaseTime(got.ACK))
		address, gateway, err := terms(got.ACK)
		if err != nil {
			return leased, err
		}
		if address != now || gateway != by { // what stays is not touched: visitors are on it
			if err := assign(card, address, gateway); err != nil {
				return leased, err
			}
			now, by, leased = address, gateway, true
			go greet(ctx, card, address.Addr(), gateway)
		}
		if got, err = renew(ctx, until, func() (*nclient4.Lease, error) { return client.Renew(ctx, got) }); err != nil || ctx.Err() != nil {
			return leased, err
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
