package evacuate

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/dns"
)

// out and back are one process each, that may die.
func (w *world) out() error {
	return w.process(func(t *Trip) error { return t.Out(context.Background(), testPlan()) })
}

func (w *world) back() error {
	return w.process(func(t *Trip) error {
		_, err := t.Back(context.Background(), Return{})
		if errors.Is(err, ErrNowhere) {
			return nil
		}
		return err
	})
}

var errDied = errors.New("the process died")

func (w *world) process(run func(*Trip) error) (err error) {
	trip := w.open()
	size := trip.journal.Size()
	defer func() {
		if died := recover(); died != nil {
			if _, ok := died.(crash); !ok {
				panic(died)
			}
			err = errDied
			if w.torn && trip.journal.Size() > size {
				w.tear(trip.journal.Size())
			}
		}
		if closed := trip.Close(); closed != nil {
			w.t.Fatal(closed)
		}
	}()
	trip.Noted = func(r Record) {
		_ = w.does("record "+r.Step, nil)
		size = trip.journal.Size()
	}
	return run(trip)
}

// tear cuts the journal in the middle of the record that was being written.
func (w *world) tear(size int64) {
	if err := os.Truncate(filepath.Join(w.dir, "journal"), size-7); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) expectAway() {
	w.t.Helper()
	want := []dns.Set{
		{Name: apexName, Type: "A", TTL: 60, Data: []string{"203.0.113.9"}},
		{Name: apexName, Type: "AAAA", TTL: 60, Data: []string{"2001:db8:9::9"}},
		{Name: wwwName, Type: "CNAME", TTL: 86400, Data: []string{apexName}},
	}
	if !same(w.sets, want) || !w.runs || w.pushed != treeID {
		w.t.Fatalf("not away: %v, runs %t, pushed %q (%v)", w.sets, w.runs, w.pushed, w.happened)
	}
	if a, err := ReadAbsence(w.dir); err != nil || a.Since.IsZero() || !a.Back.IsZero() {
		w.t.Fatalf("home is not told that the site is away: %+v, %v", a, err)
	}
}

func (w *world) expectHome() {
	w.t.Helper()
	if !same(w.sets, homeSets()) {
		w.t.Fatalf("the records are not what they were: %v (%v)", w.sets, w.happened)
	}
	if w.runs || w.partial || w.pushed != "" {
		w.t.Fatalf("left behind: runs %t, partial %t, pushed %q (%v)", w.runs, w.partial, w.pushed, w.happened)
	}
	if a, err := ReadAbsence(w.dir); err == nil && a.Back.IsZero() || err != nil && !errors.Is(err, ErrAtHome) {
		w.t.Fatalf("home is not told that the site is back: %+v, %v", a, err)
	}
}

func TestASiteGoesAndComesHome(t *testing.T) {
	w := newWorld(t)
	if err := w.out(); err != nil {
		t.Fatal(err)
	}
	w.expectAway()
	if err := w.back(); err != nil {
		t.Fatal(err)
	}
	w.expectHome()
	t.Log(strings.Join(w.happened, ", "))
}

// ways are what the next processes do after one that died.
var ways = []struct {
	name string
	runs []func(*world) error
	away bool
}{
	{"goes on", []func(*world) error{(*world).out}, true},
	{"gives up", []func(*world) error{(*world).back}, false},
	{"goes on and comes home", []func(*world) error{(*world).out, (*world).back}, false},
	{"gives up and goes again", []func(*world) error{(*world).back, (*world).out}, true},
}

// Whatever is done is done once per count, so the loops below end when a run
// has nothing left to be killed at.
func TestARunThatDiesAnywhereIsMendedByTheNext(t *testing.T) {
	for _, atomic := range []bool{true, false} {
		for _, torn := range []bool{false, true} {
			for _, first := range []string{"out", "back"} {
				for _, way := range ways {
					t.Run(fmt.Sprintf("atomic %t, torn %t, dies on the way %s, the next %s", atomic, torn, first, way.name), func(t *testing.T) {
						t.Parallel() // most of the time goes to flushes
						for n := 1; dies(t, n, first, atomic, torn, way.runs, way.away); n++ {
						}
					})
				}
			}
		}
	}
}

