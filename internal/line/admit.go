package line

import (
	"math"
	"net/netip"
	"time"

	"buzzproof/internal/site"
)

// overdue is how long a promised text may wait for its visitor before the line
// reckons with it no more. The next word of a visitor who is there comes within
// a round trip; slow readers and those who say nothing must not keep others out.
const overdue = time.Second

// admit decides whether a newcomer that has just spoken gets an answer. What
// was promised to those before it is work; when the work takes longer than
// config.Wait, the newcomer would not be served in time, and neither would
// those after it. So it is refused now, which costs two segments, instead of
// later, which costs a handshake. Newcomers are refused rather than those who
// wait: the line has paid for their handshakes already.
func (l *Line) admit(c *Conn, sounds print) bool {
	if l.aside.Load() {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.debit(openingBytes, now)
	v := l.visits.at(c.peer)
	c.sounds = sounds
	if l.prints.machines(sounds, now) {
		// It is no person, so it need not be served within two seconds, nor be
		// refused: it waits behind people.
		l.counts.Admitted++
		c.level, c.left, c.began = levelText+ofPreviews, l.config.Handshake+usualText, now
		return true
	}
	if l.wait(now) > l.config.Wait && !v.holdsAPage(now) && !v.loads(now) {
		l.counts.Refused++
		l.debit(headerBytes, now)
		return false
	}
	l.counts.Admitted++
	if v.loads(now) {
		// The page came, or comes, over another connection; this one is for what
		// the page shows, or a browser's guess that it will be needed.
		c.level, c.left = levelOf(Asset, v.class), l.config.Handshake
		return true
	}
	l.visits.know(c.peer, now).came = now
	c.level, c.left, c.began = levelText+ofPeople, l.config.Handshake+usualText, now
	l.promise(c, l.config.Handshake+int64(l.text), now)
	return true
}

// wait is how long the text of a newcomer would wait.
func (l *Line) wait(now time.Time) time.Duration {
	rate := l.finder.usual()
	if rate == 0 {
		return 0
	}
	work := time.Duration(float64(l.counts.Promised) / rate * float64(time.Second))
	return work + max(0, l.free.Sub(now))
}

// promise sets what the line owes c.
func (l *Line) promise(c *Conn, size int64, now time.Time) {
	l.counts.Promised += size - c.promise
	c.promise, c.moved = size, now
	l.owed[c] = true
	l.stir()
}

func (l *Line) unpromise(c *Conn) {
	l.counts.Promised -= c.promise
	c.promise = 0
	delete(l.owed, c)
}

// pay counts bytes sent against what is owed.
func (c *Conn) pay(n int64) {
	n = min(n, c.promise)
	c.promise -= n
	c.line.counts.Promised -= n
	if c.promise == 0 {
		delete(c.line.owed, c)
	}
}

// headBytes is what goes before the bytes of an answer: its header, and the
// frames of HTTP/2 and TLS.
const headBytes = 450

// atOnce is how many texts of late make a further one impatient: one that was
// sent within the last three and a half seconds. Nobody reads faster.
const atOnce = 0.7

// usual bounds a text to a few times the average: newcomers go before what is
// much longer than their own, so it must keep none of them out.
func (l *Line) usual(size int64) int64 { return min(size, int64(4*l.text)) }

// promiseText reckons with a text that has been asked for. Whoever asks again
// and again goes behind those who ask for the first time, as far as pictures
// would, and so keeps nobody out.
func (l *Line) promiseText(c *Conn, size int64, now time.Time) {
	v := l.visits.know(c.peer, now)
	v.came = now
	c.handicap = int64(v.texts(now)+1-atOnce) * 64 << 10
	if c.handicap == 0 {
		l.promise(c, l.usual(size+headBytes), now)
	} else {
		l.unpromise(c)
	}
}

func (l *Line) textEnded(c *Conn, class site.Class, size int64, now time.Time) {
	l.text += (float64(l.usual(size+headBytes)) - l.text) / 32
	l.visits.know(c.peer, now).noteText(class, now)
}

// expire forgets promises to those who do not take them.
func (l *Line) expire(now time.Time) {
	for c := range l.owed {
		if waitsForUs := c.index >= 0; !waitsForUs && now.Sub(c.moved) > overdue {
			l.unpromise(c)
		}
	}
}

// forget ends what the line keeps of a connection.
func (l *Line) forget(c *Conn) {
	if l.aside.Load() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.look != nil {
		if p, ok := c.look(); ok {
			c.settle(p, time.Now())
			l.arrived += c.confirmed(p)
		}
		l.flight = max(0, l.flight-max(0, c.written.Load()-c.acked))
	}
	if c.charged > 0 {
		l.debit(closingBytes, time.Now())
	}
	l.unpromise(c)
	delete(l.moving, c)
}

// visitors remembers who has got a text, to tell newcomers from readers.
type visitors map[netip.Addr]*visitor

type visitor struct {
	class  site.Class
	came   time.Time // with a connection, or for a text
	last   time.Time // text that was sent
	recent float64   // texts, of which those of ten seconds ago count a third
}

const (
	mostVisitors = 1 << 14          // a megabyte and a half
	readsFor     = 10 * time.Minute // a page, before the reader counts as a newcomer again
	loadsFor     = 10 * time.Second // a page's parts, at a line that is full
	mostRecent   = 4                // texts of late with which somebody is still a reader
)

// network is what one visitor can choose addresses from: IPv6 hands out /64.
func network(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		p, _ := a.Prefix(64) // 64 is in range
		return p.Addr()
	}
	return a
}

// at returns the visitor at an address, or an empty one.
func (v visitors) at(a netip.Addr) *visitor {
	if found := v[a]; found != nil {
		return found
	}
	return &visitor{}
}

// know returns the visitor at an address, to be written to.
func (v visitors) know(a netip.Addr, now time.Time) *visitor {
	who := v.at(a)
	if a.IsValid() && v[a] == nil {
		if len(v) >= mostVisitors {
			v.sweep(now)
		}
		v[a] = who
	}
	return who
}

// sweep makes room: those who have not come for long, and if that is not
// enough anybody. An eighth is made free at once, so that not every newcomer of
// a large crowd costs a look at all.
func (v visitors) sweep(now time.Time) {
	for a, who := range v {
		if now.Sub(who.came) > readsFor {
			delete(v, a)
		}
	}
	for a := range v {
		if len(v) <= mostVisitors*7/8 {
			return
		}
		delete(v, a)
	}
}

func (v *visitor) noteText(class site.Class, now time.Time) {
	v.recent = v.texts(now) + 1
	v.class, v.last = class, now
}

// texts is how many texts the visitor got of late.
func (v *visitor) texts(now time.Time) float64 {
	if v.last.IsZero() {
		return 0
	}
	return v.recent * math.Exp(-now.Sub(v.last).Seconds()/10)
}

func (v *visitor) holdsAPage(now time.Time) bool {
	return !v.last.IsZero() && now.Sub(v.last) < readsFor && v.texts(now) < mostRecent
}

func (v *visitor) loads(now time.Time) bool {
	return !v.came.IsZero() && now.Sub(v.came) < loadsFor
}
