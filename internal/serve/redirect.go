package serve

import (
	"context"
	"net"
	"net/http"
	"strings"
)

// RunHTTP sends the visitors of l, a listener without TLS, to the same address
// on host by https, until ctx ends. What between has an answer for, as an ACME
// challenge, it keeps.
func (s *Server) RunHTTP(ctx context.Context, l net.Listener, host string, between func(http.Handler) http.Handler) error {
	var handler http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		toHTTPS(w, r, host)
	})
	if between != nil {
		handler = between(handler)
	}
	return s.run(ctx, l, nil, handler)
}

// toHTTPS answers with a redirect that is forgotten soon: the living site may
// come back without TLS.
func toHTTPS(w http.ResponseWriter, r *http.Request, host string) {
	if len(r.RequestURI) > longestTarget || !strings.HasPrefix(r.URL.Path, "/") {
		plain(w, r, http.StatusBadRequest, "This is not the address of a page.\n")
		return
	}
	status := http.StatusMovedPermanently
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		status = http.StatusPermanentRedirect // keeps the method
	}
	redirect(w, r, status, "https://"+host+r.URL.RequestURI())
}
