package evacuate

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"buzzproof/internal/dns"
	"buzzproof/internal/refuge"
	"buzzproof/internal/site"
)

// A world is what is left when a process dies: a zone, a refuge, a folder. It
// counts what is done to it and can end the process, or fail, at any count.
type world struct {
	t      *testing.T
	dir    string
	now    time.Time
	sets   []dns.Set
	atomic bool

	pushed    string   // the tree that is whole at the refuge
	partial   bool     // some of it
	probe     []string // the data of a TXT set
	runs      bool     // what has to run there does
	asked     int      // how often the resolver was asked
	unwatched bool     // names may lead nowhere
	homeOff   bool     // home does not answer

	count    int
	crashAt  int              // the process dies at this count; 0 never
	failAt   int              // what is done at this count fails, and has no effect
	loseAt   int              // what is done at this count has its effect, and the answer is lost
	torn     bool             // the record that was written last is torn in the crash
	happened []string         // what was done, for messages
	refused  map[string]error // what fails always
}

// crash is what ends a process in a test.
type crash struct{}

var errInjected = errors.New("injected")

const (
	apexName, wwwName = "example.org.", "www.example.org."
	treeID            = "0123456789abcdef"
)

// homeSets are the records of home, with everything that a switch must mind.
func homeSets() []dns.Set {
	return []dns.Set{
		{Name: apexName, Type: "A", TTL: 3600, Data: []string{"192.0.2.1"}},
		{Name: apexName, Type: "AAAA", TTL: 7200, Data: []string{"2001:db8::1"}},
		{Name: apexName, Type: "HTTPS", TTL: 300, Data: []string{`1 . alpn="h2,h3" ipv4hint="192.0.2.1"`}},
		{Name: wwwName, Type: "CNAME", TTL: 86400, Data: []string{apexName}},
	}
}

func newWorld(t *testing.T) *world {
	return &world{
		t: t, dir: t.TempDir(), now: time.Date(2026, 9, 5, 22, 30, 0, 0, time.UTC),
		sets: homeSets(), atomic: true, refused: map[string]error{},
	}
}

// does counts what is done to the world. effect happens unless it fails.
func (w *world) does(what string, effect func()) error {
	if err := w.refused[what]; err != nil {
		return err
	}
	w.count++
	w.happened = append(w.happened, what)
	if w.count == w.crashAt {
		panic(crash{})
	}
	if w.count == w.failAt {
		return fmt.Errorf("%s: %w", what, errInjected)
	}
	if effect != nil {
		effect()
	}
	w.invariant(what)
	w.count++
	if w.count == w.crashAt {
		panic(crash{})
	}
	if w.count == w.loseAt || w.count == w.failAt {
		return fmt.Errorf("%s, its answer lost: %w", what, errInjected)
	}
	return nil
}

// invariant holds at every moment: no name points at nothing.
func (w *world) invariant(what string) {
	w.t.Helper()
	if w.unwatched {
		return
	}
	for _, address := range w.leadsTo(apexName) {
		switch {
		case address == "192.0.2.1" || address == "2001:db8::1": // home
		case address == "198.51.100.1": // somebody else's
		case (address == "203.0.113.9" || address == "2001:db8:9::9") && w.pushed == treeID && w.runs:
		default:
			w.t.Fatalf("after %s the name leads to %s, where nothing is (%v)", what, address, w.happened)
		}
	}
	if len(w.leadsTo(apexName)) == 0 {
		w.t.Fatalf("after %s the name leads nowhere (%v)", what, w.happened)
	}
}

func (w *world) leadsTo(name string) (list []string) {
	for _, s := range w.sets {
		if s.Name == name && (s.Type == "A" || s.Type == "AAAA") {
			list = append(list, s.Data...)
		}
	}
	return list
}

