package alert

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"buzzproof/internal/settings"
	"buzzproof/internal/site"
)

// A Dispatcher takes events and tells them over every channel. It is safe for
// concurrent use.
type Dispatcher struct {
	inbox   chan site.Event
	members []*member
	journal *journal
	missed  atomic.Uint64 // events for which the inbox had no room

	mu    sync.Mutex // guards what follows, and what changes in members
	said  said
	muted time.Time
}

// Options say where a dispatcher stands.
type Options struct {
	Site  string // what the owner calls the site: its host name
	State string // folder that keeps what was said and what waits; "" keeps nothing
}

// inboxRoom is for events that come while the journal is written.
const inboxRoom = 256

// New opens the channels, asking nobody, and reads what an earlier run left.
func New(c Config, channels map[string]settings.Member, o Options) (*Dispatcher, error) {
	c, err := c.check()
	if err != nil {
		return nil, err
	}
	d := &Dispatcher{inbox: make(chan site.Event, inboxRoom)}
	if d.members, err = members(c, plain(o.Site, nameLength), channels); err != nil {
		return nil, err
	}
	d.journal = newJournal(o.State)
	s, err := d.journal.read()
	if err != nil {
		return nil, err
	}
	d.restore(s)
	return d, nil
}

// Tell hands an event over and returns at once.
func (d *Dispatcher) Tell(e site.Event) {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	select {
	case d.inbox <- e:
	default:
		d.missed.Add(1)
	}
}

// Mute silences everything but howls until a moment; the rest is summed up
// then. The zero time ends it.
func (d *Dispatcher) Mute(until time.Time) {
	d.mu.Lock()
	d.muted = until
	d.mu.Unlock()
	d.keep()
	d.wake()
}

// Run tells events until the context ends. What is not told by then waits in
// the journal.
func (d *Dispatcher) Run(ctx context.Context) error {
	var channels, writer sync.WaitGroup
	stop := make(chan struct{})
	writer.Go(func() { d.journal.run(stop, d.state) })
	for _, m := range d.members {
		channels.Go(func() { m.run(ctx, d) })
	}
	for ctx.Err() == nil {
		select {
		case e := <-d.inbox:
			d.take(e)
		case <-ctx.Done():
		}
	}
	channels.Wait()
	d.takeAll()
	close(stop)
	writer.Wait()
	return d.journal.write(d.state())
}

// take queues an event, and all that came with it, and writes the journal
// before any of them is said.
func (d *Dispatcher) take(e site.Event) {
	fresh := d.queue(e)
	fresh = d.takeAll() || fresh
	if fresh {
		d.keep()
		d.release()
		d.wake()
	}
}

// release lets what is in the journal be said.
func (d *Dispatcher) release() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, m := range d.members {
		for _, it := range m.waiting {
			it.fresh = false
		}
	}
}

// takeAll queues what is in the inbox.
func (d *Dispatcher) takeAll() (fresh bool) {
	for {
		select {
		case e := <-d.inbox:
			fresh = d.queue(e) || fresh
		default:
			return fresh
		}
	}
}

// queue gives an event to the channels that say it, unless it was said.
func (d *Dispatcher) queue(e site.Event) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.said.note(e) {
		return false
	}
	for _, m := range d.members {
		if e.Voice >= m.voice {
			m.push(e)
		}
	}
	return true
}

// keepWithin is how long anybody waits for the journal: on a full or dying disk
// alerts are needed most.
const keepWithin = time.Second

// keep writes the journal.
func (d *Dispatcher) keep() {
	t := time.NewTimer(keepWithin)
	defer t.Stop()
	select {
	case <-d.journal.save():
	case <-t.C:
	}
}

func (d *Dispatcher) wake() {
	for _, m := range d.members {
		select {
		case m.wake <- struct{}{}:
		default:
		}
	}
}

// Test sends one message over one channel, at once and without another try.
func (d *Dispatcher) Test(ctx context.Context, name string) error {
	for _, m := range d.members {
		if m.name != name {
			continue
		}
		now := time.Now()
		ctx, cancel := context.WithTimeout(ctx, m.timeout)
		defer cancel()
		e := site.Event{At: now, Kind: site.KindTest, Voice: site.Howl, Phase: "now"}
		return m.channel.Send(ctx, m.teller.one(e, now))
	}
	return fmt.Errorf("there is no channel %q", name)
}

// A Status is how a channel does.
type Status struct {
	Name        string     `json:"name"`
	Kind        string     `json:"kind"`
	Voice       site.Voice `json:"voice"`
	Quiet       bool       `json:"quiet"`   // only howls get through now
	Waiting     int        `json:"waiting"` // events
	Sent        uint64     `json:"sent"`    // messages since the program runs
	Refused     uint64     `json:"refused"` // events that the service would not take
	Dropped     uint64     `json:"dropped"` // events that waited too long, or for which there was no room
	LastSuccess time.Time  `json:"last_success,omitzero"`
	LastFailure time.Time  `json:"last_failure,omitzero"`
	Error       string     `json:"error,omitempty"` // of the last try, when it failed
}

// Health is how all of it does.
type Health struct {
	Channels []Status  `json:"channels"`
	Missed   uint64    `json:"missed"` // events that came faster than they could be noted
	Muted    time.Time `json:"muted,omitzero"`
	Journal  string    `json:"journal,omitempty"` // why what waits could not be written
}

// Health returns how the channels do, by name.
func (d *Dispatcher) Health() Health {
	h := Health{Missed: d.missed.Load(), Journal: d.journal.trouble(), Channels: []Status{}}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	if d.muted.After(now) {
		h.Muted = d.muted
	}
	for _, m := range d.members {
		s := m.status
		s.Name, s.Kind, s.Voice, s.Waiting = m.name, m.kind, m.voice, len(m.waiting)
		s.Quiet = m.silentUntil(now, d.muted).After(now)
		h.Channels = append(h.Channels, s)
	}
	return h
}
