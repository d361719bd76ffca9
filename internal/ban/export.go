package ban

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// longestTimeout is the longest that ipset can count, in seconds.
const longestTimeout = 2147483

// seconds is how long a ban goes on, at least one: 0 would be for ever.
func (b Ban) seconds(now time.Time) int64 {
	return min(max(1, int64(b.Until.Sub(now).Seconds())), longestTimeout)
}

// WriteNft writes a table for "nft -f -" that takes the place of the one
// before in one step. The firewall ends each ban by itself. It looks before
// anything is routed, so that containers are covered too.
func WriteNft(w io.Writer, bans []Ban, now time.Time) error {
	var four, six []string
	for _, b := range bans {
		if b.Address.Addr().Is4() {
			four = append(four, fmt.Sprintf("%s timeout %ds", b.Address.Addr(), b.seconds(now)))
		} else {
			six = append(six, fmt.Sprintf("%s timeout %ds", b.Address, b.seconds(now)))
		}
	}
	_, err := fmt.Fprintf(w, `table inet buzzproof
delete table inet buzzproof
table inet buzzproof {
	set banned4 {
		type ipv4_addr
		flags timeout
%s	}
	set banned6 {
		type ipv6_addr
		flags interval, timeout
%s	}
	chain banned {
		type filter hook prerouting priority -150; policy accept;
		ip saddr @banned4 drop
		ip6 saddr @banned6 drop
	}
}
`, elements(four), elements(six))
	return err
}

func elements(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return "\t\telements = { " + strings.Join(all, ",\n\t\t\t") + " }\n"
}

// WriteIpset writes two sets for "ipset restore -exist", which an iptables
// rule may refer to: buzzproof4 and buzzproof6.
func WriteIpset(w io.Writer, bans []Ban, now time.Time) error {
	var text strings.Builder
	for _, family := range []string{"4", "6"} {
		inet := "inet"
		if family == "6" {
			inet = "inet6"
		}
		fmt.Fprintf(&text, "create buzzproof%s hash:net family %s maxelem 65536 timeout 0\nflush buzzproof%s\n", family, inet, family)
		for _, b := range bans {
			if b.Address.Addr().Is4() == (family == "4") {
				fmt.Fprintf(&text, "add buzzproof%s %s timeout %d\n", family, b.Address, b.seconds(now))
			}
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}
