package line

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// A modem is a simulated uplink for connections that share it: first come,
// first served, at its rate. It runs by the clock of the test's bubble.
type modem struct {
	mu    sync.Mutex
	rate  float64 // bytes per second
	delay time.Duration
	free  time.Time
	worst time.Duration // longest queue
	bytes int64
}

// take queues n bytes and returns when they will have been confirmed.
func (m *modem) take(n int) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if m.free.Before(now) {
		m.free = now
	}
	wire := onWire(int64(n))
	m.bytes += wire
	m.free = m.free.Add(time.Duration(float64(wire) / m.rate * float64(time.Second)))
	m.worst = max(m.worst, m.free.Sub(now))
	return m.free.Add(m.delay)
}

func (m *modem) setRate(rate float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rate = rate
}

// forgetWorst begins a new measurement of the queue.
func (m *modem) forgetWorst() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.worst = 0
}

// A wire is one connection through a modem.
type wire struct {
	modem  *modem
	from   netip.AddrPort
	first  chan []byte // what the visitor says
	mu     sync.Mutex
	sent   int64
	acked  int64
	stuck  bool // the visitor takes nothing any more
	acks   []ack
	closed bool
}

type ack struct {
	bytes int64
	at    time.Time
}

func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return 0, net.ErrClosed
	}
	w.sent += int64(len(p))
	if at := w.modem.take(len(p)); !w.stuck {
		w.acks = append(w.acks, ack{w.sent, at})
	}
	return len(p), nil
}

// roomOfStuck is what a visitor who takes nothing has room for.
const roomOfStuck = 64 << 10

func (w *wire) Progress() (acked, unsent int64, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.acks) > 0 && !w.acks[0].at.After(time.Now()) {
		w.acked = w.acks[0].bytes
		w.acks = w.acks[1:]
	}
	if w.stuck {
		unsent = max(0, w.sent-roomOfStuck)
	}
	return w.acked, unsent, !w.closed
}

func (w *wire) Read(p []byte) (int, error) {
	hello, ok := <-w.first
	if !ok {
		return 0, errors.New("gone")
	}
	return copy(p, hello), nil
}

func (w *wire) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	return nil
}

func (w *wire) LocalAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort("192.0.2.80:443"))
}
func (w *wire) RemoteAddr() net.Addr             { return net.TCPAddrFromAddrPort(w.from) }
func (w *wire) SetDeadline(time.Time) error      { return nil }
func (w *wire) SetReadDeadline(time.Time) error  { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// A house is a modem, the line before it and visitors who come.
type house struct {
	*Line
	modem *modem
	next  netip.Addr
}

const (
	megabit   = 1e6 / 8
	roundTrip = 40 * time.Millisecond
)

func newHouse(c Config, rate float64) *house {
	return &house{Line: New(c), modem: &modem{rate: rate, delay: roundTrip}, next: netip.MustParseAddr("10.0.0.1")}
}

// visitor connects and has said hello.
func (h *house) visitor() (*Conn, *wire, error) {
	h.modem.mu.Lock()
	h.next = h.next.Next()
	a := h.next
	h.modem.mu.Unlock()
	return h.visitorFrom(a)
}

func (h *house) visitorFrom(a netip.Addr) (*Conn, *wire, error) {
	w := &wire{modem: h.modem, from: netip.AddrPortFrom(a, 40000), first: make(chan []byte, 1)}
	w.first <- []byte("hello")
	c := h.newConn(w)
	_, err := c.Read(make([]byte, 16))
	return c, w, err
}
