package pid1

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

func TestACardWithALinkIsChosenAndKept(t *testing.T) {
	plugged, open := card{name: "eth0", on: true, link: true}, card{name: "eth0", on: true}
	second, secondOpen := card{name: "eth1", on: true, link: true}, card{name: "eth1", on: true}
	for _, c := range []struct {
		sentence  string
		all       []card
		now       string
		name, why string
	}{
		{"no card", nil, "", "", ""},
		{"the only one needs no reason", []card{plugged}, "", "eth0", ""},
		{"the only one, without a cable", []card{open}, "", "eth0", ""},
		{"the first of two", []card{plugged, second}, "", "eth0", "the first of 2 with a link"},
		{"the second, when the first has no cable", []card{open, second}, "", "eth1", "the first with a link; eth0 has none"},
		{"the first, when none has a cable", []card{open, secondOpen}, "", "eth0", "the first of 2, of which none has a link"},
		{"the one that is used stays", []card{plugged, second}, "eth1", "eth1", ""},
		{"the one that is used stays when all cables are out", []card{open, secondOpen}, "eth1", "eth1", ""},
		{"the other one, when the cable has moved", []card{open, second}, "eth0", "eth1", "eth0 has lost its link"},
		{"the one that is left, when the other was taken out", []card{second}, "eth0", "eth1", ""},
	} {
		if name, why := choose(c.all, c.now, false); name != c.name || why != c.why {
			t.Errorf("%s: got %q, %q", c.sentence, name, why)
		}
	}
}

// seen returns what is found after so much time, the latest that has come.
func seen(began time.Time, steps map[time.Duration][]card) func() []card {
	return func() (now []card) {
		latest := time.Duration(-1)
		for after, all := range steps {
			if after > latest && time.Since(began) >= after {
				latest, now = after, all
			}
		}
		return now
	}
}

func TestACardIsGivenTimeForItsLink(t *testing.T) {
	slow, none := card{name: "eth0", on: true}, card{name: "eth1", on: true}
	linked0, linked1 := card{name: "eth0", on: true, link: true}, card{name: "eth1", on: true, link: true}
	for _, c := range []struct {
		sentence, want string
		steps          map[time.Duration][]card
		after          time.Duration
	}{
		{"all are linked", "eth0", map[time.Duration][]card{0: {linked0, linked1}}, 0},
		{"the first is slower", "eth0", map[time.Duration][]card{0: {slow, linked1}, 3 * time.Second: {linked0, linked1}}, 3 * time.Second},
		{"the first is out", "eth1", map[time.Duration][]card{0: {slow, linked1}}, linkTime},
		{"the second is out", "eth0", map[time.Duration][]card{0: {linked0, none}}, linkTime},
		{"a card appears late", "eth0", map[time.Duration][]card{0: nil, 2 * time.Second: {linked0}}, 2 * time.Second},
		{"none at all", "", map[time.Duration][]card{0: nil}, linkTime},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				name, _ := await(t.Context(), "", false, seen(began, c.steps))
				if took := time.Since(began); name != c.want || took != c.after {
					t.Errorf("%q after %v, want %q after %v", name, took, c.want, c.after)
				}
			})
		})
	}
}

func TestACableThatMovesIsFollowedAndOneThatIsTouchedIsNot(t *testing.T) {
	here, gone := []card{{"eth0", true, true}, {"eth1", true, false}}, []card{{"eth0", true, false}, {"eth1", true, false}}
	there := []card{{"eth0", true, false}, {"eth1", true, true}}
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		untilMoved(t.Context(), "eth0", seen(began, map[time.Duration][]card{
			0: here, time.Minute: there, time.Minute + 2*time.Second: here, // touched
			2 * time.Minute: gone, 3 * time.Minute: there,
		}))
		if took := time.Since(began); took < 3*time.Minute+lostTime-lookTime || took > 3*time.Minute+lostTime+lookTime {
			t.Errorf("followed after %v", took)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithTimeout(t.Context(), time.Hour)
		defer end()
		untilMoved(ctx, "eth0", func() []card { return here })
		if ctx.Err() == nil {
			t.Error("a card with a link is left")
		}
	})
}

