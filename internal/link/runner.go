package link

import (
	"context"
	"sync"
	"time"
)

// maxFlight bounds the packets under way in one direction: 100 ms of 1 Gbit/s
// in full packets, several times over. More are dropped and counted.
const maxFlight = 1 << 16

// A Runner carries packets of type P along one way in real time. Moments of
// arrival are absolute, so a goroutine that wakes late delivers late once but
// never slows the line down.
type Runner[P any] struct {
	mu      sync.Mutex
	queue   *Queue
	flights []flight[P] // in order of arrival
	wake    chan struct{}
}

type flight[P any] struct {
	arrives time.Time
	packet  P
}

// NewRunner returns a runner that carries nothing until Run is called.
func NewRunner[P any](w Way) *Runner[P] {
	return &Runner[P]{queue: NewQueue(w, time.Now()), wake: make(chan struct{}, 1)}
}

// Send offers a packet. It reports whether the packet was taken.
func (r *Runner[P]) Send(p P, size int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.flights) >= maxFlight {
		r.queue.stats.Drops++
		r.queue.stats.DroppedBytes += int64(size)
		return false
	}
	arrives, ok := r.queue.Offer(time.Now(), size)
	if !ok {
		return false
	}
	r.flights = append(r.flights, flight[P]{arrives, p})
	if len(r.flights) == 1 {
		select {
		case r.wake <- struct{}{}:
		default: // it is awake
		}
	}
	return true
}

// Run delivers packets when they arrive, until ctx ends.
func (r *Runner[P]) Run(ctx context.Context, deliver func(P)) {
	alarm := time.NewTimer(time.Hour)
	defer alarm.Stop()
	for {
		due, next := r.due(time.Now())
		for _, p := range due {
			deliver(p)
		}
		if len(due) > 0 {
			continue // delivering took time: look again
		}
		alarm.Reset(next)
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		case <-alarm.C:
		}
	}
}

// due takes the packets that have arrived by now, and says how long until the
// next one does.
func (r *Runner[P]) due(now time.Time) (arrived []P, next time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for n < len(r.flights) && !r.flights[n].arrives.After(now) {
		arrived = append(arrived, r.flights[n].packet)
		r.queue.stats.Delivered++
		r.queue.stats.Late += now.Sub(r.flights[n].arrives)
		r.flights[n].packet = *new(P)
		n++
	}
	if r.flights = r.flights[n:]; len(r.flights) == 0 {
		r.flights = nil
		return arrived, time.Hour
	}
	return arrived, r.flights[0].arrives.Sub(now)
}

// Begin counts from zero and lets the schedule of changes begin.
func (r *Runner[P]) Begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.queue.Begin(time.Now())
}

// Stats returns the counts so far.
func (r *Runner[P]) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.queue.Stats(time.Now())
}
