package serve

import (
	"container/list"
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"

	"buzzproof/internal/coding"
)

// cacheKey names bytes by what they are, so two snapshots share what they
// have in common.
type cacheKey struct {
	digest string
	coding coding.Coding
	small  bool // made beforehand, with more effort: other bytes than those made on demand
}

// cache keeps file contents within a budget. It evicts by SIEVE (Zhang et al.,
// NSDI 2024): a hand walks from the oldest item to the newest, spares the ones
// that were asked for since it last came by, and evicts the first that was
// not. A crawler that reads the whole site once therefore pushes out what
// other crawlers left, not the page the crowd is reading; and a hit only sets
// a bit, so hits do not queue for a list.
type cache struct {
	budget int64
	work   chan struct{} // bounds how many loads run at once

	mu      sync.RWMutex
	items   map[cacheKey]*item
	flights map[cacheKey]*flight
	ages    *list.List // of *item, newest in front
	hand    *list.Element
	used    int64
}

type item struct {
	key     cacheKey
	data    []byte
	visited atomic.Bool
}

// A flight is a load under way that others wait for.
type flight struct {
	done chan struct{}
	data []byte
	err  error
}

// itemOverhead is what an item costs beside its bytes: the structures above,
// the map's slot and the key's digest, 300 bytes together, rounded up.
const itemOverhead = 512

func newCache(budget int64) *cache {
	return &cache{
		budget:  budget,
		work:    make(chan struct{}, 2*runtime.GOMAXPROCS(0)),
		items:   map[cacheKey]*item{},
		flights: map[cacheKey]*flight{},
		ages:    list.New(),
	}
}

// largest is the size of the largest item that is kept: an eighth of the
// budget, so that one file cannot push out a whole page, and no more than 4 MB,
// above which the system's own cache and sendfile serve as well.
func (c *cache) largest() int64 { return min(c.budget/8, 4<<20) }

var errLoadBroken = errors.New("load was broken off")

// get returns the bytes of key and loads them when they are not here. However
// many ask at once, one loads and the others wait for it.
func (c *cache) get(ctx context.Context, key cacheKey, load func() ([]byte, error)) ([]byte, error) {
	c.mu.RLock()
	it, ok := c.items[key]
	c.mu.RUnlock()
	if ok {
		if !it.visited.Load() {
			it.visited.Store(true)
		}
		return it.data, nil
	}
	f, mine := c.join(key)
	if mine {
		c.fly(key, f, load)
		return f.data, f.err
	}
	select {
	case <-f.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if f.err != nil {
		// The other one may have read from a snapshot that is being swept
		// away; ours may still have the file.
		return c.run(load)
	}
	return f.data, nil
}

// join returns the flight for key and whether the caller has to fly it.
func (c *cache) join(key cacheKey) (f *flight, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if it, ok := c.items[key]; ok {
		landed := &flight{done: make(chan struct{}), data: it.data}
		close(landed.done)
		return landed, false
	}
	if f, ok := c.flights[key]; ok {
		return f, false
	}
	f = &flight{done: make(chan struct{}), err: errLoadBroken}
	c.flights[key] = f
	return f, true
}

// fly loads on behalf of everybody who waits. It ends the flight even when
// load panics, or they would wait for ever.
func (c *cache) fly(key cacheKey, f *flight, load func() ([]byte, error)) {
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.flights, key)
		if f.err == nil {
			c.admit(&item{key: key, data: f.data})
		}
		close(f.done)
	}()
	f.data, f.err = c.run(load)
}

func (c *cache) run(load func() ([]byte, error)) ([]byte, error) {
	c.work <- struct{}{}
	defer func() { <-c.work }()
	return load()
}

// admit adds an item and evicts until the budget holds. c.mu is held.
func (c *cache) admit(it *item) {
	if int64(len(it.data)) > c.largest() {
		return
	}
	c.items[it.key] = it
	c.ages.PushFront(it)
	c.used += int64(len(it.data)) + itemOverhead
	for c.used > c.budget {
		c.evict()
	}
}

// evict removes the first item under the hand that was not asked for.
func (c *cache) evict() {
	at := c.hand
	for {
		if at == nil {
			at = c.ages.Back()
		}
		if !at.Value.(*item).visited.Swap(false) {
			break
		}
		at = at.Prev()
	}
	c.hand = at.Prev()
	out := c.ages.Remove(at).(*item)
	delete(c.items, out.key)
	c.used -= int64(len(out.data)) + itemOverhead
}
