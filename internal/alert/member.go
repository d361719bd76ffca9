package alert

import (
	"context"
	"errors"
	"slices"
	"time"

	"buzzproof/internal/site"
)

// An item is an event that waits for a channel.
type item struct {
	Event site.Event `json:"event"`
	// Held says that it had to wait: for the end of quiet hours, for the bound
	// on messages, for a channel that failed. What is held goes out in one
	// message.
	Held bool `json:"held,omitempty"`

	fresh   bool // not in the journal yet: nobody may say it
	sending bool
}

// A member is a channel with its queue. What changes is guarded by the mutex of
// the dispatcher.
type member struct {
	name, kind string
	channel    Channel
	voice      site.Voice
	quiet      quietHours
	teller     teller
	timeout    time.Duration
	giveUp     time.Duration
	room       int
	wake       chan struct{} // something changed

	waiting []*item
	lost    int // dropped events of which the owner was not told
	pace    pace
	tries   int // in a row that failed
	retryAt time.Time
	status  Status
}

// push adds an event. Where there is no room, the quietest and oldest goes.
func (m *member) push(e site.Event) {
	m.waiting = append(m.waiting, &item{Event: e, fresh: true})
	if len(m.waiting) <= m.room {
		return
	}
	least := -1
	for i, it := range m.waiting {
		if !it.sending && (least < 0 || it.Event.Voice < m.waiting[least].Event.Voice) {
			least = i
		}
	}
	m.drop(m.waiting[least])
}

func (m *member) drop(it *item) {
	m.waiting = slices.DeleteFunc(m.waiting, func(other *item) bool { return other == it })
	m.lost++
	m.status.Dropped++
}

// next is what goes out now, or nothing and the moment to look again; the zero
// time is when something changes.
func (m *member) next(now, mutedUntil time.Time) (batch []*item, again time.Time) {
	m.expire(now)
	pool, howl := m.pool(site.Howl), true
	if len(pool) == 0 {
		pool, howl = m.pool(site.Ears), false
	}
	if len(pool) == 0 {
		return nil, time.Time{}
	}
	if now.Before(m.retryAt) {
		return nil, m.retryAt
	}
	if until := m.silentUntil(now, mutedUntil); !howl && until.After(now) {
		hold(pool)
		return nil, until
	}
	if at := m.pace.when(now, howl); at.After(now) {
		hold(pool)
		return nil, at
	}
	return m.batch(pool), time.Time{}
}

// batch is one event, or all that were held.
func (m *member) batch(pool []*item) []*item {
	held := slices.DeleteFunc(slices.Clone(pool), func(it *item) bool { return !it.Held })
	if len(held) > 0 {
		return held
	}
	return pool[:1:1]
}

// silentUntil is when the quiet hours are over, or those that the owner took.
func (m *member) silentUntil(now, mutedUntil time.Time) time.Time {
	if m.quiet.at(now) {
		if end := m.quiet.end(now); end.After(mutedUntil) {
			return end
		}
	}
	return mutedUntil
}

// pool are the events that may be said and are as loud as voice.
func (m *member) pool(voice site.Voice) (loud []*item) {
	for _, it := range m.waiting {
		if it.Event.Voice >= voice && !it.fresh {
			loud = append(loud, it)
		}
	}
	return loud
}

func hold(items []*item) {
	for _, it := range items {
		it.Held = true
	}
}

// expire drops what a failing channel did not take in time.
func (m *member) expire(now time.Time) {
	if m.tries == 0 {
		return
	}
	for _, it := range slices.Clone(m.waiting) {
		if now.Sub(it.Event.At) > m.giveUp {
			m.drop(it)
		}
	}
}

// Between tries lie 5 s, 15 s, 45 s, and so on to 15 minutes, or what the
// service asks for, up to an hour.
const (
	firstPause = 5 * time.Second
	mostPause  = 15 * time.Minute
	mostAsked  = time.Hour
)

func pauseAfter(tries int, err error) time.Duration {
	pause := firstPause
	for range tries - 1 {
		pause = min(pause*3, mostPause)
	}
	if asked, ok := errors.AsType[*wait](err); ok {
		pause = max(pause, min(asked.after, mostAsked))
	}
	return pause
}

// settle notes how a try ended.
func (m *member) settle(batch []*item, lost int, err error, now time.Time) {
	gone := func(it *item) bool { return slices.Contains(batch, it) }
	for _, it := range batch {
		it.sending = false
	}
	if err == nil {
		m.waiting = slices.DeleteFunc(m.waiting, gone)
		m.lost, m.tries, m.retryAt = m.lost-lost, 0, time.Time{}
		m.pace.spend()
		m.status.Sent++
		m.status.LastSuccess, m.status.Error = now, ""
		return
	}
	m.status.LastFailure, m.status.Error = now, plain(err.Error(), detailLength)
	if no, ok := errors.AsType[*refusal](err); ok && no != nil {
		m.waiting = slices.DeleteFunc(m.waiting, gone)
		m.status.Refused += uint64(len(batch))
		m.tries, m.retryAt = 0, now.Add(firstPause)
		return
	}
	m.tries++
	m.retryAt = now.Add(pauseAfter(m.tries, err))
	hold(m.waiting)
}

// compose makes the message of a batch.
func (m *member) compose(batch []*item, lost int, now time.Time) Message {
	if len(batch) == 1 && lost == 0 {
		return m.teller.one(batch[0].Event, now)
	}
	var events []site.Event
	for _, it := range batch {
		events = append(events, it.Event)
	}
	return m.teller.many(events, lost, now)
}

// grace is how long a try may go on after the program is asked to end: what is
// cut off in the middle may be said twice.
const grace = 5 * time.Second

// run carries events until the context ends.
func (m *member) run(ctx context.Context, d *Dispatcher) {
	for ctx.Err() == nil {
		d.mu.Lock()
		now := time.Now()
		batch, again := m.next(now, d.muted)
		for _, it := range batch {
			it.sending = true
		}
		lost := m.lost
		d.mu.Unlock()
		if len(batch) == 0 {
			m.pause(ctx, again.Sub(now), again.IsZero())
			continue
		}
		err := m.try(ctx, m.compose(batch, lost, now))
		d.mu.Lock()
		m.settle(batch, lost, err, time.Now())
		d.mu.Unlock()
		d.keep()
	}
}

// try sends a message, within the time that a try may take.
func (m *member) try(ctx context.Context, message Message) error {
	free, cancel := context.WithTimeout(context.WithoutCancel(ctx), m.timeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	defer stop()
	return m.channel.Send(free, message)
}

func (m *member) pause(ctx context.Context, d time.Duration, forever bool) {
	var after <-chan time.Time
	if !forever {
		t := time.NewTimer(d)
		defer t.Stop()
		after = t.C
	}
	select {
	case <-ctx.Done():
	case <-m.wake:
	case <-after:
	}
}
