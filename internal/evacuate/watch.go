package evacuate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	names "github.com/miekg/dns"

	"buzzproof/internal/dns"
)

// An Observer asks name servers what visitors are told. It asks the zone's own
// servers without a cache between, and resolvers as visitors do.
type Observer struct {
	Zone        string        // the apex, whose own servers are asked
	Authorities []string      // HOST:PORT; found through the resolvers when empty
	Resolvers   []string      // HOST:PORT
	Patience    time.Duration // how long the authorities may take; default 2 minutes
	Settle      time.Duration // how long resolvers are waited for; default 5 seconds
}

const (
	// question bounds one question to one server.
	question = 2 * time.Second
	// The authorities are asked ever more seldom while they lag behind.
	firstLook, lastLook = 50 * time.Millisecond, 5 * time.Second
)

// ErrNoAuthority says that nobody is known to ask.
var ErrNoAuthority = errors.New("the zone's own name servers cannot be found")

// shownTypes are what is asked for. An alias is seen by what it leads to.
var shownTypes = []uint16{names.TypeA, names.TypeAAAA, names.TypeHTTPS}

// Await waits until every authority answers with these sets for the names.
func (o *Observer) Await(ctx context.Context, hosts []string, want []dns.Set) error {
	servers, err := o.authorities(ctx)
	if err != nil {
		return err
	}
	given, cancel := context.WithTimeout(ctx, cmp.Or(o.Patience, 2*time.Minute))
	defer cancel()
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		late := o.late(given, servers, hosts, want, false)
		if len(late) == 0 {
			return nil
		}
		if err := wait(given, pause); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("%d of %d name servers of %s answer with something else: %s", len(late), len(servers), o.Zone, late[0].said())
		}
	}
}

// A Heard is what a name server said that is not what it should be.
type Heard struct {
	Server string
	Name   string   // the name asked for
	Found  string   // what it said, or why it did not
	Data   []string // the same: the names it leads through, and where to
	TTL    uint32   // seconds that it will go on saying so; 0 if it said nothing
}

func (h Heard) said() string { return fmt.Sprintf("%s says of %s: %s", h.Server, h.Name, h.Found) }

// Late asks the resolvers and returns those that say something else yet, for
// whatever reason. It gives them a moment to come round.
func (o *Observer) Late(ctx context.Context, hosts []string, want []dns.Set) []Heard {
	end := time.Now().Add(cmp.Or(o.Settle, 5*time.Second))
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		late := o.late(ctx, o.Resolvers, hosts, want, true)
		if len(late) == 0 || time.Now().Add(pause).After(end) || wait(ctx, pause) != nil {
			return late
		}
	}
}

// late asks servers side by side; a slow one must not hold up the rest.
func (o *Observer) late(ctx context.Context, servers, hosts []string, want []dns.Set, recurse bool) []Heard {
	found := make([]*Heard, len(servers))
	var wg sync.WaitGroup
	for i, server := range servers {
		wg.Go(func() { found[i] = differs(ctx, server, hosts, want, recurse) })
	}
	wg.Wait()
	var late []Heard
	for _, h := range found {
		if h != nil {
			late = append(late, *h)
		}
	}
	return late
}

// differs asks one server for everything; nil is that it says what it should.
func differs(ctx context.Context, server string, hosts []string, want []dns.Set, recurse bool) *Heard {
	for _, host := range hosts {
		for _, kind := range shownTypes {
			expected, known := expect(want, host, kind, recurse)
			if !known {
				continue
			}
			answer, err := ask(ctx, server, host, kind, recurse)
			if err != nil {
				return &Heard{Server: server, Name: host, Found: err.Error()}
			}
			got, ttl := data(answer, kind, recurse)
			if !slices.Equal(got, expected) {
				return &Heard{Server: server, Name: host, Found: cmp.Or(strings.Join(got, " "), "no "+names.TypeToString[kind]), Data: append(aliases(answer), got...), TTL: ttl}
			}
		}
	}
	return nil
}

// expect is what a server should say to a question. It is not known for a name
// that leads to one outside of the sets.
func expect(want []dns.Set, host string, kind uint16, recurse bool) (list []string, known bool) {
	for hops := 0; hops < 8; hops++ {
		next := ""
		for _, s := range want {
			if s.Name != host || len(s.Data) == 0 {
				continue
			}
			if !s.Direct() {
				return nil, false // the provider answers with what it likes
			}
			switch s.Type {
			case names.TypeToString[kind]:
				return canonical(s), true
			case "A", "AAAA", "HTTPS":
			case "CNAME":
				next = strings.ToLower(s.Data[0])
			default:
				return nil, false // an alias: the provider puts in what it finds
			}
		}
		if next == "" {
			return nil, true
		}
		if !recurse {
			return []string{next}, true
		}
		if !slices.ContainsFunc(want, func(s dns.Set) bool { return s.Name == next }) {
			return nil, false
		}
		host = next
	}
	return nil, false
}

