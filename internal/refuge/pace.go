package refuge

import (
	"context"
	"net"
	"sync"
	"time"

	"buzzproof/internal/site"
)

// A dialer opens a connection, as net.Dialer does.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// A pace keeps what several connections send below a rate, so that a push in
// calm weather leaves the line to visitors. Without a rate it does nothing.
type pace struct {
	rate float64 // bytes per second; 0 is no limit

	mu   sync.Mutex
	free time.Time // when the line has carried what was sent
}

// newPace reads a rate such as "500kbit/s"; "" is no limit.
func newPace(rate string) (*pace, error) {
	if rate == "" {
		return &pace{}, nil
	}
	r, err := site.ParseRate(rate)
	return &pace{rate: r.Bytes()}, err
}

// dial opens a connection whose writes keep the pace.
func (p *pace) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: 20 * time.Second, KeepAlive: 15 * time.Second}
	conn, err := d.DialContext(ctx, network, address)
	if err != nil || p.rate == 0 {
		return conn, err
	}
	return &pacedConn{Conn: conn, pace: p}, nil
}

// reserve takes the line for n bytes and returns how long to wait for it.
func (p *pace) reserve(now time.Time, n int) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.free.Before(now) {
		p.free = now
	}
	wait := p.free.Sub(now)
	p.free = p.free.Add(time.Duration(float64(n) / p.rate * float64(time.Second)))
	return wait
}

type pacedConn struct {
	net.Conn
	pace *pace
}

// pacedPortion is how much is sent at once: 50 ms of a line of 1 Mbit/s.
const pacedPortion = 6 << 10

func (c *pacedConn) Write(data []byte) (n int, err error) {
	for len(data) > 0 && err == nil {
		portion := data[:min(len(data), pacedPortion)]
		if wait := c.pace.reserve(time.Now(), len(portion)); wait > 0 {
			time.Sleep(wait) // bounded: the queue ahead is one portion of each connection
		}
		var sent int
		sent, err = c.Conn.Write(portion)
		n, data = n+sent, data[sent:]
	}
	return n, err
}
