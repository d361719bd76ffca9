package integration

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

var authorities = []struct {
	name  string
	start func(testing.TB, *stage, string) *nameServer
}{{"BIND", startBIND}, {"PowerDNS", startPowerDNS}}

// everyPair has tests of evacuations run with every refuge and every authority,
// and a machine's killed at every record. Without it each refuge and each
// authority is met once.
var everyPair = os.Getenv("BUZZPROOF_PAIRS") == "all"

// forPairs runs a test for each pair of an authority and a refuge.
func forPairs(t *testing.T, test func(*testing.T, asylum, func(testing.TB, *stage, string) *nameServer)) {
	for i, authority := range authorities {
		for j, refuge := range asylums {
			if i != j && !everyPair {
				continue
			}
			t.Run(authority.name+" and a "+refuge.name, func(t *testing.T) { test(t, refuge, authority.start) })
		}
	}
}

// A process is killed at every record that it writes, on the way out and on the
// way home; the next one goes on, or gives up.
func TestAnEvacuationThatIsKilledAnywhereEndsAwayOrHome(t *testing.T) {
	forPairs(t, func(t *testing.T, refuge asylum, authority func(testing.TB, *stage, string) *nameServer) {
		s := newStage(t)
		f := newFlight(t, s, 3, authority, refuge)
		before := f.records(t)
		r := &reader{}
		stop := r.start(t, f, f.address)
		step := 1
		if f.host != nil && !everyPair {
			step = 3 // the program is brought there each time: minutes for all
		}
		out, back := 0, 0
		for at := 1; f.killedOut(t, s.subfolder(t, "state"), at, out%2 == 0 || everyPair, before); at += step {
			out++
		}
		for at := 1; f.killedBack(t, s.subfolder(t, "state"), at, before); at += step {
			back++
		}
		stop()
		t.Logf("bar: killed %d times on the way out, %d times on the way home; %d requests, %d of them away, %d failed",
			out, back, r.asked.Load(), r.away.Load(), r.failed.Load())
		r.expectNone(t)
		if out != (9+step-1)/step || back != (7+step-1)/step { // as many as there are records
			t.Errorf("killed %d and %d times only", out, back)
		}
	})
}

// killedOut kills a process on the way out. It is false when none was killed.
func (f *flight) killedOut(t *testing.T, state string, at int, goOn bool, before string) bool {
	t.Helper()
	trip := f.spec(state)
	trip.KillAt = at
	died := trip.run(t)
	trip.KillAt = 0
	if goOn {
		trip.run(t)
		f.expectAway(t)
	}
	trip.Back = true
	trip.run(t)
	f.expectHome(t, before)
	return died
}

// killedBack kills a process on the way home; the next goes out again, every
// second time, and then home.
func (f *flight) killedBack(t *testing.T, state string, at int, before string) bool {
	t.Helper()
	trip := f.spec(state)
	trip.run(t)
	f.expectAway(t)
	trip.Back, trip.KillAt = true, at
	died := trip.run(t)
	trip.KillAt = 0
	if died && at%2 == 0 {
		trip.Back = false
		trip.run(t)
		f.expectAway(t)
		trip.Back = true
	}
	trip.run(t)
	f.expectHome(t, before)
	return died
}

// A process is killed at moments that chance chooses, in the middle of steps.
// BUZZPROOF_MOMENTS says how many, BUZZPROOF_SEED repeats them.
func TestAnEvacuationThatIsKilledAtAnyMomentGoesOn(t *testing.T) {
	moments, chance := number(t, "BUZZPROOF_MOMENTS", 3), number(t, "BUZZPROOF_SEED", int(time.Now().UnixNano()%1e9))
	t.Logf("BUZZPROOF_SEED=%d repeats these moments", chance)
	forPairs(t, func(t *testing.T, refuge asylum, authority func(testing.TB, *stage, string) *nameServer) {
		random := rand.New(rand.NewPCG(uint64(chance), 0))
		s := newStage(t)
		f := newFlight(t, s, 3, authority, refuge)
		before := f.records(t)
		r := &reader{}
		stop := r.start(t, f, f.address)
		took := map[bool]time.Duration{}
		for i := range moments {
			trip := f.spec(s.subfolder(t, fmt.Sprint("state-", i)))
			for _, trip.Back = range []bool{false, true} {
				if took[trip.Back] > 0 {
					trip.KillIn = time.Duration(1 + random.Int64N(int64(took[trip.Back])))
					trip.run(t)
					trip.KillIn = 0
				}
				began := time.Now()
				trip.run(t)
				if i == 0 {
					took[trip.Back] = time.Since(began)
				}
				if !trip.Back {
					f.expectAway(t)
				}
			}
			f.expectHome(t, before)
		}
		stop()
		t.Logf("bar: killed at %d moments of ways that take %v and %v; %d requests, %d of them away, %d failed",
			2*(moments-1), took[false], took[true], r.asked.Load(), r.away.Load(), r.failed.Load())
		r.expectNone(t)
	})
}

// expectNone demands that nothing failed, at home or away.
func (r *reader) expectNone(t *testing.T) {
	t.Helper()
	if r.failed.Load() > 0 || r.away.Load() == 0 {
		t.Errorf("%d of %d requests failed, %d were away: %s", r.failed.Load(), r.asked.Load(), r.away.Load(), r.first)
	}
}