// canonical is the data of a set in the spelling of this library, sorted.
func canonical(s dns.Set) (list []string) {
	for _, text := range s.Data {
		rr, err := names.NewRR(fmt.Sprintf("%s %d IN %s %s", s.Name, s.TTL, s.Type, text))
		if err != nil || rr == nil {
			list = append(list, text)
			continue
		}
		list = append(list, rdata(rr))
	}
	slices.Sort(list)
	return list
}

// data is what an answer says of a type, and how long it holds. An authority's
// answer for a CNAME is the CNAME; of a resolver's only the end counts.
func data(answer []names.RR, kind uint16, recurse bool) (list []string, ttl uint32) {
	for _, rr := range answer {
		if c, ok := rr.(*names.CNAME); ok && !recurse {
			return []string{strings.ToLower(c.Target)}, c.Hdr.Ttl
		}
		ttl = max(ttl, rr.Header().Ttl)
		if rr.Header().Rrtype == kind {
			list = append(list, rdata(rr))
		}
	}
	slices.Sort(list)
	return list, ttl
}

// aliases are the names that an answer leads through.
func aliases(answer []names.RR) (list []string) {
	for _, rr := range answer {
		if c, ok := rr.(*names.CNAME); ok {
			list = append(list, strings.ToLower(c.Target))
		}
	}
	return list
}

func rdata(rr names.RR) string { return strings.TrimPrefix(rr.String(), rr.Header().String()) }

// ask is what one server answers to one question.
func ask(ctx context.Context, server, host string, kind uint16, recurse bool) ([]names.RR, error) {
	answer, err := exchange(ctx, server, host, kind, recurse)
	if err != nil {
		return nil, err
	}
	return answer.Answer, nil
}

// exchange asks one server, by TCP when the answer does not fit a packet.
func exchange(ctx context.Context, server, host string, kind uint16, recurse bool) (*names.Msg, error) {
	m := new(names.Msg)
	m.SetQuestion(host, kind)
	m.RecursionDesired = recurse
	m.SetEdns0(1232, false)
	answer, _, err := (&names.Client{Timeout: question}).ExchangeContext(ctx, m, server)
	if err == nil && answer.Truncated {
		answer, _, err = (&names.Client{Net: "tcp", Timeout: question}).ExchangeContext(ctx, m, server)
	}
	switch {
	case err != nil:
		return nil, err
	case answer.Rcode != names.RcodeSuccess && answer.Rcode != names.RcodeNameError:
		return nil, errors.New(names.RcodeToString[answer.Rcode])
	}
	return answer, nil
}

// FindZone finds the apex of the zone that holds a name: whoever is asked says
// it with the answer, or with the word that there is none (RFC 2308 section 2).
func (o *Observer) FindZone(ctx context.Context, host string) (string, error) {
	failed := ErrNoAuthority
	for _, server := range slices.Concat(o.Authorities, o.Resolvers) {
		m, err := exchange(ctx, server, host, names.TypeSOA, len(o.Authorities) == 0)
		if err != nil {
			failed = err
			continue
		}
		for _, rr := range slices.Concat(m.Answer, m.Ns) {
			if rr.Header().Rrtype == names.TypeSOA {
				return strings.ToLower(rr.Header().Name), nil
			}
		}
	}
	return "", fmt.Errorf("the zone of %s: %w", host, failed)
}

// authorities are the zone's own servers.
func (o *Observer) authorities(ctx context.Context) ([]string, error) {
	if len(o.Authorities) > 0 {
		return o.Authorities, nil
	}
	var list []string
	for _, resolver := range o.Resolvers {
		found, err := ask(ctx, resolver, o.Zone, names.TypeNS, true)
		if err != nil {
			continue
		}
		for _, rr := range found {
			if ns, ok := rr.(*names.NS); ok {
				list = append(list, addressesOf(ctx, resolver, ns.Ns)...)
			}
		}
		if len(list) > 0 {
			return list, nil
		}
	}
	return nil, fmt.Errorf("%s: %w\nname them in [evacuate] authorities", o.Zone, ErrNoAuthority)
}

// addressesOf is where a name server of a zone listens: one address is enough,
// and IPv4 is what every home has.
func addressesOf(ctx context.Context, resolver, server string) []string {
	for _, kind := range []uint16{names.TypeA, names.TypeAAAA} {
		found, err := ask(ctx, resolver, server, kind, true)
		if err != nil {
			continue
		}
		for _, rr := range found {
			switch rr := rr.(type) {
			case *names.A:
				return []string{net.JoinHostPort(rr.A.String(), "53")}
			case *names.AAAA:
				return []string{net.JoinHostPort(rr.AAAA.String(), "53")}
			}
		}
	}
	return nil
}
