package app

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
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

func TestPeopleAreSentOnlyWhereTheSiteIs(t *testing.T) {
	status := http.StatusOK
	refuge := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "http://home.example/")
		w.WriteHeader(status)
	}))
	defer refuge.Close()
	away := evacuate.Absence{Host: "127.0.0.1"}
	for _, c := range []struct {
		name     string
		redirect string
		host     string
		status   int
		away     bool
		leads    bool
	}{
		{"away, to a refuge that answers", refuge.URL, "home.example.", http.StatusOK, true, true},
		{"at home", refuge.URL, "home.example.", http.StatusOK, false, false},
		{"without an address", "", "home.example.", http.StatusOK, true, false},
		{"to a refuge that leads home again", refuge.URL, "home.example.", http.StatusFound, true, false},
		{"to a refuge in trouble", refuge.URL, "home.example.", http.StatusServiceUnavailable, true, false},
		{"to the site's own name", refuge.URL, "127.0.0.1.", http.StatusOK, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, away.Host = c.status, c.host
			h := &heed{log: slog.New(slog.DiscardHandler), redirect: c.redirect}
			if got := h.elsewhere(away, c.away); got != "" {
				t.Errorf("before it was looked at people are sent to %q", got)
			}
			if h.wanted.Load() {
				h.look(t.Context(), true)
			}
			if got := h.elsewhere(away, c.away); (got != "") != c.leads {
				t.Errorf("people are sent to %q", got)
			}
		})
	}
}
