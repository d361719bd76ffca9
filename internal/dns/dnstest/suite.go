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
