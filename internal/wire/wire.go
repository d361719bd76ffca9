// Package wire asks for addresses as one visitor's browser does and counts what
// comes through its connections, to the byte.
//
// A TLS connection hands out one record at a time, so it is known which bytes
// are handshake, which are tickets and which are the page. What cannot be seen
// without rights, the heads of packets, is reckoned from the rest.
package wire

import (
	"crypto/tls"
	"net"
	"sync"
)

// What a packet from the server carries and costs on Ethernet: 1,500 bytes, of
// them 20 of IPv4 (40 of IPv6), 20 of TCP and 12 of the time stamps that all
// systems send.
const (
	mtu     = 1500
	header4 = 52
	header6 = 72
	options = 8 // of a SYN-ACK: size of segments, SACK and window beside the time stamps
)

// The bytes around each TLS record: 5 of its head, 16 of its tag, and 1 for its
// kind in TLS 1.3 or 8 of a nonce before.
const (
	Around13 = 5 + 16 + 1
	around12 = 5 + 16 + 8
)

// A Conn is one connection, with the count of everything that comes through it.
type Conn struct {
	net.Conn
	Host     string
	Secure   bool // TLS
	handed   bool // the handshake is over
	in       int64
	records  int64               // TLS records received after the handshake
	hand     int64               // bytes of the handshake
	tickets  int64               // bytes of session tickets
	ticketed int64               // how many records were tickets
	last     int64               // length of the record received last
	State    tls.ConnectionState // of TLS, once shaken
	requests int64
	bodies   int64 // bytes of bodies as sent
	rest     int   // bytes to come of the current record
	head     [5]byte
	have     int // bytes of the head that are here
	mu       sync.Mutex
	buf      []byte // received, not handed out yet
	err      error
}

// Read hands out at most the rest of one TLS record, so that whoever decrypts
// never holds more than it was asked for: what was read when the handshake
// ends is the handshake.
func (w *Conn) Read(p []byte) (int, error) {
	if len(w.buf) == 0 && w.err == nil {
		buf := make([]byte, 16<<10)
		n, err := w.Conn.Read(buf)
		w.buf, w.err = buf[:n], err
	}
	if len(w.buf) == 0 {
		return 0, w.err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	n := min(len(p), len(w.buf))
	if w.Secure {
		n = w.record(w.buf[:n])
	}
	copy(p, w.buf[:n])
	w.buf = w.buf[n:]
	w.in += int64(n)
	return n, nil
}

// record follows the records and returns how much of b belongs to the current
// one.
func (w *Conn) record(b []byte) int {
	n := 0
	for w.have < len(w.head) && n < len(b) {
		w.head[w.have] = b[n]
		w.have++
		n++
		if w.have == len(w.head) {
			w.rest = int(w.head[3])<<8 | int(w.head[4])
			w.last = int64(w.rest) + int64(len(w.head))
			if w.handed {
				w.records++
			}
		}
	}
	if w.have < len(w.head) {
		return n
	}
	take := min(w.rest, len(b)-n)
	w.rest -= take
	if w.rest == 0 {
		w.have = 0
	}
	return n + take
}

// shake notes the end of the handshake.
func (w *Conn) shake(state tls.ConnectionState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.handed, w.hand, w.State = true, w.in, state
}

// Put implements tls.ClientSessionCache: it is called when a record has brought
// a ticket. Some servers pack two tickets into one record.
func (w *Conn) Put(string, *tls.ClientSessionState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.handed || w.ticketed == w.records {
		return
	}
	w.tickets += w.last
	w.ticketed = w.records
}

// Get implements tls.ClientSessionCache: everybody comes for the first time.
func (w *Conn) Get(string) (*tls.ClientSessionState, bool) { return nil, false }

// answered notes an answer whose body had so many bytes.
func (w *Conn) answered(body int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests++
	w.bodies += body
}

// A Toll is what a connection cost, in bytes from the server.
type Toll struct {
	Sent    int64 // HTTP: heads and bodies
	Heads   int64 // of them what is not bodies
	TLS     int64 // handshake, tickets and what is around records
	Network int64 // TCP and IP
}

func (t Toll) All() int64 { return t.Sent + t.TLS + t.Network }

// Toll adds up the connection.
func (w *Conn) Toll() Toll {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := Toll{Sent: w.in}
	if w.Secure {
		around := int64(Around13)
		if w.State.Version < tls.VersionTLS13 {
			around = around12
		}
		t.TLS = min(w.hand+w.tickets+around*max(0, w.records-w.ticketed), w.in)
		t.Sent = w.in - t.TLS
	}
	t.Heads = max(0, t.Sent-w.bodies)
	t.Network = w.network()
	return t
}

// Shaken returns the bytes of the handshake and of tickets.
func (w *Conn) Shaken() (hand, tickets int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.hand, w.tickets
}

// Requests is how many answers came.
func (w *Conn) Requests() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.requests
}

// recordMost is what a TLS record carries at most.
const recordMost = 16 << 10

// Estimate is what a connection like this one would cost for so many answers of
// so many bytes in all, after a handshake of hand bytes.
func (w *Conn) Estimate(sent, answers, hand int64) int64 {
	like := &Conn{Conn: w.Conn, Secure: w.Secure, requests: answers, in: sent}
	if w.Secure {
		like.in += hand + Around13*(answers+sent/recordMost)
	}
	return like.in + like.network()
}

// network is the bytes of TCP and IP: the answer to the first packet, a packet
// that closes, a confirmation for the client's hello and its last word and for
// every request, and the heads of the packets that carry something. Each
// answer ends in a packet of its own.
func (w *Conn) network() int64 {
	head := header4
	if a, ok := w.RemoteAddr().(*net.TCPAddr); ok && a.IP.To4() == nil {
		head = header6
	}
	packets := 2 + w.requests
	if w.Secure {
		packets += 2
	}
	return options + int64(head)*(packets+dataPackets(w.in, w.requests, head))
}

// dataPackets is in how many packets so many bytes of so many answers come: on
// average the last one of each answer is half full.
func dataPackets(bytes, answers int64, head int) int64 {
	room := int64(mtu - head)
	return (bytes+room-1)/room + answers/2
}
