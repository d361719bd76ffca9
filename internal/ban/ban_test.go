package ban

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var noon = time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC)

func banOf(address string, hours int) Ban {
	return Ban{Of(netip.MustParseAddr(address)), "probes: secret", "web", noon, noon.Add(time.Duration(hours) * time.Hour)}
}

func TestABanCoversAHousehold(t *testing.T) {
	for _, c := range []struct{ name, address, want string }{
		{"an IPv4 address", "198.51.100.7", "198.51.100.7/32"},
		{"an IPv4 address as IPv6", "::ffff:198.51.100.7", "198.51.100.7/32"},
		{"the /64 of an IPv6 address", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
		{"a zone is none of the address", "2001:db8::1%eth0", "2001:db8::/64"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Of(netip.MustParseAddr(c.address)).String(); got != c.want {
				t.Errorf("a ban of %s covers %s, want %s", c.address, got, c.want)
			}
		})
	}
}

func TestNobodyIsBannedByAnAddressThatEverybodyHas(t *testing.T) {
	for _, a := range []string{"127.0.0.1", "::1", "10.1.2.3", "192.168.1.1", "172.20.0.1", "100.64.1.1", "198.18.0.1", "fe80::1", "fd00::1", "0.0.0.0", "::ffff:127.0.0.1"} {
		if NewBook().Add(banOf(a, 1)) {
			t.Errorf("%s can be banned", a)
		}
	}
}

func TestABanEndsByItself(t *testing.T) {
	b := NewBook()
	if !b.Add(banOf("2001:db8::1", 2)) {
		t.Fatal("not banned")
	}
	neighbour := netip.MustParseAddr("2001:db8::ffff")
	if got, ok := b.Find(neighbour, noon.Add(time.Hour)); !ok || got.Why != "probes: secret" {
		t.Errorf("an hour later: %+v, %v", got, ok)
	}
	if _, ok := b.Find(neighbour, noon.Add(2*time.Hour)); ok {
		t.Error("banned after the end")
	}
	if _, ok := b.Find(netip.MustParseAddr("2001:db8:0:1::1"), noon); ok {
		t.Error("another household is banned")
	}
}

func TestTheFileTellsOtherPrograms(t *testing.T) {
	s := In(filepath.Join(t.TempDir(), "state"))
	serving := NewBook()
	serving.Add(banOf("198.51.100.7", 2))
	bring(t, serving, s, noon)
	l, err := s.Read(noon)
	if err != nil || len(l.Bans) != 1 || l.Bans[0] != banOf("198.51.100.7", 2) {
		t.Fatalf("the file says %+v, %v", l, err)
	}

	lifted := false
	at := netip.MustParseAddr("198.51.100.7")
	if err := s.Change(noon, func(l *List) { lifted = l.Lift(Of(at), noon.Add(time.Hour)) }); err != nil || !lifted {
		t.Fatalf("lifted %v, %v", lifted, err)
	}
	bring(t, serving, s, noon)
	if _, ok := serving.Find(at, noon); ok {
		t.Error("the program that serves has not heard that the ban was lifted")
	}
	if serving.Add(banOf("198.51.100.7", 2)) {
		t.Error("banned again in spite of the pardon")
	}
	if _, err := os.Stat(s.Path()); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(s.Path()), "*.tmp")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAPardonHoldsForBansThatWaitForTheFile(t *testing.T) {
	s, serving := In(t.TempDir()), NewBook()
	serving.Add(banOf("198.51.100.7", 2))
	if err := s.Change(noon, func(l *List) {
		l.Add(banOf("198.51.100.7", 1))
		l.Lift(banOf("198.51.100.7", 1).Address, noon.Add(time.Hour))
	}); err != nil {
		t.Fatal(err)
	}
	bring(t, serving, s, noon)
	if got, ok := serving.Find(netip.MustParseAddr("198.51.100.7"), noon); ok {
		t.Errorf("banned in spite of the pardon: %+v", got)
	}
}

func TestABanIsFoundWhereItStandsNow(t *testing.T) {
	var l List
	l.Add(banOf("198.51.100.7", 1), banOf("198.51.100.8", 1))
	l.Lift(banOf("198.51.100.7", 1).Address, noon.Add(time.Hour))
	l.Add(banOf("198.51.100.8", 2))
	l.Add(banOf("198.51.100.9", 3))
	l.Forget(noon) // puts those that last longest first
	l.Add(banOf("198.51.100.8", 4))
	if len(l.Bans) != 2 || l.Bans[0] != banOf("198.51.100.9", 3) || l.Bans[1] != banOf("198.51.100.8", 4) {
		t.Errorf("the bans are %+v", l.Bans)
	}
}

func TestManyMayChangeTheFileAtOnce(t *testing.T) {
	s := In(t.TempDir())
	const writers = 8
	failed := make(chan error, writers)
	for i := range writers {
		go func() {
			failed <- s.Change(noon, func(l *List) { l.Add(banOf(fmt.Sprintf("198.51.100.%d", i+1), 2)) })
		}()
	}
	for range writers {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	if l, err := s.Read(noon); err != nil || len(l.Bans) != writers {
		t.Errorf("%d bans of %d are in the file, %v", len(l.Bans), writers, err)
	}
}

func TestAFullDiskLosesNoBan(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a file, no folder")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b := NewBook()
	b.Add(banOf("198.51.100.7", 2))
	if err := b.Sync(In(file), noon); err == nil {
		t.Fatal("written to a folder that is none")
	}
	s := In(t.TempDir())
	bring(t, b, s, noon)
	if l, err := s.Read(noon); err != nil || len(l.Bans) != 1 {
		t.Errorf("after the second try the file says %+v, %v", l, err)
	}
}

func TestAFileThatIsDamagedIsToldOfOnce(t *testing.T) {
	s := In(t.TempDir())
	if err := os.WriteFile(s.Path(), []byte("half a fi"), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		b, told := NewBook(), 0
		ctx, end := context.WithTimeout(t.Context(), 5*time.Second)
		defer end()
		if err := b.Run(ctx, s, func(error) { told++ }); err != nil || told != 1 {
			t.Errorf("told %d times, ended with %v; want once and nothing", told, err)
		}
	})
}

