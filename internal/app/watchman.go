package app

import (
	"cmp"
	"context"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"buzzproof/internal/alert"
	"buzzproof/internal/buzz"
	"buzzproof/internal/dashboard"
	"buzzproof/internal/health"
	"buzzproof/internal/history"
	"buzzproof/internal/pid1"
	"buzzproof/internal/recorder"
	"buzzproof/internal/serve"
	"buzzproof/internal/site"
	"buzzproof/internal/tally"
)

// A watchman sees what comes to a site that is served: he counts it, writes it
// down, knows what is usual, tells the owner, and shows it all on a screen.
// Visits never wait for him.
type watchman struct {
	site     string // its public host
	dir      string // of what he knows
	unkept   bool   // nothing can be written there, which was said
	began    time.Time
	keeper   *doorkeeper
	server   *serve.Server
	recorder *recorder.Recorder
	history  *history.Store // nil when nothing is kept
	detector *buzz.Detector
	alerts   *alert.Dispatcher
	health   *health.Watch
	gauge    health.Gauge
	courses  atomic.Pointer[[]dashboard.Course] // of the checks
	speaker  *alert.Speaker
	hub      *dashboard.Hub
	link     string    // of the screen, in alerts; "" when there is none
	decision *decision // nil when the owner is not asked whether to flee
	home     string    // the folder of state, of all sites
	config   *config
	crowded  func(site.Event) (site.Event, bool) // hears that newcomers are refused; nil when there is nothing to decide
	log      *slog.Logger

	console func(pid1.Figures) // of the machine made for this server; nil on others

	seconds chan *tally.Second
	events  chan site.Event // to the history
	heard   chan site.Event // from checks
	lost    atomic.Uint64   // events and seconds for which there was no room
	recent  recent
	told    []dashboard.Event // newest first
	served  uint64
	used    int64 // bytes on the line when last looked
}

// watchOptions say what a watchman does beside counting.
type watchOptions struct {
	keep   bool   // a history
	origin string // URL of the living site; "" when it is not known
	zone   *time.Location
	config *config
	state  string // the folder of state, of all sites
	places places // where visitors come from, if anybody knows
}

// queueRoom is for what comes while a disk hangs: seconds, or events.
const queueRoom = 256

// siteState is the folder for what is known of one site among several.
func siteState(state, public string) string {
	name := "site"
	if u, err := url.Parse(public); err == nil && u.Host != "" {
		name = strings.ReplaceAll(u.Host, ":", "_")
	}
	return filepath.Join(state, "sites", name)
}

// nameOf is how the owner hears of a site: by its public host, or, where a
// plain folder has none, by the machine that serves it.
func nameOf(public string) string {
	if u, err := url.Parse(public); err == nil && u.Host != "" {
		return u.Host
	}
	machine, _ := os.Hostname() // "" when nobody knows
	return cmp.Or(machine, "your site")
}

// newWatchman returns a watchman of a site. It starts nothing.
func newWatchman(dir, public string, k *doorkeeper, o watchOptions, log *slog.Logger) (*watchman, error) {
	w := &watchman{
		dir: dir, began: time.Now(), keeper: k, hub: dashboard.NewHub(), log: log,
		detector: buzz.New(o.zone), console: pid1.Teller(), home: o.state, config: o.config, seconds: make(chan *tally.Second, queueRoom), events: make(chan site.Event, queueRoom),
		heard: make(chan site.Event, queueRoom),
	}
	w.site = nameOf(public)
	kept := dir // where what was said is written down
	err := w.introduce(context.Background(), o.keep, len(o.places) > 0)
	if w.unkept = err != nil && neverWritten(err); w.unkept {
		w.log.Warn("the state cannot be written: statistics, bans and what was said are not kept; the site is served all the same", "error", err)
		o.keep, kept = false, ""
	}
	if o.keep {
		w.history = history.Open(dir, o.config.History)
	}
	if w.speaker, err = alert.NewSpeaker(o.config.Alerts, w.site); err != nil {
		return nil, withStatus(statusConfig, err)
	}
	if w.alerts, err = alert.New(o.config.Alerts, o.config.Channels.Members, alert.Options{Site: w.site, State: kept}); err != nil {
		return nil, withStatus(statusConfig, err)
	}
	if w.health, err = health.New(o.config.Checks, checksToMake(o), health.Options{Keep: w.keepCheck, Tell: w.hear, Last: w.lastChecks()}); err != nil {
		return nil, withStatus(statusConfig, err)
	}
	w.recall()
	counting := recorder.Config{Refused: w.refused, Second: w.second, Keep: o.keep}
	if len(o.places) > 0 {
		counting.Locate = o.places.of
	}
	w.recorder = recorder.New(counting)
	return w, nil
}

