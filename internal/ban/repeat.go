package ban

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"time"
)

const (
	// longest is what a ban grows to at most: addresses change hands.
	longest = 4 * 7 * 24 * time.Hour
	// remembered is how long after its end a ban makes the next one longer.
	remembered = 3 * 7 * 24 * time.Hour
)

// A Memory knows who was banned before without holding an address: what has
// ended must not leave one behind. It holds marks, each of which 256 IPv4
// addresses share: 2^32 of them have 2^24 marks. So none can be told from its
// mark, whoever has the key, and of those who are banned while the memory is
// full one in 840 is taken for another (20,000 of 2^24).
type Memory struct {
	Key   []byte            `json:"key"` // of this machine, so that marks of two cannot be compared
	Known map[uint32]Repeat `json:"known"`
}

// A Repeat is what is known of somebody who was banned.
type Repeat struct {
	Times int       `json:"times"` // that he was banned
	Ended time.Time `json:"ended"` // when the last of them ends
}

// markBits are few enough for a mark to be shared, and enough to tell those
// who are banned from each other.
const markBits = 24

func newMemory() *Memory {
	key := make([]byte, sha256.Size)
	rand.Read(key) // never fails
	return &Memory{key, map[uint32]Repeat{}}
}

// check refuses what note would not have written.
func (m *Memory) check() error {
	if len(m.Key) != sha256.Size {
		return errors.New("the key of those banned before is damaged")
	}
	if m.Known == nil {
		m.Known = map[uint32]Repeat{}
	}
	for _, r := range m.Known {
		if r.Times < 1 {
			return errors.New("somebody was banned before, but not once")
		}
	}
	return nil
}

func (m *Memory) mark(p netip.Prefix) uint32 {
	h := hmac.New(sha256.New, m.Key)
	address := p.Addr().As16()
	h.Write(address[:])
	return binary.BigEndian.Uint32(h.Sum(nil)) >> (32 - markBits)
}

// lengthen doubles a ban for each time that its address was banned before. One
// that begins before the last has ended is for the same deeds.
func (m *Memory) lengthen(n Ban) Ban {
	before := m.Known[m.mark(n.Address)]
	if before.Times == 0 || n.From.Before(before.Ended) || before.forgotten(n.From) {
		return n
	}
	length := n.Until.Sub(n.From)
	for i := 0; i < before.Times && 0 < length && length < longest; i++ {
		length = min(2*length, longest)
	}
	n.Until = n.From.Add(length)
	n.Why += "; banned before, " + times(before.Times)
	return n
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// note remembers a ban. When there are as many as can hold at once, one by
// chance gives way.
func (m *Memory) note(n Ban) {
	key := m.mark(n.Address)
	before, known := m.Known[key]
	switch {
	case known && n.From.Before(before.Ended): // the same once more
		before.Times--
	case before.forgotten(n.From):
		before.Times = 0
	}
	if !known && len(m.Known) >= Most {
		for other := range m.Known {
			delete(m.Known, other)
			break
		}
	}
	if n.Until.After(before.Ended) {
		before.Ended = n.Until
	}
	m.Known[key] = Repeat{before.Times + 1, before.Ended}
}

// forgotten reports whether bans count no longer at a time.
func (r Repeat) forgotten(at time.Time) bool { return at.After(r.Ended.Add(remembered)) }

// forget drops what counts no longer.
func (m *Memory) forget(now time.Time) {
	maps.DeleteFunc(m.Known, func(_ uint32, r Repeat) bool { return r.forgotten(now) })
}

// pardon forgets that an address was banned. It reports whether that was known.
func (m *Memory) pardon(p netip.Prefix) bool {
	mark := m.mark(p)
	_, known := m.Known[mark]
	delete(m.Known, mark)
	return known
}
