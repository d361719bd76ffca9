package serve

import (
	"hash/fnv"
	"net/http"
	"strings"
	"sync"
	"time"

	"buzzproof/internal/coding"
	"buzzproof/internal/governor"
	"buzzproof/internal/guard"
	"buzzproof/internal/line"
	"buzzproof/internal/site"
	"buzzproof/internal/snapshot"
)

// A steerer asks the governor on behalf of visits that run side by side.
type steerer struct {
	line *line.Line

	mu       sync.Mutex
	governor governor.Governor
	pledges  governor.Pledges
}

func (s *steerer) load(now time.Time) governor.Load {
	l := s.line.Load()
	return governor.Load{Rate: l.Rate, Visit: l.Visit, Text: l.Text, Assets: l.Assets + s.pledges.Sum(now)}
}

// visit returns the rung for who asks for a page.
func (s *steerer) visit(page governor.Page) site.Rung {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.governor.Visit(now, s.load(now), s.pledges.Expect(page))
}

func (s *steerer) strained() bool {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.governor.Step(now, s.load(now))
	return s.governor.Strained(now)
}

// rungHeader names the rung of a page for the owner who wonders and for
// rehearsals.
const rungHeader = "Buzzproof-Rung"

// steer decides what a page is sent as for which the address asks for nothing
// in particular.
func (s *Server) steer(r *http.Request, h *held, e *snapshot.Entry) wish {
	class := classOf(r)
	switch {
	case class == site.Preview:
		return wish{rung: previewRung}
	case h.has(r, e):
		return wish{}
	}
	rung, forced := s.Forced()
	if s.spares(r) && !forced {
		return wishFor(site.Lite)
	}
	switch steered := s.steerer != nil && !s.steerer.line.Aside(); {
	case steered && forced:
		s.steerer.visit(h.weigh(e)) // the ladder goes on, and is there when it is let go
	case steered:
		rung = s.steerer.visit(h.weigh(e))
	}
	if class != site.Person {
		rung = min(rung, site.Lite) // machines get whole texts
	}
	return wishFor(rung)
}

// spares reports whether a visitor is one of those who get the lite page. One
// who is not stays so while fewer are spared.
func (s *Server) spares(r *http.Request) bool {
	percent := s.sparing.Load()
	if percent <= 0 || percent >= 100 {
		return percent > 0
	}
	h := fnv.New32a()
	_, _ = h.Write(s.client(r).AsSlice()) // a hash takes everything
	return h.Sum32()%100 < uint32(percent)
}

// Elsewhere sends people who ask for a page to the same path below another
// address, such as https://d1234.cloudfront.net, until it is called with none.
// Machines are still answered: they come to read, and keep what they are told.
func (s *Server) Elsewhere(base string) {
	if base == "" {
		s.elsewhere.Store(nil)
		return
	}
	s.elsewhere.Store(&base)
}

// Force sends every page on a rung, whatever the ladder says, until Release.
func (s *Server) Force(r site.Rung) { s.forced.Store(int32(r) + 1) }

// Release lets the ladder choose again.
func (s *Server) Release() { s.forced.Store(0) }

// Forced returns the rung that the owner has chosen; false while the ladder
// chooses.
func (s *Server) Forced() (site.Rung, bool) {
	forced := s.forced.Load()
	return site.Rung(max(0, forced-1)), forced > 0
}

// classOf returns who asks, as far as the line is concerned. Who only says
// nothing of himself, or comes with a tool, is served as a person: whether he
// does harm shows in what he asks for, and is the guard's business.
func classOf(r *http.Request) site.Class {
	if class := guard.ClassOf(r.UserAgent()); class != site.Scanner {
		return class
	}
	return site.Person
}

const previewRung = "preview"

// wishFor is what an address would have asked for. Full is no wish: Save-Data
// may still ask for less.
func wishFor(r site.Rung) wish {
	if r == site.Full {
		return wish{}
	}
	return wish{rung: r.String()}
}

