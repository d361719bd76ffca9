package app

import (
	"context"
	"errors"
	"time"

	"buzzproof/internal/tail"
)

// grown reads a log that grows: at its end it waits for more.
type grown struct {
	*tail.File
	ctx context.Context
	old bool // what was there at the beginning is still being read

	caughtUp func() // is called when it is not any more
}

// lookEvery is how often a log is looked at that has nothing new.
const lookEvery = 200 * time.Millisecond

// Read returns an error of ctx once that has ended.
func (g *grown) Read(p []byte) (int, error) {
	for {
		n, err := g.File.Read(p)
		if !errors.Is(err, tail.ErrPause) {
			return n, err
		}
		if g.old {
			g.old = false
			g.caughtUp()
		}
		wait := time.NewTimer(lookEvery)
		select {
		case <-g.ctx.Done():
			wait.Stop()
			return 0, g.ctx.Err()
		case <-wait.C:
		}
	}
}
