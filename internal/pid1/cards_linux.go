package pid1

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// A card is an interface with hardware behind it.
type card struct {
	name string
	on   bool
	link bool // something is at the other end of its cable
}

func cards() []card {
	return cardsAmong(func(name string) bool {
		_, err := os.Stat("/sys/class/net/" + name + "/device")
		return err == nil
	})
}

// cardsAmong are those of the interfaces that are cards, in the kernel's order.
func cardsAmong(isCard func(name string) bool) (all []card) {
	interfaces, _ := net.Interfaces() // none is as good as an error
	for _, i := range interfaces {
		if isCard(i.Name) {
			all = append(all, card{i.Name, i.Flags&net.FlagUp != 0, i.Flags&net.FlagRunning != 0})
		}
	}
	return all
}

func linked(c card) bool { return c.link }

// choose is the card to use, after the one named now or none: that one while
// it has a link and is of use, else another one that has a link: after one that
// was of no use the next, round and round. Where there was a choice, why says
// what decided.
func choose(all []card, now string, useless bool) (name, why string) {
	if len(all) == 0 {
		return "", ""
	}
	old, first := slices.IndexFunc(all, func(c card) bool { return c.name == now }), slices.IndexFunc(all, linked)
	if old >= 0 && (all[old].link || first < 0) {
		if useless {
			return after(all, old)
		}
		return now, ""
	}
	switch {
	case len(all) == 1:
		return all[0].name, ""
	case first < 0:
		return all[0].name, fmt.Sprintf("the first of %d, of which none has a link", len(all))
	case old >= 0:
		return all[first].name, now + " has lost its link"
	case first > 0:
		return all[first].name, "the first with a link; " + all[0].name + " has none"
	}
	return all[first].name, fmt.Sprintf("the first of %d with a link", len(all))
}

// after is the next card with a link, or the same one if there is no other.
func after(all []card, old int) (name, why string) {
	now := all[old].name
	for i := 1; i < len(all); i++ {
		if c := all[(old+i)%len(all)]; c.link {
			return c.name, now + " got no address by DHCP"
		}
	}
	return now, ""
}

// A link takes up to some four seconds to come about. One that is gone for
// three is not just somebody touching the cable.
const (
	linkTime = 5 * time.Second
	lostTime = 3 * time.Second
	lookTime = 500 * time.Millisecond
)

// await switches all cards on and chooses one. Before the first choice each is
// given the time to find its link, so that every start chooses alike.
func await(ctx context.Context, now string, useless bool, find func() []card) (name, why string) {
	for end := time.Now().Add(linkTime); ; wait(ctx, lookTime) {
		all := find()
		switchOn(all)
		ready := now != "" || len(all) > 0 && !slices.ContainsFunc(all, func(c card) bool { return !c.link })
		if ready || ctx.Err() != nil || !time.Now().Before(end) {
			return choose(all, now, useless)
		}
	}
}

// untilMoved returns when another card should be used than the one named now.
func untilMoved(ctx context.Context, now string, find func() []card) {
	stays := time.Now()
	for ; ctx.Err() == nil && time.Since(stays) < lostTime; wait(ctx, lookTime) {
		all := find()
		switchOn(all)
		if name, _ := choose(all, now, false); name == now {
			stays = time.Now()
		}
	}
}

// switchOn switches on what is off: a card that is off knows nothing of its
// cable. It gets no address by itself: only the one that is used has any.
func switchOn(all []card) {
	for _, c := range all {
		if !c.on {
			_ = tellIPv6(c.name, "disable_ipv6", "1") // as long as it fails, so does
			_ = bringUp(c.name)                       // this, and is tried again
		}
	}
}

// beginIPv6 lets a card have IPv6. A fixed address is the only one; a fixed
// gateway leaves nothing for routers to announce.
func beginIPv6(name string, s Settings) error {
	for _, p := range s.Addresses {
		if p.Addr().Is4() {
			continue
		}
		if err := tellIPv6(name, "autoconf", "0"); err != nil {
			return err
		}
		if s.gateway(p.Addr()).IsValid() {
			if err := tellIPv6(name, "accept_ra", "0"); err != nil {
				return err
			}
		}
	}
	return tellIPv6(name, "disable_ipv6", "0")
}

// tellIPv6 sets what the kernel keeps of a card's IPv6
// (Documentation/networking/ip-sysctl.rst). A kernel without IPv6 keeps nothing.
func tellIPv6(name, what, value string) error {
	err := os.WriteFile("/proc/sys/net/ipv6/conf/"+name+"/"+what, []byte(value), 0)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("set up IPv6 of %s: %w", name, err)
	}
	return nil
}

// release takes its addresses from a card; their routes go with them.
func release(name string) {
	_ = tellIPv6(name, "disable_ipv6", "1") // the card may have gone itself
	_ = withSocket(name, func(fd int, r *unix.Ifreq) error {
		if err := r.SetInet4Addr(net.IPv4zero.To4()); err != nil {
			return err
		}
		return unix.IoctlIfreq(fd, unix.SIOCSIFADDR, r)
	})
}
