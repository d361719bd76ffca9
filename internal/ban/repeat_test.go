package ban

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
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
		if err := b.Sync(In(t.TempDir()), c.at); err != nil || len(b.before.Known) != c.left {
			t.Errorf("at %v %d are remembered, want %d: %v", c.at, len(b.before.Known), c.left, err)
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

func TestAPardonForgetsABanThatHasEnded(t *testing.T) {
	var l List
	n := banOf("198.51.100.7", 1)
	l.Add(n)
	later := noon.Add(2 * time.Hour)
	l.Forget(later)
	if !l.Lift(n.Address, later.Add(24*time.Hour)) || len(l.Pardons) != 1 {
		t.Errorf("nothing to pardon: %+v", l)
	}
	if l.Lift(n.Address, later.Add(24*time.Hour)) {
		t.Error("pardoned of nothing")
	}
	n.From, n.Until = noon.Add(48*time.Hour), noon.Add(49*time.Hour)
	if held := l.Lengthen(n); held != n {
		t.Errorf("the next ban is lengthened to %+v", held)
	}
}

func TestWhoWasBannedBeforeTakesBoundedMemory(t *testing.T) {
	m := newMemory()
	for i := range Most + 100 {
		m.note(banOf(fmt.Sprintf("198.%d.%d.%d", 51+i>>16, i>>8&255, i&255), 1))
	}
	if len(m.Known) != Most {
		t.Errorf("%d are remembered, want %d", len(m.Known), Most)
	}
}

func TestWhoWasBannedIsKnownToEveryProgramAndToTheNext(t *testing.T) {
	s := In(t.TempDir())
	ban := func(from time.Time) (held Ban) {
		n := Ban{Of(netip.MustParseAddr("198.51.100.7")), "tries passwords at ssh", "ssh", from, from.Add(time.Hour)}
		if err := s.Change(from, func(l *List) { held = l.Lengthen(n); l.Add(held) }); err != nil {
			t.Fatal(err)
		}
		return held
	}
	ban(noon)
	if held := ban(noon.Add(30 * time.Minute)); held.Until != noon.Add(90*time.Minute) {
		t.Errorf("who goes on while he is banned is banned until %v, want %v", held.Until, noon.Add(90*time.Minute))
	}
	if held := ban(noon.Add(2 * time.Hour)); held.Until != noon.Add(4*time.Hour) || held.Why != "tries passwords at ssh; banned before, once" {
		t.Errorf("who comes again is banned until %v: %q", held.Until, held.Why)
	}
	serving := NewBook()
	bring(t, serving, s, noon.Add(5*time.Hour))
	if got := again(t, serving, "198.51.100.7", noon.Add(5*time.Hour)); got != 4*time.Hour {
		t.Errorf("a server bans him for %v then, want 4 hours", got)
	}
	bring(t, serving, s, noon.Add(5*time.Hour))
	next := NewBook()
	bring(t, next, s, noon.Add(10*time.Hour))
	if got := again(t, next, "198.51.100.7", noon.Add(10*time.Hour)); got != 8*time.Hour {
		t.Errorf("the next server bans him for %v, want 8 hours", got)
	}
}

func TestDeedsOfAnUnknownTimeMakeNoBanLonger(t *testing.T) {
	var l List
	l.AddUndated(banOf("198.51.100.7", 1))
	later := banOf("198.51.100.7", 1)
	later.From, later.Until = noon.Add(2*time.Hour), noon.Add(3*time.Hour)
	if held := l.Lengthen(later); held != later {
		t.Errorf("lengthened to %+v", held)
	}
}

func TestABanThatHasEndedLeavesNoAddress(t *testing.T) {
	s := In(t.TempDir())
	if err := s.Change(noon, func(l *List) { l.Add(banOf("198.51.100.7", 1)) }); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		at   time.Time
		left int
	}{
		{"an hour later", noon.Add(time.Hour), 1},
		{"after three weeks of peace", noon.Add(time.Hour + remembered + time.Second), 0},
	} {
		if err := s.Change(c.at, func(*List) {}); err != nil {
			t.Fatal(err)
		}
		file, err := os.ReadFile(s.Path())
		if err != nil || strings.Contains(string(file), "198.51") {
			t.Errorf("%s the file says %s, %v", c.name, file, err)
		}
		if l, err := s.Read(c.at); err != nil || len(l.Before.Known) != c.left {
			t.Errorf("%s %+v is remembered, want %d: %v", c.name, l.Before, c.left, err)
		}
	}
}

func TestManyAddressesShareAMark(t *testing.T) {
	m, marks := newMemory(), map[uint32]bool{}
	for i := range 1 << 16 {
		marks[m.mark(Of(netip.AddrFrom4([4]byte{198, 51, byte(i >> 8), byte(i)})))] = true
	}
	for mark := range marks {
		if mark >= 1<<markBits {
			t.Fatalf("a mark is %d", mark)
		}
	}
	if len(marks) < 1<<16-400 { // 128 are shared by chance: 2^32 pairs of 2^25
		t.Errorf("65536 addresses have %d marks", len(marks))
	}
	if other := newMemory(); other.mark(banOf("198.51.100.7", 1).Address) == m.mark(banOf("198.51.100.7", 1).Address) && other.mark(banOf("198.51.100.8", 1).Address) == m.mark(banOf("198.51.100.8", 1).Address) {
		t.Error("two machines mark alike")
	}
}
