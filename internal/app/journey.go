package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"buzzproof/internal/dns"
	"buzzproof/internal/evacuate"
	"buzzproof/internal/refuge"
	"buzzproof/internal/settings"
	"buzzproof/internal/snapshot"
)

// A journey is an evacuation with all that it needs opened.
type journey struct {
	*evacuate.Trip
	config   evacuate.Config
	plan     evacuate.Plan
	unsure   error // why it is not known which names to move; nil if it is
	tree     refuge.Tree
	observer *evacuate.Observer
	snapshot *snapshot.Snapshot

	done, total atomic.Int64 // bytes of a push
}

// A route is what a journey is made from.
type route struct {
	config evacuate.Config
	state  string // the folder of state
	refuge refuge.Refuge
	zone   dns.Zone
	// What the configuration calls the two.
	refugeName, zoneName string
}

// route opens what the configuration names. One that is under way goes on
// where it goes, whatever the configuration prefers now.
func (p *Program) route(f evacuateFlags) (*route, error) {
	c, err := p.config()
	if err != nil {
		return nil, err
	}
	r := &route{config: c.Evacuate, state: f.state}
	r.config.Store = cmp.Or(f.store, r.config.Store)
	r.config.Linger = cmp.Or(settings.Duration(f.linger), r.config.Linger)
	if err := r.config.Check(); err != nil {
		return nil, withStatus(statusConfig, fmt.Errorf("[evacuate] %w", err))
	}
	under, err := evacuate.ReadState(evacuate.Dir(f.state))
	if err != nil {
		return nil, err
	}
	if r.refugeName, r.refuge, err = member("refuge", cmp.Or(under.Plan.Refuge, f.refuge, r.config.Refuge), refugeKinds, c.Refuges); err != nil {
		return nil, withStatus(statusConfig, err)
	}
	if r.zoneName, r.zone, err = member("dns", cmp.Or(under.Plan.DNS, f.dns, r.config.DNS), dnsKinds, c.Zones); err != nil {
		return nil, withStatus(statusConfig, err)
	}
	if h, ok := r.zone.(*evacuate.Hand); ok {
		h.Say = p.tellByHand
	}
	return r, nil
}

// tellByHand says what the owner must change himself.
func (p *Program) tellByHand(lines []string) {
	fmt.Fprintf(p.Stderr, "change these records now, where your zone is kept; TTL is the number:\n  %s\nwaiting until the zone's own servers say so; Ctrl-C gives up waiting, nothing else\n",
		strings.Join(lines, "\n  "))
}

// journey opens the copy and the journal.
func (p *Program) journey(ctx context.Context, r *route) (j *journey, err error) {
	if r.config.Store == "" {
		return nil, withStatus(statusMisused, errors.New("which copy is it? name its folder: --store DIR, or [evacuate] store\nmake one: buzzproof freeze URL -o DIR"))
	}
	s, err := openLight(r.config.Store)
	if err != nil {
		return nil, explainEmpty(err, r.config.Store)
	}
	defer func() {
		if err != nil {
			_ = s.Close() // only read
		}
	}()
	j = &journey{config: r.config, snapshot: s}
	if j.tree, err = evacuate.TreeOf(s, r.config.Store); err != nil {
		return nil, err
	}
	public, err := url.Parse(s.Manifest.Public)
	if err != nil || public.Hostname() == "" {
		return nil, fmt.Errorf("the copy in %s does not say under which name it is published\nfreeze it with --as URL", r.config.Store)
	}
	apex := j.observe(ctx, r, public.Hostname())
	trip, err := evacuate.Open(evacuate.Dir(r.state), j.world(r, evacuate.House{Public: public, Address: r.config.Home}))
	if err != nil {
		return nil, explainTrip(err)
	}
	j.Trip = trip
	trip.Apex, trip.Linger = apex, time.Duration(r.config.Linger)
	trip.Bytes = func(done, total int64) { j.done.Store(done); j.total.Store(total) }
	trip.Tell = func(step, text string) { p.talk("%-8s %s", step, text) }
	if err = j.makePlan(ctx, r, public.Hostname()); err != nil {
		return nil, errors.Join(err, trip.Close())
	}
	return j, nil
}

