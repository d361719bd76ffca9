package guard

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A proof is what looking a name up has shown.
type proof uint8

const (
	unasked proof = iota
	asking
	unprovable // nothing is known of who should own the address
	proved
	refuted
)

// A Resolver answers questions about names. *net.Resolver is one.
type Resolver interface {
	LookupAddr(ctx context.Context, addr string) (names []string, err error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

//go:embed agents/operators.txt
var operatorList string

// An operator runs machines that can be told from impostors.
type operator struct {
	name  string
	hosts []string // what the names of its machines end in
}

// operators are found by the marks of their agents.
type operators struct {
	marks *marks
	lines []operator // by mark
}

var everyOperator = sync.OnceValue(func() *operators {
	o := &operators{marks: newMarks()}
	for line := range strings.Lines(operatorList) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 3 || line[0] == '#' {
			continue
		}
		if err := o.marks.add(fields[1], len(o.lines)); err != nil {
			panic("guard: operators.txt: " + err.Error())
		}
		o.lines = append(o.lines, operator{fields[0], strings.Fields(strings.TrimPrefix(fields[2], "-"))})
	}
	return o
})

// A verifier finds out whether addresses belong to whom they say they do:
// by the ranges that he publishes, or by a name of his that leads back to the
// address. It never makes a visit wait: questions queue, and what does not fit
// is asked again with the next hit.
type verifier struct {
	resolver  Resolver
	operators *operators
	ranges    map[string][]netip.Prefix // by name of the operator
	queue     chan question
	dropped   atomic.Uint64

	mu     sync.Mutex
	known  map[answerKey]answer
	answer func(pair uint64, p proof, at int64)
}

// A question is about an agent at an address.
type question struct {
	addr     netip.Addr
	operator int
	pair     uint64
	at       int64
}

type answerKey struct {
	addr netip.Addr
	name string
}

type answer struct {
	proof proof
	until int64
}

const (
	questions   = 256  // may wait
	answersKept = 4096 // 300 KB
	keepAnswer  = 24 * 60 * 60
	keepFailure = 10 * 60 // until a name server that does not answer is asked again
	patience    = 5 * time.Second
)

// operator returns who should own the address of an agent, -1 if nothing is
// known of him that could be checked.
func (v *verifier) operator(agent string) int {
	i := lowest(v.operators.marks, agent, len(v.operators.lines))
	if i == len(v.operators.lines) {
		return -1
	}
	o := &v.operators.lines[i]
	if len(v.ranges[o.name]) == 0 && (v.resolver == nil || len(o.hosts) == 0) {
		return -1
	}
	return i
}

// ask puts a question and reports whether an answer will come.
func (v *verifier) ask(q question) bool {
	select {
	case v.queue <- q:
		return true
	default:
		v.dropped.Add(1)
		return false
	}
}

// run answers questions until ctx ends.
func (v *verifier) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case q := <-v.queue:
			v.answer(q.pair, v.find(ctx, q), q.at)
		}
	}
}

// find looks among what is known before it asks anybody.
func (v *verifier) find(ctx context.Context, q question) proof {
	o := &v.operators.lines[q.operator]
	key := answerKey{q.addr, o.name}
	v.mu.Lock()
	known, ok := v.known[key]
	v.mu.Unlock()
	if ok && q.at < known.until {
		return known.proof
	}
	found := v.prove(ctx, q.addr, o)
	keep := int64(keepAnswer)
	if found == unasked {
		keep = keepFailure
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.known) >= answersKept {
		for old := range v.known {
			delete(v.known, old) // any: a wrong guess costs one question
			break
		}
	}
	v.known[key] = answer{found, q.at + keep}
	return found
}

// prove is forward-confirmed reverse DNS: anybody can name his address after
// anybody, but only the owner of a name can point it to the address.
func (v *verifier) prove(ctx context.Context, addr netip.Addr, o *operator) proof {
	for _, p := range v.ranges[o.name] {
		if p.Contains(addr) {
			return proved
		}
	}
	if len(o.hosts) == 0 {
		return refuted // he publishes ranges and nothing else
	}
	if v.resolver == nil {
		return unasked
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	names, err := v.resolver.LookupAddr(ctx, addr.String())
	if err != nil {
		return afterError(err)
	}
	for _, name := range names[:min(len(names), 3)] {
		if !o.owns(name) {
			continue
		}
		addrs, err := v.resolver.LookupNetIP(ctx, "ip", name)
		if err != nil {
			return afterError(err)
		}
		for _, a := range addrs {
			if a.Unmap() == addr {
				return proved
			}
		}
	}
	return refuted
}

func (o *operator) owns(name string) bool {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	for _, end := range o.hosts {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// afterError tells a name that does not exist from servers that do not answer.
func afterError(err error) proof {
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return refuted
	}
	return unasked
}

// checkRanges refuses ranges for an operator that nothing is known of.
func (o *operators) checkRanges(ranges map[string][]netip.Prefix) error {
	for name := range ranges {
		known := false
		for i := range o.lines {
			known = known || o.lines[i].name == name
		}
		if !known {
			return fmt.Errorf("ranges for %q: no such operator", name)
		}
	}
	return nil
}
