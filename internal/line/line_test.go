package line

import (
	"context"
	"errors"
	"math"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"buzzproof/internal/site"
)

// inBubble runs a house with its watcher under a clock of its own.
func inBubble(t *testing.T, c Config, rate float64, test func(t *testing.T, h *house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if c.Handshake == 0 {
			c.Wait = time.Hour // admission has tests of its own
		}
		h := newHouse(c, rate)
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() {
			if err := h.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		test(t, h)
		stop()
		running.Wait()
	})
}

// page sends an answer of a visitor's own and returns how long it took.
func (h *house) page(t *testing.T, k Kind, class site.Class, size int) time.Duration {
	c, w, err := h.visitor()
	if err != nil {
		t.Error(err)
		return 0
	}
	began := time.Now()
	end := c.Begin(k, class, int64(size))
	if _, err := c.Write(make([]byte, size)); err != nil {
		t.Error(err)
	}
	end()
	c.Idle()
	for {
		if acked, _, ok := w.Progress(); acked == int64(size) || !ok {
			return time.Since(began)
		}
		time.Sleep(5 * time.Millisecond) // in the bubble, where it takes no time
	}
}

func TestNothingQueuesInTheModem(t *testing.T) {
	inBubble(t, Config{Rate: megabit}, megabit, func(t *testing.T, h *house) {
		began := time.Now()
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { h.page(t, Asset, site.Person, 50_000) })
		}
		all.Wait()
		if worst := h.modem.worst; worst > 70*time.Millisecond {
			t.Errorf("the modem's queue reached %v, want less than two portions and what runs ahead", worst)
		}
		if use := float64(h.modem.bytes) / (time.Since(began) - roundTrip).Seconds() / megabit; use < 0.94 {
			t.Errorf("%.0f %% of the line were used, want 94 or more", 100*use)
		}
	})
}

func TestTextGoesBeforePicturesAndPeopleBeforeMachines(t *testing.T) {
	tests := []struct {
		name        string
		before      Kind
		beforeClass site.Class
		after       Kind
		afterClass  site.Class
	}{
		{"text before pictures", Text, site.Person, Asset, site.Person},
		{"people before previews", Text, site.Person, Text, site.Preview},
		{"previews before search engines", Text, site.Preview, Text, site.Search},
		{"a preview's text before people's pictures", Text, site.Preview, Asset, site.Person},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, Config{Rate: megabit}, megabit, func(t *testing.T, h *house) {
				var all sync.WaitGroup
				for range 5 {
					all.Go(func() { h.page(t, test.after, test.afterClass, 100_000) })
				}
				time.Sleep(time.Second)
				took := h.page(t, test.before, test.beforeClass, 4_000)
				all.Wait()
				// Itself 33 ms, a portion that is under way 24, two that run
				// ahead, the one in 32, the round trip.
				if took > 250*time.Millisecond {
					t.Errorf("it took %v behind half a megabyte", took)
				}
			})
		})
	}
}

func TestNobodyWaitsForEver(t *testing.T) {
	inBubble(t, Config{Rate: megabit}, megabit, func(t *testing.T, h *house) {
		ctx, stop := context.WithCancel(t.Context())
		var crowd sync.WaitGroup
		crowd.Go(func() { // texts for twice what the line carries
			for ctx.Err() == nil {
				crowd.Go(func() { h.page(t, Text, site.Person, 25_000) })
				time.Sleep(100 * time.Millisecond)
			}
		})
		took := h.page(t, Asset, site.Scanner, 20_000)
		stop()
		crowd.Wait()
		// Every 32nd portion, of 2.9 KB at least, makes 4 KB a second.
		if took > 8*time.Second {
			t.Errorf("a picture of 20 KB took %v", took)
		}
	})
}

func TestAVisitorWhoTakesNothingTakesNoTime(t *testing.T) {
	inBubble(t, Config{Rate: megabit}, megabit, func(t *testing.T, h *house) {
		var stuck sync.WaitGroup
		var conns []*Conn
		for range 20 {
			c, w, err := h.visitor()
			if err != nil {
				t.Fatal(err)
			}
			w.stuck = true
			conns = append(conns, c)
			stuck.Go(func() { _, _ = c.Write(make([]byte, 1_000_000)) })
		}
		// Each is let send until it is clear that nothing arrives.
		time.Sleep(time.Minute)
		took := h.page(t, Asset, site.Person, 250_000)
		if took > 2500*time.Millisecond {
			t.Errorf("250 KB took %v beside visitors who take nothing", took)
		}
		for _, c := range conns {
			_ = c.Close()
		}
		stuck.Wait()
	})
}

