package dashboard

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// An Owner carries out what is asked for on a screen. What it says is shown.
type Owner interface {
	Do(ctx context.Context, a Action) (said string, err error)
}

// An Action is what the owner asks for.
type Action struct {
	Do   string        `json:"do"`   // force, auto, freeze, ban, unban, mute, unmute
	What string        `json:"what"` // a rung, an address
	For  time.Duration `json:"for"`  // of a mute, in nanoseconds
}

// A Misuse is an action that makes no sense, in words for the owner.
type Misuse string

func (m Misuse) Error() string { return string(m) }

// Config says who may see the screen.
type Config struct {
	Key   string // who knows it may look from elsewhere; "" means nobody may
	Owner Owner  // nil for a screen that can only be looked at
	// Metrics answers Prometheus behind the same door; nil where there is none.
	Metrics http.Handler
	// Courses are how the checks went; nil where nothing is kept.
	Courses func() []Course
}

//go:embed page.html page.js courses.js page.css vendored/uplot.js vendored/uplot.css
var files embed.FS

// Handler answers those who watch.
func Handler(h *Hub, c Config) http.Handler {
	s := &screen{h, c}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.file("page.html", "text/html; charset=utf-8"))
	mux.HandleFunc("GET /page.js", s.file("page.js", "text/javascript; charset=utf-8"))
	mux.HandleFunc("GET /courses.js", s.file("courses.js", "text/javascript; charset=utf-8"))
	mux.HandleFunc("GET /page.css", s.file("page.css", "text/css; charset=utf-8"))
	mux.HandleFunc("GET /uplot.js", s.file("vendored/uplot.js", "text/javascript; charset=utf-8"))
	mux.HandleFunc("GET /uplot.css", s.file("vendored/uplot.css", "text/css; charset=utf-8"))
	mux.HandleFunc("GET /events", s.events)
	mux.HandleFunc("GET /state", s.state)
	mux.HandleFunc("GET /courses", s.courses)
	mux.HandleFunc("POST /do", s.do)
	if c.Metrics != nil {
		mux.Handle("GET /metrics", c.Metrics)
	}
	return s.secured(mux)
}

type screen struct {
	hub    *Hub
	config Config
}

// file sends a file of the page. The owner may have another version of the
// program tomorrow, and 100 KB from the next room cost nothing: no caching.
func (s *screen) file(name, media string) http.HandlerFunc {
	content, err := files.ReadFile(name)
	if err != nil {
		panic(err) // embedded above
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		_, _ = w.Write(content)
	}
}

func (s *screen) state(w http.ResponseWriter, _ *http.Request) {
	last, _ := s.hub.Last()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(last)
}

// writeTime is how long a screen may take to read an event.
const writeTime = 10 * time.Second

// events is a stream of server-sent events: "history" at first, with the
// points of the charts and the whole state, then "state" every second. A
// screen that comes again after it was cut off starts in the same way.
func (s *screen) events(w http.ResponseWriter, r *http.Request) {
	states, end, ok := s.hub.subscribe()
	if !ok {
		http.Error(w, "too many screens are open", http.StatusServiceUnavailable)
		return
	}
	defer end()
	w.Header().Set("Content-Type", "text/event-stream")
	control := http.NewResponseController(w)
	last, points := s.hub.Last()
	err := send(w, control, "history", struct {
		State
		Points []Point `json:"points"`
	}{last, points})
	for err == nil {
		select {
		case <-r.Context().Done():
			return
		case state := <-states:
			err = send(w, control, "state", state)
		}
	}
}

// send writes one event. JSON has no line ends of its own.
func send(w io.Writer, control *http.ResponseController, name string, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	if err := control.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, text); err != nil {
		return err
	}
	return control.Flush()
}

// do carries out an action. The header is one that a page of somebody else
// cannot make a browser send without asking first, which we do not answer.
func (s *screen) do(w http.ResponseWriter, r *http.Request) {
	if s.config.Owner == nil {
		http.Error(w, "this screen can only be looked at", http.StatusForbidden)
		return
	}
	if r.Header.Get("Buzzproof-Do") == "" {
		http.Error(w, "an action needs the header Buzzproof-Do", http.StatusForbidden)
		return
	}
	var a Action
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10)).Decode(&a); err != nil {
		http.Error(w, "an action is JSON with do, what, for", http.StatusBadRequest)
		return
	}
	said, err := s.config.Owner.Do(r.Context(), a)
	_, misused := errors.AsType[Misuse](err)
	switch {
	case misused:
		http.Error(w, err.Error(), http.StatusBadRequest)
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, said)
	}
}
