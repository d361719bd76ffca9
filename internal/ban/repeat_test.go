package ban

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// again bans an address for an hour from a moment on and returns for how long
// it is banned then.
func again(t *testing.T, b *Book, address string, at time.Time) time.Duration {
	t.Helper()
	n := banOf(address, 1)
	n.From, n.Until = at, at.Add(time.Hour)
	if !b.Add(n) {
		t.Fatalf("%s is not banned", address)
	}
	held, ok := b.Find(netip.MustParseAddr(address), at)
	if !ok {
		t.Fatalf("there is no ban of %s", address)
	}
	return held.Until.Sub(at)
}

func TestWhoComesAgainIsBannedForLonger(t *testing.T) {
	b, at := NewBook(), noon
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 672, 672} {
		if got := again(t, b, "198.51.100.7", at); got != want*time.Hour {
			t.Errorf("ban %d lasts %v, want %v hours", i+1, got, int(want))
		}
		at = at.Add(want*time.Hour + time.Minute)
	}
	if got := again(t, b, "198.51.100.8", at); got != time.Hour {
		t.Errorf("a neighbour is banned for %v", got)
	}
	if held, _ := b.Find(netip.MustParseAddr("198.51.100.7"), at.Add(-time.Hour)); held.Why != "probes: secret; banned before, 11 times" {
		t.Errorf("the reason is %q", held.Why)
	}
}

func TestTheOwnersBanLastsAsLongAsHeSays(t *testing.T) {
	b := NewBook()
	again(t, b, "198.51.100.7", noon)
	n := banOf("198.51.100.7", 1)
	n.By, n.From, n.Until = ByOwner, noon.Add(2*time.Hour), noon.Add(3*time.Hour)
	if !b.Add(n) {
		t.Fatal("not banned")
	}
	if held, _ := b.Find(n.Address.Addr(), n.From); held != n {
		t.Errorf("the owner asked for %+v and got %+v", n, held)
	}
}

func TestABanIsForgottenWeeksAfterItsEnd(t *testing.T) {
	b := NewBook()
	again(t, b, "2001:db8::1", noon)
	if got := again(t, b, "2001:db8::2", noon.Add(time.Hour+remembered)); got != 2*time.Hour {
		t.Errorf("three weeks later the household is banned for %v, want 2 hours", got)
	}
	end := noon.Add(3*time.Hour + 2*remembered)
	for _, c := range []struct {
		at   time.Time
		left int
	}{{end, 1}, {end.Add(time.Second), 0}} {
		if err := b.Sync(In(t.TempDir()), c.at); err != nil || len(b.repeats.known) != c.left {
			t.Errorf("at %v %d are remembered, want %d: %v", c.at, len(b.repeats.known), c.left, err)
		}
	}
	if got := again(t, b, "2001:db8::1", noon.Add(4*time.Hour+2*remembered)); got != time.Hour {
		t.Errorf("after more than three weeks it is banned for %v, want 1 hour", got)
	}
}

func TestAPardonForgetsEarlierBans(t *testing.T) {
	b, s := NewBook(), In(t.TempDir())
	again(t, b, "198.51.100.7", noon)
	if err := b.Sync(s, noon); err != nil {
		t.Fatal(err)
	}
	if err := s.Change(noon, func(l *List) { l.Lift(Of(netip.MustParseAddr("198.51.100.7")), noon.Add(24*time.Hour)) }); err != nil {
		t.Fatal(err)
	}
	if err := b.Sync(s, noon); err != nil {
		t.Fatal(err)
	}
	if got := again(t, b, "198.51.100.7", noon.Add(25*time.Hour)); got != time.Hour {
		t.Errorf("after a pardon the ban lasts %v, want 1 hour", got)
	}
}

func TestWhoWasBannedBeforeTakesBoundedMemory(t *testing.T) {
	r := newRepeats()
	for i := range Most + 100 {
		r.note(banOf(fmt.Sprintf("198.%d.%d.%d", 51+i>>16, i>>8&255, i&255), 1))
	}
	if len(r.known) != Most {
		t.Errorf("%d are remembered, want %d", len(r.known), Most)
	}
}
