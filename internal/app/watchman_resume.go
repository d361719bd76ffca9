package app

import (
	"context"
	"time"

	"buzzproof/internal/health"
)

// lastResults are those of an earlier run, the earliest first.
func (w *watchman) lastResults() []health.Result {
	// The looks of an hour at forty checks; it takes some milliseconds to read them.
	const looks, patience = 5000, 5 * time.Second
	if w.history == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	now := time.Now()
	kept, err := w.history.Checks(ctx, "", now.AddDate(0, 0, -7), now, looks)
	if err != nil {
		w.log.Warn("the states of checks must be found out anew", "error", err)
	}
	results := make([]health.Result, len(kept))
	for i, k := range kept {
		results[i] = health.Result{At: k.At, Name: k.Name, State: k.State, Took: k.Took, Detail: k.Detail}
	}
	return results
}
