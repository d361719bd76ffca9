package recorder

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"
)

// A way is one to take hits in.
type way struct {
	name   string
	record func(Hit)
	count  func() // what was written down so far
}

func ways() []way {
	sharded := New(Config{Keep: true})
	single := New(Config{Keep: true})
	single.shards = single.shards[:1]
	single.shards[0].batch = &batch{make([]record, 0, burst), make([]byte, 0, burst*400)}
	single.spare = &batch{make([]record, 0, burst), make([]byte, 0, burst*400)}
	atOnce := &locked{counter: newCounter(Config{Keep: true}), batch: newBatch()}
	return []way{
		{"shards", sharded.Record, sharded.collect},
		{"one lock, written down", single.Record, single.collect},
		{"one lock, counted at once", atOnce.record, func() {}},
	}
}

// locked is the plain way: one lock, and all the counting done under it.
type locked struct {
	mu      sync.Mutex
	counter *counter
	batch   *batch
}

func (l *locked) record(h Hit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.batch.empty()
	l.batch.add(&h)
	l.counter.count(l.batch)
}

// burst is how many hits come between two collections: less than there is room
// for in the fullest of shards, so that none is dropped.
const burst = 4096

// crowd is who comes: 500 visitors, 100 pages, 20 referrers.
func crowd() []Hit {
	hits := make([]Hit, burst)
	for i := range hits {
		hits[i] = like(func(h *Hit) {
			h.Address = netip.AddrFrom4([4]byte{198, 18, byte(i % 500 >> 8), byte(i % 500)})
			h.Key = fmt.Sprintf("/post-%d/", i%100)
			h.Referrer = fmt.Sprintf("https://news-%d.example/item", i%20)
		})
	}
	return hits
}

// BenchmarkRecord says what a visit waits for its hit to be recorded, by one
// writer and by eight at once; counting is left out, as it happens elsewhere.
func BenchmarkRecord(b *testing.B) {
	for _, w := range ways() {
		for _, writers := range []int{1, 8} {
			b.Run(fmt.Sprintf("%s/%d writers", w.name, writers), func(b *testing.B) { bursts(b, w, writers, false) })
		}
	}
}

// BenchmarkRecordAndCount says what a hit costs in all.
func BenchmarkRecordAndCount(b *testing.B) {
	for _, w := range ways() {
		b.Run(w.name+"/8 writers", func(b *testing.B) { bursts(b, w, 8, true) })
	}
}

func bursts(b *testing.B, w way, writers int, counted bool) {
	hits := crowd()
	b.ReportAllocs()
	b.ResetTimer()
	for left := b.N; left > 0; left -= burst {
		write(w, hits[:min(left, burst)], writers)
		if !counted {
			b.StopTimer()
		}
		w.count()
		if !counted {
			b.StartTimer()
		}
	}
}

// write lets so many writers share the hits.
func write(w way, hits []Hit, writers int) {
	var wg sync.WaitGroup
	part := (len(hits) + writers - 1) / writers
	for len(hits) > 0 {
		mine := hits[:min(part, len(hits))]
		hits = hits[len(mine):]
		wg.Go(func() {
			for i := range mine {
				w.record(mine[i])
			}
		})
	}
	wg.Wait()
}

// The ratio holds whatever else the machine does: all ways run in turn, and
// the best round of each counts.
func TestEightWritersAreThreeTimesAsFastAsByOneLock(t *testing.T) {
	if testing.Short() {
		t.Skip("a measurement")
	}
	hits, all := crowd(), ways()
	best := make([]time.Duration, len(all))
	for range 30 {
		for i, w := range all {
			began := time.Now()
			write(w, hits, 8)
			took := time.Since(began)
			w.count()
			if best[i] == 0 || took < best[i] {
				best[i] = took
			}
		}
	}
	for i, w := range all {
		t.Logf("%-26s%6.0f ns a hit, %.1f times the time", w.name, float64(best[i])/burst, float64(best[i])/float64(best[0]))
	}
	if best[2] < 3*best[0] {
		t.Errorf("8 writers are %.1f times as fast as by one lock, want 3", float64(best[2])/float64(best[0]))
	}
}
