package app

import (
	"context"
	"sync"
)

// A group runs what a command needs side by side. The first failure ends all
// of it; the end of the context it was made with is no failure.
type group struct {
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
	once   sync.Once
	err    error
}

func newGroup(ctx context.Context) *group {
	g := &group{}
	g.ctx, g.cancel = context.WithCancel(ctx)
	return g
}

func (g *group) goes(f func(context.Context) error) {
	g.wg.Go(func() {
		if err := f(g.ctx); err != nil {
			g.fail(err)
		}
	})
}

func (g *group) fail(err error) {
	g.once.Do(func() { g.err = err })
	g.cancel()
}

// wait returns when all have ended, with the first failure.
func (g *group) wait() error {
	g.wg.Wait()
	g.cancel()
	return g.err
}
