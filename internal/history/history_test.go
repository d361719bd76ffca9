package history

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"buzzproof/internal/settings"
	"buzzproof/internal/site"
	"buzzproof/internal/tally"
)

// minute is a tally of a minute with one hit of a person for each key.
func minute(at time.Time, keys ...string) *tally.Tally {
	t := &tally.Tally{At: at}
	for _, key := range keys {
		c := &t.Classes[site.Person]
		c.Hits, c.Visits, c.Bytes, c.Visitors = c.Hits+1, c.Visits+1, c.Bytes+100, c.Visitors+1
		it := &t.Panels[tally.Pages].At(key).Classes[site.Person]
		it.Hits, it.Bytes, it.Visitors = it.Hits+1, it.Bytes+100, it.Visitors+1
	}
	return t
}

func quiet(t *testing.T) func(Report) {
	return func(r Report) { t.Errorf("the owner is told %+v", r) }
}

func sum(t *testing.T, s *Store, from, until time.Time) *tally.Tally {
	t.Helper()
	all, err := s.Sum(t.Context(), from, until, nil)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var noon = time.Date(2026, 3, 5, 12, 0, 0, 0, time.Local)

func TestWhatIsKeptIsThereAfterARestart(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 {
		s := Open(dir, Config{})
		at := noon.Add(time.Duration(i) * time.Minute)
		s.keep(t.Context(), at, []*tally.Tally{minute(at, "/a", "/b"), minute(at, "/a")}, quiet(t))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all := sum(t, s, noon, noon.Add(time.Hour))
	if c := all.Classes[site.Person]; c.Hits != 9 || c.Visits != 9 || c.Bytes != 900 || c.Visitors != 9 {
		t.Errorf("people: %+v", c)
	}
	if a := all.Panels[tally.Pages].At("/a").Total(); a.Hits != 6 {
		t.Errorf("/a: %+v", a)
	}
	minutes := 0
	if err := s.Each(t.Context(), Minutes, noon, noon.Add(time.Hour), func(m *tally.Tally) {
		minutes++
		if n := m.Total().Hits; n != 3 {
			t.Errorf("%v: %d hits", m.At, n)
		}
	}); err != nil || minutes != 3 {
		t.Errorf("%d minutes, %v", minutes, err)
	}
}

func TestDaysAreSummedUpAndWhatIsOldGoes(t *testing.T) {
	s := Open(t.TempDir(), Config{Minutes: settings.Duration(2 * day), Hours: settings.Duration(4 * day), Years: settings.Duration(10 * day)})
	defer s.Close()
	for i := range 20 * 24 {
		at := noon.Add(time.Duration(i) * time.Hour)
		s.keep(t.Context(), at, []*tally.Tally{minute(at, "/a")}, quiet(t))
	}
	now := noon.Add(20 * day)
	counts := map[Span]int{}
	withPanels := 0
	for _, span := range []Span{Minutes, Hours, Days} {
		if err := s.Each(t.Context(), span, time.Unix(0, 0), now, func(m *tally.Tally) {
			counts[span]++
			if span == Hours && m.Panels[tally.Pages].Len() > 0 {
				withPanels++
			}
			if span == Days && m.Total().Hits != 24 {
				t.Errorf("%v: %d hits", m.At, m.Total().Hits)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	if m := counts[Minutes]; m < 48 || m > 50 {
		t.Errorf("%d minutes of two days with one an hour", m)
	}
	if h := counts[Hours]; h < 240 || h > 242 {
		t.Errorf("%d hours of ten days", h)
	}
	if withPanels < 96 || withPanels > 98 {
		t.Errorf("%d hours with panels of four days", withPanels)
	}
	if d := counts[Days]; d != 9 { // the first of the ten began before them, the last is not over
		t.Errorf("%d days of ten, want 9", d)
	}
	// A time that begins and ends within days is told by hours at its ends.
	from := dayOf(now).Add(-2*day - 5*time.Hour)
	if got := sum(t, s, from, from.Add(48*time.Hour)).Total().Hits; got != 48 {
		t.Errorf("%d hits in 48 hours with one each", got)
	}
}

func TestADamagedFileIsPutAside(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(content []byte) []byte
	}{
		{"no database at all", func([]byte) []byte { return []byte("once upon a time there was a file that was no database") }},
		{"zeros in the middle", func(b []byte) []byte { clear(b[4096 : len(b)-1024]); return b }},
		{"cut off", func(b []byte) []byte { return b[:5000] }},
		{"the end of it only", func(b []byte) []byte { return b[len(b)/2:] }},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			name := filepath.Join(dir, File)
			s := Open(dir, Config{})
			var many []string
			for i := range 400 {
				many = append(many, fmt.Sprintf("/%x", rand.Uint64()+uint64(i)))
			}
			for i := range 100 {
				at := noon.Add(time.Duration(i) * time.Hour)
				s.keep(t.Context(), at, []*tally.Tally{minute(at, many...)}, quiet(t))
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, c.spoil(content), 0o600); err != nil {
				t.Fatal(err)
			}
			s = Open(dir, Config{})
			defer s.Close()
			told := []Report{}
			for range 3 {
				s.keep(t.Context(), noon, []*tally.Tally{minute(noon, "/a")}, func(r Report) { told = append(told, r) })
			}
			if len(told) != 1 || told[0].Aside == "" || told[0].Err != nil {
				t.Fatalf("told: %+v", told)
			}
			if _, err := os.Stat(told[0].Aside); err != nil {
				t.Error(err)
			}
			if n := sum(t, s, noon, noon.Add(time.Hour)).Total().Hits; n != 3 {
				t.Errorf("%d hits afterwards", n)
			}
		})
	}
}

func TestWhatCannotBeWrittenWaitsAndIsToldOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	if err := os.WriteFile(dir, nil, 0o600); err != nil { // a file where a folder should be
		t.Fatal(err)
	}
	s := Open(dir, Config{})
	defer s.Close()
	told := 0
	for i := range 3 {
		at := noon.Add(time.Duration(i) * time.Minute)
		s.keep(t.Context(), at, []*tally.Tally{minute(at, "/a")}, func(r Report) {
			if told++; r.Err == nil {
				t.Errorf("told: %+v", r)
			}
		})
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	s.keep(t.Context(), noon.Add(time.Hour), nil, quiet(t))
	if n := sum(t, s, noon, noon.Add(time.Hour)).Total().Hits; n != 3 {
		t.Errorf("%d of 3 hits were kept for the disk", n)
	}
}

func TestWhatWaitsForADiskIsBounded(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := Open(dir, Config{})
	defer s.Close()
	lost := uint64(0)
	for i := range 24 * 60 {
		at := noon.Add(time.Duration(i) * time.Minute)
		s.keep(t.Context(), at, []*tally.Tally{minute(at, "/a")}, func(r Report) { lost += r.Lost })
	}
	n := len(s.keeper.pending)
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	s.keep(t.Context(), noon.Add(day), nil, func(r Report) { lost += r.Lost })
	if n > maxPending || uint64(n)+lost != 24*60+24 {
		t.Errorf("%d spans wait, %d were given up", n, lost)
	}
}

func TestEventsAndChecksComeBackAsTheyWere(t *testing.T) {
	s := Open(t.TempDir(), Config{})
	defer s.Close()
	ctx := t.Context()
	for i := range 5 {
		at := noon.Add(time.Duration(i) * time.Second)
		e := site.Event{At: at, Voice: site.Bark, Kind: site.KindBuzz, About: fmt.Sprint(i), Facts: site.Facts{Rate: 1.5}}
		c := Check{At: at, Name: []string{"disk", "origin"}[i%2], State: "up", Took: time.Duration(i) * time.Millisecond, Detail: "fine"}
		if err := errors.Join(s.AppendEvent(ctx, e), s.AppendCheck(ctx, c)); err != nil {
			t.Fatal(err)
		}
	}
	events, err := s.Events(ctx, noon, noon.Add(time.Hour), 2)
	if err != nil || len(events) != 2 || events[0].About != "3" || events[1].About != "4" || events[1].Voice != site.Bark || events[1].Facts.Rate != 1.5 {
		t.Errorf("the last two events: %+v, %v", events, err)
	}
	checks, err := s.Checks(ctx, "disk", noon, noon.Add(4*time.Second), 10)
	want := Check{At: noon.Add(2 * time.Second), Name: "disk", State: "up", Took: 2 * time.Millisecond, Detail: "fine"}
	if err != nil || len(checks) != 2 || !checks[1].At.Equal(want.At) || checks[1].Took != want.Took || checks[1].Detail != want.Detail {
		t.Errorf("checks of disk: %+v, %v", checks, err)
	}
	if all, err := s.Checks(ctx, "", noon, noon.Add(time.Hour), 10); err != nil || len(all) != 5 {
		t.Errorf("all checks: %+v, %v", all, err)
	}
}

func TestAHistoryIsReadWhileItIsWritten(t *testing.T) {
	dir := t.TempDir()
	if _, err := Read(dir); !errors.Is(err, ErrNone) {
		t.Errorf("where there is none: %v", err)
	}
	w := Open(dir, Config{})
	defer w.Close()
	w.keep(t.Context(), noon, []*tally.Tally{minute(noon, "/a")}, quiet(t))
	r, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for i := range uint64(3) {
		if n := sum(t, r, noon, noon.Add(time.Hour)).Total().Hits; n != 1+i {
			t.Errorf("%d hits, want %d", n, 1+i)
		}
		w.keep(t.Context(), noon, []*tally.Tally{minute(noon, "/a")}, quiet(t))
	}
	if err := r.AppendEvent(context.Background(), site.Event{}); err == nil {
		t.Error("who reads can write")
	}
}

func TestAFullDiskIsToldOnceAndFilledUpLater(t *testing.T) {
	s := Open(t.TempDir(), Config{})
	defer s.Close()
	s.keep(t.Context(), noon, []*tally.Tally{minute(noon, "/a")}, quiet(t))
	s.db.SetMaxOpenConns(1)                                           // the limit below is one connection's
	if _, err := s.db.Exec("PRAGMA max_page_count = 1"); err != nil { // as many as there are
		t.Fatal(err)
	}
	told := 0
	for i := range 3 {
		var many []string
		for j := range 500 {
			many = append(many, fmt.Sprintf("/%x", rand.Uint64()+uint64(i*j)))
		}
		at := noon.Add(time.Duration(i) * time.Minute)
		s.keep(t.Context(), at, []*tally.Tally{minute(at, many...)}, func(r Report) {
			told++
			if r.Err == nil || r.Aside != "" {
				t.Errorf("told: %+v", r)
			}
		})
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
	if n := sum(t, s, noon, noon.Add(time.Hour)).Total().Hits; n != 1 {
		t.Errorf("%d hits while the disk is full", n)
	}
	if _, err := s.db.Exec("PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	s.keep(t.Context(), noon.Add(time.Hour), nil, quiet(t))
	if n := sum(t, s, noon, noon.Add(time.Hour)).Total().Hits; n != 1501 {
		t.Errorf("%d of 1501 hits when there is room again", n)
	}
}

func TestNobodyElseMayReadTheHistory(t *testing.T) {
	dir := t.TempDir()
	s := Open(dir, Config{})
	defer s.Close()
	s.keep(t.Context(), noon, []*tally.Tally{minute(noon, "/a")}, quiet(t))
	files, err := filepath.Glob(filepath.Join(dir, File+"*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

func TestTwoProcessesAddToOneHistory(t *testing.T) {
	dir := t.TempDir()
	a, b := Open(dir, Config{}), Open(dir, Config{})
	defer a.Close()
	defer b.Close()
	for range 5 {
		a.keep(t.Context(), noon, []*tally.Tally{minute(noon, "/a")}, quiet(t))
		b.keep(t.Context(), noon, []*tally.Tally{minute(noon, "/a")}, quiet(t))
	}
	if n := sum(t, a, noon, noon.Add(time.Hour)).Panels[tally.Pages].At("/a").Total().Hits; n != 10 {
		t.Errorf("%d of 10 hits", n)
	}
}

func TestThatAFileWasPutAsideIsToldWhoeverOpenedIt(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, File), bytes.Repeat([]byte("no database "), 100), 0o600); err != nil {
		t.Fatal(err)
	}
	s := Open(dir, Config{})
	defer s.Close()
	if err := s.AppendCheck(t.Context(), Check{At: noon, Name: "disk", State: "up"}); err != nil {
		t.Fatal(err)
	}
	told := []Report{}
	for range 2 {
		s.keep(t.Context(), noon, []*tally.Tally{minute(noon, "/a")}, func(r Report) { told = append(told, r) })
	}
	if len(told) != 1 || told[0].Aside == "" {
		t.Errorf("told: %+v", told)
	}
}