func TestWaitingEnds(t *testing.T) {
	tests := []struct {
		name string
		end  func(c *Conn)
		want error
	}{
		{"at the deadline", func(c *Conn) { _ = c.SetWriteDeadline(time.Now().Add(time.Second)) }, os.ErrDeadlineExceeded},
		{"when the connection is closed", func(c *Conn) { time.AfterFunc(time.Second, func() { _ = c.Close() }) }, net.ErrClosed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, Config{Rate: megabit}, megabit, func(t *testing.T, h *house) {
				var others sync.WaitGroup
				for range 10 {
					others.Go(func() { h.page(t, Text, site.Person, 100_000) })
				}
				time.Sleep(100 * time.Millisecond)
				c, _, err := h.visitor()
				if err != nil {
					t.Fatal(err)
				}
				test.end(c)
				began := time.Now()
				c.Begin(Asset, site.Scanner, 1_000_000)
				_, err = c.Write(make([]byte, 1_000_000))
				if took := time.Since(began); !errors.Is(err, test.want) || took > 1100*time.Millisecond {
					t.Errorf("after %v: %v, want %v after a second", took, err, test.want)
				}
				others.Wait()
			})
		})
	}
}

func TestNewcomersAreRefusedWhenTheLineIsFull(t *testing.T) {
	inBubble(t, Config{Rate: megabit, Handshake: HandshakeBytes}, megabit, func(t *testing.T, h *house) {
		reader, _, err := h.visitor()
		if err != nil {
			t.Fatal(err)
		}
		reader.Begin(Text, site.Person, 4000)()
		reader.Idle()
		time.Sleep(20 * time.Second) // it has read, and does not count as impatient
		admitted := 0
		for range 200 {
			if _, _, err := h.visitor(); err == nil {
				admitted++
			} else if !errors.Is(err, ErrRefused) {
				t.Fatal(err)
			}
		}
		// 1.3 s of the line for 7.9 KB each.
		if admitted < 18 || admitted > 22 {
			t.Errorf("%d of 200 were admitted, want some 20", admitted)
		}
		if _, _, err := h.visitorFrom(reader.peer); err != nil {
			t.Errorf("a visitor who holds a page: %v", err)
		}
		time.Sleep(2 * overdue) // nobody took what was promised
		h.page(t, Asset, site.Person, 100)
		time.Sleep(time.Second)
		if _, _, err := h.visitor(); err != nil {
			t.Errorf("after the others have left: %v", err)
		}
	})
}

func TestTheRateIsFound(t *testing.T) {
	tests := []struct {
		name   string
		config Config
		rate   float64 // of the modem at first
		later  float64 // after half a minute; 0 for no change
	}{
		{"of an unknown slow line", Config{}, megabit, 0},
		{"of an unknown line of ten megabits", Config{}, 10 * megabit, 0},
		{"of a line that is slower than it should be", Config{Rate: megabit}, 0.8 * megabit, 0},
		{"of a line that becomes slower", Config{Rate: megabit}, megabit, 0.5 * megabit},
		{"of an unknown line that becomes faster", Config{}, 0.5 * megabit, megabit},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, test.config, test.rate, func(t *testing.T, h *house) {
				ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
				h.keepBusy(ctx, t)
				want := test.rate
				if test.later > 0 {
					want = test.later
					h.modem.setRate(want)
					ctx, stop = context.WithTimeout(t.Context(), 30*time.Second)
					h.keepBusy(ctx, t)
				}
				stop()
				h.mu.Lock()
				found := h.finder.rate
				h.mu.Unlock()
				if math.Abs(found/want-1) > 0.1 {
					t.Errorf("found %.0f bytes per second, want %.0f within 10 %%", found, want)
				}
				h.modem.forgetWorst()
				ctx, stop = context.WithTimeout(t.Context(), 10*time.Second)
				h.keepBusy(ctx, t)
				stop()
				if h.modem.worst > 350*time.Millisecond {
					t.Errorf("the modem's queue still reaches %v", h.modem.worst)
				}
			})
		})
	}
}

