package stacks

import (
	"encoding/binary"
	"net/netip"
	"sync"
)

// progress knows how much of what the home said has been sent and acknowledged,
// by reading the headers that pass. The stack itself does not tell.
type progress struct {
	mu    sync.Mutex
	peers map[netip.AddrPort]*count
}

// A count is how far a connection is, in sequence numbers and in bytes from
// the first one on.
type count struct {
	ackedTo, sentTo uint32
	acked, sent     int64
}

func newProgress() *progress { return &progress{peers: map[netip.AddrPort]*count{}} }

const (
	flagSYN = 1 << 1
	flagRST = 1 << 2
	flagACK = 1 << 4
)

// sent looks at a packet on its way out. An answer to SYN says where counting
// begins.
func (p *progress) sent(packet []byte) {
	tcp := tcpOf(packet)
	if tcp == nil {
		return
	}
	visitor := netip.AddrPortFrom(netip.AddrFrom4([4]byte(packet[16:20])), binary.BigEndian.Uint16(tcp[2:]))
	seq := binary.BigEndian.Uint32(tcp[4:])
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.peers[visitor]
	switch {
	case tcp[13]&flagSYN != 0 && c == nil: // else it is sent again
		p.peers[visitor] = &count{ackedTo: seq + 1, sentTo: seq + 1}
	case tcp[13]&flagSYN == 0 && c != nil:
		c.sent += advance(&c.sentTo, seq+uint32(len(tcp)-int(tcp[12]>>4)*4))
	}
}

// advance moves a sequence number forward and says by how much. The difference
// is right across the wrap of sequence numbers.
func advance(at *uint32, to uint32) int64 {
	more := int32(to - *at)
	if more <= 0 {
		return 0
	}
	*at = to
	return int64(more)
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
	c := p.peers[visitor]
	switch {
	case c == nil:
	case tcp[13]&flagRST != 0:
		delete(p.peers, visitor)
	case tcp[13]&flagACK != 0:
		c.acked += advance(&c.ackedTo, binary.BigEndian.Uint32(tcp[8:]))
	}
}

// of returns how far the connection with a visitor is.
func (p *progress) of(visitor netip.AddrPort) (count, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.peers[visitor]; c != nil {
		return *c, true
	}
	return count{}, false
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