func TestTheKernelTellsOfLinksAndAUsedCardAloneHasAddresses(t *testing.T) {
	inNewNetwork(t, "card", func() {
		tun, err := os.OpenFile("/dev/net/tun", os.O_RDWR, 0)
		if err != nil {
			t.Error(err)
			return
		}
		defer tun.Close()
		if err := errors.Join(addTap(tun, "other"), unix.IoctlSetPointerInt(int(tun.Fd()), tunSetCarrier, 0)); err != nil {
			t.Error(err)
			return
		}
		find := func() []card { return cardsAmong(func(name string) bool { return name != "lo" }) }
		switchOn(find())
		want := []card{{"card", true, true}, {"other", true, false}}
		for end := time.Now().Add(10 * time.Second); !slices.Equal(find(), want); time.Sleep(10 * time.Millisecond) { // the kernel takes a moment
			if time.Now().After(end) {
				t.Errorf("the cards are %v, want %v", find(), want)
				return
			}
		}
		s := Settings{
			Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.7/24"), netip.MustParsePrefix("2001:db8::7/64")},
			Gateways:  []netip.Addr{netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("192.0.2.1")},
		}
		for range 2 { // what is so already is no mistake
			if err := beginIPv6("other", s); err != nil {
				t.Error(err)
			}
			for _, p := range s.Addresses {
				if err := assign("other", p, s.gateway(p.Addr())); err != nil {
					t.Error(err)
				}
			}
		}
		if got := addressesOf(t, "other"); !slices.Equal(got, []string{"192.0.2.7/24", "2001:db8::7/64"}) {
			t.Errorf("the addresses are %q", got)
		}
		if got := gateways6(t); !slices.Equal(got, []string{"20010db8000000000000000000000001 other"}) {
			t.Errorf("the routers of IPv6 are %q", got)
		}
		release("other")
		if got := addressesOf(t, "other"); len(got) > 0 || len(gateways(t)) > 0 || len(gateways6(t)) > 0 {
			t.Errorf("left are %q, %q, %q", got, gateways(t), gateways6(t))
		}
	})
}

func TestARouterOfIPv6MayBeOutsideOfTheNetwork(t *testing.T) {
	for gateway, want := range map[string]string{
		"fe80::1":       "fe800000000000000000000000000001 card",
		"2001:db8:1::1": "20010db8000100000000000000000001 card",
	} {
		inNewNetwork(t, "card", func() {
			if err := assign("card", netip.MustParsePrefix("2001:db8::7/128"), netip.MustParseAddr(gateway)); err != nil {
				t.Error(err)
			}
			if got := gateways6(t); !slices.Equal(got, []string{want}) {
				t.Errorf("the routers are %q, want %q", got, want)
			}
		})
	}
}

// tunSetCarrier pulls a tap's cable out (TUNSETCARRIER, if_tun.h).
const tunSetCarrier = 0x400454e2

// addressesOf are those of an interface, without those that it gives itself.
func addressesOf(t *testing.T, name string) (all []string) {
	t.Helper()
	i, err := net.InterfaceByName(name)
	if err != nil {
		t.Error(err)
		return nil
	}
	found, err := i.Addrs()
	if err != nil {
		t.Error(err)
	}
	for _, a := range found {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLinkLocalUnicast() {
			all = append(all, n.String())
		}
	}
	return all
}

// gateways6 are those of IPv6's default routes, in hex, and their interfaces.
func gateways6(t *testing.T) (all []string) {
	t.Helper()
	raw, err := os.ReadFile("/proc/thread-self/net/ipv6_route")
	if err != nil {
		t.Error(err)
	}
	for line := range strings.Lines(string(raw)) {
		// destination, its bits, source, its bits, next hop, metric, two counters, flags, interface
		if f := strings.Fields(line); len(f) == 10 && f[1] == "00" && f[9] != "lo" {
			all = append(all, f[4]+" "+f[9])
		}
	}
	return all
}
