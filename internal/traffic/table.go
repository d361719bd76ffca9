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
	items []*[itemBlock]item // in blocks, so that none ever moves when there are more
	count int                // of items
	times []times            // by item, as far as the log says any
	index index
	text  [][]byte // names, in blocks
	bytes int      // of memory, about

	forgotten uint64 // items
	floor     uint64 // hits that a listed item can be short of
}

// itemBytes is what an item takes without its name: 48 bytes, and 8 in the
// index.
const itemBytes = 56

const (
	itemBlock = 256     // items, 12 KB: few enough blocks that where they are is at hand
	block     = 1 << 15 // bytes of names
)

// item returns an item by its place.
func (t *table) item(at uint32) *item { return &t.items[at/itemBlock][at%itemBlock] }

// find returns the index of the item, which is made if it is new.
func (t *table) find(hash uint64, name string) uint32 {
	if len(t.index) == 0 {
		t.index = make(index, 64)
	}
	for i := t.index.seek(hash, hash); t.index[i] != 0; i = t.index.seek(hash, i+1) {
		if at := t.index.number(i); t.item(at).hash == hash {
			return at
		}
	}
	return t.make(hash, name)
}

func (t *table) make(hash uint64, name string) uint32 {
	if t.count*4 >= len(t.index)*3 {
		t.reindex(len(t.index) * 2)
	}
	if t.count == len(t.items)*itemBlock {
		t.items = append(t.items, new([itemBlock]item))
	}
	at := uint32(t.count)
	t.count++
	key, size := t.keep(name)
	*t.item(at) = item{hash: hash, key: key, size: size}
	t.bytes += itemBytes + int(size)
	t.index.put(hash, at)
	return at
}

// reindex makes the index anew, of some size.
func (t *table) reindex(size int) {
	if size == len(t.index) {
		clear(t.index)
	} else {
		t.index = make(index, size)
	}
	for at := range uint32(t.count) {
		t.index.put(t.item(at).hash, at)
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
	it := t.item(at)
	from := it.key % block
	return t.text[it.key/block][from : from+uint32(it.size)]
}

// forget drops the items with the fewest hits, at least half of them. What
// comes often stays, and how much was forgotten is known. It works in place:
// memory is short when it is called.
func (t *table) forget() {
	hits := make([]uint64, t.count)
	for i := range hits {
		hits[i] = t.item(uint32(i)).hits
	}
	slices.Sort(hits)
	least := hits[len(hits)/2]
	t.floor += least
	kept, text, took := 0, t.text, t.times
	t.text, t.bytes = nil, 0
	for at := range t.count {
		it := *t.item(uint32(at))
		if it.hits <= least {
			t.forgotten++
			continue
		}
		from := it.key % block
		it.key, it.size = t.keep(string(text[it.key/block][from : from+uint32(it.size)]))
		*t.item(uint32(kept)) = it
		if at < len(took) {
			took[kept] = took[at]
			t.bytes += timesBytes
		}
		t.bytes += itemBytes + int(it.size)
		kept++
	}
	t.count, t.times = kept, took[:min(kept, len(took))]
	clear(t.items[(kept+itemBlock-1)/itemBlock:])
	t.items = t.items[:(kept+itemBlock-1)/itemBlock]
	t.reindex(len(t.index))
}
