package dns

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	wire "github.com/miekg/dns"

	"buzzproof/internal/secret"
	"buzzproof/internal/site"
)

// RFC2136Config is a zone at a name server that takes dynamic updates: BIND,
// Knot, PowerDNS with dnsupdate=yes, NSD's primaries.
type RFC2136Config struct {
	Common
	// Server is the primary of the zone, as HOST or HOST:PORT. It is asked over
	// TCP.
	Server string `toml:"server"`
	// Key is the name of the TSIG key, as the server has it.
	Key string `toml:"key"`
	// Secret is the key itself in base64, as in the server's configuration.
	Secret secret.Text `toml:"secret"`
	// Algorithm is hmac-sha256 (default), hmac-sha384 or hmac-sha512.
	Algorithm string `toml:"algorithm"`
}

// algorithms are those of TSIG that are still worth using (RFC 8945 section 6).
var algorithms = map[string]string{
	"":            wire.HmacSHA256,
	"hmac-sha256": wire.HmacSHA256,
	"hmac-sha384": wire.HmacSHA384,
	"hmac-sha512": wire.HmacSHA512,
}

// fudge is how wrong a clock may be, in seconds (RFC 8945 section 10).
const fudge = 300

// updater is a name server that takes updates.
//
// An update carries what must be there before it (RFC 2136 section 2.4), and
// the server compares and writes in one step. It compares no TTLs: those are
// read before.
type updater struct {
	apex, server, key, algorithm string
	secrets                      map[string]string
}

// NewRFC2136 opens a zone at a name server that takes dynamic updates.
func NewRFC2136(c RFC2136Config) (Zone, error) {
	algorithm, known := algorithms[strings.ToLower(c.Algorithm)]
	key, err := Name(c.Key)
	switch {
	case !known:
		return nil, fmt.Errorf("algorithm %q: want hmac-sha256, hmac-sha384 or hmac-sha512", c.Algorithm)
	case err != nil:
		return nil, fmt.Errorf("key: %w", err)
	case c.Server == "":
		return nil, errors.New("server: want the zone's primary, such as ns1.example.org")
	case c.Secret.IsZero():
		return nil, errors.New("secret: want env:NAME or file:PATH")
	}
	u := &updater{server: c.Server, key: key, algorithm: algorithm, secrets: map[string]string{key: c.Secret.Reveal()}}
	if _, _, err := net.SplitHostPort(c.Server); err != nil {
		u.server = net.JoinHostPort(strings.Trim(c.Server, "[]"), "53")
	}
	z, err := named(c.Zone, u)
	if err != nil {
		return nil, err
	}
	u.apex, z.whole, z.held = z.apex, true, true
	return z, nil
}

// read asks for every set by itself, all over one connection: there is no
// question for several types that servers must answer (RFC 8482).
func (u *updater) read(ctx context.Context, keys []key) ([]Set, error) {
	conn, client, err := u.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	var sets []Set
	for _, k := range keys {
		kind, known := wire.StringToType[k.kind]
		if !known {
			return nil, fmt.Errorf("the DNS has no type %s", k.kind)
		}
		m := new(wire.Msg).SetQuestion(k.name, kind)
		m.RecursionDesired = false
		answer, err := u.exchange(ctx, client, conn, m)
		if err != nil {
			return nil, err
		}
		s, err := u.set(k, kind, answer)
		if err != nil {
			return nil, err
		}
		sets = append(sets, s)
	}
	return sets, nil
}

// examine finds out whether the key may change other names than the site's: it
// takes away records of a name that nobody has. Who allows that changes nothing
// (RFC 2136 section 3.4.2.3), and who does not says so.
func (u *updater) examine(ctx context.Context) []site.Finding {
	const works = "they work, and the clocks agree within 5 minutes"
	nobody := []wire.RR{&wire.ANY{Hdr: wire.RR_Header{Name: "buzzproof-" + strings.ToLower(rand.Text()) + "." + u.apex, Rrtype: wire.TypeA}}}
	m := new(wire.Msg).SetUpdate(u.apex)
	m.NameNotUsed(nobody)
	m.RemoveRRset(nobody)
	conn, client, err := u.dial(ctx)
	var answer *wire.Msg
	if err == nil {
		defer conn.Close()
		answer, err = u.exchange(ctx, client, conn, m)
	}
	switch {
	case err != nil:
		return []site.Finding{{About: "credentials", OK: true, Found: works + "; what else they can could not be asked: " + err.Error()}}
	case answer.Rcode == wire.RcodeRefused:
		return []site.Finding{{About: "credentials", OK: true, Found: works + ", and the key " + u.key + " may not change other names"}}
	case answer.Rcode != wire.RcodeSuccess:
		return []site.Finding{{About: "credentials", OK: true, Found: works + "; what else they can is not told: " + wire.RcodeToString[answer.Rcode]}}
	}
	return []site.Finding{{
		About: "credentials", Found: "the key " + u.key + " may change every name of " + u.apex,
		Mend: "give the server a rule for each name instead of allow-update, then rndc reconfig: " + u.policy(),
	}}
}

// policy is what a key of BIND needs to move the apex and its twin.
func (u *updater) policy() string {
	key := strings.TrimSuffix(u.key, ".")
	rule := func(name, types string) string { return "grant " + key + " name " + name + u.apex + " " + types + "; " }
	const moved = "A AAAA CNAME HTTPS SVCB"
	return "update-policy { " + rule("", moved) + rule("www.", moved) + rule("_buzzproof-probe.", "TXT") + "};"
}

