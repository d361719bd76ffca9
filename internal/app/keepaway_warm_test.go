package app

import (
	"testing"
	"time"

	"buzzproof/internal/evacuate"
)

func TestHomeWarmsGradually(t *testing.T) {
	back := time.Date(2026, 6, 1, 20, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		back  time.Time
		after time.Duration
		want  int
	}{
		{"away, all get light pages", time.Time{}, time.Hour, 100},
		{"home, the first tenth gets what the ladder gives", back, 0, 90},
		{"a step later the second", back, 30 * time.Second, 80},
		{"in the middle", back, 2 * time.Minute, 50},
		{"after all steps everybody", back, 5 * time.Minute, 0},
		{"and next week", back, 7 * 24 * time.Hour, 0},
		{"with a clock that was set back", back, -time.Hour, 90},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := sparedAt(evacuate.Absence{Back: c.back}, back.Add(c.after)); got != c.want {
				t.Errorf("%d of a hundred, want %d", got, c.want)
			}
		})
	}
}
