package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"buzzproof/internal/consent"
	"buzzproof/internal/paper"
	"buzzproof/internal/site"
)

// decisionPath is where the links of decisions lead.
const decisionPath = "/.well-known/buzzproof/evacuate/"

// linkHolds is how long a link is good: an owner who reads it over breakfast
// decides about another crowd.
const linkHolds = 6 * time.Hour

// A decision asks the owner whether the site shall flee, once for each crowd,
// and hears the answer.
type decision struct {
	links consent.Links
	base  string                      // the URL at which the owner reaches this server
	flee  func(context.Context) error // evacuates
	gone  func() bool                 // whether the site has fled already
	now   func() time.Time
	tell  func(site.Event) // takes what came of it to the owner
	pause time.Duration    // between two tries
	log   *slog.Logger

	mu      sync.Mutex
	asked   time.Time // when the last crowd was too much
	settled bool      // it is over, or was answered: the next one is another
	fleeing bool
}

// A flight fails where a line is so full that nothing of ours comes through;
// each try goes on where the last one stopped.
const (
	mostTries  = 10
	triesPause = 2 * time.Minute
)

// ask returns the event that carries the link, or nothing when one is out that
// still holds. The facts are those of the crowd.
func (d *decision) ask(facts site.Facts) (event site.Event, isNew bool, err error) {
	now := d.now()
	if !d.isNew(now) {
		return site.Event{}, false, nil
	}
	token, err := d.links.New(now.Add(linkHolds))
	if err != nil {
		d.settle()
		return site.Event{}, false, err
	}
	facts.Link = strings.TrimSuffix(d.base, "/") + decisionPath + token
	return d.event(now, "asked", facts), true, nil
}

func (d *decision) event(at time.Time, phase string, facts site.Facts) site.Event {
	return site.Event{At: at, Voice: site.Howl, Kind: site.KindDecision, About: d.about(), Phase: phase, Facts: facts}
}

// isNew reports whether this crowd is another than the last, and takes note.
// Stragglers who fill the line while the site is away are no reason to flee.
func (d *decision) isNew(now time.Time) bool {
	if d.gone() { // which reads a file
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fleeing || d.open(now) {
		return false
	}
	d.asked, d.settled = now, false
	return true
}

// waits reports whether the owner was asked, can still answer and has reason to.
func (d *decision) waits(at time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.open(at)
}

func (d *decision) open(at time.Time) bool {
	return !d.asked.IsZero() && !d.settled && at.Sub(d.asked) < linkHolds
}

// settle has the next crowd taken for another: the last one is over, the site
// fled from it, or could not.
func (d *decision) settle() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settled = true
}

// about tells this crowd's decision from another's.
func (d *decision) about() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return "evacuate " + d.asked.UTC().Format(time.RFC3339)
}

// ServeHTTP shows the question, and takes the answer by a button: mail servers
// and messengers follow links before people do.
func (d *decision) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token, ours := strings.CutPrefix(r.URL.Path, decisionPath)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	if !ours || r.Method != http.MethodGet && r.Method != http.MethodPost {
		http.NotFound(w, r)
		return
	}
	if r.Method == http.MethodGet {
		d.show(w, d.links.Look(token, d.now()), "")
		return
	}
	if err := d.links.Use(token, d.now()); err != nil {
		d.show(w, err, "")
		return
	}
	d.show(w, nil, "The site is being brought to its refuge. You hear when it has arrived.")
	go d.run(context.Background()) // the answer must not wait for it; it ends by itself
}

// begin reports whether no flight is under way, of which there is one at a time.
func (d *decision) begin() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	begun := !d.fleeing
	d.fleeing = true
	return begun
}

func (d *decision) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fleeing, d.settled = false, true
}

// run flees, whatever becomes of the visit that said so, and tells the owner
// what came of it.
func (d *decision) run(ctx context.Context) {
	if !d.begin() {
		return
	}
	defer d.end()
	e := site.Event{Voice: site.Bark, Kind: site.KindDecision, About: d.about(), Phase: "answered"}
	for try := range mostTries {
		if try > 0 {
			select {
			case <-ctx.Done():
				return
			case <-time.After(d.pause):
			}
		}
		err := d.flee(ctx)
		if e.At = d.now(); err == nil {
			e.Facts.Detail = "the site is at its refuge; come home with: buzzproof return"
			d.tell(e)
			return
		}
		d.log.Error("the site could not flee", "try", try+1, "error", err)
		e.Facts.Detail = "the site could not flee: " + err.Error()
	}
	e.Voice = site.Howl
	d.tell(e)
}

// question is what the owner answers by a button.
var question = g.Group{
	h.H1(g.Text("Shall the site flee to its refuge?")),
	h.Form(h.Method("post"), h.Button(g.Text("Evacuate"))),
	h.P(g.Text("To see plan, price and undo first: "), h.Code(g.Text("buzzproof evacuate --dry-run"))),
}

// show asks; or says what was said, or why nothing was done.
func (d *decision) show(w http.ResponseWriter, refused error, said string) {
	status := http.StatusOK
	switch {
	case errors.Is(refused, consent.ErrForged):
		status = http.StatusNotFound
	case refused != nil:
		status = http.StatusGone
	}
	if refused != nil {
		said = fmt.Sprintf("Nothing was done: %v.", refused)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	body := question
	if said != "" {
		body = g.Group{h.P(g.Text(said))}
	}
	_ = paper.Document{Title: "Evacuate?"}.Write(w, body) // who asked has gone
}
