package link

import "time"

// A Queue is the modem of one direction. It is not safe for concurrent use.
type Queue struct {
	way     Way
	began   time.Time
	free    time.Time // when the wire has sent everything that was taken
	waiting []waiting // taken and not yet sent in full, in order
	held    int       // bytes in waiting
	stats   Stats
}

type waiting struct {
	sent time.Time
	size int
}

// Stats say what a queue has seen since it began.
type Stats struct {
	Packets, Drops      int
	Bytes, DroppedBytes int64         // of IP packets
	WireBytes           int64         // with framing
	Busy                time.Duration // that the wire was sending
	High                int           // the most bytes that were ever held
	Since               time.Duration // the time all this took
	Delivered           int           // packets that a runner has handed over
	Late                time.Duration // how late it was with them, added up
}

// Use is the share of time that the wire was busy.
func (s Stats) Use() float64 {
	if s.Since <= 0 {
		return 0
	}
	return float64(s.Busy) / float64(s.Since)
}

// NewQueue returns an empty queue that begins now.
func NewQueue(w Way, now time.Time) *Queue {
	return &Queue{way: w, began: now, free: now}
}

// Begin counts from zero and lets the schedule of changes begin now. What is
// under way stays under way, at the times that were named.
func (q *Queue) Begin(now time.Time) {
	// The wire is busy for some time with what it holds: that time is ours.
	q.began, q.stats = now, Stats{Busy: max(0, q.free.Sub(now))}
}

// Offer hands the modem a packet. It says when the packet arrives at the other
// end, or that the modem had no room for it. Calls come in order of time.
func (q *Queue) Offer(now time.Time, size int) (arrives time.Time, ok bool) {
	q.forget(now)
	if q.way.Buffer > 0 && q.held+size > q.way.Buffer {
		q.stats.Drops++
		q.stats.DroppedBytes += int64(size)
		return time.Time{}, false
	}
	start := now
	if q.free.After(now) {
		start = q.free
	}
	wire := q.way.Framing.Wire(size)
	q.free = q.sent(start, wire)
	q.waiting = append(q.waiting, waiting{q.free, size})
	q.held += size
	q.stats.Packets++
	q.stats.Bytes += int64(size)
	q.stats.WireBytes += int64(wire)
	q.stats.Busy += q.free.Sub(start)
	q.stats.High = max(q.stats.High, q.held)
	return q.free.Add(q.way.Delay), true
}

// forget lets go of the packets that have left by now.
func (q *Queue) forget(now time.Time) {
	gone := 0
	for gone < len(q.waiting) && !q.waiting[gone].sent.After(now) {
		q.held -= q.waiting[gone].size
		gone++
	}
	if gone == len(q.waiting) {
		q.waiting = q.waiting[:0]
		return
	}
	q.waiting = q.waiting[gone:]
}

// sent is the moment at which bytes whose sending begins at start are on the
// wire in full, whatever becomes of the rate meanwhile.
func (q *Queue) sent(start time.Time, bytes int) time.Time {
	bits := float64(bytes) * 8
	for {
		rate, until := q.rateAt(start)
		if rate == 0 {
			return start
		}
		needs := time.Duration(bits / float64(rate) * float64(time.Second))
		if until.IsZero() || !start.Add(needs).After(until) {
			return start.Add(needs)
		}
		bits -= until.Sub(start).Seconds() * float64(rate)
		start = until
	}
}

// rateAt is the rate at a moment and when it changes next; never if zero.
func (q *Queue) rateAt(t time.Time) (Rate, time.Time) {
	rate := q.way.Rate
	for _, c := range q.way.Changes {
		at := q.began.Add(c.After)
		if at.After(t) {
			return rate, at
		}
		rate = c.Rate
	}
	return rate, time.Time{}
}

// Stats returns the counts so far. Time that the wire will need for what it
// holds is not yet counted as busy.
func (q *Queue) Stats(now time.Time) Stats {
	s := q.stats
	s.Busy -= max(0, q.free.Sub(now))
	s.Since = now.Sub(q.began)
	return s
}