// keepBusy has six visitors load pages one after the other until ctx ends.
func (h *house) keepBusy(ctx context.Context, t *testing.T) {
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			for ctx.Err() == nil {
				h.page(t, Asset, site.Person, 60_000)
			}
		})
	}
	all.Wait()
}

func TestAFastLineIsLeftAlone(t *testing.T) {
	inBubble(t, Config{}, 100*fast, func(t *testing.T, h *house) {
		for range 40 {
			h.page(t, Asset, site.Person, 4_000_000)
		}
		if !h.aside.Load() {
			t.Error("the line does not stand aside")
		}
		h.modem.setRate(megabit)
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
		defer stop()
		h.keepBusy(ctx, t)
		if h.aside.Load() {
			t.Error("the line still stands aside, though it has become slow")
		}
	})
}

func TestAnIdleLineCostsNothing(t *testing.T) {
	inBubble(t, Config{Rate: megabit}, megabit, func(t *testing.T, h *house) {
		h.page(t, Text, site.Person, 4000)
		time.Sleep(time.Hour) // a ticker that went on would make the test slow
		if took := h.page(t, Text, site.Person, 4000); took > 100*time.Millisecond {
			t.Errorf("after an hour of nothing a page took %v", took)
		}
	})
}

func TestWhoComesFromTheHouseTakesNoneOfTheLine(t *testing.T) {
	tests := []struct {
		name        string
		before      string // somebody who came first
		here, there string
		want        bool
	}{
		{"this machine asks itself", "", "203.0.113.7", "203.0.113.7", true},
		{"a public visitor", "", "192.168.1.2", "198.51.100.9", false},
		{"a private address, as behind a proxy", "", "127.0.0.1", "127.0.0.1", false},
		{"a private network that is all there is", "10.0.0.9", "10.0.0.1", "10.0.0.8", false},
		{"the owner, when others come from outside", "198.51.100.9", "192.168.1.2", "192.168.1.3", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := New(Config{Rate: megabit})
			here, there := netip.MustParseAddr(test.here), netip.MustParseAddr(test.there)
			if test.before != "" {
				l.isInside(here, netip.MustParseAddr(test.before))
			}
			if got := l.isInside(here, there); got != test.want {
				t.Errorf("inside: %v", got)
			}
		})
	}
}

func TestOneWhoAsksAgainAndAgainGoesLast(t *testing.T) {
	inBubble(t, Config{Rate: megabit}, megabit, func(t *testing.T, h *house) {
		c, _, err := h.visitor()
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		all.Go(func() {
			for range 40 {
				end := c.Begin(Text, site.Person, 10_000)
				if _, err := c.Write(make([]byte, 10_000)); err != nil {
					t.Error(err)
				}
				end()
			}
		})
		time.Sleep(500 * time.Millisecond)
		if took := h.page(t, Text, site.Person, 20_000); took > 400*time.Millisecond {
			t.Errorf("a newcomer's text took %v beside 40 of one visitor", took)
		}
		all.Wait()
	})
}

// upload is somebody else in the house who keeps the modem's queue at a third
// of a second, as a large upload does.
func (m *modem) upload(ctx context.Context) {
	for ctx.Err() == nil {
		m.mu.Lock()
		now := time.Now()
		if full := now.Add(300 * time.Millisecond); m.free.Before(full) {
			m.free = full
		}
		m.mu.Unlock()
		time.Sleep(10 * time.Millisecond) // in the bubble, where it takes no time
	}
}

func TestSomebodyElsesQueueIsNotAnswered(t *testing.T) {
	inBubble(t, Config{Rate: megabit}, megabit, func(t *testing.T, h *house) {
		h.page(t, Asset, site.Person, 60_000) // while nobody uploads: the way without a queue
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		var uploading sync.WaitGroup
		uploading.Go(func() { h.modem.upload(ctx) })
		h.keepBusy(ctx, t)
		uploading.Wait()
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.finder.rate < megabit/2 {
			t.Errorf("beside an upload the line is taken for one of %.0f bytes per second", h.finder.rate)
		}
	})
}
