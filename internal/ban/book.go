package ban

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A Book is the bans in the memory of a program that serves. Asking it costs
// no lock and no allocation. New bans hold at once and reach the file with the
// next Sync; what others did to the file comes the other way.
type Book struct {
	now atomic.Pointer[page]

	mu      sync.Mutex  // of those who turn the page
	seen    fs.FileInfo // the file that was read; nil for none
	before  *Memory     // what the file says, and those that are fresh
	dropped atomic.Uint64
}

// A page of the book is never changed, but a new one takes its place.
type page struct {
	held    map[netip.Prefix]Ban // what the file says
	pardons map[netip.Prefix]time.Time
	fresh   map[netip.Prefix]Ban // not yet in the file: kept apart, since each new one copies it
}

// NewBook returns a book without bans.
func NewBook() *Book {
	b := &Book{before: newMemory()}
	b.now.Store(&page{})
	return b
}

// Find returns the ban that an address is under.
func (b *Book) Find(a netip.Addr, now time.Time) (Ban, bool) {
	p := b.now.Load()
	if len(p.held) == 0 && len(p.fresh) == 0 {
		return Ban{}, false
	}
	address := Of(a)
	found, ok := p.fresh[address]
	if !ok {
		found, ok = p.held[address]
	}
	return found, ok && now.Before(found.Until)
}

// freshest is how many bans may wait for the next Sync.
const freshest = 1024

// Add bans an address, for longer than is asked if it was banned before: twice as
// long for each time, up to four weeks. The owner's bans are as he asks. It
// reports false for those that are spared, pardoned or banned already, and for
// those that are more than can wait for the file: these are counted.
func (b *Book) Add(n Ban) bool {
	if Spared(n.Address.Addr()) {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.now.Load()
	if _, known := b.Find(n.Address.Addr(), n.From); known || n.From.Before(p.pardons[n.Address]) {
		return false
	}
	if len(p.fresh) == freshest {
		b.dropped.Add(1)
		return false
	}
	fresh := make(map[netip.Prefix]Ban, len(p.fresh)+1)
	maps.Copy(fresh, p.fresh)
	if n.By != ByOwner {
		n = b.before.lengthen(n)
	}
	fresh[n.Address] = n
	b.before.note(n)
	b.now.Store(&page{p.held, p.pardons, fresh})
	return true
}

// Dropped is how many bans were too many at once.
func (b *Book) Dropped() uint64 { return b.dropped.Load() }

// Sync writes new bans to the file and takes over what else it says. One
// goroutine calls it.
func (b *Book) Sync(s Store, now time.Time) error {
	b.forget(now)
	fresh := b.now.Load().fresh
	if len(fresh) == 0 && b.current(s) {
		return nil
	}
	if len(fresh) > 0 {
		err := s.Change(now, func(l *List) { l.Add(slices.Collect(maps.Values(fresh))...) })
		if err != nil {
			return err
		}
	}
	return b.take(s, now, fresh)
}

func (b *Book) forget(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.before.forget(now)
}

// current reports whether the file is the one that was read last.
func (b *Book) current(s Store) bool {
	info, err := os.Stat(s.Path())
	if errors.Is(err, fs.ErrNotExist) {
		return b.seen == nil
	}
	return err == nil && b.seen != nil && os.SameFile(info, b.seen) && info.ModTime().Equal(b.seen.ModTime())
}

// take reads the file, in which those that were fresh stand by now.
func (b *Book) take(s Store, now time.Time, written map[netip.Prefix]Ban) error {
	// Before reading: what is written in between is read the next time.
	seen, err := os.Stat(s.Path())
	if err != nil {
		seen = nil
	}
	l, err := s.Read(now)
	if err != nil {
		return err
	}
	next := &page{map[netip.Prefix]Ban{}, map[netip.Prefix]time.Time{}, map[netip.Prefix]Ban{}}
	for _, n := range l.Bans {
		next.held[n.Address] = n
	}
	for _, p := range l.Pardons {
		next.pardons[p.Address] = p.Until
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.before = newMemory()
	if l.Before != nil {
		b.before = l.Before
	}
	for address, n := range b.now.Load().fresh {
		if _, done := written[address]; !done {
			next.fresh[address] = n
			b.before.note(n)
		}
	}
	b.now.Store(next)
	b.seen = seen
	return nil
}

// Run keeps book and file together until ctx ends. An error is told to failed,
// once as long as it stays the same, and tried again: a full disk or a damaged
// file is no reason to stop serving.
func (b *Book) Run(ctx context.Context, s Store, failed func(error)) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	said := ""
	for {
		err := b.Sync(s, time.Now())
		if err != nil && err.Error() != said {
			failed(err)
		}
		said = ""
		if err != nil {
			said = err.Error()
		}
		select {
		case <-ctx.Done():
			if len(b.now.Load().fresh) == 0 {
				return nil
			}
			return b.Sync(s, time.Now())
		case <-tick.C:
		}
	}
}
