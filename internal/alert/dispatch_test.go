package alert

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"buzzproof/internal/settings"
	"buzzproof/internal/site"
)

// A fake is a channel whose answers a test decides.
type fake struct {
	Common
	mu     sync.Mutex
	got    []Message
	at     []time.Time
	answer func(ctx context.Context, n int) error // n-th try, from 1
	tries  int
}

func (f *fake) open() (Channel, error) { return f, nil }

func (f *fake) Send(ctx context.Context, m Message) error {
	f.mu.Lock()
	f.tries++
	n := f.tries
	f.mu.Unlock()
	if f.answer != nil {
		if err := f.answer(ctx, n); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.got = append(f.got, m)
	f.at = append(f.at, time.Now())
	return nil
}

func (f *fake) messages() []Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.got)
}

func (f *fake) titles() (all []string) {
	for _, m := range f.messages() {
		all = append(all, m.Title)
	}
	return all
}

// events are the phases that were told, in all messages.
func (f *fake) phases() (all []string) {
	for _, m := range f.messages() {
		for _, e := range m.Events {
			all = append(all, e.Phase)
		}
	}
	return all
}

func dispatcher(t *testing.T, c Config, state string, channels map[string]*fake) *Dispatcher {
	t.Helper()
	members := map[string]settings.Member{}
	for name, f := range channels {
		members[name] = settings.Member{Kind: "fake", Config: plan(f)}
	}
	if c.Zone == "" {
		c.Zone = "UTC"
	}
	d, err := New(c, members, Options{Site: "blog.example.org", State: state})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// during runs a dispatcher while do happens, in a bubble of its own time.
func during(t *testing.T, d *Dispatcher, do func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	do()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func buzz(phase string, voice site.Voice) site.Event {
	return site.Event{At: time.Now(), Kind: site.KindBuzz, About: "b1", Phase: phase, Voice: voice}
}

func TestAPhaseIsSaidOnceOnEveryChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := &fake{}, &fake{}
		d := dispatcher(t, Config{}, "", map[string]*fake{"a": a, "b": b})
		during(t, d, func() {
			for range 10 {
				d.Tell(buzz("rising", site.Bark))
				time.Sleep(time.Minute)
			}
			d.Tell(buzz("over", site.Ears))
			time.Sleep(time.Minute)
		})
		for _, f := range []*fake{a, b} {
			if got := f.phases(); !slices.Equal(got, []string{"rising", "over"}) {
				t.Errorf("told %v", got)
			}
		}
	})
}

func TestACheckThatComesBackIsSaidAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &fake{}
		d := dispatcher(t, Config{}, "", map[string]*fake{"a": a})
		var want []string
		during(t, d, func() {
			for i, phase := range []string{"down", "down", "up", "up", "down"} {
				d.Tell(site.Event{Kind: site.KindCheck, About: "origin", Phase: phase})
				time.Sleep(time.Minute)
				if i != 1 && i != 3 {
					want = append(want, phase)
				}
			}
		})
		if got := a.phases(); !slices.Equal(got, want) {
			t.Errorf("told %v, want %v", got, want)
		}
	})
}

func TestADeadChannelDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		alive := &fake{}
		silent := &fake{answer: func(ctx context.Context, _ int) error { <-ctx.Done(); return ctx.Err() }}
		refuses := &fake{answer: func(context.Context, int) error { return errors.New("connection refused") }}
		d := dispatcher(t, Config{}, "", map[string]*fake{"a": silent, "b": alive, "c": refuses})
		during(t, d, func() {
			for i := range 5 {
				d.Tell(buzz(fmt.Sprint(i), site.Bark))
			}
			time.Sleep(time.Second)
			if got := alive.phases(); len(got) != 5 {
				t.Errorf("after a second the living channel was told %v", got)
			}
			time.Sleep(time.Hour)
		})
		if alive.at[4].Sub(start) > time.Second {
			t.Errorf("told after %v", alive.at[4].Sub(start))
		}
		// 5, 15, 45, 135, 405 s, then every 15 min: ten tries in the first hour.
		if refuses.tries < 5 || refuses.tries > 12 {
			t.Errorf("%d tries in an hour at a channel that refuses", refuses.tries)
		}
		for _, s := range d.Health().Channels {
			if wrong := s.Name != "b" && (s.Error == "" || s.Waiting != 5 || s.LastFailure.IsZero()); wrong {
				t.Errorf("status %+v", s)
			}
		}
	})
}

func TestWhatWaitedIsSummedUpWithItsAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &fake{answer: func(_ context.Context, n int) error {
			if n < 5 {
				return errors.New("no")
			}
			return nil
		}}
		d := dispatcher(t, Config{}, "", map[string]*fake{"a": a})
		during(t, d, func() {
			d.Tell(buzz("rising", site.Bark))
			d.Tell(buzz("peak", site.Bark))
			time.Sleep(time.Hour)
		})
		if len(a.messages()) != 1 || len(a.messages()[0].Events) != 2 {
			t.Fatalf("told %v", a.titles())
		}
	})
}

func TestARefusalIsNotTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &fake{answer: func(_ context.Context, n int) error {
			if n == 1 {
				return refused("it is too long")
			}
			return nil
		}}
		d := dispatcher(t, Config{}, "", map[string]*fake{"a": a})
		during(t, d, func() {
			d.Tell(buzz("rising", site.Bark))
			time.Sleep(time.Second)
			d.Tell(buzz("peak", site.Bark))
			time.Sleep(time.Hour)
		})
		if got := a.phases(); !slices.Equal(got, []string{"peak"}) {
			t.Errorf("told %v", got)
		}
		if s := d.Health().Channels[0]; s.Refused != 1 || s.Sent != 1 {
			t.Errorf("status %+v", s)
		}
	})
}

func TestAServiceThatAsksForPatienceGetsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		a := &fake{answer: func(_ context.Context, n int) error {
			if n == 1 {
				return &wait{errors.New("slow down"), 2 * time.Minute}
			}
			return nil
		}}
		d := dispatcher(t, Config{}, "", map[string]*fake{"a": a})
		during(t, d, func() {
			d.Tell(buzz("rising", site.Bark))
			time.Sleep(time.Hour)
		})
		if got := a.at[0].Sub(start); got != 2*time.Minute {
			t.Errorf("tried again after %v", got)
		}
	})
}

func TestInQuietHoursOnlyHowlsAreSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &fake{} // a bubble begins on 1 January 2000, 00:00 UTC
		d := dispatcher(t, Config{Quiet: "22:00-07:00"}, "", map[string]*fake{"a": a})
		during(t, d, func() {
			d.Tell(buzz("rising", site.Bark))
			d.Tell(buzz("peak", site.Ears))
			time.Sleep(time.Hour)
			d.Tell(buzz("refusing", site.Howl))
			time.Sleep(time.Minute)
			if got := a.phases(); !slices.Equal(got, []string{"refusing"}) {
				t.Errorf("in quiet hours: %v", got)
			}
			time.Sleep(10 * time.Hour)
		})
		if got := a.phases(); !slices.Equal(got, []string{"refusing", "rising", "peak"}) || len(a.messages()) != 2 {
			t.Fatalf("told %v in %d messages", got, len(a.messages()))
		}
		if got := a.at[1].UTC().Format("15:04"); got != "07:00" {
			t.Errorf("summed up at %s", got)
		}
		if !strings.Contains(a.messages()[1].Text, "00:00 A buzz has begun") {
			t.Errorf("text:\n%s", a.messages()[1].Text)
		}
	})
}

func TestMutedOnlyHowlsAreSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &fake{}
		d := dispatcher(t, Config{}, "", map[string]*fake{"a": a})
		during(t, d, func() {
			d.Mute(time.Now().Add(time.Hour))
			d.Tell(buzz("rising", site.Bark))
			d.Tell(buzz("refusing", site.Howl))
			time.Sleep(time.Minute)
			if got := a.phases(); !slices.Equal(got, []string{"refusing"}) || d.Health().Muted.IsZero() {
				t.Errorf("muted: %v, %+v", got, d.Health())
			}
			d.Mute(time.Time{})
			time.Sleep(time.Second)
		})
		if got := a.phases(); len(got) != 2 {
			t.Errorf("told %v", got)
		}
	})
}

