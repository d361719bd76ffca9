package fetch

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Pace decides how many requests an origin bears at once. It adds one while
// answers come as fast as they did at the start and takes a quarter away when
// they take twice as long: past that point a CMS only queues.
type Pace struct {
	mu      sync.Mutex
	wake    chan struct{} // closed and replaced whenever a waiter may proceed
	limit   int           // requests allowed at once
	most    int           // upper bound of limit
	flying  int           // requests under way
	best    time.Duration // lowest typical latency seen
	window  []time.Duration
	pause   time.Time     // nothing is asked before
	gap     time.Duration // least time between two requests; zero for none
	next    time.Time     // when the next request may leave, by gap
	typical time.Duration // latency of the last window
}

// windowSize is how many answers are looked at before the limit moves: enough
// for a median, few enough to react within a second of trouble.
const windowSize = 8

// slack is added to twice the best latency before an origin counts as slowed:
// on a fast origin a few milliseconds are noise.
const slack = 20 * time.Millisecond

// NewPace starts with two requests at once and never allows more than most.
// Rate bounds the requests per second; zero means no bound.
func NewPace(most int, rate float64) *Pace {
	most = max(1, most)
	p := &Pace{wake: make(chan struct{}), limit: min(2, most), most: most}
	if rate > 0 {
		p.gap = time.Duration(float64(time.Second) / rate)
	}
	return p
}

// Acquire waits until one more request may leave. Each success must be
// followed by one Release.
func (p *Pace) Acquire(ctx context.Context) error {
	for {
		wait, wake := p.try(time.Now())
		if wake == nil {
			return nil
		}
		if err := sleep(ctx, wait, wake); err != nil {
			return err
		}
	}
}

// try takes a place and returns a nil channel, or says how long to wait (zero:
// until woken) and what wakes.
func (p *Pace) try(now time.Time) (time.Duration, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if wait := p.pause.Sub(now); wait > 0 {
		return wait, p.wake
	}
	if p.flying >= p.limit {
		return 0, p.wake
	}
	if wait := p.next.Sub(now); wait > 0 {
		return wait, p.wake
	}
	p.flying++
	p.next = now.Add(p.gap)
	return 0, nil
}

func sleep(ctx context.Context, d time.Duration, wake <-chan struct{}) error {
	var timeout <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		timeout = timer.C
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-wake:
	case <-timeout:
	}
	return nil
}

// Release gives a place back and learns from the latency of a rendered page.
// Files come a hundred times faster and say nothing about the CMS: zero is
// passed for them.
func (p *Pace) Release(latency time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flying--
	if latency > 0 {
		p.window = append(p.window, latency)
	}
	if len(p.window) >= windowSize {
		p.adjust(median(p.window))
		p.window = p.window[:0]
	}
	p.wakeAll()
}

func (p *Pace) adjust(typical time.Duration) {
	p.typical = typical
	if p.best == 0 || typical < p.best {
		p.best = typical
	}
	p.best += (typical - p.best) / 16 // an origin whose cache has gone cold is not asked to be as fast as before
	if typical > 2*p.best+slack {
		p.limit = max(1, p.limit*3/4)
		return
	}
	p.limit = min(p.most, p.limit+1)
}

// Pause stops all requests until the given time and halves the limit: the
// origin said that it was too much (429, 503).
func (p *Pace) Pause(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until.After(p.pause) {
		p.pause = until
		p.limit = max(1, p.limit/2)
	}
}

// Latency returns the typical latency of the last answers.
func (p *Pace) Latency() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.typical
}

func (p *Pace) wakeAll() {
	close(p.wake)
	p.wake = make(chan struct{})
}

func median(d []time.Duration) time.Duration {
	sorted := make([]time.Duration, 0, windowSize)
	for _, v := range d {
		i := len(sorted)
		sorted = append(sorted, v)
		for ; i > 0 && sorted[i-1] > v; i-- {
			sorted[i] = sorted[i-1]
		}
		sorted[i] = v
	}
	return sorted[len(sorted)/2]
}

// RetryAfter reads the Retry-After field of an answer: seconds or a date (RFC
// 9110 section 10.2.3). It returns zero when there is none to be understood.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 && seconds < 1<<30 {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}
