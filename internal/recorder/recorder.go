// Package recorder turns what our own server answers into numbers while it
// happens.
//
// A visit only writes a hit down, into one of several batches, each with a lock
// of its own that is held for as long as copying a few hundred bytes takes.
// One goroutine collects the batches and does all the counting, so whatever
// counting, a screen or a disk costs, no visit waits for it.
package recorder

import (
	"context"
	"math/bits"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"buzzproof/internal/site"
	"buzzproof/internal/tally"
)

// As many classes and rungs are counted as there are.
var (
	_ = [1]int{}[tally.Classes-1-int(site.Scanner)]
	_ = [1]int{}[tally.Rungs-1-int(site.Refused)]
)

// A Kind is what was answered with.
type Kind uint8

// The kinds.
const (
	Other Kind = iota // a redirect, an error, a word of our own
	Page              // a document for people
	Asset             // what pages show
)

// A Hit is one answered request. Nothing of it is kept but what it adds to
// counts; the address stays in memory until it is counted.
type Hit struct {
	At       time.Time     // when it was asked for
	Took     time.Duration // until all was written
	Address  netip.Addr    // of who asked
	Class    site.Class
	Kind     Kind
	Rung     site.Rung    // of a page
	Source   tally.Source // of a page
	Status   int
	Bytes    int64  // of the body, as sent
	TLS      uint16 // version as crypto/tls has it; 0 for none
	Key      string // what was asked for, as the site spells it
	Referrer string // the header; empty for none
	Agent    string // the header
	Host     string // that the server was asked by
	MIME     string // media type of the answer, with or without parameters
	Method   string
	Protocol string
}

// A Config is what a Recorder needs to know. The zero value is ready for use.
type Config struct {
	// Refused returns how many connections were refused before TLS since the
	// start. Optional.
	Refused func() uint64
	// Second is called once a second with what happened in it, from the
	// goroutine of Run: it must not wait for anything. Optional.
	Second func(*tally.Second)
	// Locate says where an address is; empty for not known. Optional.
	Locate func(netip.Addr) (country, network string)
	// Keep says that somebody calls Take. Without it nothing is kept for it.
	Keep bool
}

// A Recorder takes hits in from any number of goroutines.
type Recorder struct {
	config  Config
	shards  []shard
	full    chan struct{} // a batch is half full
	latest  atomic.Pointer[tally.Second]
	mu      sync.Mutex // held while counting, never while a hit is recorded
	spare   *batch
	counter *counter
}

// A shard is where some of the hits are written down. No two shards share a
// cache line.
type shard struct {
	mu      sync.Mutex
	batch   *batch
	dropped uint64
	_       [64]byte
}

// shardsPerCore keeps writers apart: with four for each, the chance that the
// shard a writer picks is taken by one of the few others that can run at the
// same time is small, and then the next is tried.
const shardsPerCore = 4

// New returns a recorder that has seen nothing.
func New(c Config) *Recorder {
	n := min(64, 1<<bits.Len(uint(shardsPerCore*runtime.GOMAXPROCS(0)-1)))
	r := &Recorder{config: c, shards: make([]shard, n), full: make(chan struct{}, 1), spare: newBatch(), counter: newCounter(c)}
	for i := range r.shards {
		r.shards[i].batch = newBatch()
	}
	r.latest.Store(&tally.Second{})
	return r
}

// Record writes a hit down. It waits for nobody but another writer of the same
// shard, and drops the hit, and counts that, when hits come faster than they
// are counted.
func (r *Recorder) Record(h Hit) {
	mask := uint32(len(r.shards) - 1)
	at := rand.Uint32()
	s := &r.shards[at&mask]
	for tries := 1; !s.mu.TryLock(); tries++ {
		if tries == len(r.shards) {
			s.mu.Lock()
			break
		}
		at++
		s = &r.shards[at&mask]
	}
	fits, half := s.batch.add(&h)
	if !fits {
		s.dropped++
	}
	s.mu.Unlock()
	if half {
		select {
		case r.full <- struct{}{}:
		default:
		}
	}
}

// Latest returns the last second that is over.
func (r *Recorder) Latest() *tally.Second { return r.latest.Load() }

// collectEvery is how often batches are collected. 1,024 hits of a batch in
// that time are 10,000 a second for each shard; before that it is called for.
const collectEvery = 100 * time.Millisecond

// Run counts until ctx ends.
func (r *Recorder) Run(ctx context.Context) error {
	ticker := time.NewTicker(collectEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.full:
			r.collect()
		case now := <-ticker.C:
			r.tick(now)
		}
	}
}

// tick collects, and closes the second that is over.
func (r *Recorder) tick(now time.Time) {
	r.collect()
	r.mu.Lock()
	second := r.counter.close(now)
	r.mu.Unlock()
	if second == nil {
		return
	}
	r.latest.Store(second)
	if r.config.Second != nil {
		r.config.Second(second)
	}
}

// collect counts what was written down.
func (r *Recorder) collect() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.shards {
		s := &r.shards[i]
		s.mu.Lock()
		full, dropped := s.batch, s.dropped
		taken := len(full.records) > 0 // one that is left there may be written to at once
		if taken {
			s.batch = r.spare
		}
		s.dropped = 0
		s.mu.Unlock()
		if dropped > 0 {
			r.counter.drop(dropped)
		}
		if taken {
			r.counter.count(full)
			full.empty()
			r.spare = full
		}
	}
}

// Take hands over what was counted since it was called last: a tally for each
// minute, the earliest first. They belong to the caller.
func (r *Recorder) Take() []*tally.Tally {
	r.collect()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counter.take()
}