// rung is what a thing that was made from a page is called in headers.
func (t *thing) rung() string {
	if t.part == nil {
		return site.Full.String()
	}
	name, _, _ := strings.Cut(t.part.Name, ".")
	return name
}

// has reports whether the visitor has the full page already: to say so costs
// less than any rendition.
func (h *held) has(r *http.Request, e *snapshot.Entry) bool {
	known := r.Header.Get("If-None-Match")
	if known == "" {
		return false
	}
	t := h.whole(e)
	for c := range coding.Count {
		if strings.Contains(known, t.tag(c)) {
			return true
		}
	}
	return false
}

// Frames, headers and confirmations that go with an answer, see line.
const answerBytes = 600

// weigh returns what a page weighs in each rung.
func (h *held) weigh(e *snapshot.Entry) governor.Page {
	if known, ok := h.weights.Load(e.URL); ok {
		return known.(governor.Page)
	}
	page := h.weighNow(e)
	h.weights.Store(e.URL, page)
	return page
}

func (h *held) weighNow(e *snapshot.Entry) governor.Page {
	page := governor.Page{}
	page.Text[site.Full] = onWire(e.Size)
	if _, full := h.Made(e.URL, "full"); full != nil {
		page.Text[site.Full] = onWire(full.Smallest())
	}
	for _, b := range h.Bundles(e.URL) {
		for name, size := range b.Figures {
			switch name {
			case "css", "js", "fonts", "images", "other":
				page.Parts[site.Full] += onWire(size)
			case "pictures":
				page.Parts[site.Slim] += onWire(size)
			}
		}
		for _, r := range []site.Rung{site.Slim, site.Lite, site.Postcard} {
			if part := b.Part(r.String()); part != nil {
				page.Text[r] = onWire(part.Smallest())
			}
		}
	}
	return page
}

// onWire is what bytes take with the headers of their segments and an answer.
func onWire(n int64) int64 { return n + n/28 + answerBytes }

// begin tells the line that an answer begins.
func (s *Server) begin(r *http.Request, e *snapshot.Entry, size int64) (end func()) {
	c := line.From(r.Context())
	if c == nil || s.steerer.line.Aside() {
		return func() {}
	}
	class, kind := classOf(r), line.Asset
	if e.Page || snapshot.IsText(coding.MediaType(e.Type)) {
		kind = line.Text
	} else {
		s.steerer.mu.Lock()
		s.steerer.pledges.Redeem(s.client(r), onWire(size), time.Now())
		s.steerer.mu.Unlock()
	}
	return c.Begin(kind, class, size)
}

// pledge notes what a page that is sent as t will still ask for.
func (s *Server) pledge(r *http.Request, h *held, e *snapshot.Entry, t *thing) {
	if s.steerer == nil || s.steerer.line.Aside() || r.Method != http.MethodGet {
		return
	}
	rung := site.Lite // which asks for nothing more
	switch t.rung() {
	case site.Full.String():
		rung = site.Full
	case site.Slim.String():
		rung = site.Slim
	}
	s.steerer.mu.Lock()
	defer s.steerer.mu.Unlock()
	s.steerer.pledges.Make(s.client(r), rung, h.weigh(e), time.Now())
}

// A Status is how the site answers at the moment.
type Status struct {
	Rung   site.Rung // what everybody who comes can be given
	Slim   bool      // whether TLS handshakes are kept small
	Visits float64   // by people, per second
	Line   line.Load
	Costs  [site.Refused]float64 // bytes that a visit takes in each rung; zero while nobody has come
}

// Status returns how the site answers at the moment. Without a line everybody
// gets everything.
func (s *Server) Status() Status {
	if s.steerer == nil {
		return Status{}
	}
	now := time.Now()
	s.steerer.mu.Lock()
	defer s.steerer.mu.Unlock()
	g := &s.steerer.governor
	load := s.steerer.load(now)
	return Status{Rung: g.Step(now, load), Slim: g.Strained(now), Visits: g.Visits(now), Line: s.steerer.line.Load(), Costs: g.Costs(load)}
}
