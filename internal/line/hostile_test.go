package line

import (
	"net/netip"
	"sync"
	"testing"
	"time"

	"buzzproof/internal/site"
)

func TestOneLongTextKeepsNobodyOut(t *testing.T) {
	inBubble(t, Config{Rate: megabit, Handshake: HandshakeBytes}, megabit, func(t *testing.T, h *house) {
		var all sync.WaitGroup
		all.Go(func() { h.page(t, Text, site.Search, 2_000_000) }) // a sitemap
		all.Go(func() { h.page(t, Text, site.Person, 2_000_000) }) // the whole blog in one page
		for range 120 {
			time.Sleep(time.Second)
			if _, _, err := h.visitor(); err != nil {
				t.Errorf("a newcomer beside two long texts: %v", err)
				break
			}
		}
		all.Wait()
	})
}

func TestAProxyIsNeverTakenForTheOwner(t *testing.T) {
	proxy, public := netip.MustParseAddr("192.168.1.2"), netip.MustParseAddr("198.51.100.9")
	l := New(Config{Rate: megabit, Shared: func(a netip.Addr) bool { return a == proxy }})
	l.isInside(proxy, public) // somebody has come past the proxy
	if l.isInside(proxy, proxy) || l.isInside(netip.MustParseAddr("192.168.1.3"), proxy) {
		t.Error("what goes to visitors through a proxy does not pass the line")
	}
}

func TestWhatBeganOnAFastLineGoesBehindTexts(t *testing.T) {
	inBubble(t, Config{Rate: megabit}, megabit, func(t *testing.T, h *house) {
		h.aside.Store(true)
		var all sync.WaitGroup
		var began []*Conn
		for range 5 {
			c, _, err := h.visitor()
			if err != nil {
				t.Fatal(err)
			}
			defer c.Begin(Asset, site.Person, 200_000)()
			began = append(began, c)
		}
		h.aside.Store(false)
		for _, c := range began {
			all.Go(func() {
				if _, err := c.Write(make([]byte, 200_000)); err != nil {
					t.Error(err)
				}
			})
		}
		time.Sleep(500 * time.Millisecond)
		if took := h.page(t, Text, site.Person, 4_000); took > 300*time.Millisecond {
			t.Errorf("a text took %v", took)
		}
		all.Wait()
	})
}

func TestVisitorsAreBounded(t *testing.T) {
	v, now, a := visitors{}, time.Date(2016, 9, 5, 22, 30, 0, 0, time.UTC), netip.MustParseAddr("10.0.0.0")
	swept := 0
	for range 2 * mostVisitors {
		before := len(v)
		a = a.Next()
		v.know(a, now).came = now
		if len(v) < before {
			swept++
		}
		if len(v) > mostVisitors || v[a] == nil {
			t.Fatalf("%d visitors are kept, the newest among them: %v", len(v), v[a] != nil)
		}
	}
	if swept < 2 || swept > 10 {
		t.Errorf("room was made %d times, want a few", swept)
	}
}

func TestAFloodOfNewcomersIsForgottenWhenItEnds(t *testing.T) {
	inBubble(t, Config{Rate: megabit, Handshake: HandshakeBytes}, megabit, func(t *testing.T, h *house) {
		for range 10_000 {
			if c, _, err := h.visitor(); err == nil {
				_ = c.Close()
			}
			time.Sleep(300 * time.Microsecond)
		}
		time.Sleep(2 * time.Second)
		if took := h.page(t, Text, site.Person, 4_000); took > 300*time.Millisecond {
			t.Errorf("two seconds after the flood a text took %v", took)
		}
	})
}
