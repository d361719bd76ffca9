package fetch

import (
	"context"
	"errors"
	"io"
	"time"
)

// A bounded body fails with ErrTooLarge instead of growing past its bound,
// which is counted after decoding: a gzip bomb is 1000 times smaller before.
type bounded struct {
	body   io.Reader
	closer io.Closer
	left   int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		var probe [1]byte
		if n, err := b.body.Read(probe[:]); n == 0 {
			return 0, err
		}
		return 0, ErrTooLarge
	}
	n, err := b.body.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

func (b *bounded) Close() error { return b.closer.Close() }

// A watched body is abandoned when nothing comes for a while. Cancelling the
// request is the only way to wake a blocked read.
type watched struct {
	body   io.ReadCloser
	cancel context.CancelFunc
	timer  *time.Timer
	stall  time.Duration
	late   chan struct{}
}

func newWatched(body io.ReadCloser, stall time.Duration, cancel context.CancelFunc) *watched {
	w := &watched{body: body, cancel: cancel, stall: stall, late: make(chan struct{})}
	w.timer = time.AfterFunc(stall, func() {
		close(w.late)
		cancel()
	})
	return w
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.body.Read(p)
	if n > 0 && w.timer.Stop() {
		w.timer.Reset(w.stall)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		select {
		case <-w.late:
			err = ErrStalled
		default:
		}
	}
	return n, err
}

func (w *watched) Close() error {
	w.timer.Stop()
	err := w.body.Close()
	w.cancel()
	return err
}
