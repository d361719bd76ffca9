package line

import (
	"hash/maphash"
	"math"
	"slices"
	"time"

	"buzzproof/internal/site"
)

// A print is what a TLS library sounds like: the same for every visitor with
// the same browser, another one for the servers that fetch a page to show a
// link to it. Zero is no print.
//
// Who asks is known only after a handshake, which costs more than the answer.
// When a thousand servers ask for a preview within ten seconds, that is too
// late: their handshakes alone fill the line. But they sound alike, and after
// the first dozens it is known what the next one will turn out to be.
type print uint64

var printSeed = maphash.MakeSeed()

const (
	recordHandshake = 22
	clientHello     = 1
	extensionServer = 0  // the name that is asked for
	extensionALPN   = 16 // its value tells libraries apart
	extensionGroups = 10
	extensionTicket = 35
	extensionPSK    = 41
	extensionPad    = 21
)

// printOf reads the print from the beginning of what a visitor says. It takes
// the order of extensions for nothing, since browsers shuffle them, and leaves
// out what depends on the visit (RFC 8446 section 4.1.2, RFC 8701).
func printOf(said []byte) print {
	version, ciphers, extensions := partsOf(said)
	if len(ciphers) == 0 || len(extensions) == 0 {
		return 0
	}
	var h maphash.Hash
	h.SetSeed(printSeed)
	writeNumber(&h, version)
	writeNumbers(&h, ciphers)
	kinds := make([]uint32, 0, 24)
	for len(extensions) >= 4 && len(kinds) < cap(kinds) {
		kind, value := extensions.number(2), extensions.vector(2)
		switch {
		case grease(kind), kind == extensionServer, kind == extensionTicket, kind == extensionPSK, kind == extensionPad:
			continue
		case kind == extensionALPN:
			_, _ = h.Write(value) // never fails
		case kind == extensionGroups:
			value.number(2) // length
			writeNumbers(&h, value)
		}
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	for _, kind := range kinds {
		writeNumber(&h, kind)
	}
	return print(h.Sum64() | 1)
}

// partsOf takes a hello apart; no hello has no parts.
func partsOf(said []byte) (version uint32, ciphers, extensions reader) {
	r := reader(said)
	if kind := r.number(1); kind != recordHandshake {
		return 0, nil, nil
	}
	r.number(2) // version of the record
	r = r.vector(2)
	if kind := r.number(1); kind != clientHello {
		return 0, nil, nil
	}
	r.number(3) // length; a hello that goes on in another packet is read as far as it has come
	version = r.number(2)
	r.skip(32) // random
	r.vector(1)
	ciphers = r.vector(2)
	r.vector(1)
	return version, ciphers, r.vector(2)
}

// writeNumbers hashes a list of numbers, but for those that are drawn by lot.
func writeNumbers(h *maphash.Hash, list reader) {
	for len(list) >= 2 {
		if n := list.number(2); !grease(n) {
			writeNumber(h, n)
		}
	}
}

func writeNumber(h *maphash.Hash, n uint32) {
	_ = h.WriteByte(byte(n >> 8)) // never fails
	_ = h.WriteByte(byte(n))
}

// grease reports the values that browsers strew in to keep servers tolerant.
func grease(n uint32) bool { return n&0x0f0f == 0x0a0a && n>>8 == n&0xff }

// A reader takes fields off the front of a message; past its end it is empty.
type reader []byte

func (r *reader) number(bytes int) (n uint32) {
	if len(*r) < bytes {
		*r = nil
		return 0
	}
	for _, b := range (*r)[:bytes] {
		n = n<<8 | uint32(b)
	}
	*r = (*r)[bytes:]
	return n
}

func (r *reader) skip(bytes int) { *r = (*r)[min(bytes, len(*r)):] }

// vector takes a length of so many bytes and what it counts, or what there is.
func (r *reader) vector(length int) reader {
	n := min(int(r.number(length)), len(*r))
	v := (*r)[:n]
	*r = (*r)[n:]
	return v
}

// prints remembers who turned out to be behind each print.
type prints map[print]*heard

// Heard is how many there were behind a print, fading.
type heard struct {
	people, machines float64
	at               time.Time
}

const (
	mostPrints = 256
	// Half an hour after the last person with a print, it may be a machine's.
	printMemory = 10 * time.Minute
	// A print is a machine's when that many machines had it, and not one person.
	surelyMachines, surelyNoPerson = 12, 0.05
)

// note remembers who was behind a print.
func (p prints) note(which print, class site.Class, now time.Time) {
	if which == 0 {
		return
	}
	c := p[which]
	if c == nil {
		if len(p) >= mostPrints {
			p.dropOldest()
		}
		c = &heard{at: now}
		p[which] = c
	}
	c.fade(now)
	if class == site.Person {
		c.people++
	} else {
		c.machines++
	}
}

// machines reports whether only machines are behind a print.
func (p prints) machines(which print, now time.Time) bool {
	c := p[which]
	if which == 0 || c == nil {
		return false
	}
	c.fade(now)
	return c.machines >= surelyMachines && c.people < surelyNoPerson
}

func (p prints) dropOldest() {
	var oldest print
	for which, c := range p {
		if oldest == 0 || c.at.Before(p[oldest].at) {
			oldest = which
		}
	}
	delete(p, oldest)
}

func (c *heard) fade(now time.Time) {
	part := math.Exp(-now.Sub(c.at).Seconds() / printMemory.Seconds())
	c.people, c.machines, c.at = c.people*part, c.machines*part, now
}
