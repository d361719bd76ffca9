package tally

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/klauspost/compress/zstd"
)

// layout is the first byte of a packed tally; it grows when the layout changes.
const layout = 1

var (
	// errBroken is what a tally is that ends too early or says nonsense.
	errBroken = errors.New("it is damaged")
	packer, _ = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBetterCompression))
	opener, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPlain))
)

// maxPlain is what a tally may unpack to: 18 panels of 1,000 items of at most
// 500 bytes are 9 MB.
const maxPlain = 16 << 20

// Pack returns the tally as bytes, with at most top items a panel; what the
// others came to is kept as other. The tally stays as it is. With top 0 there
// are no panels.
func (t *Tally) Pack(top int) []byte {
	b := append(make([]byte, 0, 4096), layout)
	b = binary.AppendVarint(b, t.At.Unix())
	for i := range t.Classes {
		c := &t.Classes[i]
		b = appendCount(b, c.Count)
		b = appendAll(b, c.Visits, c.NotFound, c.Failed)
	}
	b = appendAll(b, t.Rungs[:]...)
	b = appendAll(b, t.Sources[:]...)
	b = appendAll(b, t.Refused, t.Dropped, t.Took.Sum, t.Took.Total, t.Took.Slowest)
	b = appendTook(b, t.Took.Counts)
	if top > 0 {
		for p := range t.Panels {
			b = t.Panels[p].append(b, top)
		}
	}
	return packer.EncodeAll(b, nil)
}

func appendAll(b []byte, all ...uint64) []byte {
	for _, n := range all {
		b = binary.AppendUvarint(b, n)
	}
	return b
}

// parts is how finely the estimates of visitors are kept.
const parts = 64

func appendCount(b []byte, c Count) []byte {
	return appendAll(b, c.Hits, c.Bytes, uint64(math.Round(c.Visitors*parts)))
}

// appendTook writes the buckets that hold something, as the steps between them.
func appendTook(b []byte, counts []uint64) []byte {
	last := -1
	for at, n := range counts {
		if n > 0 {
			b = appendAll(b, uint64(at-last), n)
			last = at
		}
	}
	return append(b, 0)
}

func (t *Table) append(b []byte, top int) []byte {
	kept := *t
	list := t.Top(t.Len())
	if len(list) > top {
		kept.ShortOf += list[top].Total().Hits
		kept.Forgot += uint64(len(list) - top)
		for _, it := range list[top:] {
			for c := range it.Classes {
				kept.Other[c].add(it.Classes[c])
			}
		}
		list = list[:top]
	}
	b = appendAll(b, kept.Forgot, kept.ShortOf)
	b = appendCounts(b, &kept.Other)
	b = appendAll(b, uint64(len(list)))
	for _, it := range list {
		b = appendAll(b, uint64(len(it.Key)))
		b = append(b, it.Key...)
		b = appendCounts(b, &it.Classes)
	}
	return b
}

// appendCounts writes which classes there are and what they did.
func appendCounts(b []byte, counts *[Classes]Count) []byte {
	at, mask := len(b), byte(0)
	b = append(b, 0)
	for c := range counts {
		if counts[c] != (Count{}) {
			mask |= 1 << c
			b = appendCount(b, counts[c])
		}
	}
	b[at] = mask
	return b
}

// Unpack reads what Pack has written.
func Unpack(packed []byte) (*Tally, error) {
	plain, err := opener.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("unpack a tally: %w", err)
	}
	if len(plain) == 0 || plain[0] != layout {
		return nil, fmt.Errorf("unpack a tally: %w", errBroken)
	}
	r := &reader{rest: plain[1:]}
	t := r.tally()
	if r.broken {
		return nil, fmt.Errorf("unpack a tally: %w", errBroken)
	}
	return t, nil
}

// A reader takes numbers off until there is something wrong; then all is zero.
type reader struct {
	rest   []byte
	broken bool
}

func (r *reader) fail() { r.rest, r.broken = nil, true }

func (r *reader) number() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *reader) moment() time.Time {
	n, size := binary.Varint(r.rest)
	if size <= 0 {
		r.fail()
		return time.Time{}
	}
	r.rest = r.rest[size:]
	return time.Unix(n, 0)
}

func (r *reader) tally() *Tally {
	t := &Tally{At: r.moment()}
	for i := range t.Classes {
		t.Classes[i] = ClassCount{r.count(), r.number(), r.number(), r.number()}
	}
	for i := range t.Rungs {
		t.Rungs[i] = r.number()
	}
	for i := range t.Sources {
		t.Sources[i] = r.number()
	}
	t.Refused, t.Dropped = r.number(), r.number()
	t.Took.Sum, t.Took.Total, t.Took.Slowest = r.number(), r.number(), r.number()
	r.took(t)
	for p := 0; p < len(t.Panels) && len(r.rest) > 0; p++ {
		r.table(&t.Panels[p])
	}
	return t
}

// maxBucket is the bucket of the longest duration: 64 for each of 58 powers of
// two and 64 of single microseconds.
const maxBucket = 64 * 60

func (r *reader) took(t *Tally) {
	for at := -1; ; {
		step := r.number()
		if step == 0 {
			return
		}
		if step > maxBucket || at+int(step) > maxBucket {
			r.fail()
			return
		}
		at += int(step)
		for len(t.Took.Counts) <= at {
			t.Took.Counts = append(t.Took.Counts, make([]uint64, 64)...)
		}
		t.Took.Counts[at] = r.number()
	}
}

func (r *reader) count() Count {
	return Count{r.number(), r.number(), float64(r.number()) / parts}
}

func (r *reader) table(t *Table) {
	t.Forgot, t.ShortOf = r.number(), r.number()
	t.Other = r.counts()
	for n := r.number(); n > 0 && !r.broken; n-- {
		size := r.number()
		if size > MaxKey || size > uint64(len(r.rest)) {
			r.fail()
			return
		}
		key := string(r.rest[:size])
		r.rest = r.rest[size:]
		t.At(key).Classes = r.counts()
	}
}

func (r *reader) counts() (counts [Classes]Count) {
	if len(r.rest) == 0 {
		r.fail()
		return counts
	}
	mask := r.rest[0]
	r.rest = r.rest[1:]
	for c := range counts {
		if mask&(1<<c) != 0 {
			counts[c] = r.count()
		}
	}
	return counts
}
