package recorder

import (
	"bytes"
	"hash/maphash"
	"math/bits"
	"net/netip"
	"slices"
	"time"

	"buzzproof/internal/sketch"
	"buzzproof/internal/tally"
)

// A counter adds hits up. One goroutine at a time uses it.
type counter struct {
	config  Config
	seed    maphash.Seed // of networks, for as long as the program runs
	day     day
	second  running
	minutes []*tally.Tally // since the last take, the earliest first
	refused uint64         // of Config.Refused, when last asked
	hints   hintsCache
	landed  landed
}

// A day knows who was here today. Its salt is never written: with the day it
// is gone, and then nobody can ask who was here.
type day struct {
	number int
	salt   maphash.Seed
	seen   *sketch.Seen
}

// seenExactly is how many pairs of a visitor and what he did are kept before
// they are estimated: some 20,000 visitors a day, in 2.2 MB.
const seenExactly = 400_000

// maxMinutes is how many minutes wait to be taken. More are put together: what
// is not fetched, since a disk hangs, stays in 27 MB.
const maxMinutes = 3

func newCounter(c Config) *counter { return &counter{config: c, seed: maphash.MakeSeed()} }

// close ends the second under way if it is over.
func (c *counter) close(now time.Time) *tally.Second {
	at := now.Truncate(time.Second)
	switch {
	case c.second.At.IsZero():
		c.second.At = at
		return nil
	case at.Equal(c.second.At):
		return nil
	}
	if c.config.Refused != nil {
		total := c.config.Refused()
		if n := total - c.refused; n > 0 {
			c.second.Refused = n
			if c.config.Keep {
				c.minute(now).Refused += n
			}
		}
		c.refused = total
	}
	done := c.second.end()
	c.second = running{Second: tally.Second{At: at}}
	return done
}

func (c *counter) drop(n uint64) {
	c.second.Dropped += n
	if c.config.Keep {
		c.minute(time.Now()).Dropped += n
	}
}

func (c *counter) take() []*tally.Tally {
	taken := c.minutes
	c.minutes = nil
	return taken
}

// minute returns the tally of a moment.
func (c *counter) minute(at time.Time) *tally.Tally {
	at = at.Truncate(time.Minute)
	i, ok := slices.BinarySearchFunc(c.minutes, at, func(t *tally.Tally, at time.Time) int { return t.At.Compare(at) })
	if ok {
		return c.minutes[i]
	}
	t := &tally.Tally{At: at}
	c.minutes = slices.Insert(c.minutes, i, t)
	if len(c.minutes) > maxMinutes {
		c.minutes[1].Merge(c.minutes[0])
		c.minutes = slices.Delete(c.minutes, 0, 1)
		if i == 0 { // it was the earliest itself
			return c.minutes[0]
		}
	}
	return t
}

func (c *counter) count(b *batch) {
	for i := range b.records {
		r := &b.records[i]
		c.one(r, b.textsOf(r))
	}
}

// A hit's texts, read once.
type reading struct {
	*record
	texts   [texts][]byte
	agent   *agentHints
	from    *referrerHints // nil for none, or for our own pages
	country string
	network string
}

func (c *counter) one(r *record, texts [texts][]byte) {
	v := reading{record: r, texts: texts, agent: c.hints.agent(texts[agentText])}
	if len(texts[referrerText]) > 0 {
		if from := c.hints.referrer(texts[referrerText]); from.host != "" && !bytes.EqualFold([]byte(from.host), texts[hostText]) {
			v.from = from
		} else {
			v.from = nil
		}
	}
	c.second.note(r)
	if r.visit() && r.person() {
		c.second.shown(r, texts[keyText])
	}
	switch {
	case !r.person():
		c.second.machine(r, string(texts[keyText]), c.networkHash(r.addr()))
	case r.visit() && c.ownPage(&v):
		c.second.Followed++
	case r.visit():
		c.arrive(&v)
	case r.kind == Asset && c.landed.opens(c.addressHash(r.addr()), r.at):
		c.second.Opened++
	}
	if !c.config.Keep {
		return
	}
	if c.config.Locate != nil {
		v.country, v.network = c.config.Locate(r.addr())
	}
	c.keep(&v)
}

// arrive notes a person's visit that comes from elsewhere.
func (c *counter) arrive(v *reading) {
	site, page := v.agent.app, ""
	if v.from != nil {
		site, page = v.from.host, v.from.page
	}
	c.second.arrive(site, page, string(v.texts[keyText]), c.networkHash(v.addr()))
	c.landed.note(c.addressHash(v.addr()), v.at)
}

// ownPage reports whether a visit came from a page of this site.
func (c *counter) ownPage(v *reading) bool { return v.from == nil && len(v.texts[referrerText]) > 0 }

func (c *counter) addressHash(a netip.Addr) uint64 {
	p := a.As16()
	return maphash.Bytes(c.seed, p[:])
}

func (c *counter) networkHash(a netip.Addr) uint64 {
	p := networkOf(a).Addr().As16()
	return maphash.Bytes(c.seed, p[:])
}

// keep adds a hit to the tally of its minute.
func (c *counter) keep(v *reading) {
	at := time.Unix(0, v.at)
	c.today(at)
	note := notes{tally: c.minute(at), v: v, seen: c.day.seen}
	note.visitor = c.visitor(v)
	note.salt = c.day.salt
	note.totals()
	note.what()
	note.whence()
	note.how()
}

// today begins a day that nobody was seen on.
func (c *counter) today(at time.Time) {
	year, month, d := at.Date()
	number := (year*16+int(month))*32 + d
	if number > c.day.number {
		c.day = day{number, maphash.MakeSeed(), sketch.NewSeen(seenExactly)}
	}
}

// visitor is a hash of an address and an agent that holds for today.
func (c *counter) visitor(v *reading) uint64 {
	var b [16 + 512]byte
	n := copy(b[:], v.address[:])
	n += copy(b[n:], v.texts[agentText])
	return maphash.Bytes(c.day.salt, b[:n])
}

// mix makes one hash of two.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^0x9E3779B97F4A7C15, b^0xD1B54A32D192ED03)
	return hi ^ lo
}
