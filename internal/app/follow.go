package app

import (
	"context"
	"log/slog"
	"time"

	"buzzproof/internal/serve"
)

// A follower hands the server each newer snapshot of a store.
type follower struct {
	dir string
	id  string // what is served, or what was found broken
}

// run looks once a second until ctx ends; a big folder, where looking takes
// longer, is looked at so seldom that it takes a twentieth of one core. A
// snapshot that cannot be opened is reported once and the one before stays.
func (f *follower) run(ctx context.Context, server *serve.Server, log *slog.Logger) error {
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		began := time.Now()
		f.look(server, log)
		timer.Reset(max(time.Second, 20*time.Since(began)))
	}
}

func (f *follower) look(server *serve.Server, log *slog.Logger) {
	id, next, err := openNewer(f.dir, f.id)
	if id == f.id {
		return
	}
	f.id = id
	if err != nil {
		log.Error("new snapshot not used, the old one stays", "dir", f.dir, "error", err)
		return
	}
	log.Info("serving a new snapshot", "id", next.Manifest.ID[:12], "addresses", len(next.Manifest.Entries))
	server.Swap(next)
}
