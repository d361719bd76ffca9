package app

import (
	"context"
	"time"

	"buzzproof/internal/health"
	"buzzproof/internal/history"
	"buzzproof/internal/settings"
	"buzzproof/internal/site"
)

// hear takes an event of a check to where all of them are told. It must not wait.
func (w *watchman) hear(e site.Event) {
	select {
	case w.heard <- e:
	default:
		w.lost.Add(1)
	}
}

// keepCheck writes down what a look came to.
func (w *watchman) keepCheck(ctx context.Context, r health.Result) {
	if w.history == nil {
		return
	}
	if err := w.history.AppendCheck(ctx, history.Check(r)); err != nil && ctx.Err() == nil {
		w.log.Debug("a check is not kept", "error", err)
	}
}

// lastChecks are the states in which an earlier run left the checks: what was
// down and is up again must be told, and what is down still must not be.
func (w *watchman) lastChecks() map[string]string {
	const looks, wait = 10000, 5 * time.Second // of an hour of a hundred checks or so
	if w.history == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	now := time.Now()
	kept, err := w.history.Checks(ctx, "", now.Add(-7*24*time.Hour), now, looks)
	if err != nil {
		return nil // no history yet
	}
	results := make([]health.Result, len(kept))
	for i, k := range kept {
		results[i] = health.Result(k)
	}
	return health.Settled(results)
}

// figures are what Prometheus is told.
func (w *watchman) figures(ctx context.Context) []health.Figure {
	all := append(w.gauge.Look(ctx).Figures(), health.StatusFigures(w.health.Status())...)
	add := func(name, help string, value float64, labels ...health.Label) {
		all = append(all, health.Figure{Name: "buzzproof_" + name, Help: help, Labels: labels, Value: value})
	}
	status := w.server.Status()
	add("rung", "The ladder: 0 full, 1 slim, 2 lite, 3 postcard.", float64(status.Rung))
	add("line_rate_bytes", "Bytes a second that the line carries; 0 when it is not known.", status.Line.Rate)
	add("line_bytes_total", "Bytes that went onto the line.", float64(status.Line.Bytes))
	add("line_refused_total", "Newcomers that were refused before TLS.", float64(status.Line.Refused))
	add("lost_total", "Seconds and events for which there was no room.", float64(w.lost.Load()))
	for _, s := range w.alerts.Health().Channels {
		channel := health.Label{Name: "channel", Value: s.Name}
		add("alerts_sent_total", "Messages that a channel took.", float64(s.Sent), channel)
		add("alerts_waiting", "Events that wait for a channel.", float64(s.Waiting), channel)
		add("alerts_dropped_total", "Events that a channel did not take in time.", float64(s.Dropped+s.Refused), channel)
	}
	return all
}

// checksToMake are the checks of the configuration. Without any, the machine is
// looked at, and the origin where it is known.
func checksToMake(o watchOptions) map[string]settings.Member {
	if len(o.config.Check.Members) > 0 {
		return o.config.Check.Members
	}
	usual := map[string]settings.Member{
		"disk": {Kind: "disk", Config: &health.DiskConfig{Path: "/"}}, "memory": {Kind: "machine", Config: &health.MachineConfig{What: "memory"}},
	}
	if o.origin != "" {
		usual["origin"] = settings.Member{Kind: "http", Config: &health.HTTPConfig{URL: o.origin}}
	}
	return usual
}
