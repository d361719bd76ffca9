package traffic

import (
	"slices"
)

// An item is one line of a panel. It has no pointers, so the collector never
// looks at a table.
type item struct {
	hash     uint64
	hits     uint64
	bytes    uint64
	visitors float64 // whole below the limit of seen
	key      uint32  // where its name lies in the table's text
	size     uint16  // of its name
	method   uint8   // index in accesslog.Methods and one, pages only
	protocol uint8   // index in accesslog.Protocols and one, pages only
	bit      uint8   // in an entry's mask, and one; see shard.fresh
}

// times say how long the answers with an item took.
type times struct {
	sum     uint64 // microseconds
	slowest uint64
}

const timesBytes = 20 // 16, and room to grow

// timed notes how long an answer took.
func (t *table) timed(at uint32, us uint64) {
	for len(t.times) <= int(at) {
		t.times = append(t.times, times{})
		t.bytes += timesBytes
	}
	t.times[at].sum += us
	t.times[at].slowest = max(t.times[at].slowest, us)
}

// took returns how long answers took.
func (t *table) took(at uint32) times {
	if int(at) < len(t.times) {
		return t.times[at]
	}
	return times{}
}

// maxName is how much of a name is kept. Longer ones stay apart by their hash.
const maxName = 2048

// A table holds the items of one panel by the hash of their names.
type table struct {
	items []item
	times []times  // by item, as far as the log says any
	index []uint32 // item and one; a power of two of them
	text  [][]byte // names, in blocks
	bytes int      // of memory, about

	forgotten uint64 // items
	floor     uint64 // hits that a listed item can be short of
}

// itemBytes is what an item takes without its name: 48 bytes, 8 in the index,
// and room to grow.
const itemBytes = 62

const block = 1 << 15

// find returns the index of the item, which is made if it is new.
func (t *table) find(hash uint64, name string) uint32 {
	if len(t.index) == 0 {
		t.index = make([]uint32, 64)
	}
	mask := uint64(len(t.index) - 1)
	i := hash & mask
	for t.index[i] != 0 {
		if at := t.index[i] - 1; t.items[at].hash == hash {
			return at
		}
		i = (i + 1) & mask
	}
	return t.make(hash, name)
}

func (t *table) make(hash uint64, name string) uint32 {
	if len(t.items)*4 >= len(t.index)*3 {
		t.reindex(len(t.index) * 2)
	}
	if len(t.items) == cap(t.items) { // by a quarter: tables live near their limit
		t.items = slices.Grow(t.items, max(16, len(t.items)/4))
	}
	at := uint32(len(t.items))
	key, size := t.keep(name)
	t.items = append(t.items, item{hash: hash, key: key, size: size})
	t.bytes += itemBytes + int(size)
	t.put(at)
	return at
}

func (t *table) put(at uint32) {
	mask := uint64(len(t.index) - 1)
	i := t.items[at].hash & mask
	for t.index[i] != 0 {
		i = (i + 1) & mask
	}
	t.index[i] = at + 1
}

func (t *table) reindex(size int) {
	t.index = make([]uint32, size)
	for at := range t.items {
		t.put(uint32(at))
	}
}

// keep copies a name into the text: a name never crosses blocks.
func (t *table) keep(name string) (key uint32, size uint16) {
	if len(name) > maxName {
		name = name[:maxName]
	}
	last := len(t.text) - 1
	if last < 0 || len(t.text[last])+len(name) > cap(t.text[last]) {
		room := block
		if last < 0 {
			room = max(256, len(name)) // most tables are small
		}
		t.text = append(t.text, make([]byte, 0, room))
		last++
	}
	key = uint32(last)*block + uint32(len(t.text[last]))
	t.text[last] = append(t.text[last], name...)
	return key, uint16(len(name))
}

// name returns what an item is called, where it lies.
func (t *table) name(at uint32) []byte {
	it := &t.items[at]
	from := it.key % block
	return t.text[it.key/block][from : from+uint32(it.size)]
}

// forget drops the items with the fewest hits, at least half of them. What
// comes often stays, and how much was forgotten is known. It works in place:
// memory is short when it is called.
func (t *table) forget() {
	hits := make([]uint64, len(t.items))
	for i := range t.items {
		hits[i] = t.items[i].hits
	}
	slices.Sort(hits)
	least := hits[len(hits)/2]
	t.floor += least
	kept, text, took := 0, t.text, t.times
	t.text, t.bytes = nil, 0
	for at, it := range t.items {
		if it.hits <= least {
			t.forgotten++
			continue
		}
		from := it.key % block
		it.key, it.size = t.keep(string(text[it.key/block][from : from+uint32(it.size)]))
		t.items[kept] = it
		if at < len(took) {
			took[kept] = took[at]
			t.bytes += timesBytes
		}
		t.bytes += itemBytes + int(it.size)
		kept++
	}
	t.items, t.times = t.items[:kept], took[:min(kept, len(took))]
	clear(t.index)
	for at := range t.items {
		t.put(uint32(at))
	}
}
