package fetch

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// answers plays n answers of one latency, one after the other.
func answers(t *testing.T, p *Pace, n int, latency time.Duration) {
	t.Helper()
	for range n {
		if err := p.Acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.Release(latency)
	}
}

func TestPaceFollowsTheOrigin(t *testing.T) {
	const fast, slow = 100 * time.Millisecond, 500 * time.Millisecond
	for _, c := range []struct {
		name string
		play func(t *testing.T, p *Pace)
		want int // requests at once
	}{
		{"it starts with two", func(*testing.T, *Pace) {}, 2},
		{"it grows by one for a window of quick answers", func(t *testing.T, p *Pace) { answers(t, p, windowSize, fast) }, 3},
		{"it stops growing at its bound", func(t *testing.T, p *Pace) { answers(t, p, 40*windowSize, fast) }, 8},
		{"it shrinks by a quarter when answers take twice as long", func(t *testing.T, p *Pace) {
			answers(t, p, 40*windowSize, fast)
			answers(t, p, windowSize, slow)
		}, 6},
		{"it never stops altogether", func(t *testing.T, p *Pace) {
			answers(t, p, 4*windowSize, fast)
			answers(t, p, 10*windowSize, 30*slow)
		}, 1},
		{"one slow answer in a window is chance", func(t *testing.T, p *Pace) {
			answers(t, p, 1, 10*slow)
			answers(t, p, windowSize-1, fast)
		}, 3},
		{"files say nothing about the CMS", func(t *testing.T, p *Pace) { answers(t, p, 10*windowSize, 0) }, 2},
		{"a few milliseconds are noise", func(t *testing.T, p *Pace) {
			answers(t, p, windowSize, time.Millisecond)
			answers(t, p, windowSize, 20*time.Millisecond)
		}, 4},
		{"being told to wait halves it", func(t *testing.T, p *Pace) {
			answers(t, p, 40*windowSize, fast)
			p.Pause(time.Now().Add(time.Second))
		}, 4},
		{"being told twice to wait for the same time halves it once", func(t *testing.T, p *Pace) {
			answers(t, p, 40*windowSize, fast)
			until := time.Now().Add(time.Second)
			p.Pause(until)
			p.Pause(until)
		}, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := NewPace(8, 0)
			c.play(t, p)
			if p.limit != c.want {
				t.Errorf("%d requests at once, want %d", p.limit, c.want)
			}
		})
	}
}

func TestPaceOfNobodyIsOneAtLeast(t *testing.T) {
	for _, most := range []int{-1, 0, 1} {
		p := NewPace(most, 0)
		if err := p.Acquire(t.Context()); err != nil || p.limit != 1 {
			t.Errorf("a pace of %d allows %d at once and said %v, want 1", most, p.limit, err)
		}
	}
}

func TestPaceHoldsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPace(2, 0)
		answers(t, p, 1, 0)
		for range 2 {
			_ = p.Acquire(t.Context())
		}
		third := make(chan error, 1)
		go func() { third <- p.Acquire(t.Context()) }()
		synctest.Wait()
		select {
		case err := <-third:
			t.Fatalf("a third request left with %v while two were under way", err)
		default:
		}
		p.Release(0)
		if err := <-third; err != nil {
			t.Errorf("the third request got %v after one came back", err)
		}
	})
}

func TestPacePauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPace(8, 0)
		began := time.Now()
		p.Pause(began.Add(90 * time.Second))
		p.Pause(began.Add(10 * time.Second)) // a shorter one does not shorten it
		answers(t, p, 1, 0)
		if waited := time.Since(began); waited != 90*time.Second {
			t.Errorf("the next request left after %v, want 1m30s", waited)
		}
		answers(t, p, 1, 0)
		if waited := time.Since(began); waited != 90*time.Second {
			t.Errorf("the one after it left after %v, want at once", waited)
		}
	})
}

func TestPaceKeepsARate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPace(8, 4)
		began := time.Now()
		answers(t, p, 9, 0)
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("nine requests at four a second took %v, want 2s", took)
		}
	})
}

func TestPaceObeysItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPace(1, 0)
		_ = p.Acquire(t.Context())
		for _, hold := range []func(){func() {}, func() { p.Pause(time.Now().Add(time.Hour)) }} {
			hold()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			began := time.Now()
			err := p.Acquire(ctx)
			cancel()
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
				t.Errorf("got %v after %v, want the deadline after 1s", err, time.Since(began))
			}
		}
	})
}

func TestPaceTellsTheLatency(t *testing.T) {
	p := NewPace(2, 0)
	for i := range windowSize {
		answers(t, p, 1, time.Duration(windowSize-i)*time.Millisecond)
	}
	if got := p.Latency(); got != 5*time.Millisecond {
		t.Errorf("latency is %v, want the median of 1 to 8 ms, 5ms", got)
	}
}

var noon = time.Date(2016, 9, 5, 12, 0, 0, 0, time.UTC)

func TestRetryAfter(t *testing.T) {
	for _, c := range []struct {
		name, value string
		want        time.Duration
	}{
		{"nothing is said", "", 0},
		{"seconds", "120", 2 * time.Minute},
		{"seconds with spaces around", " 7 ", 7 * time.Second},
		{"none at all", "0", 0},
		{"less than none", "-5", 0},
		{"part of a second", "1.5", 0},
		{"more than there are", "99999999999999999999", 0},
		{"a date to come", "Mon, 05 Sep 2016 12:00:30 GMT", 30 * time.Second},
		{"a date in the old form", "Monday, 05-Sep-16 12:01:00 GMT", time.Minute},
		{"a date gone by", "Mon, 05 Sep 2016 11:59:30 GMT", 0},
		{"words", "soon", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := RetryAfter(http.Header{"Retry-After": {c.value}}, noon); got != c.want {
				t.Errorf("%q is %v, want %v", c.value, got, c.want)
			}
		})
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "1", "-1", "1073741823", "Mon, 05 Sep 2016 12:00:30 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if got := RetryAfter(http.Header{"Retry-After": {value}}, noon); got < 0 {
			t.Errorf("%q asks to wait %v", value, got)
		}
	})
}
