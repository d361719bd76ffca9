package serve

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

func load(n int) func() ([]byte, error) {
	return func() ([]byte, error) { return make([]byte, n), nil }
}

func keyOf(name string) cacheKey { return cacheKey{digest: name} }

func TestTheBudgetHolds(t *testing.T) {
	const budget = 1 << 20
	c := newCache(budget)
	for i := range 1000 {
		_, err := c.get(t.Context(), keyOf(fmt.Sprint(i)), load(i*37%9000))
		check(t, err)
		if c.used > budget {
			t.Fatalf("after %d items %d bytes are in use, budget %d", i+1, c.used, budget)
		}
	}
	var sum int64
	for _, it := range c.items {
		sum += int64(len(it.data)) + itemOverhead
	}
	if sum != c.used || len(c.items) != c.ages.Len() || len(c.flights) != 0 {
		t.Errorf("%d items of %d bytes, but %d counted bytes, %d in line and %d flights", len(c.items), sum, c.used, c.ages.Len(), len(c.flights))
	}
	if c.used < budget*9/10 {
		t.Errorf("only %d of %d bytes are in use", c.used, budget)
	}
}

func TestWhatTheCrowdReadsSurvivesACrawler(t *testing.T) {
	c := newCache(1 << 20)
	hot := 0
	for i := range 2000 {
		_, err := c.get(t.Context(), keyOf("front page"), func() ([]byte, error) { hot++; return make([]byte, 9000), nil })
		check(t, err)
		_, err = c.get(t.Context(), keyOf(fmt.Sprint(i)), load(9000))
		check(t, err)
	}
	if hot != 1 {
		t.Errorf("the front page was loaded %d times while a crawler went by, want once", hot)
	}
}

func TestOneBigFileDoesNotPushOutThePages(t *testing.T) {
	c := newCache(1 << 20)
	_, err := c.get(t.Context(), keyOf("page"), load(9000))
	check(t, err)
	_, err = c.get(t.Context(), keyOf("film"), load(1<<20/8+1))
	check(t, err)
	if c.items[keyOf("film")] != nil || c.items[keyOf("page")] == nil {
		t.Error("a file over an eighth of the budget was kept, or pushed out a page")
	}
}

func TestACrowdLoadsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(1 << 20)
		var loads atomic.Int64
		goOn := make(chan struct{})
		var crowd sync.WaitGroup
		for range 500 {
			crowd.Go(func() {
				data, err := c.get(t.Context(), keyOf("page"), func() ([]byte, error) {
					loads.Add(1)
					<-goOn
					return []byte("page"), nil
				})
				if err != nil || string(data) != "page" {
					t.Errorf("got %q, %v", data, err)
				}
			})
		}
		synctest.Wait() // all of them wait now
		close(goOn)
		crowd.Wait()
		if n := loads.Load(); n != 1 {
			t.Errorf("500 visitors loaded the page %d times, want once", n)
		}
	})
}

func TestWhoLeavesDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(1 << 20)
		goOn := make(chan struct{})
		var first sync.WaitGroup
		first.Go(func() {
			_, err := c.get(t.Context(), keyOf("page"), func() ([]byte, error) { <-goOn; return []byte("page"), nil })
			if err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.get(ctx, keyOf("page"), load(1)); !errors.Is(err, context.Canceled) {
			t.Errorf("who had left got %v", err)
		}
		close(goOn)
		first.Wait()
	})
}

func TestAFailedLoadIsTriedAgain(t *testing.T) {
	c := newCache(1 << 20)
	broken := errors.New("disk")
	if _, err := c.get(t.Context(), keyOf("page"), func() ([]byte, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Fatalf("got %v, want the load's error", err)
	}
	if data, err := c.get(t.Context(), keyOf("page"), load(5)); err != nil || len(data) != 5 {
		t.Errorf("a second try got %d bytes, %v", len(data), err)
	}
}

func TestAPanicWhileLoadingLeavesNobodyWaiting(t *testing.T) {
	c := newCache(1 << 20)
	func() {
		defer func() { _ = recover() }()
		_, _ = c.get(t.Context(), keyOf("page"), func() ([]byte, error) { panic("bad page") })
	}()
	if data, err := c.get(t.Context(), keyOf("page"), load(5)); err != nil || len(data) != 5 {
		t.Errorf("after a panic the next visitor got %d bytes, %v", len(data), err)
	}
}
