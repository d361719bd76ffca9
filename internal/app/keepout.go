package app

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"buzzproof/internal/ban"
	"buzzproof/internal/guard"
)

// mostTarred is how many scanners are held at once: each takes a connection.
const mostTarred = 64

// A keeper keeps out who is banned, by whatever command, and bans who does
// harm to the site.
type keeper struct {
	book  *ban.Book
	guard *guard.Guard
	pit   *guard.Tarpit
}

// newKeeper returns a keeper who bans for a time; 0 bans nobody.
func newKeeper(banFor time.Duration, spare []netip.Prefix) (*keeper, error) {
	k := &keeper{book: ban.NewBook(), pit: guard.NewTarpit(mostTarred)}
	var err error
	k.guard, err = guard.New(guard.Config{Bans: k.book, Ban: banFor, Spare: spare, Resolver: net.DefaultResolver})
	return k, err
}

// watch stands before the handler of a site.
func (k *keeper) watch(next http.Handler, client func(*http.Request) netip.Addr) http.Handler {
	return k.guard.Watch(next, k.pit, client)
}

// shut keeps the door of a server as long as g runs.
func (k *keeper) shut(g *group, l net.Listener, state string, log *slog.Logger) net.Listener {
	g.goes(func(ctx context.Context) error {
		return k.book.Run(ctx, ban.In(state), func(err error) { log.Warn("bans are not kept", "error", err) })
	})
	g.goes(k.guard.Run)
	return k.book.Door(l)
}
