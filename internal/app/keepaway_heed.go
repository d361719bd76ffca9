package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"buzzproof/internal/evacuate"
	"buzzproof/internal/serve"
)

const (
	// absenceEvery is how soon home follows where the names lead.
	absenceEvery = time.Second
	// warmed is after how many steps of warming everybody who comes home gets
	// what the ladder gives: caches fill with a tenth of the crowd first.
	warmed  = 10
	warming = 30 * time.Second
)

// A heed is what home does for visitors while the names lead elsewhere, and
// for some minutes after.
type heed struct {
	server   *serve.Server
	log      *slog.Logger
	redirect string // the refuge's own address, if visitors may see it
	leads    bool   // to the site, when it was looked at last
	looked   time.Time
}

// run has stragglers sent on or served with light pages while the site is away,
// and those who come home for some minutes longer, fewer with each.
func (h *heed) run(ctx context.Context, state string) {
	tick := time.NewTicker(absenceEvery)
	defer tick.Stop()
	for {
		a, err := evacuate.ReadAbsence(evacuate.Dir(state))
		h.server.Spare(map[bool]int{true: sparedAt(a, time.Now())}[err == nil])
		h.server.Elsewhere(h.elsewhere(ctx, a, err == nil && a.Back.IsZero()))
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// elsewhere is where people are sent, or nowhere. Nobody is sent to an address
// that does not answer for the site itself: one that led home again would lead
// round and round.
func (h *heed) elsewhere(ctx context.Context, a evacuate.Absence, away bool) string {
	if u, err := url.Parse(h.redirect); !away || h.redirect == "" || err != nil || u.Hostname() == strings.TrimSuffix(a.Host, ".") {
		h.looked = time.Time{}
		return ""
	}
	if time.Since(h.looked) >= guardEvery {
		news := h.leads || h.looked.IsZero()
		err := answersItself(ctx, h.redirect+"/")
		if h.leads, h.looked = err == nil, time.Now(); err != nil && news {
			h.log.Warn("people are not sent to the refuge's own address", "redirect", h.redirect, "error", err)
		}
	}
	if !h.leads {
		return ""
	}
	return h.redirect
}

// answersItself asks for an address and wants 200, not a way to somewhere else.
func answersItself(ctx context.Context, address string) error {
	ctx, done := context.WithTimeout(ctx, 10*time.Second)
	defer done()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}
	// As people do: an address that gets its pages from home would lead them,
	// and only them, home again.
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", address, answer.Status)
	}
	return nil
}

// sparedAt is how many of a hundred visitors get light pages. It follows from
// when the names came home, which is on disk: a restart changes nothing.
func sparedAt(a evacuate.Absence, now time.Time) int {
	if a.Back.IsZero() {
		return 100
	}
	step := min(int(max(0, now.Sub(a.Back))/warming)+1, warmed)
	return 100 - step*100/warmed
}
