package pid1

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A house has cards of which some get leases, for so long.
type house struct {
	links  map[time.Duration][]card
	leases func(card string, after time.Duration) time.Duration
}

// uses are the cards that a network uses in an hour, each with the second in
// which it is turned to.
func (h house) uses(t *testing.T, fixed bool, reachable string) (told []string, b *board) {
	ctx, end := context.WithTimeout(t.Context(), time.Hour)
	defer end()
	began, now, b := time.Now(), "", &board{}
	n := &network{board: b, fixed: fixed, find: seen(began, h.links), reachable: func(name string) bool { return name == reachable }}
	n.release = func(name string) {
		if name != now {
			t.Errorf("%q is released, and %q is used", name, now)
		}
		now = ""
	}
	n.use = func(ctx context.Context, name string) (bool, error) {
		if now != name {
			told = append(told, fmt.Sprintf("%s at %.0f", name, time.Since(began).Seconds()))
		}
		if now != name && now != "" {
			t.Errorf("%s is used, and %s is not released", name, now)
		}
		now = name
		if until := h.leases(name, time.Since(began)); until > 0 {
			wait(ctx, until)
			return true, errors.New("the lease has run out")
		}
		wait(ctx, 21*time.Second) // as lease does: 3, 6 and 12
		return false, errors.New("nobody answers")
	}
	n.run(ctx)
	return told, b
}

func TestACardThatGetsNoAddressIsLeftForTheNext(t *testing.T) {
	linked := func(names ...string) (all []card) {
		for _, name := range []string{"eth0", "eth1", "eth2"} {
			all = append(all, card{name, true, slices.Contains(names, name)})
		}
		return all
	}
	nobody := func(string, time.Duration) time.Duration { return 0 }
	only := func(name string) func(string, time.Duration) time.Duration {
		return func(who string, _ time.Duration) time.Duration {
			return map[string]time.Duration{name: 10 * time.Minute}[who]
		}
	}
	always := func(all []card) map[time.Duration][]card { return map[time.Duration][]card{0: all} }
	for _, c := range []struct {
		sentence  string
		house     house
		fixed     bool
		reachable string
		want      string // the first of them
	}{
		// Each is asked three times and 3 s later once more: 21+3+21+3+21+3 s.
		{"the second one gets a lease and stays", house{always(linked("eth0", "eth1")), only("eth1")}, false, "", "eth0 at 5, eth1 at 77."},
		{"nobody answers anywhere", house{always(linked("eth0", "eth1", "eth2")), nobody}, false, "", "eth0 at 0, eth1 at 72, eth2 at 144, eth0 at 216,"},
		{"one without a link is passed over", house{always(linked("eth0", "eth2")), only("eth2")}, false, "", "eth0 at 5, eth2 at 77."},
		{"the one that has a lease is not left", house{always(linked("eth0", "eth1")), only("eth0")}, false, "", "eth0 at 5."},
		{"there is one card alone", house{always([]card{{"eth0", true, true}}), nobody}, false, "", "eth0 at 0."},
		{"no other one has a link", house{always(linked("eth1")), nobody}, false, "", "eth1 at 5."},
		{"the address is fixed", house{always(linked("eth0", "eth1")), nobody}, true, "", "eth0 at 5."},
		{"a router has given one of IPv6", house{always(linked("eth0", "eth1")), nobody}, false, "eth0", "eth0 at 5."},
		{"a router has given the second one of IPv6", house{always(linked("eth0", "eth1")), nobody}, false, "eth1", "eth0 at 5, eth1 at 77."},
		{"a lease is lost when the server has gone", house{always(linked("eth0", "eth1")), func(_ string, after time.Duration) time.Duration {
			return max(0, 10*time.Minute-after)
		}}, false, "", "eth0 at 5, eth1 at 675,"},
		{"a lease is lost and given again", house{always(linked("eth0", "eth1")), func(_ string, after time.Duration) time.Duration {
			return map[bool]time.Duration{true: time.Minute}[after%(3*time.Minute) < 150*time.Second]
		}}, false, "", "eth0 at 5."},
		{"another one gets its link later", house{map[time.Duration][]card{0: linked("eth0"), 10 * time.Minute: linked("eth0", "eth1")}, only("eth1")}, false, "", "eth0 at 5, eth1 at 605."},
		{"its own link comes later", house{map[time.Duration][]card{0: linked(), 5 * time.Minute: linked("eth0", "eth1")}, only("eth1")}, false, "", "eth0 at 5, eth1 at 365."},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				told, b := c.house.uses(t, c.fixed, c.reachable)
				if got := strings.Join(told, ", ") + "."; !strings.HasPrefix(got, c.want) {
					t.Errorf("used are %s, want %s", got, c.want)
				}
				if last := len(told) - 1; last > 0 {
					next, _, _ := strings.Cut(told[last], " ")
					before, _, _ := strings.Cut(told[last-1], " ")
					if want := "network card " + next + ": " + before + " got no address by DHCP"; !slices.Contains(b.all(), want) {
						t.Errorf("said is %q, without %q", b.all(), want)
					}
				}
			})
		})
	}
}

func TestAnAddressForAllTheWorldIsAReasonToStay(t *testing.T) {
	for address, want := range map[string]bool{"2001:db8::7/64": true, "fd77::7/64": false, "fec0::7/64": false, "192.0.2.7/24": false} {
		inNewNetwork(t, "card", func() {
			if err := assign("card", netip.MustParsePrefix(address), netip.Addr{}); err != nil {
				t.Error(err)
			}
			if got := worldwide("card"); got != want {
				t.Errorf("%s: %v", address, got)
			}
		})
	}
	if worldwide("none") {
		t.Error("a card that is not there is reachable")
	}
}
