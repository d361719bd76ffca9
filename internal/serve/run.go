package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/pires/go-proxyproto"
)

const (
	headerWait = 10 * time.Second // for the whole header to arrive, handshake not counted
	// Readers click on within two minutes or not at all; browsers hold six
	// connections each meanwhile, and we take one back sooner when we need it.
	idleWait = 2 * time.Minute
	// Cookies that the origin's other programs set come along with every
	// request; 32 KB is four times what common servers take.
	headerBytes = 32 << 10
	// A page asks for some 30 parts at once. More streams only let one
	// connection claim more of us than another.
	streams = 100
)

// Run answers the connections of l until ctx ends, then lets running requests
// finish for the time of grace. With a TLS configuration it speaks HTTP/2 and
// HTTP/1.1, else HTTP/1.1. It closes l.
func (s *Server) Run(ctx context.Context, l net.Listener, secure *tls.Config) error {
	var handler http.Handler = s
	if s.config.Before != nil {
		handler = s.config.Before(s, s.client)
	}
	return s.run(ctx, l, secure, handler)
}

func (s *Server) run(ctx context.Context, l net.Listener, secure *tls.Config, handler http.Handler) error {
	if s.config.Record != nil {
		handler = s.recorded(handler)
	}
	if s.config.Line != nil {
		l = s.config.Line.Listen(l)
	}
	crowd := newCrowd(l, s.config.Connections)
	server := s.httpServer(crowd, s.limitBodies(handler))
	var outer net.Listener = crowd
	if s.config.ProxyProtocol {
		trusted, err := trustedOnly(s.config)
		if err != nil {
			return errors.Join(err, l.Close())
		}
		outer = &proxyproto.Listener{Listener: crowd, ConnPolicy: trusted, ReadHeaderTimeout: headerWait}
	}
	stopped := make(chan error, 1)
	stopWatching := context.AfterFunc(ctx, func() { stopped <- s.drain(ctx, server) })
	err := serveOn(server, outer, s.slimmed(secure))
	if stopWatching() {
		return errors.Join(fmt.Errorf("serve %s: %w", l.Addr(), err), server.Close()) // nobody told us to stop
	}
	return <-stopped
}

func serveOn(server *http.Server, l net.Listener, secure *tls.Config) error {
	if secure == nil {
		return server.Serve(l)
	}
	server.TLSConfig = secure
	return server.ServeTLS(l, "", "")
}

func (s *Server) httpServer(crowd *crowd, handler http.Handler) *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	return &http.Server{
		Handler:           handler,
		Protocols:         &protocols,
		ReadHeaderTimeout: headerWait,
		// No ReadTimeout: it goes on running while we answer, and would call a
		// long download off. Bodies have their own deadline, see limitBodies.
		WriteTimeout:   s.config.Stall, // extended while a body moves, see patient
		IdleTimeout:    idleWait,
		MaxHeaderBytes: headerBytes,
		ConnState:      crowd.state,
		ConnContext:    withLine,
		ErrorLog:       slog.NewLogLogger(s.config.Log.Handler(), slog.LevelDebug),
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: streams,
			SendPingTimeout:      idleWait / 2,
			WriteByteTimeout:     s.config.Stall,
		},
		DisableGeneralOptionsHandler: true, // OPTIONS * gets the same answer as any
	}
}

// limitBodies bounds how long the server may read a body to get past it, which
// it does after the answer to keep the connection. Nothing we serve needs one.
// Behind one in chunks the connection ends: it may have had a length as well,
// and a proxy that went by the length would take another request for the next
// (RFC 9112, section 6.1).
func (s *Server) limitBodies(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 1 && len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
		}
		if r.ContentLength != 0 {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.config.Stall)) // the body then ends early
		}
		next.ServeHTTP(w, r)
	})
}

// drain stops accepting and waits for what is running, but not for ever.
func (s *Server) drain(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.config.Grace)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		s.config.Log.Warn("requests were cut off", "grace", s.config.Grace)
		err = server.Close()
	}
	return err
}

// trustedOnly takes connections from the trusted proxies, with a PROXY header,
// and no others: whoever may leave the header out may write one.
func trustedOnly(c Config) (proxyproto.ConnPolicyFunc, error) {
	ranges := make([]string, len(c.Proxies))
	for i, p := range c.Proxies {
		ranges[i] = p.String()
	}
	policy, err := proxyproto.TrustProxyHeaderFromRanges(ranges)
	if err != nil {
		return nil, fmt.Errorf("trust proxies: %w", err)
	}
	return policy, nil
}
