package pid1

import (
	"context"
	"io"
	"time"
)

// feed tells the watchdog every five seconds that all is well, until ctx ends
// or the server is lost: then it is left to reset the machine. Drivers wait 30
// to 60 seconds.
func feed(ctx context.Context, dog io.Writer, isLost func() bool) {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for !isLost() {
		if _, err := dog.Write([]byte{0}); err != nil {
			return
		}
		select {
		case <-ctx.Done():
			_, _ = dog.Write([]byte{'V'}) // going off on purpose: the driver's word for "stop"
			return
		case <-tick.C:
		}
	}
}
