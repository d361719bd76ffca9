package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"buzzproof/internal/alert"
	"buzzproof/internal/buzz"
	"buzzproof/internal/dashboard"
	"buzzproof/internal/health"
	"buzzproof/internal/history"
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
	began    time.Time
	keeper   *doorkeeper
	server   *serve.Server
	recorder *recorder.Recorder
	history  *history.Store // nil when nothing is kept
	detector *buzz.Detector
	alerts   *alert.Dispatcher
	health   *health.Watch
	gauge    health.Gauge
	speaker  *alert.Speaker
	hub      *dashboard.Hub
	link     string // of the screen, in alerts; "" when there is none
	log      *slog.Logger

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

// newWatchman returns a watchman of a site. It starts nothing.
func newWatchman(dir, public string, k *doorkeeper, o watchOptions, log *slog.Logger) (*watchman, error) {
	w := &watchman{
		dir: dir, began: time.Now(), keeper: k, hub: dashboard.NewHub(), log: log,
		detector: buzz.New(o.zone), seconds: make(chan *tally.Second, queueRoom), events: make(chan site.Event, queueRoom),
		heard: make(chan site.Event, queueRoom),
	}
	if u, err := url.Parse(public); err == nil {
		w.site = u.Host
	}
	if o.keep {
		w.history = history.Open(dir, o.config.History)
	}
	var err error
	if w.speaker, err = alert.NewSpeaker(o.config.Alerts, w.site); err != nil {
		return nil, withStatus(statusConfig, err)
	}
	if w.alerts, err = alert.New(o.config.Alerts, o.config.Channels.Members, alert.Options{Site: w.site, State: dir}); err != nil {
		return nil, withStatus(statusConfig, err)
	}
	if w.health, err = health.New(o.config.Checks, checksToMake(o), health.Options{Keep: w.keepCheck, Tell: w.hear, Last: w.lastChecks()}); err != nil {
		return nil, withStatus(statusConfig, err)
	}
	w.recall()
	w.recorder = recorder.New(recorder.Config{
		Refused: w.refused, Second: w.second, Keep: o.keep,
	})
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
}

// eventsKept is how many events the screen goes back.
const eventsKept = 100

// tell tells the owner of an event, on the screen and over every channel.
func (w *watchman) tell(e site.Event) {
	e.Facts.Link = w.link
	w.alerts.Tell(e)
	line := w.speaker.Line(e, time.Now())
	w.log.Info("event", "voice", e.Voice, "what", line)
	w.told = append([]dashboard.Event{{At: e.At, Voice: e.Voice.String(), Text: line}}, w.told[:min(len(w.told), eventsKept-1)]...)
	select {
	case w.events <- e:
	default:
		w.lost.Add(1)
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

// moment is a second as the detector sees it.
func (w *watchman) moment(s *tally.Second, status serve.Status) buzz.Moment {
	people := s.People()
	m := buzz.Moment{
		At: s.At.Add(time.Second), Visits: int(s.Arrivals), Refused: int(s.Refused),
		Sources: talliesOf(s.Sites), Links: talliesOf(s.Referrers), Pages: talliesOf(s.Landings), Previews: talliesOf(s.Previews),
		Networks: groupsOf(s.Networks), Machines: groupsOf(s.Machines),
		Deeds: buzz.Deeds{Known: true, Assets: int(s.Opened), Followed: int(s.Followed), Failed: int(people.NotFound)},
	}
	for i := range m.Sources {
		if m.Sources[i].Name == tally.Direct {
			m.Sources[i].Name = ""
		}
	}
	for c := range m.Hits {
		m.Hits[c] = int(s.Classes[c].Hits)
	}
	m.Line = w.line(s, status)
	// Only to whom pages were given whose parts can be asked for tell by it.
	m.Deeds.Known = m.Line.Rung < site.Lite
	return m
}

func (w *watchman) line(s *tally.Second, status serve.Status) buzz.Line {
	l := buzz.Line{Rate: status.Line.Rate, Visit: status.Costs, Rung: status.Rung}
	if forced, ok := w.server.Forced(); ok {
		l.Rung = forced
	}
	if l.Used = float64(status.Line.Bytes - w.used); l.Rate == 0 || l.Used < 0 {
		l.Used = float64(s.Total().Bytes)
	}
	w.used = status.Line.Bytes
	for c := site.Person + 1; int(c) < tally.Classes; c++ {
		l.Machines += float64(s.Classes[c].Bytes)
	}
	return l
}

func talliesOf(l tally.List) (tallies []buzz.Tally) {
	for _, it := range l.Items {
		tallies = append(tallies, buzz.Tally{Name: it.Name, N: int(it.Visits)})
	}
	return tallies
}

func groupsOf(networks []tally.Network) (groups []buzz.Group) {
	for _, n := range networks {
		groups = append(groups, buzz.Group{Network: n.Hash, N: int(n.Visits)})
	}
	return groups
}

// usualFile holds what the detector knows.
func (w *watchman) usualFile() string { return filepath.Join(w.dir, "usual.json") }

// recall takes up what was known when the program ended.
func (w *watchman) recall() {
	data, err := os.ReadFile(w.usualFile())
	if err == nil {
		err = w.detector.UnmarshalBinary(data)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.log.Warn("what is usual must be learnt anew", "error", err)
	}
}

// remember writes down what is usual and how the line is, whole or not at all.
func (w *watchman) remember() {
	data, err := w.detector.MarshalBinary()
	if err == nil {
		err = writeWhole(w.usualFile(), data, 0o600)
	}
	status := w.server.Status()
	if line := (lineKnown{status.Line.Rate, status.Costs[site.Full]}); err == nil && line.Rate > 0 && line.FullPage > 0 {
		if data, err = json.Marshal(line); err == nil {
			err = writeWhole(filepath.Join(w.dir, lineFile), data, 0o600)
		}
	}
	if err != nil {
		w.log.Debug("what is usual is not written down", "error", err)
	}
}

// writeWhole writes a file under another name, flushes it and renames it.
func writeWhole(path string, data []byte, mode fs.FileMode) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}

// parseAddr reads an address that the owner types.
func parseAddr(s string) (netip.Addr, error) {
	a, err := netip.ParseAddr(strings.TrimSpace(s))
	if err != nil {
		return a, misuse("%q is no address", s)
	}
	return a.Unmap(), nil
}