func TestBansOfTheLastSecondAreKept(t *testing.T) {
	s := In(t.TempDir())
	synctest.Test(t, func(t *testing.T) {
		b := NewBook()
		ctx, end := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- b.Run(ctx, s, func(error) {}) }()
		synctest.Wait()
		b.Add(Ban{Address: Of(netip.MustParseAddr("198.51.100.7")), From: time.Now(), Until: time.Now().Add(time.Hour)})
		end()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if l, err := s.Read(time.Now()); err != nil || len(l.Bans) != 1 {
			t.Errorf("the file says %+v, %v", l, err)
		}
	})
}

func TestMoreBansThanCanWaitAreCounted(t *testing.T) {
	b := NewBook()
	for i := range freshest + 10 {
		b.Add(Ban{Address: Of(netip.AddrFrom4([4]byte{198, 51, byte(i >> 8), byte(i)})), From: noon, Until: noon.Add(time.Hour)})
	}
	if b.Dropped() != 10 {
		t.Errorf("%d dropped, want 10", b.Dropped())
	}
}

func TestAFileThatMakesNoSenseIsNotTakenForAnEmptyOne(t *testing.T) {
	for _, c := range []struct{ name, file, want string }{
		{"no JSON", "half a fi", "invalid character"},
		{"a later schema", `{"schema":2}`, "schema 2"},
		{"a ban without end", `{"schema":1,"bans":[{"address":"198.51.100.7/32"}]}`, "no end"},
		{"a damaged memory", `{"schema":1,"before":{"key":"AAAA"}}`, "key of those banned before"},
		{"a ban of a whole network", `{"schema":1,"bans":[{"address":"198.51.0.0/16","until":"2027-01-01T00:00:00Z"}]}`, "neither an address"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := In(t.TempDir())
			if err := os.WriteFile(s.Path(), []byte(c.file), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Read(noon); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if err := s.Change(noon, func(*List) {}); err == nil {
				t.Error("the file was overwritten")
			}
		})
	}
}

func TestAskingTheBookAllocatesNothing(t *testing.T) {
	b := NewBook()
	b.Add(banOf("198.51.100.7", 2))
	a := netip.MustParseAddr("2001:db8::7")
	if n := testing.AllocsPerRun(100, func() { b.Find(a, noon) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func TestTheFirewallsReadWhatIsExported(t *testing.T) {
	bans := []Ban{banOf("198.51.100.7", 2), banOf("2001:db8::7", 3)}
	var nft, ipset strings.Builder
	if err := WriteNft(&nft, bans, noon); err != nil {
		t.Fatal(err)
	}
	if err := WriteIpset(&ipset, bans, noon); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"198.51.100.7 timeout 7200s", "2001:db8::/64 timeout 10800s"} {
		if !strings.Contains(nft.String(), want) {
			t.Errorf("no %q in\n%s", want, nft.String())
		}
	}
	for _, want := range []string{"add buzzproof4 198.51.100.7/32 timeout 7200\n", "add buzzproof6 2001:db8::/64 timeout 10800\n"} {
		if !strings.Contains(ipset.String(), want) {
			t.Errorf("no %q in\n%s", want, ipset.String())
		}
	}
	if program, err := exec.LookPath("nft"); err == nil && os.Geteuid() == 0 {
		check := exec.Command(program, "--check", "-f", "-")
		check.Stdin = strings.NewReader(nft.String())
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("nft --check: %v\n%s", err, out)
		}
	}
}

func bring(t *testing.T, b *Book, s Store, now time.Time) {
	t.Helper()
	if err := b.Sync(s, now); err != nil {
		t.Fatal(err)
	}
}

func FuzzFileOfBans(f *testing.F) {
	f.Add([]byte(`{"schema":1,"bans":[{"address":"198.51.100.7/32","why":"x","by":"web","until":"2027-01-01T00:00:00Z"}],"pardons":[{"address":"2001:db8::/64"}]}`))
	f.Add([]byte(`{"schema":1}`))
	f.Add([]byte(`{"schema":1,"before":{"key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","known":{"7":{"times":9000000000000000000}}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := parse(data)
		if err != nil {
			return
		}
		l.Forget(noon)
		for _, b := range l.Bans {
			if b.Address != Of(b.Address.Addr()) || !b.Until.After(noon) {
				t.Errorf("read %+v", b)
			}
		}
		l.Add(l.Lengthen(banOf("198.51.100.7", 1)))
		var w strings.Builder
		if err := WriteNft(&w, l.Bans, noon); err != nil || strings.Count(w.String(), "timeout ") < len(l.Bans) {
			t.Errorf("exported %d bans as\n%s, %v", len(l.Bans), w.String(), err)
		}
	})
}
