package stacks

import (
	"encoding/binary"
	"net/netip"
	"sync"
)

// progress knows how much of what the home said has been acknowledged, by
// reading the headers that pass. The stack itself does not tell.
type progress struct {
	mu    sync.Mutex
	peers map[netip.AddrPort]*acked
}

// acked counts the bytes that a visitor has acknowledged.
type acked struct {
	next  uint32 // the sequence number that the visitor expects
	bytes int64
}

func newProgress() *progress { return &progress{peers: map[netip.AddrPort]*acked{}} }

const (
	flagFIN = 1 << 0
	flagSYN = 1 << 1
	flagRST = 1 << 2
	flagACK = 1 << 4
)

// sent looks at a packet on its way out: an answer to SYN says where counting
// begins.
func (p *progress) sent(packet []byte) {
	tcp := tcpOf(packet)
	if tcp == nil || tcp[13]&flagSYN == 0 {
		return
	}
	visitor := netip.AddrPortFrom(netip.AddrFrom4([4]byte(packet[16:20])), binary.BigEndian.Uint16(tcp[2:]))
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.peers[visitor] == nil { // else it is sent again
		p.peers[visitor] = &acked{next: binary.BigEndian.Uint32(tcp[4:]) + 1}
	}
}

// received looks at a packet that has come in.
func (p *progress) received(packet []byte) {
	tcp := tcpOf(packet)
	if tcp == nil {
		return
	}
	visitor := netip.AddrPortFrom(netip.AddrFrom4([4]byte(packet[12:16])), binary.BigEndian.Uint16(tcp[0:]))
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.peers[visitor]
	switch {
	case a == nil:
	case tcp[13]&flagRST != 0:
		delete(p.peers, visitor)
	case tcp[13]&flagACK != 0:
		// The difference is right across the wrap of sequence numbers.
		ack := binary.BigEndian.Uint32(tcp[8:])
		if more := int32(ack - a.next); more > 0 {
			a.next = ack
			a.bytes += int64(more)
		}
	}
}

// of returns the number of bytes that a visitor has acknowledged.
func (p *progress) of(visitor netip.AddrPort) (int64, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if a := p.peers[visitor]; a != nil {
		return a.bytes, true
	}
	return 0, false
}

func (p *progress) forget(visitor netip.AddrPort) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.peers, visitor)
}

// tcpOf returns the TCP header of an IPv4 packet, or nil.
func tcpOf(packet []byte) []byte {
	if len(packet) < 40 || packet[0]>>4 != 4 || packet[9] != 6 {
		return nil
	}
	at := int(packet[0]&15) * 4
	if len(packet) < at+20 {
		return nil
	}
	return packet[at:]
}