// dies kills a run at its nth act and lets the next ones mend it. It is false
// when the run ended before.
func dies(t *testing.T, n int, first string, atomic, torn bool, runs []func(*world) error, away bool) bool {
	w := newWorld(t)
	w.atomic, w.torn = atomic, torn
	run := (*world).out
	if first == "back" {
		if err := w.out(); err != nil {
			t.Fatal(err)
		}
		run = (*world).back
	}
	w.crashAt = w.count + n
	err := run(w)
	if err == nil {
		return false
	}
	if !errors.Is(err, errDied) {
		t.Fatalf("at %d: %v", n, err)
	}
	w.happened = append(w.happened, "DIED")
	w.crashAt = 0
	for _, next := range runs {
		if err := next(w); err != nil {
			t.Fatalf("died at %d, then: %v (%v)", n, err, w.happened)
		}
	}
	if away {
		w.expectAway()
	} else {
		w.expectHome()
	}
	return true
}

func TestARunThatDiesTwiceIsMended(t *testing.T) {
	t.Parallel()
	for first := 1; ; first++ {
		for second := 1; ; second += 2 {
			w := newWorld(t)
			w.atomic = false
			w.crashAt = first
			if w.out() == nil {
				return
			}
			w.crashAt = w.count + second
			died := w.back() != nil
			w.crashAt = 0
			if err := w.back(); err != nil {
				t.Fatalf("died at %d and %d, then: %v (%v)", first, second, err, w.happened)
			}
			w.expectHome()
			if !died {
				break
			}
		}
	}
}

func TestWhatFailsOrLosesItsAnswerCanBeDoneAgain(t *testing.T) {
	for _, atomic := range []bool{true, false} {
		for n := 1; ; n++ {
			w := newWorld(t)
			w.atomic = atomic
			w.failAt = n
			err := w.out()
			if err != nil && !errors.Is(err, errInjected) {
				t.Fatalf("failed at %d: %v", n, err)
			}
			if err := w.out(); err != nil {
				t.Fatalf("failed at %d, then: %v (%v)", n, err, w.happened)
			}
			w.expectAway()
			w.failAt = w.count + n
			homeErr := w.back()
			if homeErr != nil && !errors.Is(homeErr, errInjected) {
				t.Fatalf("failed at %d: %v", n, homeErr)
			}
			if err := w.back(); err != nil {
				t.Fatalf("failed at %d, then: %v (%v)", n, err, w.happened)
			}
			w.expectHome()
			if w.count < w.failAt {
				break
			}
		}
	}
}

// Records that somebody else has changed are left alone, and shown.
func TestForeignRecordsStopARun(t *testing.T) {
	stranger := dns.Set{Name: apexName, Type: "A", TTL: 300, Data: []string{"198.51.100.1"}}
	for _, atomic := range []bool{true, false} {
		w := newWorld(t)
		w.atomic = atomic
		if err := w.out(); err != nil {
			t.Fatal(err)
		}
		before := w.sets
		w.put(stranger)
		err := w.back()
		changed, ok := errors.AsType[*dns.Changed](err)
		if !ok || !strings.Contains(changed.Error(), "198.51.100.1") || !strings.Contains(changed.Error(), "203.0.113.9") {
			t.Fatalf("coming home over the changes of somebody else: %v", err)
		}
		if !w.runs || w.pushed != treeID {
			t.Fatal("the refuge was left while names may lead there")
		}
		if again := w.out(); again == nil {
			t.Fatal("going on over the changes of somebody else succeeded")
		}
		w.sets = before
		if err := w.back(); err != nil {
			t.Fatalf("after the change was taken back: %v", err)
		}
		w.expectHome()
	}
}

// An owner who has moved the names himself keeps them.
func TestTheOwnersOwnRecordsCanBeKept(t *testing.T) {
	w := newWorld(t)
	if err := w.out(); err != nil {
		t.Fatal(err)
	}
	w.sets = []dns.Set{{Name: apexName, Type: "A", TTL: 300, Data: []string{"192.0.2.1"}}}
	err := w.process(func(trip *Trip) error {
		_, err := trip.Back(context.Background(), Return{KeepNames: true})
		return err
	})
	if err != nil || len(w.sets) != 1 || w.runs || w.pushed != "" {
		t.Fatalf("%v: %v, runs %t, pushed %q", err, w.sets, w.runs, w.pushed)
	}
}

