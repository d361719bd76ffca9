package line

import "time"

// A finder finds the rate of the line from what arrives and how long it takes.
//
// While the delay is that of the way itself, the line carries all it is given,
// and all that is known is that it carries this much. When the delay grows, a
// queue stands before the line, so the line is busy all the time, and what
// arrives meanwhile is its rate. The finder therefore tries more as long as
// visitors wait and no queue grows, and takes what it measured when one does.
// It tries as CUBIC does (RFC 9438): quickly up to where a queue stood the last
// time, slowly around there, then quickly again. A queue that had another
// reason is thus forgotten within seconds.
//
// It has no clock and no lock.
type finder struct {
	limit float64 // bytes per second that the line is never taken to exceed; 0 for none
	rate  float64 // bytes per second; 0 while nothing is known

	base  time.Duration // delay of the way without a queue
	full  window        // what was sent and arrived since a queue stands
	first time.Duration // delay when that began
	drain bool          // what was sent too much has to leave first
	stuck time.Duration // how long that has been tried

	from, knee float64       // where trying began, and where a queue stood, in bytes per second
	tried      time.Duration // how long visitors have waited since then
}

// A reading is what was seen since the one before.
type reading struct {
	sent    int64         // bytes that were sent, with their headers
	arrived int64         // bytes that were confirmed, with their headers
	flight  float64       // bytes sent and not confirmed, on average
	delay   time.Duration // from sending to confirmation, of the quickest
	samples int           // confirmations that delay was taken from
	waiting bool          // whether somebody waited for the line all the time
}

// A window adds up arrivals.
type window struct {
	sent, bytes int64
	time        time.Duration
}

func (w *window) add(d time.Duration, r reading) {
	w.sent += r.sent
	w.bytes += r.arrived
	w.time += d
}

const (
	// A queue is one that delays by more than standing; below cleared it is
	// gone. Confirmations may come 40 ms late for reasons of their own.
	standing = 100 * time.Millisecond
	cleared  = 60 * time.Millisecond
	// A queue has to stand for this long, while that much arrives, before what
	// arrives is taken for the rate: half a second sees through a pause of the
	// machine, 16 segments tell the rate within a few percent.
	measured      = 500 * time.Millisecond
	measuredFirst = 200 * time.Millisecond // while nothing is known, sooner
	measuredBytes = 16 * 1500
	remembered    = time.Second // then measuring begins anew
	// Of what is sent, more than keepsUp arrives while a queue is not ours.
	// Beside a queue of somebody else's, one of ours grows by that much while it
	// is measured, or lets no more than arrives through.
	keepsUp, arrives = 0.97, 0.9
	grows            = 25 * time.Millisecond
	// While a queue drains, only this part of the rate is used. One that does
	// not drain meanwhile is somebody else's in the house.
	draining    = 0.7
	drainsAfter = 2 * time.Second
	// Trying reaches the knee after this time, and by then as far beyond it as
	// it began below, or by a twentieth of it, after the same time again.
	kneeAfter = 6 * time.Second
	leastStep = 0.05
	// A line is never taken to be slower than that part of what it was said to
	// be: then the machine is late, not the line.
	leastPart = 8
	// What carried a little more than the rate without a queue is the rate.
	above = 1.03
)

// pace is how many bytes per second may be sent; 0 means without bounds.
func (f *finder) pace() float64 {
	if f.drain {
		return f.rate * draining
	}
	return f.usual()
}

// usual is the pace without a queue that has to drain, which is a matter of
// moments.
func (f *finder) usual() float64 {
	pace := f.rate * below
	if f.knee > 0 {
		pace = f.trying()
	}
	if f.limit > 0 {
		pace = min(pace, f.limit*below)
	}
	return pace
}

// trying is the cubic curve through the knee.
func (f *finder) trying() float64 {
	step := max(f.knee-f.from, leastStep*f.knee)
	x := f.tried.Seconds()/kneeAfter.Seconds() - 1
	return f.knee + step*x*x*x
}

// step takes a reading of the time d before now.
func (f *finder) step(d time.Duration, r reading) {
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
	case queue > standing && f.fills(r):
		f.stand(d, r)
	case queue < cleared:
		f.calm()
		// Visitors who live farther away are no queue: follow slowly, by half
		// within a minute.
		f.base += time.Duration(float64(queue) * min(1, d.Seconds()/90))
		f.rise(d, r)
	}
}

func (f *finder) calm() { f.full, f.drain, f.stuck = window{}, false, 0 }

// fills reports whether as much is under way as a queue would hold. Where
// confirmations are late but little is under way, the visitors are slow to
// confirm and the line is not to blame.
func (f *finder) fills(r reading) bool {
	return f.rate == 0 || r.flight > f.rate*(f.base+cleared).Seconds()/2
}

// stand measures while a queue stands.
func (f *finder) stand(d time.Duration, r reading) {
	f.stuck += d
	if f.full.time == 0 {
		f.first = r.delay
	}
	f.full.add(d, r)
	if f.stuck > drainsAfter && !f.ours(r) {
		f.rise(d, r)
	}
	least := measured
	if f.rate == 0 {
		least = measuredFirst
	}
	if f.full.time < least || f.full.bytes < measuredBytes {
		return
	}
	f.take(float64(f.full.bytes)/f.full.time.Seconds(), f.ours(r))
	f.drain = f.stuck < drainsAfter
	if f.full.time >= remembered {
		f.full = window{}
	}
}

// ours reports whether the queue is made of our bytes: then fewer arrive than
// are sent. A queue that somebody else has put before us holds our bytes back
// once, and then lets through as many as come. If it does not drain when we
// hold back, it is his, and must grow by what we send to be ours as well: to
// send less would leave the line to him and shorten nothing.
func (f *finder) ours(r reading) bool {
	part := float64(f.full.bytes) / max(1, float64(f.full.sent))
	if f.stuck <= drainsAfter {
		return part < keepsUp
	}
	return r.delay-f.first > grows || f.full.time >= remembered && part < arrives
}

// take takes what was measured for the rate, unless the queue is not ours.
func (f *finder) take(rate float64, ours bool) {
	if f.limit > 0 {
		rate = min(max(rate, f.limit/leastPart), f.limit)
	}
	switch {
	case f.rate == 0:
		f.knee = rate
	case f.drain || !ours && rate < f.rate:
		return
	default:
		f.knee = max(f.pace(), rate)
	}
	f.rate, f.from, f.tried = rate, rate*below, 0
}

// rise tries a little more as long as visitors wait and no queue comes of it.
func (f *finder) rise(d time.Duration, r reading) {
	if f.rate == 0 || !r.waiting {
		return
	}
	if f.knee == 0 {
		f.knee, f.from, f.tried = f.rate*below, f.rate*below, kneeAfter
	}
	f.tried += d
	f.rate = max(f.rate, f.pace()/above)
	if f.limit > 0 {
		f.rate = min(f.rate, f.limit)
		if f.trying() > f.limit {
			f.tried -= d // there is nothing to be found there
		}
	}
}
