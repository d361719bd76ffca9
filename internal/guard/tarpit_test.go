package guard

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestATarpitHoldsFewAndAnswersTheOthersAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pit := NewTarpit(2)
		start := time.Now()
		var took [3]time.Duration
		var answers [3]*httptest.ResponseRecorder
		var all sync.WaitGroup
		for i := range took {
			all.Go(func() {
				answers[i] = httptest.NewRecorder()
				pit.ServeHTTP(answers[i], httptest.NewRequest("GET", "/.env", nil))
				took[i] = time.Since(start)
			})
		}
		all.Wait()
		held := 0
		for i := range took {
			if took[i] == dripEvery*dripCount {
				held++
			} else if took[i] != 0 {
				t.Errorf("held for %v", took[i])
			}
			if answers[i].Code != http.StatusForbidden || answers[i].Body.Len() > dripCount {
				t.Errorf("answered %d with %d bytes", answers[i].Code, answers[i].Body.Len())
			}
		}
		if held != 2 || pit.Held() != 2 {
			t.Errorf("%d were held, %d counted, want 2", held, pit.Held())
		}
	})
}

func TestWhoLeavesTheTarpitMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pit := NewTarpit(1)
		ctx, leave := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			pit.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(ctx))
			close(done)
		}()
		synctest.Wait()
		leave()
		<-done
		if len(pit.room) != 0 {
			t.Error("the place is still taken")
		}
	})
}