func TestNamesStayWhereSomethingAnswers(t *testing.T) {
	w := newWorld(t)
	w.refused["verify"] = errors.New("a body differs")
	if err := w.out(); err == nil || !same(w.sets, homeSets()) {
		t.Fatalf("a refuge that answers wrong: %v, %v", err, w.sets)
	}
	delete(w.refused, "verify")
	if err := w.out(); err != nil {
		t.Fatal(err)
	}
	w.homeOff = true
	if err := w.back(); err == nil {
		t.Fatal("the names came home though home does not answer")
	}
	w.expectAway()
	w.homeOff = false
	if err := w.back(); err != nil {
		t.Fatal(err)
	}
	w.expectHome()
}

// What was verified long ago is verified again right before the switch.
func TestAnOldVerificationIsNotBelieved(t *testing.T) {
	for _, c := range []struct {
		name  string
		slow  bool
		times int
	}{{"at once", false, 1}, {"after a provider that took its time", true, 2}} {
		w := newWorld(t)
		err := w.process(func(trip *Trip) error {
			if c.slow {
				trip.Zone = slowZone{fakeZone{w}}
			}
			return trip.Out(context.Background(), testPlan())
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(strings.Join(w.happened, ","), ",verify"); got != c.times {
			t.Errorf("%s: verified %d times, want %d", c.name, got, c.times)
		}
	}
}

type slowZone struct{ fakeZone }

func (z slowZone) Sets(ctx context.Context, names []string) ([]dns.Set, error) {
	z.w.now = z.w.now.Add(time.Hour)
	return z.fakeZone.Sets(ctx, names)
}

func TestAnotherPlanWaitsUntilTheSiteIsHome(t *testing.T) {
	w := newWorld(t)
	if err := w.out(); err != nil {
		t.Fatal(err)
	}
	other := testPlan()
	other.Refuge = "elsewhere"
	err := w.process(func(trip *Trip) error { return trip.Out(context.Background(), other) })
	if err == nil || !strings.Contains(err.Error(), "come home first") {
		t.Fatalf("a second evacuation to somewhere else: %v", err)
	}
	w.expectAway()
}

func TestThereIsNothingToComeHomeFrom(t *testing.T) {
	w := newWorld(t)
	trip := w.open()
	defer trip.Close()
	if _, err := trip.Back(context.Background(), Return{}); !errors.Is(err, ErrNowhere) {
		t.Fatalf("got %v, want %v", err, ErrNowhere)
	}
}

// deafZone makes its changes, and its answers are lost.
type deafZone struct{ fakeZone }

func (z deafZone) Apply(ctx context.Context, c dns.Change) error {
	return errors.Join(z.fakeZone.Apply(ctx, c), errInjected)
}

func TestALostAnswerIsFoundInTheWorld(t *testing.T) {
	w := newWorld(t)
	err := w.process(func(trip *Trip) error {
		trip.Zone = deafZone{fakeZone{w}}
		return trip.Out(context.Background(), testPlan())
	})
	if err != nil {
		t.Fatalf("the change took effect, and it was taken for a failure: %v", err)
	}
	w.expectAway()
}

func TestTheOwnerHearsHowFarResolversAre(t *testing.T) {
	old := Heard{Server: "9.9.9.9:53", Name: apexName, Found: "192.0.2.1", TTL: 3600}
	for _, c := range []struct {
		name string
		late []Heard
		want string
	}{
		{"all lead there", nil, "5 of 5 resolvers lead there"},
		{"one has cached the old way", []Heard{old}, "4 of 5 resolvers lead there; the last one, 9.9.9.9:53, has cached the old way for 3600 s more"},
		{"one does not answer", []Heard{{Server: "8.8.8.8:53", Name: apexName, Found: "timeout"}}, "4 of 5 resolvers lead there; 8.8.8.8:53 says of example.org.: timeout"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			trip := w.open()
			defer trip.Close()
			var said string
			trip.Resolvers, trip.Tell = 5, func(_, text string) { said = text }
			trip.Late = func(context.Context, []string, []dns.Set) []Heard { return c.late }
			trip.late(t.Context(), nil)
			if said != c.want {
				t.Errorf("said %q, want %q", said, c.want)
			}
		})
	}
}
