package line

import (
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"buzzproof/internal/site"
)

// TLS says goodbye on a connection whose last write came to nothing: it writes
// once more, with a new deadline, while the first write is hardly over.
func TestAGoodbyeAfterATimeoutDoesNotWaitTwice(t *testing.T) {
	inBubble(t, Config{Rate: megabit}, megabit, func(t *testing.T, h *house) {
		var all sync.WaitGroup
		for range 50 {
			c, w, err := h.visitor()
			if err != nil {
				t.Fatal(err)
			}
			w.stuck = true
			all.Go(func() {
				defer c.Close()
				_ = c.SetWriteDeadline(time.Now().Add(10 * time.Second))
				c.Begin(Asset, site.Person, 1_000_000)
				if _, err := c.Write(make([]byte, 1_000_000)); !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("a visitor who takes nothing: %v", err)
				}
				_ = c.SetWriteDeadline(time.Now().Add(5 * time.Second))
				_, _ = c.Write(make([]byte, 31))
			})
		}
		for range 100 {
			h.page(t, Asset, site.Person, 5_000)
			time.Sleep(200 * time.Millisecond)
			h.mu.Lock()
			seen := map[*Conn]bool{}
			for _, c := range append(append([]*Conn(nil), h.queue...), h.parked...) {
				if seen[c] {
					t.Error("a connection waits in two places")
				}
				seen[c] = true
			}
			h.mu.Unlock()
		}
		all.Wait()
	})
}
