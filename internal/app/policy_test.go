package app

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/settings"
	"buzzproof/internal/site"
)

// watchmanOf is a watchman of nothing, who serves nobody.
func watchmanOf(t *testing.T, c *config) *watchman {
	t.Helper()
	k, err := newDoorkeeper(t.TempDir(), time.Hour, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	w, err := newWatchman(t.TempDir(), "https://blog.example.org/", k, watchOptions{zone: time.UTC, config: c}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	w.link = "http://127.0.0.1:8088/"
	return w
}

func TestWhenNewcomersAreRefusedThePolicyHolds(t *testing.T) {
	one := &settings.Family{Members: map[string]settings.Member{"it": {}}}
	refused := site.Event{At: time.Now(), Kind: site.KindRefused, Phase: site.PhaseRefusing, Voice: site.Howl}
	for _, c := range []struct {
		policy string
		family *settings.Family
		asked  bool
	}{
		{"", one, true},
		{"ask", one, true},
		{"never", one, false},
		{"ask", &settings.Family{}, false},
	} {
		t.Run(c.policy, func(t *testing.T) {
			config := &config{Refuges: c.family, Zones: c.family}
			config.Evacuate.Policy = c.policy
			w := watchmanOf(t, config)
			(&Program{}).decides(newGroup(t.Context()), w, evacuateFlags{state: t.TempDir()}, config)
			w.tell(refused)
			w.tell(refused) // a question that stands is not asked again
			if shown := w.asked(time.Now()) != ""; shown != c.asked {
				t.Errorf("that a decision waits is on the screen: %v", shown)
			}
			if away := w.elsewhere(); len(away) != len(c.family.Members) || len(away) == 1 && (away[0].Name != "it" || away[0].State != "not in use") {
				t.Errorf("elsewhere: %+v", away)
			}
			questions := 0
			for range len(w.events) {
				if e := <-w.events; e.Kind == site.KindDecision {
					questions++
					expectAnswerable(t, w, e.Facts.Link)
				}
			}
			if (questions == 1) != c.asked || questions > 1 {
				t.Errorf("the owner is asked %d times", questions)
			}
		})
	}
}

// expectAnswerable follows a link as the owner does.
func expectAnswerable(t *testing.T, w *watchman, link string) {
	t.Helper()
	path, ours := strings.CutPrefix(link, "http://127.0.0.1:8088")
	if !ours {
		t.Fatalf("the link is %q", link)
	}
	screen := w.answered(http.NotFoundHandler())
	for address, want := range map[string]int{path: http.StatusOK, path + "x": http.StatusNotFound, "/": http.StatusNotFound} {
		rec := httptest.NewRecorder()
		screen.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, address, http.NoBody))
		if rec.Code != want {
			t.Errorf("%s answers %d, want %d", address, rec.Code, want)
		}
	}
}

func TestALinkToThisMachineAloneIsKnown(t *testing.T) {
	for link, want := range map[string]bool{
		"http://127.0.0.1:8088/": true, "http://[::1]:8088/": true, "http://localhost:8088/": true,
		"http://192.168.1.10:8088/": false, "http://attic.lan:8088/": false,
	} {
		if got := onlyHere(link); got != want {
			t.Errorf("%s: %t, want %t", link, got, want)
		}
	}
}
