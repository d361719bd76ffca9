package evacuate

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	names "github.com/miekg/dns"

	"buzzproof/internal/dns"
	"buzzproof/internal/refuge"
	"buzzproof/internal/site"
)

// An Examination looks in advance at all that an evacuation needs, cheaply
// enough for every night.
type Examination struct {
	Trip     *Trip
	Observer *Observer
	Plan     Plan
	Cap      float64
	Secure   bool // the public URL begins with https
}

const (
	// calmTTL is what a name should have in calm weather: whoever evacuates
	// waits that long for the last visitor.
	calmTTL = 5 * time.Minute
	// skew is how wrong a clock may be: signatures of DNS updates hold for 300
	// seconds (RFC 8945 section 10), those of S3 for 900.
	skew = 2 * time.Minute
)

// Run returns a finding for everything that was looked at.
func (e Examination) Run(ctx context.Context) []site.Finding {
	findings := e.Trip.Refuge.Check(ctx)
	if z, ok := e.Trip.Zone.(interface {
		Examine(context.Context) []site.Finding
	}); ok {
		findings = append(findings, z.Examine(ctx)...)
	}
	sets, err := e.Trip.Zone.Sets(ctx, e.Plan.Names)
	if err != nil {
		findings = append(findings, bad("zone", err.Error(), "look at [dns."+e.Plan.DNS+"]: server, name, credentials"))
	} else {
		findings = append(findings, e.writable(ctx), e.ttl(sets), e.home(ctx, sets), e.visible(ctx, sets))
	}
	if place, known := e.Trip.foresee(); known {
		findings = append(findings, e.apex(sets, place), e.certificate(ctx, place), e.clock(ctx, place))
	}
	if r, ok := e.Trip.Refuge.(roomy); ok {
		if tree, err := e.Trip.Tree(ctx); err == nil { // else the finding about home says it
			findings = append(findings, r.Room(ctx, tree))
		}
	}
	return append(findings, e.price())
}

// A roomy refuge knows whether the site has room there.
type roomy interface {
	Room(context.Context, refuge.Tree) site.Finding
}

func good(about, found string) site.Finding {
	return site.Finding{About: about, OK: true, Found: found}
}

func bad(about, found, mend string) site.Finding {
	return site.Finding{About: about, Found: found, Mend: mend}
}

// writable writes a record that leads nobody anywhere and takes it away.
func (e Examination) writable(ctx context.Context) site.Finding {
	name := "_buzzproof-probe." + e.Plan.Names[0]
	none := dns.Set{Name: name, Type: "TXT"}
	probe := dns.Set{Name: name, Type: "TXT", TTL: max(60, LeastTTL(e.Trip.Zone)), Data: []string{`"` + rand.Text() + `"`}}
	change := dns.Change{Before: []dns.Set{none}, After: []dns.Set{probe}}
	err := e.Trip.Zone.Apply(ctx, change)
	if changed, ok := errors.AsType[*dns.Changed](err); ok && len(changed.Found) == 1 { // left by one that was killed
		change.After = changed.Found
		err = nil
	}
	if err == nil {
		err = e.Trip.Zone.Apply(ctx, change.Undo())
	}
	if err != nil {
		return bad("zone", "it cannot be written: "+err.Error(), "let the key of [dns."+e.Plan.DNS+"] change A, AAAA, CNAME, HTTPS and TXT records of "+e.Plan.Names[0])
	}
	return good("zone", "it can be read and written")
}

// ttl looks at how long the last visitor would wait.
func (e Examination) ttl(sets []dns.Set) site.Finding {
	worst := longest(sets)
	if worst > calmTTL {
		return bad("ttl", fmt.Sprintf("the last visitors come over %v after a switch", worst),
			"set these today, it helps when the old ones have run out: "+said(calmer(sets)))
	}
	return good("ttl", fmt.Sprintf("the last visitors come over %v after a switch", worst))
}

// calmer is what the records should be in calm weather.
func calmer(sets []dns.Set) []dns.Set {
	sets = slices.Clone(sets)
	for i := range sets {
		sets[i].TTL = min(sets[i].TTL, uint32(calmTTL.Seconds()))
	}
	return sets
}

// home looks whether a return could be verified.
func (e Examination) home(ctx context.Context, sets []dns.Set) site.Finding {
	tree, err := e.Trip.Tree(ctx)
	if err == nil && e.Trip.state.Way == Home {
		err = e.Trip.AtHome(ctx, sets, tree)
	}
	if err != nil {
		return bad("home", "it does not answer from here: "+err.Error(), "say where it is within your network: [evacuate] home = \"HOST:PORT\"; without it a return stops before the names move")
	}
	return good("home", "it answers")
}

