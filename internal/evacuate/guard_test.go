package evacuate

import (
	"context"
	"errors"
	"testing"
	"time"

	"buzzproof/internal/refuge"
)

// A dearRefuge costs a dollar an hour and can be dimmed.
type dearRefuge struct {
	fakeRefuge
	dimmed, alive *int
}

func (r dearRefuge) Cost() refuge.Cost { return refuge.Cost{Hour: 1} }

func (r dearRefuge) Dim(context.Context) error { *r.dimmed++; return nil }

func (r dearRefuge) KeepAlive(context.Context) error { *r.alive++; return nil }

func TestBeingAwayCostsNoMoreThanItMay(t *testing.T) {
	for _, c := range []struct {
		name          string
		after         time.Duration
		homeOff       bool
		said          string
		lite          bool
		ends, atHome  bool
		dimmed, alive int
	}{
		{"the first hour", time.Hour, false, "", false, false, false, 0, 1},
		{"half the cap", 5*time.Hour + time.Minute, false, "ears half", false, false, false, 0, 1},
		{"near the cap", 9*time.Hour + time.Minute, false, "bark near", true, false, false, 1, 1},
		{"at the cap", 10 * time.Hour, false, "howl reached", true, true, true, 0, 0},
		{"at the cap, and home does not answer", 10 * time.Hour, true, "howl reached", true, true, false, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			if err := w.out(); err != nil {
				t.Fatal(err)
			}
			w.now = w.now.Add(c.after)
			w.homeOff = c.homeOff
			w.unwatched = true // a refuge that was stopped for its price answers nobody
			var dimmed, alive int
			err := w.process(func(trip *Trip) error {
				trip.Refuge = dearRefuge{fakeRefuge{w}, &dimmed, &alive}
				s, err := trip.Guard(context.Background(), 10)
				said := ""
				if e, ok := s.Event(w.now); ok {
					said = e.Voice.String() + " " + e.Phase
				}
				if said != c.said || s.Lite != c.lite || dimmed != c.dimmed || alive != c.alive {
					t.Errorf("%+v, said %q, dimmed %d, kept alive %d", s, said, dimmed, alive)
				}
				return err
			})
			if errors.Is(err, ErrCap) != c.ends || !c.ends && err != nil {
				t.Fatalf("got %v", err)
			}
			if w.runs == c.ends {
				t.Errorf("the refuge runs: %t", w.runs)
			}
			if same(w.sets, homeSets()) != c.atHome {
				t.Errorf("the records are %v", w.sets)
			}
		})
	}
	w := newWorld(t)
	trip := w.open()
	defer trip.Close()
	if _, err := trip.Guard(t.Context(), 10); !errors.Is(err, ErrNowhere) {
		t.Errorf("at home: %v, want %v", err, ErrNowhere)
	}
}
