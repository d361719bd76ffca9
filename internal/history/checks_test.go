package history

import (
	"testing"
	"time"

	"buzzproof/internal/settings"
)

// keepLooks keeps looks; state says what each came to.
func keepLooks(t *testing.T, s *Store, name string, from time.Time, every time.Duration, n int, state func(i int) string) {
	t.Helper()
	for i := range n {
		at := from.Add(time.Duration(i) * every)
		c := Check{At: at, Name: name, State: state(i), Took: time.Duration(i%6+1) * time.Millisecond}
		if err := s.AppendCheck(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
}

func courses(t *testing.T, s *Store, from time.Time, step time.Duration, n int) map[string]Course {
	t.Helper()
	all, err := s.Courses(t.Context(), from, step, n)
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]Course{}
	for _, c := range all {
		byName[c.Name] = c
	}
	return byName
}

// Six looks an hour for a day: down in the third hour, blind in the fourth.
func TestACourseIsTheSameByLooksAndByHours(t *testing.T) {
	dir := t.TempDir()
	s := Open(dir, Config{})
	keepLooks(t, s, "disk", noon, 10*time.Minute, 144, func(int) string { return "up" })
	keepLooks(t, s, "origin", noon, 10*time.Minute, 144, func(i int) string {
		switch {
		case i/6 == 2:
			return "down"
		case i/6 == 3:
			return "unknown"
		case i == 5:
			return "slow"
		case i == 4:
			return "near"
		}
		return "up"
	})
	if err := s.Close(); err != nil { // a restart
		t.Fatal(err)
	}
	s, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, step := range map[string]time.Duration{"by looks": 30 * time.Minute, "by hours": time.Hour, "by four hours": 4 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			n := int(24 * time.Hour / step)
			all := courses(t, s, noon, step, n)
			origin, disk := all["origin"], all["disk"]
			if part, known := origin.Uptime(); !known || part != 1-6.0/138 {
				t.Errorf("origin was up for %v, %v", part, known)
			}
			if part, known := disk.Uptime(); !known || part != 1 {
				t.Errorf("the disk was up for %v, %v", part, known)
			}
			first := origin.Stretches[0]
			if step == time.Hour && (first != Stretch{Up: 4, Slow: 1, Near: 1, Took: 21 * time.Millisecond, Most: 6 * time.Millisecond} || first.Mean() != 3500*time.Microsecond) {
				t.Errorf("the first hour: %+v", first)
			}
			if blind := origin.Stretches[int(3*time.Hour/step)]; step <= time.Hour && blind.Looks() != 0 {
				t.Errorf("a blind hour has %+v", blind)
			}
		})
	}
}

func TestLooksGoAfterDaysAndTheirHoursStay(t *testing.T) {
	s := Open(t.TempDir(), Config{Minutes: settings.Duration(2 * day), Years: settings.Duration(20 * day)})
	defer s.Close()
	keepLooks(t, s, "origin", noon, time.Hour, 30*24, func(int) string { return "up" })
	now := noon.Add(30 * day)
	s.keep(t.Context(), now, nil, quiet(t))
	looks, err := s.Checks(t.Context(), "", time.Unix(0, 0), now, 10_000)
	if err != nil || len(looks) != 2*24 {
		t.Errorf("%d looks of two days, %v", len(looks), err)
	}
	hours := 0
	for _, h := range courses(t, s, noon, time.Hour, 30*24)["origin"].Stretches {
		if h.Looks() > 0 {
			hours++
		}
	}
	if hours != 20*24 {
		t.Errorf("%d hours of twenty days", hours)
	}
}

func TestNobodyLooked(t *testing.T) {
	s := Open(t.TempDir(), Config{})
	defer s.Close()
	if all := courses(t, s, noon, time.Hour, 24); len(all) != 0 {
		t.Errorf("courses: %v", all)
	}
	if part, known := (Course{Stretches: make([]Stretch, 3)}).Uptime(); known {
		t.Errorf("up for %v of nothing", part)
	}
}