func TestNobodyCanMakeItSendAThousandMails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &fake{}
		d := dispatcher(t, Config{}, "", map[string]*fake{"a": a})
		const events = 1000
		during(t, d, func() {
			for i := range events {
				d.Tell(site.Event{Kind: site.KindAttack, About: fmt.Sprint(i), Phase: "rising", Voice: site.Bark})
				time.Sleep(time.Second)
			}
			if got := len(a.messages()); got < 9 || got > 12 {
				t.Errorf("%d messages in 17 minutes, want 9 and one in five minutes", got)
			}
			d.Tell(site.Event{Kind: site.KindRefused, Phase: "rising", Voice: site.Howl})
			time.Sleep(time.Second)
			if last := a.messages()[len(a.messages())-1]; last.Voice != site.Howl || len(last.Events) != 1 {
				t.Errorf("a howl was held back: %+v", last.Title)
			}
			time.Sleep(2 * time.Hour)
		})
		if got := len(a.messages()); got > 16 {
			t.Errorf("%d messages", got)
		}
		s := d.Health().Channels[0]
		if told := uint64(len(a.phases())); told+s.Dropped != events+1 || s.Waiting != 0 {
			t.Errorf("told %d, dropped %d of %d: %+v", told, s.Dropped, events+1, s)
		}
		told := ""
		for _, m := range a.messages() {
			told += m.Text
		}
		if s.Dropped == 0 || !strings.Contains(told, "older events had no room") {
			t.Errorf("the owner is not told of the %d that were dropped:\n%s", s.Dropped, told)
		}
	})
}

func TestTheQuietestAndOldestGoesFirst(t *testing.T) {
	m := &member{room: 3}
	for _, e := range []struct {
		phase string
		voice site.Voice
	}{{"a", site.Howl}, {"b", site.Ears}, {"c", site.Bark}, {"d", site.Ears}, {"e", site.Bark}, {"f", site.Bark}} {
		m.push(buzz(e.phase, e.voice))
	}
	var left string
	for _, it := range m.waiting {
		left += it.Event.Phase
	}
	if left != "aef" || m.lost != 3 || m.status.Dropped != 3 {
		t.Errorf("left %s, lost %d", left, m.lost)
	}
}

func TestAVoiceTooLowForAChannelIsNotSaidThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all, loud := &fake{}, &fake{Common: Common{Voice: site.Howl}}
		d := dispatcher(t, Config{}, "", map[string]*fake{"all": all, "loud": loud})
		during(t, d, func() {
			d.Tell(buzz("rising", site.Bark))
			d.Tell(buzz("refusing", site.Howl))
			time.Sleep(time.Minute)
		})
		if len(all.messages()) != 2 || len(loud.messages()) != 1 {
			t.Errorf("all: %v, loud: %v", all.phases(), loud.phases())
		}
	})
}

// A restart in the middle of a buzz: one event was said, one waits, one is said
// to the new run again by the governor.
func TestAfterARestartNothingIsSaidTwiceOrForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := t.TempDir()
		dead := func(context.Context, int) error { return errors.New("no") }
		a, b := &fake{}, &fake{answer: dead}
		d := dispatcher(t, Config{}, state, map[string]*fake{"a": a, "b": b})
		rising := buzz("rising", site.Bark)
		during(t, d, func() {
			d.Tell(rising)
			time.Sleep(10 * time.Second)
		})
		time.Sleep(3 * time.Hour)
		a2, b2 := &fake{}, &fake{}
		d = dispatcher(t, Config{}, state, map[string]*fake{"a": a2, "b": b2})
		during(t, d, func() {
			again := rising
			again.At = time.Now()
			d.Tell(again)
			d.Tell(buzz("peak", site.Bark))
			time.Sleep(time.Minute)
		})
		if got := append(a.phases(), a2.phases()...); !slices.Equal(got, []string{"rising", "peak"}) {
			t.Errorf("the living channel was told %v", got)
		}
		if got := b2.phases(); !slices.Equal(got, []string{"rising", "peak"}) {
			t.Errorf("the dead channel was told %v", got)
		}
		if first := b2.messages()[0]; !strings.Contains(first.Short, "3 h ago") && !strings.Contains(first.Text, "00:00") {
			t.Errorf("its age is not told: %s\n%s", first.Short, first.Text)
		}
	})
}

func TestAnEventIsInTheJournalBeforeItIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := t.TempDir()
		var seen string
		a := &fake{answer: func(context.Context, int) error {
			data, err := os.ReadFile(filepath.Join(state, "alerts.json"))
			seen = fmt.Sprint(string(data), err)
			return nil
		}}
		d := dispatcher(t, Config{}, state, map[string]*fake{"a": a})
		during(t, d, func() {
			d.Tell(buzz("rising", site.Bark))
			time.Sleep(time.Minute)
		})
		if !strings.Contains(seen, `"waiting":{"a":{"items":[{"event"`) {
			t.Errorf("journal while it is said: %s", seen)
		}
		data, _ := os.ReadFile(filepath.Join(state, "alerts.json"))
		if !strings.Contains(string(data), `"waiting":{}`) {
			t.Errorf("journal afterwards: %s", data)
		}
	})
}

func TestABrokenJournalKeepsNobodySilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := t.TempDir()
		path := filepath.Join(state, "alerts.json")
		if err := os.WriteFile(path, []byte(`{"schema":1,"said":[{`), 0o600); err != nil {
			t.Fatal(err)
		}
		a := &fake{}
		d := dispatcher(t, Config{}, state, map[string]*fake{"a": a})
		during(t, d, func() {
			d.Tell(buzz("rising", site.Bark))
			time.Sleep(time.Minute)
		})
		if len(a.messages()) != 1 || !strings.Contains(d.Health().Journal, "alerts.json.broken") {
			t.Errorf("told %v, health %+v", a.phases(), d.Health())
		}
		if _, err := os.Stat(path + ".broken"); err != nil {
			t.Error(err)
		}
	})
}

// On a full disk alerts are needed most.
func TestWithoutAJournalAlertsGoOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := filepath.Join(t.TempDir(), "file")
		a := &fake{}
		d := dispatcher(t, Config{}, state, map[string]*fake{"a": a})
		if err := os.WriteFile(state, nil, 0o600); err != nil { // no folder can be made here
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- d.Run(ctx) }()
		d.Tell(buzz("rising", site.Bark))
		time.Sleep(time.Minute)
		cancel()
		if err := <-done; err == nil || len(a.messages()) != 1 || d.Health().Journal == "" {
			t.Errorf("told %v, error %v, health %+v", a.phases(), err, d.Health())
		}
	})
}

func TestWhatIsOldIsGivenUpAndTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		revived := time.Now().Add(30 * time.Hour)
		a := &fake{answer: func(context.Context, int) error {
			if time.Now().Before(revived) {
				return errors.New("no")
			}
			return nil
		}}
		d := dispatcher(t, Config{}, "", map[string]*fake{"a": a})
		during(t, d, func() {
			d.Tell(buzz("rising", site.Bark))
			time.Sleep(20 * time.Hour)
			d.Tell(buzz("peak", site.Bark))
			time.Sleep(20 * time.Hour)
		})
		if got := a.phases(); !slices.Equal(got, []string{"peak"}) || !strings.Contains(a.messages()[0].Text, "1 older events") {
			t.Errorf("told %v", got)
		}
	})
}

func TestTheEndWaitsForATryUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			takes time.Duration
			want  int
		}{{2 * time.Second, 0}, {20 * time.Second, 1}} {
			state := t.TempDir()
			a := &fake{answer: func(ctx context.Context, _ int) error {
				select {
				case <-time.After(c.takes):
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			}}
			d := dispatcher(t, Config{}, state, map[string]*fake{"a": a})
			during(t, d, func() {
				d.Tell(buzz("rising", site.Bark))
				time.Sleep(time.Second)
			})
			if got := len(dispatcher(t, Config{}, state, map[string]*fake{"a": a}).members[0].waiting); got != c.want {
				t.Errorf("after a try of %v %d wait", c.takes, got)
			}
		}
	})
}

func TestQuietHours(t *testing.T) {
	for _, c := range []struct {
		hours, at, end string
		quiet          bool
	}{
		{"22:00-07:00", "23:10", "07:00", true},
		{"22:00-07:00", "06:59", "07:00", true},
		{"22:00-07:00", "07:00", "", false},
		{"22:00-07:00", "21:59", "", false},
		{"13:00-14:30", "13:00", "14:30", true},
		{"13:00-14:30", "14:30", "", false},
		{"never", "03:00", "", false},
		{"", "03:00", "", false},
	} {
		q, err := parseQuiet(c.hours, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		at, _ := time.Parse("15:04", c.at)
		if q.at(at) != c.quiet {
			t.Errorf("%s: %s is quiet: %v", c.hours, c.at, q.at(at))
		}
		if c.quiet && (q.end(at).Format("15:04") != c.end || !q.end(at).After(at)) {
			t.Errorf("%s: at %s they end %v", c.hours, c.at, q.end(at))
		}
	}
	for _, wrong := range []string{"22-7", "22:00", "25:00-07:00", "07:00-07:00", "night"} {
		if _, err := parseQuiet(wrong, time.UTC); err == nil {
			t.Errorf("%q was read as hours", wrong)
		}
	}
}
