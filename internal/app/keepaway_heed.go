package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
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
	// leadsEvery is how often the refuge's own address is looked at, and
	// leadsWithin how long it may take: people are sent to one that has gone for
	// 15 seconds at most, with an absenceEvery each until it is looked at and heeded.
	leadsEvery  = 10 * time.Second
	leadsWithin = 3 * time.Second
)

// A heed is what home does for visitors while the names lead elsewhere, and
// for some minutes after.
type heed struct {
	server   *serve.Server
	log      *slog.Logger
	redirect string // the refuge's own address, if visitors may see it

	wanted atomic.Bool // whether it is to be looked at
	leads  atomic.Bool // to the site, when it was looked at last
}

// run has stragglers sent on or served with light pages while the site is away,
// and those who come home for some minutes longer, fewer with each.
func (h *heed) run(ctx context.Context, state string) {
	every(ctx, absenceEvery, func() {
		a, err := evacuate.ReadAbsence(evacuate.Dir(state))
		h.server.Spare(map[bool]int{true: sparedAt(a, time.Now())}[err == nil])
		h.server.Elsewhere(h.elsewhere(a, err == nil && a.Back.IsZero()))
	})
}

// every does something at once and then at each tick, until ctx ends.
func every(ctx context.Context, interval time.Duration, do func()) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		do()
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
func (h *heed) elsewhere(a evacuate.Absence, away bool) string {
	u, err := url.Parse(h.redirect)
	wanted := away && h.redirect != "" && err == nil && u.Hostname() != strings.TrimSuffix(a.Host, ".")
	h.wanted.Store(wanted)
	if !wanted || !h.leads.Load() {
		return ""
	}
	return h.redirect
}

// looks looks at the refuge's own address while it is wanted. It may take its
// time: nobody waits for it.
func (h *heed) looks(ctx context.Context) {
	var looked time.Time
	every(ctx, absenceEvery, func() {
		switch {
		case !h.wanted.Load():
			h.leads.Store(false)
			looked = time.Time{}
		case time.Since(looked) >= leadsEvery:
			h.look(ctx, looked.IsZero())
			looked = time.Now()
		}
	})
}

// look asks once. One look that fails ends it, and the next that is answered
// begins it again.
func (h *heed) look(ctx context.Context, first bool) {
	err := answersItself(ctx, h.redirect+"/")
	was := h.leads.Swap(err == nil)
	switch {
	case err == nil && !was:
		h.log.Info("people are sent to the refuge's own address", "redirect", h.redirect)
	case err != nil && ctx.Err() == nil && (was || first):
		h.log.Warn("people are not sent to the refuge's own address", "redirect", h.redirect, "error", err)
	}
}

// answersItself asks for an address and wants 200, not a way to somewhere else.
func answersItself(ctx context.Context, address string) error {
	ctx, done := context.WithTimeout(ctx, leadsWithin)
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
