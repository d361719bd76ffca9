package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/consent"
	"buzzproof/internal/evacuate"
	"buzzproof/internal/journal"
	"buzzproof/internal/settings"
	"buzzproof/internal/site"
)

func TestADecisionIsMadeByAButtonOnce(t *testing.T) {
	now, away := time.Date(2026, 9, 5, 22, 30, 0, 0, time.UTC), true
	fled, told := make(chan struct{}, 2), make(chan struct{}, 2)
	d := &decision{
		links: consent.In(t.TempDir()), base: "http://192.168.1.10/", log: slog.New(slog.DiscardHandler),
		now: func() time.Time { return now }, tell: func(site.Event) { told <- struct{}{} }, gone: func() bool { return away }, flee: func(context.Context) error { fled <- struct{}{}; return nil },
	}
	if _, isNew, _ := d.ask(site.Facts{Detail: "stragglers"}); isNew {
		t.Error("asked whether to flee while away")
	}
	away = false
	event, isNew, err := d.ask(site.Facts{Detail: "13 visits a second"})
	if err != nil || !isNew || !strings.HasPrefix(event.Facts.Link, "http://192.168.1.10"+decisionPath) {
		t.Fatalf("%+v, %t, %v", event, isNew, err)
	}
	if _, isNew, _ := d.ask(site.Facts{Detail: "14 visits a second"}); isNew {
		t.Error("asked again while a link holds")
	}
	path := strings.TrimPrefix(event.Facts.Link, "http://192.168.1.10")
	visit := func(method, path string) (int, string) {
		w := httptest.NewRecorder()
		d.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		body, _ := io.ReadAll(w.Body)
		return w.Code, string(body)
	}
	for _, c := range []struct {
		name, method, path string
		status             int
		says               string
		flees              bool
	}{
		{"a look changes nothing", "GET", path, 200, "<button>", false},
		{"whoever looks ahead changes nothing", "HEAD", path, 404, "", false},
		{"another link", "POST", path[:len(path)-4] + "AAAA", 404, "not one of ours", false},
		{"the button", "POST", path, 200, "being brought", true},
		{"the button again", "POST", path, 410, "used before", false},
		{"a look afterwards", "GET", path, 410, "used before", false},
		{"elsewhere", "GET", "/", 404, "", false},
	} {
		if status, body := visit(c.method, c.path); status != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s: status %d, %q; want %d, %q", c.name, status, body, c.status, c.says)
		}
		if c.flees {
			<-fled
			<-told
		}
	}
	if len(fled) > 0 {
		t.Error("the site fled twice")
	}
	now = now.Add(linkHolds + time.Second)
	first := event.About
	event, isNew, err = d.ask(site.Facts{Detail: "another crowd"})
	if err != nil || !isNew || event.About == first { // the same would be said once for ever

		t.Fatalf("not asked about another crowd: %t, %v", isNew, err)
	}
	now = now.Add(linkHolds + time.Second)
	if status, _ := visit(http.MethodPost, strings.TrimPrefix(event.Facts.Link, "http://192.168.1.10")); status == http.StatusOK {
		t.Error("a link was followed too late")
	}
}

func TestAnotherCrowdIsAskedAboutAndNoneTwice(t *testing.T) {
	refused := site.Event{Kind: site.KindRefused, Phase: site.PhaseRefusing}
	over := site.Event{Kind: site.KindBuzz, Phase: site.PhaseOver}
	usual := over
	usual.Facts.Why = []string{site.WhyNewUsual}
	type world struct {
		w    *watchman
		d    *decision
		away bool
	}
	for _, c := range []struct {
		name  string
		means func(t *testing.T, w *world)
		asked bool
	}{
		{"the same crowd fills the line again", func(*testing.T, *world) {}, false},
		{"the crowd is over", func(_ *testing.T, w *world) { w.w.tell(over) }, true},
		{"the crowd stays and is the new usual", func(_ *testing.T, w *world) { w.w.tell(usual) }, false},
		{"the site is away", func(t *testing.T, w *world) { w.d.run(t.Context()); w.away = true }, false},
		{"the site fled and came home", func(t *testing.T, w *world) { w.d.run(t.Context()) }, true},
		{"the site could not flee", func(t *testing.T, w *world) {
			w.d.flee = func(context.Context) error { return errors.New("the line is full") }
			w.d.run(t.Context())
		}, true},
		{"the owner took the site away by hand and brought it home", func(t *testing.T, w *world) {
			j, _, err := journal.Open[evacuate.Record](evacuate.Dir(w.w.home), "buzzproof evacuations 1")
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(j.Write(evacuate.Record{Step: evacuate.StepOut, Plan: &evacuate.Plan{}}), j.Write(evacuate.Record{Step: evacuate.StepAway}), j.Close()); err != nil {
				t.Fatal(err)
			}
			w.w.elsewhere()
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			one := &settings.Family{Members: map[string]settings.Member{"it": {}}}
			w := world{w: watchmanOf(t, &config{Refuges: one, Zones: one})}
			w.w.home = t.TempDir()
			w.d = &decision{
				links: consent.In(t.TempDir()), base: w.w.link, now: time.Now, log: w.w.log, tell: func(site.Event) {},
				flee: func(context.Context) error { return nil },
			}
			w.d.gone = func() bool { w.d.waits(time.Now()); return w.away } // as slow as a file: asking the decision meanwhile must not hang
			w.w.asks(w.d)
			w.w.tell(refused)
			if w.w.asked(time.Now()) == "" {
				t.Fatal("not asked about the first crowd")
			}
			c.means(t, &w)
			for range len(w.w.events) {
				<-w.w.events
			}
			w.w.tell(refused)
			asked := 0
			for range len(w.w.events) {
				if e := <-w.w.events; e.Kind == site.KindDecision {
					asked++
				}
			}
			if (asked == 1) != c.asked || asked > 1 {
				t.Errorf("asked %d times more", asked)
			}
		})
	}
}

func TestAFlightThatFailsIsTriedAgainAndToldOf(t *testing.T) {
	for _, c := range []struct {
		name  string
		fails int
		want  string
	}{
		{"it succeeds", 0, "bark answered the site is at its refuge; come home with: buzzproof return"},
		{"the line is full for a while", 3, "bark answered the site is at its refuge; come home with: buzzproof return"},
		{"it never succeeds", mostTries, "howl answered the site could not flee: the line is full"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var said []string
			tries := 0
			d := &decision{
				now: time.Now, log: slog.New(slog.DiscardHandler),
				tell: func(e site.Event) { said = append(said, e.Voice.String()+" "+e.Phase+" "+e.Facts.Detail) },
				flee: func(context.Context) error {
					if tries++; tries <= c.fails {
						return errors.New("the line is full")
					}
					return nil
				},
			}
			d.run(t.Context())
			if len(said) != 1 || said[0] != c.want || tries != min(c.fails+1, mostTries) {
				t.Errorf("%d tries, said %q; want %q", tries, said, c.want)
			}
		})
	}
}
