// Package dnstest holds what every provider of names is held to.
//
// A Peer is a real server or a strict imitation of one, with a zone in it. The
// suite knows nothing else of it, and looks at what it did with other eyes than
// the provider's.
package dnstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/dns"
)

// Apex is the zone that every peer starts with.
const Apex = "blog.example.org."

// Idle is a name of the zone that has one address: what a non-ASCII name is.
const idle = "xn--bcher-kva." + Apex

// Zone is what is in it, apart from SOA and NS records.
func Zone() []dns.Set {
	return []dns.Set{
		{Name: Apex, Type: "A", TTL: 300, Data: []string{"192.0.2.1", "192.0.2.2"}},
		{Name: Apex, Type: "AAAA", TTL: 600, Data: []string{"2001:db8::1"}},
		{Name: Apex, Type: "HTTPS", TTL: 900, Data: []string{`1 . alpn="h2"`}},
		{Name: Apex, Type: "MX", TTL: 7200, Data: []string{"10 mail." + Apex}},
		{Name: Apex, Type: "TXT", TTL: 7200, Data: []string{`"v=spf1 -all"`}},
		{Name: "mail." + Apex, Type: "A", TTL: 7200, Data: []string{"192.0.2.25"}},
		{Name: "svc." + Apex, Type: "SVCB", TTL: 1200, Data: []string{`1 other.example.net. port="8443"`}},
		{Name: "www." + Apex, Type: "CNAME", TTL: 3600, Data: []string{Apex}},
		{Name: idle, Type: "A", TTL: 300, Data: []string{"192.0.2.3"}},
	}
}

// A Peer is a server with Zone in it.
type Peer struct {
	// Open opens the zone there, at the address HOST:PORT, with the right
	// credentials or with such as are wrong.
	Open func(address string, right bool) dns.Zone
	// Address is where the peer is, as HOST:PORT.
	Address string
	// Proxy stands before an address: HTTP or DNS.
	Proxy func(t testing.TB, address string, f Fault) string
	// Dump is everything in the zone but the serial, by other means than Open's.
	Dump func() string
	// Meddle is somebody else who makes a set what he likes.
	Meddle func(dns.Set)
	// Lacks are the types that it cannot hold.
	Lacks []string
	// Least is the shortest TTL that it keeps, if that is more than 60 seconds.
	Least uint32
	// Compares says that it compares while it writes: of two at once one wins.
	Compares bool
	// Secrets are what must be in no error.
	Secrets []string
}

// short is the TTL of what is put for a while.
func (p Peer) short() uint32 { return max(60, p.Least) }

func (p Peer) zone() dns.Zone { return p.Open(p.Address, true) }

func (p Peer) has(s dns.Set) bool { return !slices.Contains(p.Lacks, s.Type) }

// held is what the peer has of the fixture, for some names.
func (p Peer) held(names ...string) []dns.Set {
	return slices.DeleteFunc(Zone(), func(s dns.Set) bool {
		return !p.has(s) || !slices.Contains(names, s.Name) || s.Type == "MX" || s.Type == "TXT"
	})
}

// away is the change that leads apex and www elsewhere: sets that are replaced,
// removed, new, and of a name that can have only one of them.
func (p Peer) away() dns.Change {
	c := dns.Change{
		Before: []dns.Set{
			{Name: Apex, Type: "A", TTL: 300, Data: []string{"192.0.2.1", "192.0.2.2"}},
			{Name: Apex, Type: "AAAA", TTL: 600, Data: []string{"2001:db8::1"}},
			{Name: Apex, Type: "HTTPS", TTL: 900, Data: []string{`1 . alpn="h2"`}},
			{Name: "www." + Apex, Type: "A"},
			{Name: "www." + Apex, Type: "AAAA"},
			{Name: "www." + Apex, Type: "CNAME", TTL: 3600, Data: []string{Apex}},
		},
		After: []dns.Set{
			{Name: Apex, Type: "A", TTL: p.short(), Data: []string{"198.51.100.7"}},
			{Name: Apex, Type: "AAAA"},
			{Name: Apex, Type: "HTTPS"},
			{Name: "www." + Apex, Type: "A", TTL: p.short(), Data: []string{"198.51.100.7", "198.51.100.8"}},
			{Name: "www." + Apex, Type: "AAAA", TTL: p.short(), Data: []string{"2001:db8:1::7"}},
			{Name: "www." + Apex, Type: "CNAME"},
		},
	}
	lacks := func(s dns.Set) bool { return !p.has(s) }
	return dns.Change{Before: slices.DeleteFunc(c.Before, lacks), After: slices.DeleteFunc(c.After, lacks)}
}