// world is what the journey acts on.
func (j *journey) world(r *route, home evacuate.House) evacuate.World {
	return evacuate.World{
		Zone: r.zone, Refuge: r.refuge,
		Tree: func(context.Context) (refuge.Tree, error) { return j.tree, nil },
		Light: func(context.Context) (refuge.Tree, error) {
			return evacuate.LightTreeOf(j.snapshot, r.config.Store)
		},
		Verify: refuge.Verifier{}.Verify, AtHome: home.Answers,
		Seen: j.observer.Await, Late: j.observer.Late, Resolvers: len(j.observer.Resolvers),
	}
}

// Close gives everything free.
func (j *journey) Close() error { return errors.Join(j.Trip.Close(), j.snapshot.Close()) }

// observe readies what watches the names, and finds where their zone begins.
func (j *journey) observe(ctx context.Context, r *route, host string) evacuate.Apex {
	j.observer = &evacuate.Observer{
		Zone: evacuate.Qualified(host), Authorities: r.config.Authorities,
		Resolvers: r.config.Resolvers, Patience: time.Duration(r.config.Patience),
	}
	if z, ok := r.zone.(interface{ Servers() []string }); ok && len(j.observer.Authorities) == 0 {
		j.observer.Authorities = z.Servers()
	}
	if len(j.observer.Resolvers) == 0 {
		j.observer.Resolvers = evacuate.SystemResolvers()
	}
	// Without an answer the name is taken for an apex: what is safe there is
	// safe everywhere.
	if zone, err := j.observer.FindZone(ctx, j.observer.Zone); err == nil {
		j.observer.Zone = zone
	}
	apex := evacuate.Apex{Name: j.observer.Zone}
	if a, ok := r.zone.(evacuate.Aliaser); ok {
		apex.Alias = a.AliasType()
	}
	return apex
}

// progress says how far a push is.
func (j *journey) progress() string {
	return fmt.Sprintf("%s of %s are at the refuge", bytesText(j.done.Load()), bytesText(j.total.Load()))
}

// makePlan decides which names are moved: those of the configuration, or the
// site's own with its twin.
func (j *journey) makePlan(ctx context.Context, r *route, host string) error {
	if under := j.State(); under.Way != evacuate.Home {
		j.plan = under.Plan
		return nil
	}
	names := r.config.Names
	if len(names) == 0 {
		own, twin := evacuate.Qualified(host), evacuate.Twin(host)
		names = []string{own}
		sets, err := r.zone.Sets(ctx, []string{own, twin})
		if err != nil {
			j.unsure = fmt.Errorf("look whether %s leads to the site too: %w: %w", twin, evacuate.ErrRefused, err)
		} else if evacuate.Together(sets, own, twin) {
			names = append(names, twin)
		}
	}
	j.plan = evacuate.Plan{
		ID: rand.Text(), Host: host, Names: names, Refuge: r.refugeName, DNS: r.zoneName, TTL: max(r.config.Seconds(), evacuate.LeastTTL(r.zone)),
	}
	return nil
}

// keepTo moves the names that were agreed upon, unless an evacuation is under
// way.
func (j *journey) keepTo(names []string) {
	if j.State().Way == evacuate.Home {
		j.plan.Names, j.unsure = names, nil
	}
}

// leave goes to the refuge, with all of its names or not at all.
func (j *journey) leave(ctx context.Context) error {
	if j.unsure != nil {
		return j.unsure
	}
	return j.Out(ctx, j.plan)
}

// explainTrip adds what the owner can do, and the status for scripts.
func explainTrip(err error) error {
	changed, isChanged := errors.AsType[*dns.Changed](err)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled): // the owner pressed Ctrl-C: nobody refused anything
		return context.Canceled
	case errors.Is(err, evacuate.ErrBusy):
		return fmt.Errorf("%w\nwait for it, or end it: nothing is lost by that", err)
	case isChanged:
		return withStatus(statusRefused, fmt.Errorf("somebody else has changed the records, so nothing was touched:\n%s",
			strings.Join(evacuate.Difference(changed.Want, changed.Found), "\n")))
	case errors.Is(err, evacuate.ErrCap):
		return withStatus(statusCap, err)
	case errors.Is(err, evacuate.ErrUnseen):
		return withStatus(statusUnseen, err)
	case errors.Is(err, evacuate.ErrRefused):
		return withStatus(statusRefused, err)
	}
	return err
}