// visible looks whether the zone's own servers say what the provider says.
func (e Examination) visible(ctx context.Context, sets []dns.Set) site.Finding {
	observer := *e.Observer
	observer.Patience = question
	if err := observer.Await(ctx, e.Plan.Names, sets); err != nil {
		return bad("authority", err.Error(), "is [dns."+e.Plan.DNS+"] the zone that the world sees? name its servers: [evacuate] authorities")
	}
	return good("authority", "the zone's own servers say what the provider says")
}

func (e Examination) apex(sets []dns.Set, place refuge.Place) site.Finding {
	if _, err := Target(sets, place, e.Plan.Names, e.Plan.TTL, e.Trip.Apex); err != nil {
		return bad("apex", err.Error(), "give the refuge a fixed address, or move the zone to a provider with aliases")
	}
	return good("apex", "every name can lead to the refuge")
}

// certificate looks whether visitors by https would be answered.
func (e Examination) certificate(ctx context.Context, place refuge.Place) site.Finding {
	switch {
	case !e.Secure:
		return good("certificate", "the site is published without TLS")
	case !place.TLS:
		return bad("certificate", "the refuge has no certificate for "+e.Plan.Host, "let the refuge have one: a host takes the one of home, a bucket needs a CDN before it")
	}
	allowed, err := e.authoritiesOfCertificates(ctx)
	if err != nil {
		return bad("certificate", "CAA records cannot be read: "+err.Error(), "name the zone's servers: [evacuate] authorities")
	}
	if len(allowed) > 0 {
		return good("certificate", "the refuge has one; only "+strings.Join(allowed, ", ")+" may issue a new one")
	}
	return good("certificate", "the refuge has one; any authority may issue a new one")
}

// authoritiesOfCertificates are those that CAA records name (RFC 8659 section
// 3): of the name itself or of the nearest above it that has any.
func (e Examination) authoritiesOfCertificates(ctx context.Context) ([]string, error) {
	servers, err := e.Observer.authorities(ctx)
	if err != nil {
		return nil, err
	}
	for name := e.Plan.Names[0]; ; {
		answer, err := ask(ctx, servers[0], name, names.TypeCAA, false)
		if err != nil {
			return nil, err
		}
		var allowed []string
		for _, rr := range answer {
			if caa, ok := rr.(*names.CAA); ok && caa.Tag == "issue" {
				allowed = append(allowed, caa.Value)
			}
		}
		at, end := names.NextLabel(name, 0)
		if len(allowed) > 0 || end || name == e.Observer.Zone {
			slices.Sort(allowed)
			return allowed, nil
		}
		name = name[at:]
	}
}

// clock compares this machine's clock with the refuge's.
func (e Examination) clock(ctx context.Context, place refuge.Place) site.Finding {
	ctx, cancel := context.WithTimeout(ctx, 2*question)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, place.Base+"/", nil)
	if err != nil {
		return bad("clock", err.Error(), "look at the address of the refuge")
	}
	transport := &http.Transport{DisableKeepAlives: true} // without a proxy, whose clock it would be
	resp, err := transport.RoundTrip(r)
	if err != nil {
		return good("clock", "the refuge does not answer yet, so it was not compared")
	}
	resp.Body.Close()
	there, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return good("clock", "the refuge does not say its time")
	}
	if off := e.Trip.Now().Sub(there).Abs(); off > skew {
		return bad("clock", fmt.Sprintf("it is %v from the refuge's", off.Round(time.Second)), "set the clock: timedatectl set-ntp true")
	}
	return good("clock", "it agrees with the refuge's")
}

// price compares what a great day costs with the cap.
func (e Examination) price() site.Finding {
	day := Price(e.Trip.Refuge.Cost(), 24, Usage{Requests: bigRequests, Bytes: bigBytes})
	found := fmt.Sprintf("a day with 100,000 readers costs about %.2f USD; the cap is %.2f", day, e.Cap)
	if cost := e.Trip.Refuge.Cost(); !e.Trip.meters() && cost.GB+cost.Requests > 0 {
		found += "; what is sent is not counted there, only time, so the cap cannot stop it"
	}
	if day > e.Cap {
		return bad("price", found, fmt.Sprintf("raise the cap: [evacuate] cap = %.0f", 3*day))
	}
	return good("price", found)
}