// record is told of every answer. The class is what the guard takes the sender
// for by now.
func (w *watchman) record(h recorder.Hit) {
	h.Class = w.keeper.guard.Verdict(h.Address, h.Agent).Class
	w.recorder.Record(h)
}

// refused is how many newcomers the line has refused.
func (w *watchman) refused() uint64 {
	if w.server == nil {
		return 0
	}
	return uint64(w.server.Status().Line.Refused)
}

// second takes what happened in one. It must not wait.
func (w *watchman) second(s *tally.Second) {
	select {
	case w.seconds <- s:
	default:
		w.lost.Add(1)
	}
}

// count counts, and keeps what it comes to, until stop is called, which returns
// when all is on disk. It outlives the group that serves: answers end while
// that drains.
func (w *watchman) count(ctx context.Context) (stop func() error) {
	g := newGroup(context.WithoutCancel(ctx))
	g.goes(w.recorder.Run)
	if w.history != nil {
		g.goes(func(ctx context.Context) error { return w.history.Run(ctx, w.recorder.Take, w.kept) })
	}
	return func() error {
		g.cancel()
		return g.wait()
	}
}

// watch works as long as g runs.
func (w *watchman) watch(g *group, server *serve.Server) {
	w.server = server
	g.goes(w.alerts.Run)
	g.goes(w.look)
	g.goes(w.health.Run)
	if w.history != nil {
		g.goes(w.writeEvents)
		g.goes(w.followCourses)
	}
}

// kept hears of the history what the owner should know.
func (w *watchman) kept(r history.Report) {
	if r.Aside != "" {
		w.log.Warn("the history was damaged; a new one is begun", "aside", r.Aside)
	}
	if r.Err != nil {
		w.log.Warn("statistics cannot be written; the site is served all the same", "error", r.Err)
	}
	if r.Lost > 0 {
		w.log.Warn("statistics were given up for want of room", "spans", r.Lost)
	}
}

// rememberEvery is how often it is written down what is usual. What a power cut
// loses of it is a minute among weeks.
const rememberEvery = time.Minute

// look does once a second what there is to do, until ctx ends.
func (w *watchman) look(ctx context.Context) error {
	remember := time.NewTicker(rememberEvery)
	defer remember.Stop()
	for {
		select {
		case <-ctx.Done():
			w.remember()
			return nil
		case <-remember.C:
			w.remember()
		case s := <-w.seconds:
			w.step(s)
		case e := <-w.heard:
			w.tell(e)
		}
	}
}

// step takes a second in.
func (w *watchman) step(s *tally.Second) {
	status := w.server.Status()
	events := w.detector.Step(w.moment(s, status))
	for _, e := range events {
		w.tell(e)
	}
	if len(events) > 0 {
		w.remember() // who was told what must survive a crash
	}
	w.recent.add(s)
	w.served += s.People().Visits
	w.hub.Publish(w.state(s, status))
	if w.console != nil {
		total := s.Total()
		w.console(pid1.Figures{Visits: total.Visits, People: s.People().Visits, Bytes: float64(total.Bytes), Refused: uint64(s.Refused), Rung: status.Rung.String(), Line: status.Line.Rate})
	}
}

// eventsKept is how many events the screen goes back.
const eventsKept = 100

// tell tells the owner of an event, on the screen and over every channel.
func (w *watchman) tell(e site.Event) {
	if e.Facts.Link == "" {
		e.Facts.Link = w.link
	}
	w.alerts.Tell(e)
	line := w.speaker.Line(e, time.Now())
	w.log.Info("event", "voice", e.Voice, "what", line)
	w.told = append([]dashboard.Event{{At: e.At, Voice: e.Voice.String(), Text: line}}, w.told[:min(len(w.told), eventsKept-1)]...)
	select {
	case w.events <- e:
	default:
		w.lost.Add(1)
	}
	if w.decision != nil && e.Kind == site.KindBuzz && e.Phase == site.PhaseOver && !slices.Contains(e.Facts.Why, site.WhyNewUsual) {
		w.decision.settle()
	}
	if w.crowded != nil && e.Kind == site.KindRefused && e.Phase == site.PhaseRefusing {
		if question, isNew := w.crowded(e); isNew {
			w.tell(question)
		}
	}
}

// writeEvents keeps events until ctx ends.
func (w *watchman) writeEvents(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-w.events:
			if err := w.history.AppendEvent(ctx, e); err != nil && ctx.Err() == nil {
				w.log.Warn("an event is not kept", "error", err)
			}
		}
	}
}