// set is what an answer says of a set; one that does not exist has no data.
func (u *updater) set(k key, kind uint16, answer *wire.Msg) (Set, error) {
	s := Set{Name: k.name, Type: k.kind}
	switch {
	case answer.Rcode != wire.RcodeSuccess && answer.Rcode != wire.RcodeNameError:
		return s, fmt.Errorf("%s answers %s to a question for %s", u.server, wire.RcodeToString[answer.Rcode], k.name)
	case !answer.Authoritative:
		return s, fmt.Errorf("%s is not a name server of %s", u.server, u.apex)
	}
	for _, rr := range answer.Answer {
		if h := rr.Header(); h.Rrtype == kind && strings.EqualFold(h.Name, k.name) {
			s.TTL = h.Ttl
			s.Data = append(s.Data, dataOf(rr))
		}
	}
	slices.Sort(s.Data)
	return s, nil
}

// write sends the whole change as one update.
func (u *updater) write(ctx context.Context, c Change, _ map[key]Set) error {
	m, err := u.update(c)
	if err != nil {
		return err
	}
	conn, client, err := u.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	answer, err := u.exchange(ctx, client, conn, m)
	if err != nil {
		return err
	}
	switch answer.Rcode {
	case wire.RcodeSuccess:
		return nil
	case wire.RcodeNXRrset, wire.RcodeYXRrset, wire.RcodeNameError, wire.RcodeYXDomain:
		return errRaced
	case wire.RcodeRefused:
		return fmt.Errorf("%s refuses: the key %s may not change these records, see update-policy or allow-update", u.server, u.key)
	case wire.RcodeNotAuth, wire.RcodeNotZone:
		return fmt.Errorf("%s is not the primary of %s", u.server, u.apex)
	}
	return fmt.Errorf("%s answers %s", u.server, wire.RcodeToString[answer.Rcode])
}

// update is the message for a change. Everything is taken away before anything
// is put: a CNAME beside other records is ignored (RFC 2136 section 3.4.2.2).
func (u *updater) update(c Change) (*wire.Msg, error) {
	m := new(wire.Msg).SetUpdate(u.apex)
	var added []wire.RR
	for i, before := range c.Before {
		head := []wire.RR{&wire.ANY{Hdr: wire.RR_Header{Name: before.Name, Rrtype: wire.StringToType[before.Type]}}}
		there, err := u.records(before)
		if err != nil {
			return nil, err
		}
		if len(there) == 0 {
			m.RRsetNotUsed(head)
		} else {
			for _, rr := range there {
				rr.Header().Ttl = 0 // section 2.4.2
			}
			m.Used(there)
		}
		if before.same(c.After[i]) {
			continue
		}
		if len(there) > 0 {
			m.RemoveRRset(head)
		}
		wanted, err := u.records(c.After[i])
		if err != nil {
			return nil, err
		}
		added = append(added, wanted...)
	}
	m.Insert(added)
	return m, nil
}

func (u *updater) records(s Set) ([]wire.RR, error) {
	var list []wire.RR
	for _, data := range s.Data {
		rr, err := parse(u.apex, s.Type, data)
		if err != nil {
			return nil, err
		}
		rr.Header().Name, rr.Header().Ttl = s.Name, s.TTL
		list = append(list, rr)
	}
	return list, nil
}

func (u *updater) dial(ctx context.Context) (*wire.Conn, *wire.Client, error) {
	client := &wire.Client{Net: "tcp", Timeout: patience, TsigSecret: u.secrets}
	conn, err := client.DialContext(ctx, u.server)
	return conn, client, err
}

// exchange signs a message, sends it and checks the signature of the answer.
func (u *updater) exchange(ctx context.Context, client *wire.Client, conn *wire.Conn, m *wire.Msg) (*wire.Msg, error) {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	// A Conn goes on from the last signature, as transfers do; questions do not.
	fresh := &wire.Conn{Conn: conn.Conn}
	m.SetTsig(u.key, u.algorithm, fudge, time.Now().Unix())
	answer, _, err := client.ExchangeWithConnContext(ctx, m, fresh)
	if ctx.Err() != nil {
		return nil, fmt.Errorf("%s does not answer in time: %w", u.server, ctx.Err())
	}
	if answer != nil {
		if told := u.refusal(answer); told != nil {
			return nil, told
		}
	}
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", u.server, err)
	}
	if answer.IsTsig() == nil {
		return nil, fmt.Errorf("%s does not sign its answer (%s): does it have the key %s?", u.server, wire.RcodeToString[answer.Rcode], u.key)
	}
	return answer, nil
}

// refusal is what a server says of the signature (RFC 8945 section 5.2).
func (u *updater) refusal(answer *wire.Msg) error {
	t := answer.IsTsig()
	if t == nil {
		return nil
	}
	switch t.Error {
	case wire.RcodeSuccess:
		return nil
	case wire.RcodeBadKey:
		return fmt.Errorf("%s does not know the key %s with %s", u.server, u.key, strings.TrimSuffix(u.algorithm, "."))
	case wire.RcodeBadSig:
		return fmt.Errorf("%s has another secret for the key %s", u.server, u.key)
	case wire.RcodeBadTime:
		return fmt.Errorf("the clocks here and at %s differ by more than %d s: timedatectl set-ntp true", u.server, fudge)
	}
	return fmt.Errorf("%s does not take the signature: %s", u.server, wire.RcodeToString[int(t.Error)])
}
