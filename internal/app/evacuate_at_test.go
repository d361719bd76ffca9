package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/dns"
	"buzzproof/internal/evacuate"
)

func TestAFlightWaitsForTheOneThatHoldsTheJournal(t *testing.T) {
	busy := explainTrip(fmt.Errorf("%w: locked", evacuate.ErrBusy))
	for _, c := range []struct {
		name     string
		busy     int // times that the journal is not free
		cancel   bool
		want     error
		waits    int
		saysSoOn bool
	}{
		{"it is free", 0, false, nil, 0, false},
		{"it is free after a while", 3, false, nil, 3, true},
		{"it is never free", busyTries + 1, false, evacuate.ErrBusy, busyTries, true},
		{"Ctrl-C", 3, true, context.Canceled, 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var said bytes.Buffer
			opened, waited, there := 0, 0, &journey{}
			j, err := (&Program{Stderr: &said}).whenFree(t.Context(), func(context.Context, time.Duration) error {
				waited++
				if c.cancel {
					return context.Canceled
				}
				return nil
			}, func() (*journey, error) {
				if opened++; opened <= c.busy {
					return nil, busy
				}
				return there, nil
			})
			if !errors.Is(err, c.want) || (err == nil) != (j == there) || waited != c.waits {
				t.Errorf("%v, %v after %d waits; want %v after %d", j, err, waited, c.want, c.waits)
			}
			if n := strings.Count(said.String(), "waiting for it, up to 30m0s"); (n == 1) != c.saysSoOn || n > 1 {
				t.Errorf("says %q", said.String())
			}
		})
	}
}

// A mute zone does not answer at first.
type mute struct {
	dns.Zone
	answers bool
}

func (m *mute) Sets(_ context.Context, names []string) (sets []dns.Set, err error) {
	if !m.answers {
		return nil, errors.New("no answer")
	}
	for _, name := range names {
		sets = append(sets, dns.Set{Name: name, Type: "A", TTL: 60, Data: []string{"127.0.0.2"}})
	}
	return sets, nil
}

func TestATwinIsNotLeftBehindWhenTheNameServerIsSilent(t *testing.T) {
	open := func(answers bool) *journey {
		t.Helper()
		trip, err := evacuate.Open(t.TempDir(), evacuate.World{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { trip.Close() })
		j := &journey{Trip: trip}
		if err := j.makePlan(t.Context(), &route{zone: &mute{answers: answers}}, "example.org"); err != nil {
			t.Fatal(err)
		}
		return j
	}
	both := []string{"example.org.", "www.example.org."}
	shown := open(true)
	if !slices.Equal(shown.plan.Names, both) || shown.unsure != nil {
		t.Fatalf("the names are %v, %v", shown.plan.Names, shown.unsure)
	}
	atItsHour := open(false)
	if err := atItsHour.leave(t.Context()); !errors.Is(err, evacuate.ErrRefused) || !strings.Contains(err.Error(), "www.example.org.") {
		t.Errorf("it leaves with %v: %v", atItsHour.plan.Names, err)
	}
	atItsHour.keepTo(shown.plan.Names)
	if !slices.Equal(atItsHour.plan.Names, both) || atItsHour.unsure != nil {
		t.Errorf("at its hour it moves %v, %v", atItsHour.plan.Names, atItsHour.unsure)
	}
}