// Suite runs every test against a fresh peer.
func Suite(t *testing.T, start func(t *testing.T) Peer) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Peer)
	}{
		{"it reads what is there", reads},
		{"a change of several names is made whole and taken back exactly", thereAndBack},
		{"only the TTL changes", onlyTTL},
		{"what is so already is left alone", already},
		{"what somebody else changed is left to him", meddled},
		{"names are found in whichever spelling", spellings},
		{"a probe of type TXT comes and goes", probe},
		{"a name outside of the zone is refused", outside},
		{"a wrong key is told without the key", wrongKey},
		{"a dead server does not hold anybody up", deadServer},
		{"an answer is lost and the change is asked for again", lostAnswer},
		{"somebody is faster by a moment", faster},
		{"two change the same at once", twoAtOnce},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, start(t)) })
	}
}

func background(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// silent fails when an error says a secret.
func (p Peer) silent(t *testing.T, err error) {
	t.Helper()
	for _, s := range p.Secrets {
		if err != nil && strings.Contains(err.Error(), s) {
			t.Errorf("the error says the secret %q: %v", s, err)
		}
	}
}

func text(sets []dns.Set) string {
	var lines []string
	for _, s := range sets {
		if len(s.Data) > 0 {
			lines = append(lines, fmt.Sprintf("%s %d %s %s", s.Name, s.TTL, s.Type, strings.Join(s.Data, " | ")))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func (p Peer) mustApply(t *testing.T, z dns.Zone, c dns.Change) {
	t.Helper()
	if err := z.Apply(background(t), c); err != nil {
		p.silent(t, err)
		t.Fatalf("apply: %v", err)
	}
}

func mustRead(t *testing.T, z dns.Zone, names ...string) []dns.Set {
	t.Helper()
	sets, err := z.Sets(background(t), names)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return sets
}

func reads(t *testing.T, p Peer) {
	names := []string{Apex, "www." + Apex, "svc." + Apex, "nobody." + Apex}
	got, want := text(mustRead(t, p.zone(), names...)), text(p.held(names...))
	if got != want {
		t.Errorf("found\n%s\nwant\n%s", got, want)
	}
}

func thereAndBack(t *testing.T, p Peer) {
	z, c, before := p.zone(), p.away(), p.Dump()
	found := mustRead(t, z, Apex, "www."+Apex)
	p.mustApply(t, z, c)
	if got, want := text(mustRead(t, z, Apex, "www."+Apex)), text(c.After); got != want {
		t.Fatalf("after the change\n%s\nwant\n%s", got, want)
	}
	for _, kept := range []string{"v=spf1", "mail.", "192.0.2.25", "192.0.2.3"} {
		if !strings.Contains(p.Dump(), kept) {
			t.Errorf("%s is gone from\n%s", kept, p.Dump())
		}
	}
	p.mustApply(t, z, restore(c, found))
	if after := p.Dump(); after != before {
		t.Errorf("taken back\n%s\nbefore\n%s", after, before)
	}
}

// restore is the way back as an evacuation has it: to the sets as they were
// read, with whatever else the provider told of them.
func restore(c dns.Change, found []dns.Set) dns.Change {
	back := dns.Change{Before: c.After}
	for _, s := range c.Before {
		if i := slices.IndexFunc(found, func(f dns.Set) bool { return f.Name == s.Name && f.Type == s.Type }); i >= 0 {
			s = found[i]
		}
		back.After = append(back.After, s)
	}
	return back
}

func onlyTTL(t *testing.T, p Peer) {
	z, before := p.zone(), p.Dump()
	was := dns.Set{Name: Apex, Type: "A", TTL: 300, Data: []string{"192.0.2.1", "192.0.2.2"}}
	now := was
	now.TTL = 1800
	c := dns.Change{Before: []dns.Set{was}, After: []dns.Set{now}}
	p.mustApply(t, z, c)
	if got := text(mustRead(t, z, Apex)); !strings.Contains(got, Apex+" 1800 A 192.0.2.1 | 192.0.2.2") {
		t.Fatalf("found\n%s", got)
	}
	p.mustApply(t, z, c.Undo())
	if after := p.Dump(); after != before {
		t.Errorf("taken back\n%s\nbefore\n%s", after, before)
	}
}

func already(t *testing.T, p Peer) {
	z, c := p.zone(), p.away()
	p.mustApply(t, z, c)
	before := p.Dump()
	p.mustApply(t, z, c)
	same := dns.Change{Before: c.After, After: c.After}
	p.mustApply(t, z, same)
	if after := p.Dump(); after != before {
		t.Errorf("asked again\n%s\nbefore\n%s", after, before)
	}
}

func meddled(t *testing.T, p Peer) {
	for _, c := range []struct {
		name string
		set  dns.Set
	}{
		{"another address", dns.Set{Name: Apex, Type: "A", TTL: 300, Data: []string{"203.0.113.9"}}},
		{"one address more", dns.Set{Name: Apex, Type: "A", TTL: 300, Data: []string{"192.0.2.1", "192.0.2.2", "203.0.113.9"}}},
		{"another TTL", dns.Set{Name: Apex, Type: "A", TTL: 301, Data: []string{"192.0.2.1", "192.0.2.2"}}},
		{"no address", dns.Set{Name: Apex, Type: "AAAA"}},
		{"another CNAME", dns.Set{Name: "www." + Apex, Type: "CNAME", TTL: 3600, Data: []string{"mail." + Apex}}},
	} {
		home := Zone()[slices.IndexFunc(Zone(), func(s dns.Set) bool { return s.Name == c.set.Name && s.Type == c.set.Type })]
		p.Meddle(c.set)
		before := p.Dump()
		err := p.zone().Apply(background(t), p.away())
		changed, ok := errors.AsType[*dns.Changed](err)
		switch {
		case !ok:
			t.Errorf("%s: %v, want a *dns.Changed", c.name, err)
		case !strings.Contains(text(changed.Found)+"\n", text([]dns.Set{c.set})+"\n"):
			t.Errorf("%s: found %s, want %s", c.name, text(changed.Found), text([]dns.Set{c.set}))
		case !strings.Contains(text(changed.Want)+"\n", text([]dns.Set{home})+"\n"):
			t.Errorf("%s: wanted %s, want %s", c.name, text(changed.Want), text([]dns.Set{home}))
		}
		if after := p.Dump(); after != before {
			t.Errorf("%s: refused, and yet\n%s\nbefore\n%s", c.name, after, before)
		}
		p.Meddle(home)
	}
}

func spellings(t *testing.T, p Peer) {
	z := p.zone()
	for _, name := range []string{"bücher.blog.example.org", "BÜCHER.Blog.Example.ORG.", "XN--BCHER-KVA.blog.example.org"} {
		if got, want := text(mustRead(t, z, name)), idle+" 300 A 192.0.2.3"; got != want {
			t.Errorf("%s: found %q, want %q", name, got, want)
		}
	}
	before := p.Dump()
	c := dns.Change{
		Before: []dns.Set{{Name: "BÜCHER.blog.example.org", Type: "a", TTL: 300, Data: []string{"192.0.2.3"}}},
		After:  []dns.Set{{Name: "bücher.blog.example.org.", Type: "A", TTL: p.short(), Data: []string{"198.51.100.7"}}},
	}
	p.mustApply(t, z, c)
	if got, want := text(mustRead(t, z, idle)), fmt.Sprintf("%s %d A 198.51.100.7", idle, p.short()); got != want {
		t.Errorf("found %q, want %q", got, want)
	}
	p.mustApply(t, z, c.Undo())
	if after := p.Dump(); after != before {
		t.Errorf("taken back\n%s\nbefore\n%s", after, before)
	}
}

func probe(t *testing.T, p Peer) {
	z, before := p.zone(), p.Dump()
	name := "_buzzproof-probe." + Apex
	c := dns.Change{
		Before: []dns.Set{{Name: name, Type: "TXT"}},
		After:  []dns.Set{{Name: name, Type: "TXT", TTL: p.short(), Data: []string{`"PROBE"`}}},
	}
	p.mustApply(t, z, c)
	if !strings.Contains(p.Dump(), "PROBE") {
		t.Errorf("there is no probe in\n%s", p.Dump())
	}
	if sets := mustRead(t, z, name); len(sets) > 0 {
		t.Errorf("a TXT record leads nobody anywhere: %s", text(sets))
	}
	p.mustApply(t, z, c.Undo())
	if after := p.Dump(); after != before {
		t.Errorf("taken back\n%s\nbefore\n%s", after, before)
	}
}

func outside(t *testing.T, p Peer) {
	z := p.zone()
	if _, err := z.Sets(background(t), []string{"www.example.net."}); err == nil || !strings.Contains(err.Error(), "not in the zone") {
		t.Errorf("read: %v", err)
	}
	set := dns.Set{Name: "not" + Apex, Type: "A", TTL: p.short(), Data: []string{"192.0.2.9"}}
	if err := z.Apply(background(t), dns.Change{Before: []dns.Set{{Name: set.Name, Type: "A"}}, After: []dns.Set{set}}); err == nil || !strings.Contains(err.Error(), "not in the zone") {
		t.Errorf("apply: %v", err)
	}
}

func wrongKey(t *testing.T, p Peer) {
	z, before := p.Open(p.Address, false), p.Dump()
	_, err := z.Sets(background(t), []string{Apex})
	applied := z.Apply(background(t), p.away())
	if err == nil || applied == nil {
		t.Fatalf("read: %v; apply: %v", err, applied)
	}
	p.silent(t, err)
	p.silent(t, applied)
	t.Logf("%v", applied)
	if after := p.Dump(); after != before {
		t.Errorf("changed with a wrong key\n%s\nbefore\n%s", after, before)
	}
}

func deadServer(t *testing.T, p Peer) {
	z := p.Open(silence(t), true)
	for name, ask := range map[string]func(context.Context) error{
		"read":  func(ctx context.Context) error { _, err := z.Sets(ctx, []string{Apex}); return err },
		"apply": func(ctx context.Context) error { return z.Apply(ctx, p.away()) },
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		started := time.Now()
		err := ask(ctx)
		cancel()
		if took := time.Since(started); err == nil || took > 10*time.Second {
			t.Errorf("%s: %v after %v", name, err, took)
		}
		p.silent(t, err)
	}
}

func lostAnswer(t *testing.T, p Peer) {
	lossy, z, c, before := p.Open(p.Proxy(t, p.Address, Fault{Lose: true}), true), p.zone(), p.away(), p.Dump()
	err := lossy.Apply(background(t), c)
	t.Logf("told: %v", err)
	p.silent(t, err)
	if err == nil {
		t.Error("an answer was lost, and nobody was told")
	}
	p.finish(t, lossy, z, c)
	if got, want := text(mustRead(t, z, Apex, "www."+Apex)), text(c.After); got != want {
		t.Errorf("found\n%s\nwant\n%s", got, want)
	}
	_ = lossy.Apply(background(t), c.Undo())
	p.finish(t, lossy, z, c.Undo())
	if after := p.Dump(); after != before {
		t.Errorf("taken back\n%s\nbefore\n%s", after, before)
	}
}

// finish asks again. One that makes a change in steps stands between its sides
// after a lost answer: it is told so, and whoever knows both sides goes on from
// what is there.
func (p Peer) finish(t *testing.T, lossy, z dns.Zone, c dns.Change) {
	t.Helper()
	err := z.Apply(background(t), c)
	changed, half := errors.AsType[*dns.Changed](err)
	if err == nil || !half || z.Atomic() {
		if err != nil {
			t.Fatalf("asked again: %v", err)
		}
		return
	}
	rest := dns.Change{After: c.After}
	for _, s := range c.Before {
		i := slices.IndexFunc(changed.Found, func(f dns.Set) bool { return f.Name == s.Name && f.Type == s.Type })
		if i < 0 {
			rest.Before = append(rest.Before, dns.Set{Name: s.Name, Type: s.Type})
			continue
		}
		rest.Before = append(rest.Before, changed.Found[i])
	}
	p.mustApply(t, z, rest)
}

// Between look and write somebody else changes one set.
func faster(t *testing.T, p Peer) {
	if !p.Compares {
		t.Skip("it compares before it writes, not while")
	}
	his := dns.Set{Name: Apex, Type: "A", TTL: 300, Data: []string{"203.0.113.9"}}
	var between string
	z := p.Open(p.Proxy(t, p.Address, Fault{Before: func() {
		p.Meddle(his)
		between = p.Dump()
	}}), true)
	c := p.away()
	c = dns.Change{Before: c.Before[:1], After: c.After[:1]}
	err := z.Apply(background(t), c)
	changed, ok := errors.AsType[*dns.Changed](err)
	if !ok || text(changed.Found) != text([]dns.Set{his}) {
		t.Errorf("%v, want what he made of it", err)
	}
	if after := p.Dump(); between == "" || after != between {
		t.Errorf("refused, and yet\n%s\nhis\n%s", after, between)
	}
}

func twoAtOnce(t *testing.T, p Peer) {
	if !p.Compares {
		t.Skip("it compares before it writes, not while")
	}
	mine, his := p.away(), p.away()
	his.After = slices.Clone(his.After)
	his.After[0] = dns.Set{Name: Apex, Type: "A", TTL: p.short(), Data: []string{"203.0.113.9"}}
	for round := range 5 {
		results := make(chan error, 2)
		for _, c := range []dns.Change{mine, his} {
			go func() { results <- p.zone().Apply(background(t), c) }()
		}
		var won, lost int
		for range 2 {
			err := <-results
			if _, ok := errors.AsType[*dns.Changed](err); ok {
				lost++
			} else if err == nil {
				won++
			} else {
				t.Errorf("round %d: %v", round, err)
			}
		}
		if won != 1 || lost != 1 {
			t.Fatalf("round %d: %d won, %d were told", round, won, lost)
		}
		winner := mine
		if strings.Contains(p.Dump(), "203.0.113.9") {
			winner = his
		}
		p.mustApply(t, p.zone(), winner.Undo())
	}
}
