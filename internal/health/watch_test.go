package health

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"buzzproof/internal/settings"
	"buzzproof/internal/site"
)

// A thing is what a test breaks and mends.
type thing struct {
	Common
	mu    sync.Mutex
	state string
	looks int
	each  func(n int) string // state by look, instead of state
}

func (f *thing) open() (Check, error) { return f, nil }

func (f *thing) set(state string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state = state
}

func (f *thing) Look(ctx context.Context) (Outcome, error) {
	f.mu.Lock()
	f.looks++
	state := f.state
	if f.each != nil {
		state = f.each(f.looks)
	}
	f.mu.Unlock()
	switch state {
	case "hangs":
		<-ctx.Done()
		return down(0, ctx.Err()), nil
	case Unknown:
		return Outcome{}, errors.New("no right to")
	}
	return Outcome{State: state, Detail: "it is " + state}, nil
}

// observed are the events and results of a watch.
type observed struct {
	mu      sync.Mutex
	events  []site.Event
	results []Result
}

func (o *observed) phases() (all []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range o.events {
		all = append(all, e.About+" "+e.Phase)
	}
	return all
}

// pass lets time go by, and everybody else do what there is to do by then.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// watching runs a watch over things while do happens.
func watching(t *testing.T, things map[string]*thing, last map[string]string, do func(*Watch, *observed)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o := &observed{}
		checks := map[string]settings.Member{}
		for name, f := range things {
			checks[name] = settings.Member{Kind: "thing", Config: f}
		}
		w, err := New(Config{}, checks, Options{
			Last: last,
			Keep: func(_ context.Context, r Result) { o.mu.Lock(); o.results = append(o.results, r); o.mu.Unlock() },
			Tell: func(e site.Event) { o.mu.Lock(); o.events = append(o.events, e); o.mu.Unlock() },
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.Run(ctx) }()
		do(w, o)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func stateOf(w *Watch, name string) string {
	for _, s := range w.Status() {
		if s.Name == name {
			return s.State
		}
	}
	return ""
}

// Wherever in the period something breaks, its state is right after two.
func TestAStateIsRightWithinTwoPeriods(t *testing.T) {
	for offset := time.Duration(0); offset < time.Minute; offset += 7 * time.Second {
		a := &thing{state: Up}
		watching(t, map[string]*thing{"a": a}, nil, func(w *Watch, o *observed) {
			pass(5*time.Minute + offset)
			for _, state := range []string{Down, Up, Slow, Down, Near} {
				a.set(state)
				pass(2 * time.Minute)
				if got := stateOf(w, "a"); got != state {
					t.Errorf("%v after a look: %s two periods after it was %s", offset, got, state)
				}
			}
			if want := []string{"a down", "a up", "a slow", "a down", "a near"}; !slices.Equal(o.phases(), want) {
				t.Errorf("events %v, want %v", o.phases(), want)
			}
		})
	}
}

func TestOneLookIsAnAccident(t *testing.T) {
	a := &thing{each: func(n int) string {
		if n%5 == 0 {
			return Down
		}
		return Up
	}}
	watching(t, map[string]*thing{"a": a}, nil, func(w *Watch, o *observed) {
		pass(24 * time.Hour)
		if len(o.phases()) > 0 || stateOf(w, "a") != Up {
			t.Errorf("events %v", o.phases())
		}
	})
}

// Three bad looks, three good ones, and so on for a day: 240 swings.
func TestWhatSwingsIsNotToldEachTime(t *testing.T) {
	a := &thing{each: func(n int) string {
		if n/3%2 == 1 {
			return Down
		}
		return Up
	}}
	watching(t, map[string]*thing{"a": a}, nil, func(_ *Watch, o *observed) {
		pass(24 * time.Hour)
		if n := len(o.phases()); n == 0 || n > 60 {
			t.Errorf("%d events", n)
		}
	})
}

func TestWhatHangsIsDownAndDelaysNoOther(t *testing.T) {
	hangs, fine := &thing{state: "hangs"}, &thing{state: Up}
	watching(t, map[string]*thing{"hangs": hangs, "fine": fine}, nil, func(w *Watch, o *observed) {
		pass(10*time.Minute + time.Second)
		if fine.looks < 10 || fine.looks > 11 {
			t.Errorf("%d looks in ten minutes", fine.looks)
		}
		if got := o.phases(); !slices.Equal(got, []string{"hangs down"}) || stateOf(w, "hangs") != Down {
			t.Errorf("events %v", got)
		}
		if o.events[0].Voice != site.Bark || !strings.Contains(o.events[0].Facts.Detail, "no answer in time") {
			t.Errorf("event %+v", o.events[0])
		}
	})
}

func TestWhatCannotBeLookedAtIsNotDown(t *testing.T) {
	a := &thing{state: Unknown}
	watching(t, map[string]*thing{"a": a}, nil, func(w *Watch, o *observed) {
		pass(time.Hour)
		s := w.Status()[0]
		if len(o.phases()) > 0 || s.State != Unknown || !strings.Contains(s.Detail, "no right to") {
			t.Errorf("events %v, %+v", o.phases(), s)
		}
	})
}

func TestTheStateOutlivesARestart(t *testing.T) {
	for _, c := range []struct {
		last, now string
		want      []string
	}{
		{Down, Down, nil},
		{Down, Up, []string{"a up"}},
		{Up, Up, nil},
		{Up, Down, []string{"a down"}},
		{"", Up, nil},
		{"", Down, []string{"a down"}},
	} {
		t.Run(fmt.Sprintf("%q then %q", c.last, c.now), func(t *testing.T) {
			watching(t, map[string]*thing{"a": {state: c.now}}, map[string]string{"a": c.last}, func(w *Watch, o *observed) {
				pass(2 * time.Minute)
				if got := o.phases(); !slices.Equal(got, c.want) || stateOf(w, "a") != c.now {
					t.Errorf("events %v, want %v; state %s", got, c.want, stateOf(w, "a"))
				}
			})
		})
	}
}

func TestEveryLookIsKept(t *testing.T) {
	a := &thing{state: Up}
	watching(t, map[string]*thing{"a": a}, nil, func(_ *Watch, o *observed) {
		pass(10*time.Minute + time.Second)
		if len(o.results) != a.looks || o.results[0].Name != "a" || o.results[0].State != Up || o.results[0].At.IsZero() {
			t.Errorf("%d of %d kept: %+v", len(o.results), a.looks, o.results)
		}
	})
}

func TestWhoHeardOfAnOutageHearsOfItsEnd(t *testing.T) {
	a := &thing{state: Down}
	watching(t, map[string]*thing{"a": a}, nil, func(_ *Watch, o *observed) {
		pass(10 * time.Minute)
		a.set(Up)
		pass(2 * time.Minute)
		e := o.events[1]
		if e.Voice != site.Bark || e.Facts.Before != Down || e.At.Sub(e.Facts.Since) < 9*time.Minute {
			t.Errorf("event %+v", e)
		}
	})
}

func TestChecksAreOpenedOnlyWithWhatTheyNeed(t *testing.T) {
	for kind, empty := range kinds {
		if _, err := empty().open(); err == nil {
			t.Errorf("%s: opened without any configuration", kind)
		}
	}
	for _, c := range []struct {
		name string
		plan plan
	}{
		{"a URL without scheme", &HTTPConfig{URL: "blog.example.org"}},
		{"no port", &TCPConfig{Address: "127.0.0.1"}},
		{"a record that is none", &DNSConfig{Name: "a.example", Type: "Q"}},
		{"a resolver without port", &DNSConfig{Name: "a.example", Resolver: "9.9.9.9"}},
		{"a broken pattern", &ProcessConfig{Command: "("}},
		{"more than all", &DiskConfig{Path: "/", Most: 101}},
		{"something else", &MachineConfig{What: "weather"}},
	} {
		if _, err := c.plan.open(); err == nil {
			t.Errorf("%s: opened", c.name)
		}
	}
	fast := settings.Duration(time.Millisecond)
	if _, err := New(Config{Every: fast}, map[string]settings.Member{"a": {Kind: "disk", Config: &DiskConfig{Path: "/"}}}, Options{}); err == nil {
		t.Error("looks a thousand times a second")
	}
}
