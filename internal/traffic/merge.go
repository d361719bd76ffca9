package traffic

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"buzzproof/internal/accesslog"
)

// A spot is where a shard keeps an item.
type spot struct {
	shard int32
	at    uint32
}

// panel merges one panel of all shards and keeps the items with most hits.
func (c *Counter) panel(r *Report, p Panel, limit int) {
	if p == Hours {
		limit = 24
	}
	all := c.merged(p, limit)
	for _, s := range c.shards {
		t := &s.panels[p]
		r.Forgot[p] += t.forgotten
		r.ShortOf[p] += t.floor
		r.Sizes[p] += t.count
	}
	if p != Hosts { // which no two shards share
		r.Sizes[p] = all.count
	}
	if p == Hours { // an hour without a hit is an answer too
		for i := range uint32(all.count) {
			r.Panels[p] = append(r.Panels[p], c.named(p, all, i))
		}
		return
	}
	for _, i := range all.top(limit, func(i uint32) []byte { return c.name(p, all.spot(i)) }) {
		r.Panels[p] = append(r.Panels[p], c.named(p, all, i))
	}
}

func (c *Counter) name(p Panel, at spot) []byte { return c.shards[at.shard].panels[p].name(at.at) }

// A merger is a table of sums that knows where the names lie.
type merger struct {
	*table
	spots []spot // none where the table is that of the only shard
}

func (m *merger) spot(i uint32) spot {
	if m.spots == nil {
		return spot{at: i}
	}
	return m.spots[i]
}

// merged adds up the items of a panel. Of hosts it takes only as many from
// each shard as will be shown.
func (c *Counter) merged(p Panel, limit int) *merger {
	if len(c.shards) == 1 {
		return &merger{table: &c.shards[0].panels[p]}
	}
	all := &merger{table: &table{}}
	for i, s := range c.shards {
		t := &s.panels[p]
		if p == Hosts {
			for _, at := range t.top(limit, t.name) {
				all.merge(t, spot{int32(i), at})
			}
			continue
		}
		for at := range uint32(t.count) {
			all.merge(t, spot{int32(i), at})
		}
	}
	return all
}

func (m *merger) merge(t *table, from spot) {
	it := t.item(from.at)
	sum := m.find(it.hash, "")
	if int(sum) == len(m.spots) {
		m.spots = append(m.spots, from)
	}
	to := m.item(sum)
	to.hits += it.hits
	to.bytes += it.bytes
	to.visitors += it.visitors
	to.method, to.protocol = it.method, it.protocol
	if took := t.took(from.at); took.sum > 0 {
		m.timed(sum, took.sum)
		m.times[sum].slowest = max(m.times[sum].slowest, took.slowest)
	}
}

// top returns the items with most hits, the most first. Among equals names
// decide, so that a report never depends on chance.
func (t *table) top(limit int, name func(uint32) []byte) []uint32 {
	rank := func(a, b uint32) int {
		x, y := t.item(a), t.item(b)
		if n := cmp.Compare(y.hits, x.hits); n != 0 {
			return n
		}
		if n := bytes.Compare(name(a), name(b)); n != 0 {
			return n
		}
		return cmp.Compare(int(x.method)<<8|int(x.protocol), int(y.method)<<8|int(y.protocol))
	}
	best := make([]uint32, 0, min(max(1, limit), t.count))
	for at := range uint32(t.count) {
		switch {
		case len(best) < cap(best):
			if best = append(best, at); len(best) == cap(best) {
				for i := len(best) / 2; i >= 0; i-- {
					sink(best, i, rank)
				}
			}
		case rank(at, best[0]) < 0:
			best[0] = at
			sink(best, 0, rank)
		}
	}
	slices.SortFunc(best, rank)
	return best[:min(limit, len(best))]
}

// sink restores the order of a heap, the last by rank on top, below one place:
// of a hundred thousand items, those few that are shown need no sorting of all.
func sink(heap []uint32, i int, rank func(a, b uint32) int) {
	for {
		worst := i
		for _, child := range [...]int{2*i + 1, 2*i + 2} {
			if child < len(heap) && rank(heap[child], heap[worst]) > 0 {
				worst = child
			}
		}
		if worst == i {
			return
		}
		heap[i], heap[worst] = heap[worst], heap[i]
		i = worst
	}
}

func (c *Counter) named(p Panel, all *merger, i uint32) Item {
	it, took := all.item(i), all.took(i)
	us := func(n uint64) time.Duration { return time.Duration(n) * time.Microsecond }
	item := Item{
		Key: string(c.name(p, all.spot(i))), Hits: it.hits, Visitors: whole(it.visitors), Bytes: it.bytes,
		Took: us(took.sum / max(1, it.hits)), Slowest: us(took.slowest),
	}
	if it.method > 0 {
		item.Method = accesslog.Methods[it.method-1]
	}
	if it.protocol > 0 {
		item.Protocol = accesslog.Protocols[it.protocol-1]
	}
	return item
}
