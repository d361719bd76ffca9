package pid1

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// inNewNetwork does something on a thread with a network of its own that has
// one card, and throws both away.
func inNewNetwork(t *testing.T, card string, do func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("a network of one's own needs root")
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with its network
		err := unix.Unshare(unix.CLONE_NEWNET)
		var tun *os.File
		if err == nil {
			tun, err = os.OpenFile("/dev/net/tun", os.O_RDWR, 0)
		}
		if err == nil {
			defer tun.Close()
			err = addTap(tun, card)
		}
		if err == nil {
			err = bringUp(card)
		}
		if err == nil {
			do()
		}
		done <- err
	}()
	err := <-done
	if errors.Is(err, os.ErrPermission) || errors.Is(err, os.ErrNotExist) {
		t.Skipf("no network of one's own here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func addTap(tun *os.File, card string) error {
	r, err := unix.NewIfreq(card)
	if err != nil {
		return err
	}
	r.SetUint16(unix.IFF_TAP | unix.IFF_NO_PI)
	return unix.IoctlIfreq(int(tun.Fd()), unix.TUNSETIFF, r)
}

// gateways are those of the default routes, as the kernel lists them: in hex,
// the lowest byte first.
func gateways(t *testing.T) (all []string) {
	t.Helper()
	raw, err := os.ReadFile("/proc/thread-self/net/route")
	if err != nil {
		t.Error(err)
	}
	for line := range strings.Lines(string(raw)) {
		if f := strings.Fields(line); len(f) > 2 && f[1] == "00000000" {
			all = append(all, f[2])
		}
	}
	return all
}

func TestAnAddressAndAGatewayReplaceThoseBefore(t *testing.T) {
	inNewNetwork(t, "card", func() {
		for _, step := range []struct {
			sentence, address, gateway string
			want                       []string
		}{
			{"the first", "192.0.2.7/24", "192.0.2.1", []string{"010200C0"}},
			{"the same again", "192.0.2.7/24", "192.0.2.1", []string{"010200C0"}},
			{"another gateway", "192.0.2.7/24", "192.0.2.254", []string{"FE0200C0"}},
			{"another network", "198.51.100.5/25", "198.51.100.1", []string{"016433C6"}},
			{"a gateway outside of the network", "203.0.113.9/32", "198.51.100.1", []string{"016433C6"}},
			{"no gateway any more", "203.0.113.9/24", "", nil},
		} {
			var gateway netip.Addr
			if step.gateway != "" {
				gateway = netip.MustParseAddr(step.gateway)
			}
			if err := assign("card", netip.MustParsePrefix(step.address), gateway); err != nil {
				t.Errorf("%s: %v", step.sentence, err)
			}
			if got := gateways(t); !slices.Equal(got, step.want) {
				t.Errorf("%s: default routes by %q, want %q", step.sentence, got, step.want)
			}
			card, err := net.InterfaceByName("card")
			if err != nil {
				t.Error(err)
				return
			}
			found, err := card.Addrs()
			if got := slices.DeleteFunc(found, func(a net.Addr) bool { return strings.Contains(a.String(), ":") }); err != nil || len(got) != 1 || got[0].String() != step.address {
				t.Errorf("%s: the addresses are %v, %v", step.sentence, got, err)
			}
		}
	})
}
