package refuge

import (
	"context"
	"sync"
)

// parallel calls do for every item, some at once, until one fails or ctx ends.
// It returns the first error when all calls have ended.
func parallel[T any](ctx context.Context, workers int, items []T, do func(context.Context, T) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan T)
	var group sync.WaitGroup
	for range min(workers, len(items)) {
		group.Go(func() {
			for item := range queue {
				if err := do(ctx, item); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, item := range items {
		select {
		case queue <- item:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(queue)
	group.Wait()
	return context.Cause(ctx)
}

// A meter adds up what several have done. It is safe for concurrent use.
type meter struct {
	mu          sync.Mutex
	done, total int64
	progress    func(done, total int64) // may be nil
}

func (m *meter) add(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done += n
	if m.progress != nil {
		m.progress(m.done, m.total)
	}
}
