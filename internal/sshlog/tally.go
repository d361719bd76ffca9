package sshlog

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

// A Tally counts knocks by who made them, in bounded memory.
type Tally struct {
	// Tries is how many knocks within Window are a brute force. Whoever has
	// logged in before may fail four times as often.
	Tries  int
	Window time.Duration

	// What all came to.
	Total    int // knocks in vain
	Accepted int
	Others   int // knocks of addresses that there was no room for
	From, To time.Time

	callers map[netip.Prefix]*Caller
	names   map[string]int
}

// A Caller is an address, or all of one household's, that knocked.
type Caller struct {
	Address     netip.Prefix
	Tries       int // in vain
	Accepted    int
	First, Last time.Time
	Brute       time.Time // when it was one try too many; zero for never

	recent int // in the window
	from   time.Time
	denied bool // what was counted last was told by PAM
	doors  [8]connection
	next   uint8 // the door that gives way to a new one
}

// A connection is remembered while others of the same caller go on beside it:
// lines of several come in any order.
type connection struct {
	port   uint16 // 0 for none
	before bool   // it was counted before it failed
}

// connection returns what is remembered of a connection, or nil.
func (c *Caller) connection(port int) *connection {
	for i := range c.doors {
		if port != 0 && int(c.doors[i].port) == port {
			return &c.doors[i]
		}
	}
	return nil
}

// remember keeps a connection that is not known yet.
func (c *Caller) remember(port int, before bool) {
	if port == 0 {
		return
	}
	c.doors[c.next] = connection{uint16(port), before}
	c.next = (c.next + 1) % uint8(len(c.doors))
}

// Room for this many callers and names: some 20 MB at most.
const (
	mostCallers = 50_000
	mostNames   = 10_000
	longestName = 64
)

// NewTally returns a tally with the limits of fail2ban, a little milder.
func NewTally() *Tally {
	return &Tally{Tries: 8, Window: 10 * time.Minute, callers: map[netip.Prefix]*Caller{}, names: map[string]int{}}
}

// Add takes in a knock by whoever the address stands for. It returns the
// caller if this was one try too many.
func (t *Tally) Add(who netip.Prefix, k Knock) (Caller, bool) {
	c := t.callers[who]
	if c == nil {
		if len(t.callers) == mostCallers {
			t.Others += k.Times
			return Caller{}, false
		}
		c = &Caller{Address: who, First: k.At}
		t.callers[who] = c
	}
	t.span(k.At)
	c.Last = k.At
	if k.Kind == Accepted {
		c.Accepted += k.Times
		t.Accepted += k.Times
		c.recent = 0
		t.forgive(c, k)
		return *c, false
	}
	n := c.count(k)
	if n > 0 {
		t.name(k.User, n)
	}
	t.Total += n
	c.Tries += n
	if apart := k.At.Sub(c.from); apart < 0 || apart > t.Window {
		c.recent, c.from = 0, k.At
	}
	c.recent += n
	limit := t.Tries
	if c.Accepted > 0 {
		limit *= 4
	}
	if n == 0 || c.recent < limit || !c.Brute.IsZero() && k.At.Sub(c.Brute) < t.Window {
		return *c, false
	}
	c.Brute = k.At
	return *c, true
}

// forgive takes back what was counted of a connection before it got in: an
// agent that offers keys which do not fit has tried nothing.
func (t *Tally) forgive(c *Caller, k Knock) {
	door := c.connection(k.Port)
	if door == nil || !door.before {
		return
	}
	door.before = false
	c.Tries--
	t.Total--
	if t.names[k.User] > 0 {
		t.names[k.User]--
	}
}

// count says how many tries a knock is. sshd tells of one try in several ways:
// an unknown user, a wrong password, PAM's word on it and a closed connection
// are one.
func (c *Caller) count(k Knock) int {
	told := c.denied
	if c.denied = k.Kind == Denied; c.denied {
		return k.Times
	}
	door := c.connection(k.Port)
	if door == nil {
		told = told && k.Kind != Unknown // which is of another connection
		c.remember(k.Port, k.Kind != Failed && !told)
		if told {
			return k.Times - 1
		}
		return k.Times
	}
	switch {
	case k.Kind != Failed:
		return 0
	case door.before || told:
		door.before = false
		return k.Times - 1
	}
	return k.Times
}

func (t *Tally) span(at time.Time) {
	if t.From.IsZero() || at.Before(t.From) {
		t.From = at
	}
	if at.After(t.To) {
		t.To = at
	}
}

func (t *Tally) name(user string, n int) {
	if user == "" || len(user) > longestName {
		return
	}
	if _, known := t.names[user]; known || len(t.names) < mostNames {
		t.names[user] += n
	}
}

// Callers are those who knocked in vain, the most eager first.
func (t *Tally) Callers() []Caller {
	var all []Caller
	for _, c := range t.callers {
		if c.Tries > 0 {
			all = append(all, *c)
		}
	}
	slices.SortFunc(all, func(a, b Caller) int {
		return cmp.Or(cmp.Compare(b.Tries, a.Tries), a.Address.Addr().Compare(b.Address.Addr()))
	})
	return all
}

// A Name is a user name that was tried.
type Name struct {
	Name  string
	Tries int
}

// Names are what strangers tried most. What was tried less than three times is
// left out: it may be somebody's password in the wrong place.
func (t *Tally) Names(most int) []Name {
	var all []Name
	for name, n := range t.names {
		if n >= 3 {
			all = append(all, Name{name, n})
		}
	}
	slices.SortFunc(all, func(a, b Name) int { return cmp.Or(cmp.Compare(b.Tries, a.Tries), cmp.Compare(a.Name, b.Name)) })
	return all[:min(most, len(all))]
}
