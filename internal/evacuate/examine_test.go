package evacuate

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/refuge"
	"buzzproof/internal/site"
)

// A refuge that says in advance where it is.
type knownRefuge struct {
	fakeRefuge
	place refuge.Place
	cost  refuge.Cost
}

func (r knownRefuge) Foresee() (refuge.Place, bool) { return r.place, true }
func (r knownRefuge) Cost() refuge.Cost             { return r.cost }

func TestAnExaminationFindsWhatWouldGoWrong(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*world, *Examination, *knownRefuge)
		about string // the finding that must be wrong; "" if none
		says  string
	}{
		{"all is well", func(*world, *Examination, *knownRefuge) {}, "", ""},
		{"a zone that cannot be read", func(w *world, _ *Examination, _ *knownRefuge) { w.refused["look"] = errors.New("bad key") }, "zone", "bad key"},
		{"a zone that cannot be written", func(w *world, _ *Examination, _ *knownRefuge) { w.refused["probe"] = errors.New("not yours") }, "zone", "cannot be written: not yours"},
		{"a long TTL", func(w *world, _ *Examination, _ *knownRefuge) { w.sets[0].TTL = 86400 }, "ttl", "24h0m0s"},
		{"a home that does not answer from here", func(w *world, _ *Examination, _ *knownRefuge) { w.homeOff = true }, "home", "home is off"},
		{"an apex that would be a CNAME", func(_ *world, _ *Examination, r *knownRefuge) {
			r.place.Addrs, r.place.Name = nil, "cdn.example.net."
		}, "apex", "cannot be a CNAME"},
		{"no certificate", func(_ *world, e *Examination, _ *knownRefuge) { e.Secure = true }, "certificate", "has no certificate"},
		{"a cap below the price of a day", func(_ *world, _ *Examination, r *knownRefuge) { r.cost.GB = 1 }, "price", "22.00"},
		{"a clock that is slow", func(_ *world, e *Examination, _ *knownRefuge) {
			now := e.Trip.Now()
			e.Trip.Now = func() time.Time { return now.Add(-3 * time.Minute) }
		}, "clock", "3m0s from"},
		{"another zone than the world sees", func(_ *world, e *Examination, _ *knownRefuge) {
			e.Observer.Authorities = []string{"127.0.0.1:1"}
		}, "authority", "name servers"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			for i := range w.sets {
				w.sets[i].TTL = 60
			}
			trip := w.open()
			defer trip.Close()
			there := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
				answer.Header().Set("Date", w.now.Format(http.TimeFormat))
			}))
			defer there.Close()
			place, _ := fakeRefuge{newWorld(t)}.Place(t.Context())
			place.Base = there.URL
			r := &knownRefuge{fakeRefuge{w}, place, refuge.Cost{}}
			trip.Zone, trip.AtHome = probeZone{fakeZone{w}}, w.someHome
			server := newServer(t, w.sets)
			e := Examination{Trip: trip, Observer: &Observer{Zone: apexName, Authorities: []string{server.address}}, Plan: testPlan(), Cap: 10}
			c.spoil(w, &e, r)
			trip.Refuge = *r
			server.say(w.sets)
			expectFinding(t, e.Run(t.Context()), c.about, c.says)
		})
	}
}

func expectFinding(t *testing.T, findings []site.Finding, about, says string) {
	t.Helper()
	found := false
	for _, f := range findings {
		switch {
		case f.OK:
		case f.About == about && strings.Contains(f.Found, says) && f.Mend != "":
			found = true
		default:
			t.Errorf("an unforeseen finding: %+v", f)
		}
	}
	if about != "" && !found {
		t.Errorf("nothing is wrong about %s: %+v", about, findings)
	}
	if len(findings) == 0 {
		t.Error("nothing was looked at")
	}
}

func TestALeftProbeIsTakenAway(t *testing.T) {
	w := newWorld(t)
	trip := w.open()
	defer trip.Close()
	w.probe = []string{`"left by one that was killed"`}
	trip.Zone = probeZone{fakeZone{w}}
	if f := (Examination{Trip: trip, Plan: testPlan()}).writable(t.Context()); !f.OK || w.probe != nil {
		t.Errorf("%+v, left %v", f, w.probe)
	}
}

func TestABillIsWhatWasUsed(t *testing.T) {
	c := refuge.Cost{Hour: 0.02, GB: 0.09, Requests: 0.4, Listed: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), Source: "the list"}
	if got := Price(c, 24, Usage{Requests: 1_000_000, Bytes: 22e9}); got < 2.859 || got > 2.861 {
		t.Errorf("a day costs %v, want 0.48 + 1.98 + 0.40", got)
	}
	said := Bill{Hours: 24, USD: 2.86, Metered: true, Usage: Usage{Requests: 1_000_000, Bytes: 22e9}, Listed: c.Listed, Source: c.Source}.String()
	if said != "about 2.86 USD for 24.0 hours, 1000000 requests and 22.0 GB, by the list of the list of 2026-06-01" {
		t.Errorf("said %q", said)
	}
}
