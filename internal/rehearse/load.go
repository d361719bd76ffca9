package rehearse

import (
	"context"
	"fmt"
	"net/http"
	"sync"
)

// streams is how many requests a browser has under way on one connection of
// HTTP/2, more or less.
const streams = 100

// load fetches what a page needs and returns the first error. What the site
// does not have is as good as come: the page is no worse for the line.
func (v *visitor) load(ctx context.Context, assets []asset, page string) error {
	lanes := parallel
	if v.agent.http2() {
		lanes = streams
	}
	var once sync.Once
	var failure error
	queue := make(chan asset)
	var wg sync.WaitGroup
	for range min(lanes, len(assets)) {
		wg.Go(func() {
			for a := range queue {
				r, err := v.fetch(ctx, a.url, v.subresource(a, page))
				if err == nil && (busy(r.status) || r.status >= http.StatusInternalServerError) {
					err = fmt.Errorf("%s: status %d", a.url, r.status)
				}
				if err != nil {
					once.Do(func() { failure = err })
				}
			}
		})
	}
	for _, a := range assets {
		queue <- a
	}
	close(queue)
	wg.Wait()
	return failure
}
