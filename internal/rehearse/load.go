package rehearse

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
)

// streams is how many requests a browser has under way on one connection of
// HTTP/2, more or less.
const streams = 100

// load fetches what a page needs and reports whether all of it came. What the
// site does not have is as good as come: the page is no worse for the line.
func (v *visitor) load(ctx context.Context, assets []asset, page string) bool {
	lanes := streams
	if v.http1 {
		lanes = parallel
	}
	var failed atomic.Bool
	queue := make(chan asset)
	var wg sync.WaitGroup
	for range min(lanes, len(assets)) {
		wg.Go(func() {
			for a := range queue {
				r, err := v.fetch(ctx, a.url, v.subresource(a, page))
				if err != nil || r.status >= http.StatusInternalServerError || r.status == http.StatusTooManyRequests {
					failed.Store(true)
				}
			}
		})
	}
	for _, a := range assets {
		queue <- a
	}
	close(queue)
	wg.Wait()
	return !failed.Load()
}
