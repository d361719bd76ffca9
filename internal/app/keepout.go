package app

import (
	"context"
	"log/slog"
	"net"

	"buzzproof/internal/ban"
)

// keepOut shuts the door of a server to who is banned, by whatever command, as
// long as g runs.
func keepOut(g *group, l net.Listener, state string, log *slog.Logger) net.Listener {
	book := ban.NewBook()
	g.goes(func(ctx context.Context) error {
		return book.Run(ctx, ban.In(state), func(err error) { log.Warn("bans are not kept", "error", err) })
	})
	return book.Door(l)
}
