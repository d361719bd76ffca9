package pid1

import (
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/insomniacslk/dhcp/dhcpv4/nclient4"
)

func offer(t *testing.T, with ...dhcpv4.Modifier) *dhcpv4.DHCPv4 {
	t.Helper()
	o, err := dhcpv4.New(with...)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestWhatAnOfferGives(t *testing.T) {
	ip, router := net.IPv4(192, 0, 2, 7), net.IPv4(192, 0, 2, 1)
	for _, test := range []struct {
		sentence         string
		offer            *dhcpv4.DHCPv4
		address, gateway string
		lease            time.Duration
	}{
		{"all of it", offer(t, dhcpv4.WithYourIP(ip), dhcpv4.WithNetmask(net.CIDRMask(25, 32)), dhcpv4.WithRouter(router), dhcpv4.WithLeaseTime(600)), "192.0.2.7/25", "192.0.2.1", 10 * time.Minute},
		{"no mask, no router, no time", offer(t, dhcpv4.WithYourIP(ip)), "192.0.2.7/24", "invalid IP", time.Hour},
		{"no time at all", offer(t, dhcpv4.WithYourIP(ip), dhcpv4.WithLeaseTime(0)), "192.0.2.7/24", "invalid IP", leastLease},
		{"no address", offer(t), "", "", 0},
	} {
		t.Run(test.sentence, func(t *testing.T) {
			address, gateway, err := terms(test.offer)
			if test.address == "" {
				if err == nil {
					t.Errorf("got %s", address)
				}
				return
			}
			if err != nil || address.String() != test.address || gateway.String() != test.gateway || leaseTime(test.offer) != test.lease {
				t.Errorf("got %s, %s, %s, %v", address, gateway, leaseTime(test.offer), err)
			}
		})
	}
}

func TestALeaseIsRenewedUntilItRunsOut(t *testing.T) {
	gone := errors.New("nobody answers")
	for _, test := range []struct {
		sentence string
		lease    time.Duration
		answers  int // the first request that is answered; 0 for none
		after    time.Duration
	}{
		{"at half of its time", time.Hour, 1, 30 * time.Minute},
		{"once more at half of what is left", time.Hour, 2, 45 * time.Minute},
		{"a short one not at once", leastLease, 1, leastLease / 2},
		{"one that runs out", time.Hour, 0, time.Hour},
	} {
		t.Run(test.sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began, asked := time.Now(), 0
				got, err := renew(t.Context(), began.Add(test.lease), func() (*nclient4.Lease, error) {
					if asked++; asked == test.answers {
						return &nclient4.Lease{}, nil
					}
					return nil, gone
				})
				took := time.Since(began)
				if test.answers == 0 {
					if !errors.Is(err, gone) || took < test.after || took > test.after+time.Minute {
						t.Errorf("given up after %v: %v", took, err)
					}
					return
				}
				if err != nil || got == nil || took != test.after {
					t.Errorf("renewed after %v: %v", took, err)
				}
			})
		})
	}
}
