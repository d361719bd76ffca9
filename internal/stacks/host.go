package stacks

import (
	"errors"
	"net/netip"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/channel"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

const (
	nic = 1 // every host has one
	// A segment shall carry 1,448 bytes, as Linux has it on Ethernet: 1,500
	// less the headers. This stack keeps 28 bytes more free for options than
	// it uses.
	mtu = 1500 + 28
)

// A host is a TCP/IP stack with one way out.
type host struct {
	stack *stack.Stack
	exit  *exit
}

// An exit is the network interface of a host: what is written to it is sent.
// The rest of what an interface is, it borrows.
type exit struct {
	*channel.Endpoint
	send func(packet []byte)
}

// WritePackets implements stack.LinkEndpoint.
func (e *exit) WritePackets(list stack.PacketBufferList) (int, tcpip.Error) {
	packets := list.AsSlice()
	for _, p := range packets {
		view := p.ToView()
		packet := make([]byte, view.Size())
		copy(packet, view.AsSlice())
		view.Release()
		e.send(packet)
	}
	return len(packets), nil
}

// receive hands the host a packet that has arrived.
func (h *host) receive(packet []byte) {
	p := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: buffer.MakeWithData(packet)})
	h.exit.InjectInbound(header.IPv4ProtocolNumber, p)
	p.DecRef()
}

func newHost(address netip.Addr, send func([]byte)) (*host, error) {
	h := &host{
		stack: stack.New(stack.Options{
			NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol},
			TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocolCUBIC},
		}),
		exit: &exit{Endpoint: channel.New(1, mtu, ""), send: send},
	}
	// Nothing falsifies packets on the way; sums over them would be for show.
	h.exit.LinkEPCapabilities = stack.CapabilityTXChecksumOffload | stack.CapabilityRXChecksumOffload
	err := h.behaveLikeLinux()
	if err == nil {
		err = problem(h.stack.CreateNIC(nic, h.exit))
	}
	if err == nil {
		err = problem(h.stack.AddProtocolAddress(nic, tcpip.ProtocolAddress{
			Protocol:          ipv4.ProtocolNumber,
			AddressWithPrefix: tcpip.AddrFrom4(address.As4()).WithPrefix(),
		}, stack.AddressProperties{}))
	}
	if err == nil {
		// Any address may be spoken from and is answered to.
		err = errors.Join(problem(h.stack.SetSpoofing(nic, true)), problem(h.stack.SetPromiscuousMode(nic, true)))
	}
	if err != nil {
		h.stack.Destroy()
		return nil, err
	}
	h.stack.SetRouteTable([]tcpip.Route{everywhere})
	return h, nil
}

// behaveLikeLinux sets what this stack does otherwise than Linux does. A window
// of ten packets at the start, RACK and cubic are the same in both.
func (h *host) behaveLikeLinux() error {
	sack := tcpip.TCPSACKEnabled(true)
	// A new socket of Linux takes some 46 KB before write blocks, and has
	// offered 64 KB to receive; both grow with the window.
	send := tcpip.TCPSendBufferSizeRangeOption{Min: 4 << 10, Default: 46 << 10, Max: 4 << 20}
	receive := tcpip.TCPReceiveBufferSizeRangeOption{Min: 4 << 10, Default: 128 << 10, Max: 6 << 20}
	moderate := tcpip.TCPModerateReceiveBufferOption(true)
	for _, option := range []tcpip.SettableTransportProtocolOption{&sack, &send, &receive, &moderate} {
		if err := h.stack.SetTransportProtocolOption(tcp.ProtocolNumber, option); err != nil {
			return problem(err)
		}
	}
	return nil
}
