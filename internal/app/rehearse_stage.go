package app

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync/atomic"

	"buzzproof/internal/link"
	"buzzproof/internal/rehearse"
	"buzzproof/internal/serve"
	"buzzproof/internal/stacks"
)

// httpsPort is where the rehearsed server listens, at home inside the
// rehearsal: no port of this machine is taken.
const httpsPort = 443

// A stage is where a crowd and a server meet.
type stage struct {
	*Program
	options *rehearseOptions
	dir     string
	line    link.Line
	chain   *rehearse.Chain
}

// play plays on a stage of its own: what one crowd left behind must not wait
// for the next.
func (s *stage) play(ctx context.Context, play rehearse.Play) (*rehearse.Result, error) {
	var moment atomic.Pointer[rehearse.Moment]
	play.Watch = func(m rehearse.Moment) { moment.Store(&m) }
	s.talk("%s, %.0f s against %s%s", play.Crowd.Name, play.Crowd.Length().Seconds(), play.Site.URL, play.Site.Landing)
	stop := s.showProgress(func() string { return momentLine(moment.Load()) })
	defer stop()
	if s.options.tun {
		return s.playBetweenNamespaces(ctx, play)
	}
	return s.playInside(ctx, play)
}

// insideRoad leads over a pair of stacks in this process.
type insideRoad struct{ *stacks.Pair }

func (r insideRoad) Dial(ctx context.Context, n int) (net.Conn, error) {
	return r.Pair.Dial(ctx, n, httpsPort)
}

func (s *stage) playInside(ctx context.Context, play rehearse.Play) (r *rehearse.Result, err error) {
	pair, err := stacks.New(s.line)
	if err != nil {
		return nil, err
	}
	defer pair.Close()
	l, err := pair.Listen(httpsPort)
	if err != nil {
		return nil, err
	}
	_, first, err := openNewer(s.dir, "")
	if err != nil {
		return nil, err
	}
	config, err := s.serverConfig()
	if err != nil {
		return nil, errors.Join(err, first.Close())
	}
	server := serve.New(first, config)
	defer server.Close()
	road := newGroup(context.WithoutCancel(ctx)) // carries the server's last words too
	road.goes(pair.Run)
	g := newGroup(ctx)
	if config.Line != nil {
		g.goes(config.Line.Run)
	}
	g.goes(func(ctx context.Context) error {
		return server.Run(ctx, l, &tls.Config{Certificates: []tls.Certificate{s.chain.Certificate}})
	})
	play.Road = insideRoad{pair}
	r, err = play.Run(g.ctx)
	g.cancel()
	err = errors.Join(err, g.wait())
	road.cancel()
	return r, errors.Join(err, road.wait())
}

// serverConfig is what up would have with the same flags.
func (s *stage) serverConfig() (serve.Config, error) {
	o := &upOptions{memory: "256MB", uplink: s.told(), handshake: "auto", secure: secureOptions{mode: "internal"}}
	config, err := o.serveConfig()
	if err != nil {
		return config, withStatus(statusMisused, fmt.Errorf("--told: %w", err))
	}
	config.Log = slog.New(slog.DiscardHandler)
	return config, nil
}

func (s *stage) told() string { return cmp.Or(s.options.told, s.options.uplink) }