// open starts a process: nothing of one before is known but the folder.
func (w *world) open() *Trip {
	w.t.Helper()
	trip, err := Open(w.dir, World{
		Zone: fakeZone{w}, Refuge: fakeRefuge{w},
		Tree:   func(context.Context) (refuge.Tree, error) { return refuge.Tree{ID: treeID, Host: "example.org"}, nil },
		Verify: w.verify, AtHome: w.atHome, Seen: w.seen, Late: w.late,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	trip.Now = func() time.Time { w.now = w.now.Add(10 * time.Millisecond); return w.now }
	trip.Wait = func(_ context.Context, d time.Duration) error {
		return w.does("wait", func() { w.now = w.now.Add(d) })
	}
	trip.Apex = Apex{Name: apexName}
	trip.Noted = func(r Record) { _ = w.does("record "+r.Step, nil) } // it has happened: it cannot fail
	return trip
}

func testPlan() Plan {
	return Plan{ID: "a1", Host: "example.org", Names: []string{apexName, wwwName}, Refuge: "cloud", DNS: "zone", TTL: 60}
}

func (w *world) verify(_ context.Context, p refuge.Place, t refuge.Tree) error {
	if w.pushed != t.ID || !w.runs || p.Base != "http://203.0.113.9" {
		return fmt.Errorf("nothing answers at %q", p.Base)
	}
	return w.does("verify", nil)
}

func (w *world) atHome(_ context.Context, was []dns.Set, _ refuge.Tree) error {
	if w.homeOff || !same(was, homeSets()) {
		return errors.New("home is off")
	}
	return w.does("look at home", nil)
}

func (w *world) seen(_ context.Context, _ []string, want []dns.Set) error {
	if !same(want, w.sets) {
		return errors.New("the authority says something else")
	}
	return w.does("watch", nil)
}

// late is a resolver that knows the old way until half a minute has passed.
func (w *world) late(context.Context, []string, []dns.Set) []Heard {
	if w.asked++; w.asked%3 == 0 {
		return nil
	}
	return []Heard{{Server: "192.0.2.53:53", Name: apexName, Found: "203.0.113.9", Data: []string{"203.0.113.9"}, TTL: 30}}
}

type fakeZone struct{ w *world }

func (z fakeZone) Sets(context.Context, []string) ([]dns.Set, error) {
	if err := z.w.does("look", nil); err != nil {
		return nil, err
	}
	return slices.Clone(z.w.sets), nil
}

func (z fakeZone) Atomic() bool { return z.w.atomic }

// Apply is as the contract says. A zone that is not atomic can die in between:
// it adds first and removes then.
func (z fakeZone) Apply(_ context.Context, c dns.Change) error {
	if same(z.w.sets, c.After) {
		return z.w.does("change", nil)
	}
	if !same(z.w.sets, c.Before) {
		return &dns.Changed{Want: c.Before, Found: z.w.sets}
	}
	if z.w.atomic {
		return z.w.does("change", func() { z.w.sets = withData(c.After) })
	}
	for i := range c.After {
		after := c.After[i]
		if equal(after, c.Before[i]) {
			continue
		}
		if err := z.w.does("change a set", func() { z.w.put(after) }); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) put(set dns.Set) {
	w.sets = slices.DeleteFunc(slices.Clone(w.sets), func(s dns.Set) bool { return s.Name == set.Name && s.Type == set.Type })
	if len(set.Data) > 0 {
		w.sets = append(w.sets, set)
	}
}

func withData(sets []dns.Set) []dns.Set {
	return slices.DeleteFunc(slices.Clone(sets), func(s dns.Set) bool { return len(s.Data) == 0 })
}

type fakeRefuge struct{ w *world }

func (r fakeRefuge) Check(context.Context) []site.Finding { return nil }

func (r fakeRefuge) Push(_ context.Context, t refuge.Tree, _ func(int64, int64)) error {
	if r.w.pushed == t.ID {
		return r.w.does("push", nil)
	}
	if err := r.w.does("push a half", func() { r.w.partial = true }); err != nil {
		return err
	}
	return r.w.does("push", func() { r.w.pushed, r.w.partial = t.ID, false })
}

func (r fakeRefuge) Place(context.Context) (refuge.Place, error) {
	p := refuge.Place{
		Addrs: []netip.Addr{netip.MustParseAddr("203.0.113.9"), netip.MustParseAddr("2001:db8:9::9")},
		Base:  "http://203.0.113.9",
	}
	return p, r.w.does("place", func() { r.w.runs = true })
}

func (r fakeRefuge) Leave(_ context.Context, keep bool) error {
	if err := r.w.does("stop what runs", func() { r.w.runs = false }); err != nil {
		return err
	}
	return r.w.does("take away what was pushed", func() { r.w.pushed, r.w.partial = "", false })
}

func (r fakeRefuge) Cost() refuge.Cost { return refuge.Cost{Hour: 0.01} }

// someHome answers whatever the records are.
func (w *world) someHome(context.Context, []dns.Set, refuge.Tree) error {
	if w.homeOff {
		return errors.New("home is off")
	}
	return nil
}

// A probeZone has one TXT set besides.
type probeZone struct{ fakeZone }

func (z probeZone) Apply(_ context.Context, c dns.Change) error {
	if err := z.w.refused["probe"]; err != nil {
		return err
	}
	if !slices.Equal(z.w.probe, c.Before[0].Data) {
		found := c.Before[0]
		found.TTL, found.Data = 60, z.w.probe
		return &dns.Changed{Want: c.Before, Found: []dns.Set{found}}
	}
	z.w.probe = c.After[0].Data
	return nil
}
