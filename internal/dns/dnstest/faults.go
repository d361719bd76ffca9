package dnstest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/dns"
)

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
