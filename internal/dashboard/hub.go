package dashboard

import (
	"slices"
	"sync"
)

// kept is how many points the charts go back: half an hour, one a second.
const kept = 1800

// watchers is how many screens may be open at once: some for the owner's
// family, not for a stranger who found the key.
const watchers = 32

// A Hub passes what happens on to every open screen. A screen that is too slow
// misses a second; nothing waits for it.
type Hub struct {
	mu     sync.Mutex
	points []Point // a ring once it is full
	next   int
	last   State
	open   map[chan State]struct{}
}

// NewHub returns a hub that knows nothing yet.
func NewHub() *Hub { return &Hub{open: make(map[chan State]struct{})} }

// Publish tells all screens. It is meant to be called once a second; lists are
// remembered for those who come later.
func (h *Hub) Publish(s State) {
	s.Schema = Schema
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := pointOf(s.Now); len(h.points) < kept {
		h.points = append(h.points, p)
	} else {
		h.points[h.next] = p
		h.next = (h.next + 1) % kept
	}
	lists := s.Details
	if lists == nil {
		lists = h.last.Details
	}
	h.last = State{s.Schema, s.Now, lists}
	for screen := range h.open {
		select {
		case screen <- s:
		default:
		}
	}
}

// Last returns the newest state, with the lists, and the points of the charts
// from the oldest to the newest.
func (h *Hub) Last() (State, []Point) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last, slices.Concat(h.points[h.next:], h.points[:h.next])
}

// subscribe returns a stream of states and what ends it; false when too many
// watch already.
func (h *Hub) subscribe() (states <-chan State, end func(), ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.open) >= watchers {
		return nil, nil, false
	}
	screen := make(chan State, 4)
	h.open[screen] = struct{}{}
	return screen, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.open, screen)
	}, true
}
