package app

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	"buzzproof/internal/guard"
	"buzzproof/internal/history"
	"buzzproof/internal/line"
	"buzzproof/internal/recorder"
	"buzzproof/internal/site"
)

// A ledger counts what is answered and keeps what it comes to.
type ledger struct {
	recorder *recorder.Recorder
	store    *history.Store // nil when nothing is kept
	classOf  func(a netip.Addr, agent string) site.Class
	log      *slog.Logger
}

// keepFor is how long statistics are kept unless told otherwise: 25 months, as
// long as the CNIL allows without consent.
const keepFor = 760 * 24 * time.Hour

// newLedger keeps for as long as it is told, 0 for nothing at all.
func newLedger(state string, length time.Duration, l *line.Line, g *guard.Guard, log *slog.Logger) *ledger {
	b := &ledger{log: log, classOf: func(a netip.Addr, agent string) site.Class { return g.Verdict(a, agent).Class }}
	config := recorder.Config{Keep: length > 0}
	if l != nil {
		config.Refused = func() uint64 { return uint64(l.Load().Refused) }
	}
	b.recorder = recorder.New(config)
	if length > 0 {
		b.store = history.Open(state, history.Config{Years: length})
	}
	return b
}

// record takes an answer in. The guard has seen it by then.
func (b *ledger) record(h recorder.Hit) {
	h.Class = b.classOf(h.Address, h.Agent)
	b.recorder.Record(h)
}

// start counts and keeps until stop is called, which returns when all is on
// disk. It outlives the group that serves: answers end while that drains.
func (b *ledger) start(ctx context.Context) (stop func() error) {
	g := newGroup(context.WithoutCancel(ctx))
	g.goes(b.recorder.Run)
	if b.store != nil {
		g.goes(func(ctx context.Context) error { return b.store.Run(ctx, b.recorder.Take, b.tell) })
	}
	return func() error {
		g.cancel()
		return g.wait()
	}
}

// tell says what the owner should know of his history. The site is served
// whatever becomes of it.
func (b *ledger) tell(r history.Report) {
	if r.Aside != "" {
		b.log.Warn("the history was damaged: a new one is begun, the old one is kept aside", "file", r.Aside)
	}
	if r.Err != nil {
		b.log.Warn("statistics are not kept, trying again; the site is served all the same", "error", r.Err)
	}
	if r.Lost > 0 {
		b.log.Warn("statistics of minutes were given up: the disk has not taken them for hours", "spans", r.Lost)
	}
}
