// Package stacks joins a home and its visitors by a simulated line inside this
// process: no root, no network, no port.
//
// Two TCP/IP stacks in user space stand where two kernels would. What one sends
// is carried by a link.Runner to the other, packet by packet, so that slow
// start, losses and retransmissions happen as they do on a line.
package stacks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"

	"buzzproof/internal/link"
)

// Addresses that RFC 2544 keeps for benchmarks. The visitors have
// 198.18.0.0/16, the home has one of the other half.
var home = netip.AddrFrom4([4]byte{198, 19, 0, 1})

// Visitor is the address of a visitor by number. There are 65,000; further
// ones share.
func Visitor(n int) netip.Addr {
	n = 2 + n%65000
	return netip.AddrFrom4([4]byte{198, 18, byte(n), byte(n >> 8)}) // each in another network than the one before
}

// A Pair is a home and its visitors with a line between.
type Pair struct {
	home, visitors *host
	up, down       *link.Runner[[]byte]
	progress       *progress
	once           sync.Once
}

// New makes both stacks. Nothing moves until Run is called.
func New(line link.Line) (*Pair, error) {
	p := &Pair{up: link.NewRunner[[]byte](line.Up), down: link.NewRunner[[]byte](line.Down), progress: newProgress()}
	var err error
	p.home, err = newHost(home, func(packet []byte) {
		p.progress.sent(packet)
		p.up.Send(packet, len(packet))
	})
	if err == nil {
		p.visitors, err = newHost(Visitor(0), func(packet []byte) { p.down.Send(packet, len(packet)) })
	}
	if err != nil {
		p.Close()
		return nil, fmt.Errorf("TCP in user space: %w", err)
	}
	return p, nil
}

// Run carries packets until ctx ends.
func (p *Pair) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	wg.Go(func() { p.up.Run(ctx, p.visitors.receive) })
	wg.Go(func() {
		p.down.Run(ctx, func(packet []byte) {
			p.progress.received(packet)
			p.home.receive(packet)
		})
	})
	wg.Wait()
	return nil
}

// Listen opens a port at home.
func (p *Pair) Listen(port int) (net.Listener, error) {
	l, err := listen(p, port)
	if err != nil {
		return nil, fmt.Errorf("listen on %s:%d inside the rehearsal: %w", home, port, err)
	}
	return l, nil
}

// Dial connects a visitor with a port at home.
func (p *Pair) Dial(ctx context.Context, visitor, port int) (net.Conn, error) {
	from := Visitor(visitor)
	c, err := gonet.DialTCPWithBind(ctx, p.visitors.stack, full(from, 0), full(home, port), ipv4.ProtocolNumber)
	if err != nil {
		return nil, fmt.Errorf("connect %s to %s: %w", from, home, err)
	}
	return c, nil
}

// Begin counts from zero and lets the line's schedule begin.
func (p *Pair) Begin() {
	p.up.Begin()
	p.down.Begin()
}

// Up returns what left the home so far.
func (p *Pair) Up() link.Stats { return p.up.Stats() }

// Close ends both stacks with every connection in them.
func (p *Pair) Close() {
	p.once.Do(func() {
		for _, h := range []*host{p.home, p.visitors} {
			if h != nil {
				h.stack.Destroy()
			}
		}
	})
}

func full(a netip.Addr, port int) tcpip.FullAddress {
	return tcpip.FullAddress{NIC: nic, Addr: tcpip.AddrFrom4(a.As4()), Port: uint16(port)}
}

// problem turns what the stacks say into an error of this language.
func problem(e tcpip.Error) error {
	if e == nil {
		return nil
	}
	return errors.New(e.String())
}

var everywhere = tcpip.Route{Destination: header.IPv4EmptySubnet, NIC: nic}
