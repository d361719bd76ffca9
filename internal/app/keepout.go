package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"buzzproof/internal/ban"
	"buzzproof/internal/guard"
)

// A doorkeeper keeps out who is banned and bans who attacks.
type doorkeeper struct {
	guard *guard.Guard
	book  *ban.Book
	store ban.Store
	pit   *guard.Tarpit
	log   *slog.Logger
}

// held is how many scanners may wait for an answer at once.
const held = 32

// newDoorkeeper bans for as long as it is told, 0 for never. Whoever is spared
// is not banned whatever he does.
func newDoorkeeper(state string, length time.Duration, spared []netip.Prefix, log *slog.Logger) (*doorkeeper, error) {
	k := &doorkeeper{book: ban.NewBook(), store: ban.In(state), pit: guard.NewTarpit(held), log: log}
	folder := filepath.Join(state, "ranges")
	ranges, err := guard.LoadRanges(os.DirFS(folder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", folder, err)
	}
	k.guard, err = guard.New(guard.Config{
		Bans: k.book, Ban: length, Spare: spared, Resolver: net.DefaultResolver, Ranges: ranges,
	})
	return k, err
}

// before stands before the site.
func (k *doorkeeper) before(site http.Handler, client func(*http.Request) netip.Addr) http.Handler {
	return k.guard.Watch(site, k.pit, client)
}

// keep works as long as g runs and returns the door of a listener.
func (k *doorkeeper) keep(g *group, l net.Listener) net.Listener {
	g.goes(k.guard.Run)
	g.goes(func(ctx context.Context) error {
		return k.book.Run(ctx, k.store, func(err error) { k.log.Warn("bans are not kept", "error", err) })
	})
	return k.book.Door(l)
}
