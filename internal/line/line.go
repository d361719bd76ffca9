// Package line sends every byte of the site through the uplink in an order of
// our choosing, just below the rate at which the uplink would begin to queue.
//
// A home line has one queue that hurts: the modem's, which holds most of a
// second and serves whoever came first. If we never send faster than the line,
// that queue stays empty and the real one is here, where it can be sorted:
// text before pictures, people before machines, short before long. Nothing in
// the system has to be set for it and no privilege is needed.
package line

import (
	"cmp"
	"container/heap"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Config says what is known of a line. The zero value finds out.
type Config struct {
	// Rate is that of the uplink in bytes per second, as the contract or the
	// modem says it. The line is never taken to be faster. 0: find it.
	Rate float64

	// Handshake is what a newcomer's TLS handshake costs in bytes, 0 without
	// TLS. See HandshakeBytes.
	Handshake int64

	// Wait is how long the text of a newcomer may have to wait for that of
	// others; beyond it newcomers are refused. Default: 1.3 seconds, which
	// with three round trips and the text itself stays below 2.
	Wait time.Duration

	// Shared reports addresses that stand for many visitors, such as a proxy's.
	Shared func(netip.Addr) bool

	// Refusal is sent to newcomers that are refused before the connection is
	// reset. Empty with TLS, which cannot say a word before its handshake.
	Refusal []byte
}

// HandshakeBytes is what the server's side of a TLS 1.3 handshake takes: an
// ECDSA chain of 2.2 KB, the rest of the flight 0.5 KB, a ticket 0.2 KB.
const HandshakeBytes = 2900

const (
	// headers of IPv4 (20) and TCP with time stamps (32) go with every segment.
	headerBytes = 52
	// segmentBytes is what a segment carries: 1500 less the headers.
	segmentBytes = 1500 - headerBytes
	// Being accepted takes a SYN-ACK (60), being closed a FIN and a last
	// confirmation (52 each).
	openingBytes, closingBytes = 60, 2 * headerBytes

	// What a visitor says is confirmed in some six segments of its own.
	barely = 6 * headerBytes

	// below is the part of the rate that is used: nothing has to queue, and
	// confirmations that nobody counted find room.
	below = 0.97
	// ahead is how much may be sent before its time, in time of the line: the
	// modem must not run dry while we are being woken.
	ahead = 10 * time.Millisecond
	// catchUp is how late we may be woken without losing what the line could
	// have carried meanwhile.
	catchUp = 30 * time.Millisecond
	// mostDebt is what bytes that nobody asked for may take of the line's time
	// to come: about what a modem holds.
	mostDebt = time.Second
	// Every fairShare-th portion goes to whoever has waited longest, whatever
	// it is: short texts cannot make a long picture wait for ever.
	fairShare = 32
	// firstFlight is what may be under way on an unknown line: modems hold 96 KB
	// or more, and half a second of 1 Mbit/s shows what it carries.
	firstFlight = 64 << 10
	// usualText is a page of 4 KB with its header and frames.
	usualText = 5000
	// fast is a rate in bytes per second, 100 Mbit/s, from which the line is
	// no worry of a web site: bytes are not queued here.
	fast = 100e6 / 8
)

// A Line is one uplink. Its connections come from Listen.
type Line struct {
	config Config
	aside  atomic.Bool // fast enough to be left alone
	public atomic.Bool // somebody has come from a public address
	wake   chan struct{}

	mu     sync.Mutex
	finder finder
	free   time.Time // when what was sent will have left
	queue  queue
	parked []*Conn // wait for the other side, not for the line
	timer  *time.Timer
	moving map[*Conn]bool // have sent what is not confirmed yet
	owed   map[*Conn]bool // have been promised a text
	visits visitors
	prints prints
	text   float64 // bytes of a text answer, on average
	counts Counts

	arrived int64 // bytes that were confirmed, with their headers
	flight  int64 // bytes granted and not confirmed
	allowed int64 // of them, while the rate is unknown
}

// New returns a line. Run keeps watch over it.
func New(c Config) *Line {
	c.Wait = cmp.Or(c.Wait, 1300*time.Millisecond)
	if c.Shared == nil {
		c.Shared = func(netip.Addr) bool { return false }
	}
	l := &Line{
		config: c,
		wake:   make(chan struct{}, 1),
		finder: finder{limit: c.Rate, rate: c.Rate},
		moving: map[*Conn]bool{},
		owed:   map[*Conn]bool{},
		visits: visitors{},
		prints: prints{},
		text:   usualText, // until we know better

		allowed: firstFlight,
	}
	l.aside.Store(c.Rate >= fast)
	return l
}

// send waits until the line takes more of c's bytes and says how many.
func (l *Line) send(c *Conn, want int) (int, error) {
	l.mu.Lock()
	now := time.Now()
	if l.queue.Len() == 0 && l.open(now) && c.ready(now) {
		n := l.grant(c, want, now)
		l.mu.Unlock()
		return n, nil
	}
	c.want = want
	l.enqueue(c, now)
	l.schedule(now)
	l.mu.Unlock()
	return c.await()
}

// open reports whether a portion may leave. While the rate is unknown, only so
// much may be under way that the smallest modem holds it.
func (l *Line) open(now time.Time) bool {
	if l.finder.rate == 0 {
		return l.flight < l.allowed
	}
	return !l.free.After(now.Add(ahead))
}

func (l *Line) enqueue(c *Conn, now time.Time) {
	if c.began.IsZero() {
		c.began = now
	}
	heap.Push(&l.queue, c)
}

// dispatch hands out what the line takes now and sets the clock for the rest.
func (l *Line) dispatch() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.unpark(now)
	for l.queue.Len() > 0 && l.open(now) {
		c := l.next()
		if !c.ready(now) {
			l.parked = append(l.parked, c)
			continue
		}
		c.granted <- l.grant(c, c.want, now)
	}
	l.schedule(now)
}

