package guard

import (
	"net/http"
	"sync/atomic"
	"time"
)

// A Tarpit answers scanners: slowly, since they wait, and with next to nothing,
// since the line is not theirs. Only so many are held at once; the others get
// the same answer at once, because each that is held takes a connection.
type Tarpit struct {
	room chan struct{}
	held atomic.Uint64
}

// One byte every two seconds for half a minute is less than a page's share of
// any line, and as long as most scanners wait.
const (
	dripEvery = 2 * time.Second
	dripCount = 15
)

// NewTarpit returns a tarpit that holds so many scanners at once.
func NewTarpit(most int) *Tarpit { return &Tarpit{room: make(chan struct{}, most)} }

// Held is how many scanners have been held so far.
func (t *Tarpit) Held() uint64 { return t.held.Load() }

// ServeHTTP answers a scanner.
func (t *Tarpit) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Connection", "close")
	select {
	case t.room <- struct{}{}:
		defer func() { <-t.room }()
	default:
		w.WriteHeader(http.StatusForbidden)
		return
	}
	t.held.Add(1)
	w.WriteHeader(http.StatusForbidden)
	answer := http.NewResponseController(w)
	tick := time.NewTicker(dripEvery)
	defer tick.Stop()
	for range dripCount {
		// Whoever does not even take a byte is let go by the deadline.
		_ = answer.SetWriteDeadline(time.Now().Add(2 * dripEvery)) // a test's writer has none
		if _, err := w.Write([]byte{'.'}); err != nil {
			return
		}
		if err := answer.Flush(); err != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
		}
	}
}
