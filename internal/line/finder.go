package line

import "time"

// A finder finds the rate of the line from what arrives and how long it takes.
//
// While the delay is that of the way itself, the line carries all it is given,
// and all that is known is that it carries this much. When the delay grows, a
// queue stands before the line, so the line is busy all the time, and what
// arrives meanwhile is its rate. The finder therefore raises its idea of the
// rate slowly as long as it keeps visitors waiting and no queue grows, and
// takes what it measured as soon as one does.
//
// It has no clock and no lock.
type finder struct {
	limit float64 // bytes per second that the line is never taken to exceed; 0 for none
	rate  float64 // bytes per second; 0 while nothing is known
	probe float64 // part of the rate that is used, as long as nothing queues

	base  time.Duration // delay of the way without a queue
	full  window        // what arrived since a queue stands
	since time.Time     // when it began to stand; zero without one
	found time.Time     // when a queue last stood
	drain bool          // what was sent too much has to leave first
	other time.Duration // how long a queue has stood that is not ours
}

// A reading is what was seen since the one before.
type reading struct {
	arrived int64         // bytes that were confirmed, with their headers
	flight  int64         // bytes sent and not confirmed
	delay   time.Duration // from sending to confirmation, of the quicker visitors
	samples int           // confirmations that delay was taken from
	waiting bool          // whether somebody waited for the line all the time
}

// A window adds up arrivals.
type window struct {
	bytes int64
	time  time.Duration
}

const (
	// A queue is one that delays by more than standing; below clear it is
	// gone. A confirmation may come 40 ms late for reasons of its own.
	standing = 100 * time.Millisecond
	cleared  = 50 * time.Millisecond
	// A queue has to stand for this long, while that much arrives, before what
	// arrives is taken for the rate: 16 segments tell it within a few percent.
	measured      = 300 * time.Millisecond
	measuredBytes = 16 * 1500
	// Half a second of arrivals is enough to believe; older ones fade.
	remembered = 500 * time.Millisecond
	// Where a queue stood a short while ago what is used rises by 1 % of the
	// rate a second, later by 12 %: a queue of a tenth of a second, which shows
	// that it was too much, is then found at some 4 % too much.
	careful, bold = 0.01, 0.12
	carefulFor    = 15 * time.Second
	// What carried that much more than the rate without a queue is the rate.
	above = 1.03
	// While a queue drains, only this part of the rate is used.
	draining = 0.6
)

// pace is how many bytes per second may be sent; 0 means without bounds.
func (f *finder) pace() float64 {
	if f.drain {
		return f.rate * draining
	}
	return f.rate * max(f.probe, below)
}

// step takes a reading of the time d before now.
func (f *finder) step(now time.Time, d time.Duration, r reading) {
	if r.samples == 0 {
		if r.flight == 0 {
			f.calm()
		}
		return
	}
	if f.base == 0 || r.delay < f.base {
		f.base = r.delay
	}
	switch queue := r.delay - f.base; {
	case queue > standing:
		f.stand(now, d, r)
	case queue < cleared:
		f.calm()
		// Visitors who live farther away are no queue: follow slowly, by half
		// within a minute.
		f.base += time.Duration(float64(queue) * min(1, d.Seconds()/90))
		f.rise(now, d, r)
	}
}

func (f *finder) calm() {
	f.full, f.since, f.drain, f.other = window{}, time.Time{}, false, 0
}

// stand measures while a queue stands.
func (f *finder) stand(now time.Time, d time.Duration, r reading) {
	if f.since.IsZero() {
		f.since = now
	}
	f.found = now
	f.full.bytes += r.arrived
	f.full.time += d
	if f.full.time < measured || f.full.bytes < measuredBytes {
		return
	}
	rate := float64(f.full.bytes) / f.full.time.Seconds()
	if f.full.time > remembered {
		f.full.bytes, f.full.time = f.full.bytes/2, f.full.time/2
	}
	if !f.ours(d, r, rate) {
		return
	}
	f.rate = rate
	if f.limit > 0 {
		f.rate = min(rate, f.limit)
	}
	f.drain, f.probe = true, below
}

// ours reports whether the queue that stands is made of our bytes. What waits
// in a queue of ours is on its way: rate times delay. A queue with less of us
// is that of somebody else in the house; sending less would leave the line to
// him and shorten nothing.
func (f *finder) ours(d time.Duration, r reading, rate float64) bool {
	queued := rate * (r.delay - f.base).Seconds()
	if f.rate == 0 || float64(r.flight) > queued/2 {
		f.other = 0
		return true
	}
	if f.other += d; f.other > time.Second {
		f.drain = false
	}
	return false
}

// rise tries a little more as long as visitors wait and no queue comes of it.
func (f *finder) rise(now time.Time, d time.Duration, r reading) {
	if f.rate == 0 || !r.waiting {
		return
	}
	speed := bold
	if now.Sub(f.found) < carefulFor {
		speed = careful
	}
	f.probe = max(f.probe, below) + speed*d.Seconds()
	if f.probe > above {
		f.rate, f.probe = f.rate*f.probe/above, above
	}
	if f.limit > 0 && f.rate*f.probe > f.limit*below {
		f.rate = min(f.rate, f.limit)
		f.probe = f.limit * below / f.rate
	}
}
