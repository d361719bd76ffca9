package line

import (
	"context"
	"time"
)

const (
	// look is how often it is looked what has been confirmed: a delay is known
	// to that.
	look = 10 * time.Millisecond
	// The finder takes a reading of ten looks.
	looks = 10
	// mostLooked bounds what one look costs: each connection takes half a
	// microsecond.
	mostLooked = 256
	// longestDelay is more than any queue before a line makes: the largest
	// modems hold 2 s at the slowest rates.
	longestDelay = 3 * time.Second
	// mostFlight is more than any line from which on it is left alone needs.
	mostFlight = 64 << 20
	// mostSampled is how many are looked at while the line stands aside.
	mostSampled = 8
	longAnswer  = 16 << 10
)

// Run watches what the line carries until ctx ends, to find its rate. It
// sleeps while nothing is under way.
func (l *Line) Run(ctx context.Context) error {
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	w := &watcher{line: l}
	w.wake(time.Now())
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if w.look(time.Now()) {
				continue
			}
		}
		ticker.Stop()
		select {
		case <-ctx.Done():
			return nil
		case <-l.wake:
			w.wake(time.Now())
			ticker.Reset(look)
		}
	}
}

// A watcher collects what the finder reads.
type watcher struct {
	line    *Line
	began   time.Time // of this reading
	flight  int64     // most bytes under way
	sent    int64     // by then
	arrived int64     // by then
	reading reading
	idle    bool // somebody did not wait for the line in this reading
	looked  int
}

// look asks what has been confirmed and reports whether anything is under way.
func (w *watcher) look(now time.Time) bool {
	l := w.line
	l.mu.Lock()
	defer l.mu.Unlock()
	w.flight = max(w.flight, l.flight)
	asked := 0
	for c := range l.moving {
		if asked++; asked > mostLooked {
			break
		}
		w.ask(c, now)
	}
	w.idle = w.idle || l.queue.Len() == 0
	l.expire(now)
	if w.looked++; w.looked >= looks || len(l.moving) == 0 {
		w.read(now) // short answers too tell something
	}
	return len(l.moving) > 0 || len(l.owed) > 0
}

// ask sees how far a connection is.
func (w *watcher) ask(c *Conn, now time.Time) {
	if c.look == nil {
		delete(w.line.moving, c)
		return
	}
	p, ok := c.look()
	if !ok {
		delete(w.line.moving, c)
		return
	}
	w.line.arrived += c.confirmed(p)
	if stalled := len(c.marks) > 0 && now.Sub(c.marks[0].at) > longestDelay; stalled || p.unsent > 0 {
		c.marks = nil // it waits for the other side: its delay tells nothing of the line
	}
	for len(c.marks) > 0 && c.marks[0].offset <= p.acked {
		delay := now.Sub(c.marks[0].at)
		if w.reading.samples++; w.reading.samples == 1 || delay < w.reading.delay {
			w.reading.delay = delay
		}
		c.marks = c.marks[1:]
	}
	w.reading.flight += float64(onWire(max(0, c.written.Load()-c.acked-p.unsent)))
	if len(c.marks) == 0 {
		c.marks = nil
		delete(w.line.moving, c)
	}
}

// confirmed takes note of what the other side has confirmed and returns what of
// it is new, with its headers.
func (c *Conn) confirmed(p progress) int64 {
	fresh := max(0, p.acked-c.acked)
	c.acked += fresh
	c.line.flight = max(0, c.line.flight-fresh)
	return onWire(fresh)
}

// read gives the finder its reading and begins another one.
func (w *watcher) read(now time.Time) {
	l := w.line
	w.reading.flight /= float64(w.looked)
	w.reading.sent, w.reading.arrived = l.counts.Bytes-w.sent, l.arrived-w.arrived
	w.reading.waiting = !w.idle
	if r := w.reading; r.samples > 0 && r.delay < l.finder.base+cleared && w.flight >= l.allowed/2 {
		l.allowed = min(2*l.allowed, mostFlight) // as TCP does in its slow start
	}
	l.finder.step(now.Sub(w.began), w.reading)
	l.stepAside(now.Sub(w.began), w.reading)
	w.begin(now)
}

// wake begins a reading after a time in which nothing was under way.
func (w *watcher) wake(now time.Time) {
	w.line.mu.Lock()
	defer w.line.mu.Unlock()
	w.begin(now)
}

// begin begins a reading.
func (w *watcher) begin(now time.Time) {
	*w = watcher{line: w.line, began: now, sent: w.line.counts.Bytes, arrived: w.line.arrived}
}

// onWire is what bytes of an answer take with their headers.
func onWire(n int64) int64 { return n + (n+segmentBytes-1)/segmentBytes*headerBytes }

// stepAside leaves a fast line alone, and comes back when a queue shows that
// it is not.
func (l *Line) stepAside(d time.Duration, r reading) {
	rate := l.finder.rate
	unbounded := rate == 0 && float64(r.arrived)/d.Seconds() > fast
	l.aside.Store(rate >= fast || unbounded || rate == 0 && l.aside.Load())
}

// note counts what is sent while the line stands aside, and watches a sample of
// it: long answers, as they would fill the line.
func (l *Line) note(c *Conn, n int64) {
	written := c.written.Add(n)
	c.unruled.Store(true)
	if n < longAnswer || !l.mu.TryLock() {
		return
	}
	defer l.mu.Unlock()
	if len(l.moving) >= mostSampled && !l.moving[c] {
		return
	}
	c.mark(written, time.Now())
	l.moving[c] = true
	l.stir()
}

// stir wakes the watch.
func (l *Line) stir() {
	select {
	case l.wake <- struct{}{}:
	default: // is awake
	}
}