// next takes the one whose turn it is out of the queue.
func (l *Line) next() *Conn {
	l.counts.Portions++
	if l.counts.Portions%fairShare != 0 {
		return heap.Pop(&l.queue).(*Conn)
	}
	oldest := l.queue[0]
	for _, c := range l.queue {
		if c.began.Before(oldest.began) {
			oldest = c
		}
	}
	return heap.Remove(&l.queue, oldest.index).(*Conn)
}

// unpark puts those back into the queue whose time to be looked at has come.
func (l *Line) unpark(now time.Time) {
	kept := l.parked[:0]
	for _, c := range l.parked {
		if c.lookAt.After(now) {
			kept = append(kept, c)
		} else {
			heap.Push(&l.queue, c)
		}
	}
	clear(l.parked[len(kept):])
	l.parked = kept
}

// schedule sets the clock for the next portion.
func (l *Line) schedule(now time.Time) {
	var next time.Time
	switch {
	case l.queue.Len() == 0:
	case l.finder.rate == 0:
		next = now.Add(look) // by then more will have been confirmed
	default:
		next = l.free.Add(-ahead)
	}
	for _, c := range l.parked {
		if next.IsZero() || c.lookAt.Before(next) {
			next = c.lookAt
		}
	}
	switch {
	case next.IsZero():
	case l.timer == nil:
		l.timer = time.AfterFunc(next.Sub(now), l.dispatch)
	default:
		l.timer.Reset(next.Sub(now))
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// grant lets c send up to want bytes and books them.
func (l *Line) grant(c *Conn, want int, now time.Time) int {
	n := min(want, l.portion(want))
	segments := (n + segmentBytes - 1) / segmentBytes
	wire := int64(n + segments*headerBytes)
	c.charged += wire
	l.flight += int64(n)
	l.charge(wire, now)
	c.book(n, now)
	l.moving[c] = true
	l.stir()
	return n
}

// portion is how much is sent in one go: what the line carries in 10 ms, in
// whole segments, so that something more urgent never waits long. A rest that
// is not worth a turn of its own goes along.
func (l *Line) portion(want int) int {
	most := 16 << 10 // while the rate is unknown, what stays in our hands can still be ordered
	if rate := l.finder.pace(); rate > 0 {
		segments := min(max(2, int(rate*0.01)/segmentBytes), 44)
		most = segments * segmentBytes
	}
	if want <= most+most/2 {
		return want
	}
	return most
}

// debit books bytes that have gone without being asked for: answers to who
// knocks, and confirmations. A flood of them is more than the line carries, but
// it stands in the modem no longer than that can hold it, and what does not fit
// is lost there: it must not be reckoned with for minutes.
func (l *Line) debit(wire int64, now time.Time) {
	latest := later(l.free, now.Add(mostDebt))
	l.charge(wire, now)
	if l.free.After(latest) {
		l.free = latest
	}
}

// charge books bytes on the wire.
func (l *Line) charge(wire int64, now time.Time) {
	l.counts.Bytes += wire
	rate := l.finder.pace()
	if rate == 0 {
		return
	}
	if earliest := now.Add(-catchUp); l.free.Before(earliest) {
		l.free = earliest
	}
	l.free = l.free.Add(time.Duration(float64(wire) / rate * float64(time.Second)))
}
