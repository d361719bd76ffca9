package guard

import (
	"context"
	"fmt"
	"hash/maphash"
	"net/netip"
	"strings"
	"time"

	"buzzproof/internal/ban"
)

// A Config is what a Guard needs to know.
type Config struct {
	Knowledge
	// Bans is where bans are kept. Whoever owns the book keeps it on disk and
	// shuts the door by it, see ban.Book.
	Bans *ban.Book
	// Ban is how long a ban lasts. 0 bans nobody.
	Ban time.Duration
	// Spare are never banned, beside those that ban.Spared names. Optional.
	Spare []netip.Prefix
	// Resolver is asked whether a search engine is one. Optional: nobody is
	// asked then.
	Resolver Resolver
	// Ranges are addresses that operators publish, by their names in
	// agents/operators.txt. Optional.
	Ranges map[string][]netip.Prefix
}

// A Guard is a Judge at the door of a living site: it looks names up and bans.
// Nothing a visit calls waits for anything. It is safe for concurrent use.
type Guard struct {
	judge    *Judge
	config   Config
	verifier *verifier
}

// New returns a guard who has seen nothing. Names are looked up by Run.
func New(c Config) (*Guard, error) {
	g := &Guard{judge: NewJudge(c.Knowledge), config: c}
	g.verifier = &verifier{
		resolver: c.Resolver, operators: everyOperator(), ranges: c.Ranges,
		queue: make(chan question, questions), known: map[answerKey]answer{}, answer: g.learn,
	}
	if err := g.verifier.operators.checkRanges(c.Ranges); err != nil {
		return nil, err
	}
	return g, nil
}

// Run looks names up until ctx ends, a few at a time: a name server that does
// not answer must not hold up all the others.
func (g *Guard) Run(ctx context.Context) error {
	const workers = 4
	done := make(chan error, workers)
	for range workers {
		go func() { done <- g.verifier.run(ctx) }()
	}
	for range workers {
		<-done
	}
	return nil
}

// Allow reports whether an address may come in, and under which ban it is if
// not. It costs a look into a map.
func (g *Guard) Allow(addr netip.Addr, now time.Time) (ban.Ban, bool) {
	b, banned := g.config.Bans.Find(addr, now)
	return b, !banned
}

// Visit takes in an answered request and says what its sender is taken for. The
// path may have a query; referer is the header, "" for none.
func (g *Guard) Visit(addr netip.Addr, agent, method, path, referer string, status int, at time.Time) Verdict {
	second, table := at.Unix(), g.judge.table
	key, agentHash := table.ofAddr(addr), maphash.String(table.seed, agent)
	pairKey, says := with(key, agentHash), g.judge.claims.of(agentHash, agent)
	h := hit{at: second, path: maphash.String(table.seed, path), status: status, referer: table.refererHost(referer)}
	g.judge.look(&h, method, path)
	var pair, all trace
	table.update(pairKey, second, func(t *trace) {
		t.claim = says
		g.judge.noteOf(t, &h)
		pair = *t
	})
	table.update(key, second, func(t *trace) {
		t.noteAll(&h)
		all = *t
	})
	if pair.proof == unasked && honest(pair.claim) && !gentle(pair.claim) {
		g.ask(addr, agent, pairKey, second)
	}
	v := g.judge.verdict(&pair, &all)
	if v.ban && g.config.Ban > 0 && !g.spares(addr) {
		g.config.Bans.Add(ban.Ban{Address: ban.Of(addr), Why: g.reason(v, &all), By: "web", From: at, Until: at.Add(g.config.Ban)})
	}
	return v
}

// Verdict returns what an agent at an address is taken for by now, and why.
func (g *Guard) Verdict(addr netip.Addr, agent string) Verdict {
	table := g.judge.table
	key, agentHash := table.ofAddr(addr), maphash.String(table.seed, agent)
	pair, known := table.look(with(key, agentHash))
	if !known {
		pair.claim = g.judge.claims.of(agentHash, agent)
	}
	all, _ := table.look(key)
	return g.judge.verdict(&pair, &all)
}

// Dropped is how many questions about names and how many bans there was no
// room for.
func (g *Guard) Dropped() (questions, bans uint64) {
	return g.verifier.dropped.Load(), g.config.Bans.Dropped()
}

func (g *Guard) spares(addr netip.Addr) bool {
	for _, p := range g.config.Spare {
		if p.Contains(addr.Unmap()) {
			return true
		}
	}
	return ban.Spared(addr)
}

// ask has an agent looked up. That it was asked is written down first: the
// answer may be quicker.
func (g *Guard) ask(addr netip.Addr, agent string, pair uint64, at int64) {
	who := g.verifier.operator(agent)
	if who < 0 || ban.Spared(addr) { // a search engine does not come from the private network
		g.learn(pair, unprovable, at)
		return
	}
	g.learn(pair, asking, at)
	if !g.verifier.ask(question{addr.Unmap().WithZone(""), who, pair, at}) {
		g.learn(pair, unasked, at)
	}
}

// learn writes down what looking up has shown.
func (g *Guard) learn(pair uint64, p proof, at int64) {
	g.judge.table.update(pair, at, func(t *trace) { t.proof = p })
}

// reason says in words what a ban is for. What was asked for is not quoted: it
// is the attacker's text.
func (g *Guard) reason(v Verdict, addr *trace) string {
	var text strings.Builder
	text.WriteString(v.Why.String())
	for i, name := range g.judge.paths.products {
		if addr.products&(1<<i) != 0 {
			sign := ", "
			if !strings.Contains(text.String(), ": ") {
				sign = ": "
			}
			text.WriteString(sign + name)
		}
	}
	if addr.attacks > 0 {
		fmt.Fprintf(&text, "; %d attacks", addr.attacks)
	}
	if n := addr.probes.n; n > 0 {
		fmt.Fprintf(&text, "; %d paths probed", n)
	}
	return text.String()
}
