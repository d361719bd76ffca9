package app

import (
	"fmt"
	"strings"
	"testing"
)

func TestAMachineHasAddressesThatVisitorsCanReach(t *testing.T) {
	for _, c := range []struct{ name, address, gateway, wrong string }{
		{"IPv4", "192.0.2.10/24", "192.0.2.1", ""},
		{"IPv6", "2001:db8::10/64", "2001:db8::1", ""},
		{"both", "192.0.2.10/24,2001:db8::10/64", "2001:db8::1,192.0.2.1", ""},
		{"no router", "192.0.2.10/24", "", ""},
		{"a router that only the cable knows", "2001:db8::10/64", "fe80::1", ""},
		{"a router with the network's first address", "2001:db8::10/64", "2001:db8::", ""},
		{"a router outside of a network of one", "192.0.2.10/32", "198.51.100.1", ""},
		{"a network of two", "192.0.2.10/31", "192.0.2.11", ""},
		{"no bits", "192.0.2.10", "", "such as 192.0.2.10/24"},
		{"a name", "home/24", "", "such as 192.0.2.10/24"},
		{"everybody's network", "192.0.2.10/0", "", "0 bits"},
		{"an IPv4 address in IPv6's clothes", "::ffff:192.0.2.10/120", "", "written as IPv4: 192.0.2.10"},
		{"the network", "192.0.2.0/24", "", "the network's own address; the first machine has 192.0.2.1"},
		{"IPv6's network", "2001:db8::/64", "", "the network's own address; the first machine has 2001:db8::1"},
		{"everybody in the network", "192.0.2.255/24", "", "means all machines of 192.0.2.0/24; the last one has 192.0.2.254"},
		{"nobody", "0.0.0.0/8", "", "no visitor"},
		{"oneself", "::1/64", "", "no visitor"},
		{"the cable's own", "fe80::7/64", "", "no visitor"},
		{"two of a family", "192.0.2.10/24,192.0.2.11/24", "", "another one of that family"},
		{"a router without an address", "", "192.0.2.1", "goes with --address"},
		{"a router of the other family", "192.0.2.10/24", "2001:db8::1", "of the same family"},
		{"two routers", "192.0.2.10/24", "192.0.2.1,192.0.2.2", "another one of that family"},
		{"a router outside", "192.0.2.10/24", "198.51.100.1", "the router is not in 192.0.2.0/24\nif it is reached all the same, as at some hosters, write --address 192.0.2.10/32"},
		{"a router that is the machine", "192.0.2.10/24", "192.0.2.10", "the machine's own"},
		{"a router that is everybody", "192.0.2.10/24", "192.0.2.255", "means all machines"},
		{"a router that is a name", "192.0.2.10/24", "home", "want an IP address"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := &imageOptions{address: strings.FieldsFunc(c.address, isComma), gateway: strings.FieldsFunc(c.gateway, isComma)}
			addresses, gateways, err := o.network()
			if c.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), c.wrong) {
					t.Errorf("got %v, want %q", err, c.wrong)
				}
				return
			}
			if got := strings.Trim(fmt.Sprint(addresses), "[]"); err != nil || got != strings.ReplaceAll(c.address, ",", " ") || len(gateways) != len(o.gateway) {
				t.Errorf("got %s by %v, %v", got, gateways, err)
			}
		})
	}
}

func isComma(r rune) bool { return r == ',' }
