package link

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestAPacketCostsWhatItsFramingSays(t *testing.T) {
	tests := []struct {
		name    string
		framing Framing
		size    int
		want    int
	}{
		{"plain IP is what it is", Plain, 1500, 1500},
		{"the smallest packet and its trailer fill one cell", ATM, 40, 53},
		{"a byte more takes another cell", ATM, 41, 106},
		{"a confirmation with time stamps takes two cells", ATM, 52, 106},
		{"a full packet takes 32 cells", ATM, 1500, 32 * 53},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.framing.Wire(test.size); got != test.want {
				t.Errorf("%d bytes take %d, want %d", test.size, got, test.want)
			}
		})
	}
}

func TestFramingsAreReadByName(t *testing.T) {
	for name, want := range map[string]Framing{"none": Plain, "atm": ATM} {
		if got, err := ParseFraming(name); got != want || err != nil {
			t.Errorf("%s is %v, %v", name, got, err)
		}
	}
	if _, err := ParseFraming("ATM cells"); err == nil {
		t.Error("a framing that does not exist is read")
	}
}

// An offer is a packet and what shall become of it, in time from the beginning.
type offer struct {
	at      time.Duration
	size    int
	arrives time.Duration // 0: dropped
}

const ms = time.Millisecond

func TestEveryPacketsFateIsKnownWhenItIsOffered(t *testing.T) {
	way := Way{Rate: 1e6, Buffer: 4000, Delay: 20 * ms} // 1,000 bytes take 8 ms
	changing := way
	changing.Changes = []Change{{After: 4 * ms, Rate: 0.5e6}, {After: time.Second, Rate: 8e6}}
	framed := way
	framed.Framing = ATM
	free := Way{Delay: 5 * ms}
	tests := []struct {
		name   string
		way    Way
		offers []offer
	}{
		{"an idle line sends at once", way, []offer{{0, 1000, 28 * ms}, {100 * ms, 1000, 128 * ms}}},
		{"a second packet waits for the first", way, []offer{{0, 1000, 28 * ms}, {1 * ms, 1000, 36 * ms}}},
		{"what the modem cannot hold is dropped", way, []offer{{0, 3000, 44 * ms}, {0, 1000, 52 * ms}, {0, 1, 0}}},
		{"a smaller packet may still fit", way, []offer{{0, 3500, 48 * ms}, {0, 600, 0}, {0, 500, 52 * ms}}},
		{"room comes with packets that have left in full", way, []offer{
			{0, 2000, 36 * ms}, {0, 2000, 52 * ms}, {15 * ms, 1000, 0}, {16 * ms, 1000, 60 * ms},
		}},
		{"cells take time", framed, []offer{{0, 1000, 20*ms + 21*53*8*time.Microsecond}}},
		{"a rate may change while a packet is sent", changing, []offer{{0, 1000, 32 * ms}, {12 * ms, 500, 40 * ms}}},
		{"and change again", changing, []offer{{2 * time.Second, 1000, 2*time.Second + 21*ms}}},
		{"a line without a limit only delays", free, []offer{{0, 1 << 20, 5 * ms}, {0, 1 << 20, 5 * ms}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			began := time.Unix(1_000_000, 0)
			q := NewQueue(test.way, began)
			for i, o := range test.offers {
				arrives, ok := q.Offer(began.Add(o.at), o.size)
				if ok != (o.arrives > 0) {
					t.Errorf("packet %d: taken is %v", i, ok)
				} else if ok && arrives.Sub(began) != o.arrives {
					t.Errorf("packet %d arrives after %v, want %v", i, arrives.Sub(began), o.arrives)
				}
			}
		})
	}
}

func TestAQueueCountsWhatItDoes(t *testing.T) {
	began := time.Unix(1_000_000, 0)
	q := NewQueue(Way{Rate: 1e6, Buffer: 4000, Framing: ATM}, began)
	for range 3 {
		q.Offer(began, 1500) // 1,696 bytes and 13.568 ms each; the third is dropped
	}
	const each = 13568 * time.Microsecond
	want := Stats{
		Packets: 2, Drops: 1, Bytes: 3000, DroppedBytes: 1500, WireBytes: 3392,
		Busy: each, High: 3000, Since: each,
	}
	if got := q.Stats(began.Add(each)); got != want {
		t.Errorf("after the first packet: %+v\nwant %+v", got, want)
	}
	if use := q.Stats(began.Add(4 * each)).Use(); use != 0.5 {
		t.Errorf("two of four packet times are a use of %v", use)
	}
	q.Begin(began.Add(each))
	if got := q.Stats(began.Add(2 * each)); got.Packets != 0 || got.Use() != 1 {
		t.Errorf("counting from zero while a packet is sent: %+v", got)
	}
	if use := (Stats{}).Use(); use != 0 {
		t.Errorf("no time at all is a use of %v", use)
	}
}

func TestARunnerDeliversInOrderAndOnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRunner[int](Way{Rate: 1e6, Buffer: 10_000, Delay: 20 * ms})
		began := time.Now()
		got := make(chan time.Duration, 20)
		go r.Run(t.Context(), func(n int) {
			got <- time.Since(began)
			if n == 1 {
				time.Sleep(30 * ms) // a slow receiver, or a late wake-up
			}
		})
		for n := range 11 { // the eleventh does not fit
			if taken := r.Send(n, 1000); taken != (n < 10) {
				t.Errorf("packet %d: taken is %v", n, taken)
			}
		}
		var times []time.Duration
		for range 10 {
			times = append(times, <-got)
		}
		// The line goes on while the receiver sleeps: lateness does not add up.
		want := []time.Duration{28, 36, 66, 66, 66, 68, 76, 84, 92, 100}
		for i, w := range want {
			if times[i] != w*ms {
				t.Fatalf("arrivals at %v, want %v ms", times, want)
			}
		}
		// Packets 2 to 4 should have been there after 44, 52 and 60 ms.
		if s := r.Stats(); s.Drops != 1 || s.Packets != 10 || s.Delivered != 10 || s.Late != (22+14+6)*ms {
			t.Errorf("counts are %+v", s)
		}
		r.Begin()
		if s := r.Stats(); s.Drops != 0 {
			t.Errorf("counts after a new beginning are %+v", s)
		}
	})
}

func TestALineWithoutALimitStillHasABound(t *testing.T) {
	r := NewRunner[struct{}](Way{Delay: time.Hour})
	for range maxFlight {
		r.Send(struct{}{}, 1)
	}
	if r.Send(struct{}{}, 1) {
		t.Error("more packets are under way than may be")
	}
	if s := r.Stats(); s.Drops != 1 {
		t.Errorf("counts are %+v", s)
	}
}

func TestHomeIsTheLineOfTheFigures(t *testing.T) {
	h := Home()
	if h.Up.Rate != 1e6 || h.Down.Rate != 8e6 || h.Up.Buffer != 98_304 || h.Down.Delay != 20*ms {
		t.Errorf("home has %+v", h)
	}
}
