package guard

import (
	"io"
	"net/http"
	"net/netip"
	"time"
)

// Watch stands before the handler of a site: it takes in what was answered, and
// lets whoever is banned by now wait in the tarpit. The door of ban.Book shuts
// new connections out; this is for those that were open before, and for
// visitors who come through a proxy. client tells who made a request.
func (g *Guard) Watch(next http.Handler, pit *Tarpit, client func(*http.Request) netip.Addr) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		addr, now := client(r), time.Now()
		if _, allowed := g.Allow(addr, now); !allowed {
			pit.ServeHTTP(w, r)
			return
		}
		answer := &noted{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(answer, r)
		g.Visit(addr, r.UserAgent(), r.Method, r.RequestURI, r.Referer(), answer.status, now)
	})
}

// noted remembers the status of an answer.
type noted struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the final status, not that of early hints.
func (n *noted) WriteHeader(status int) {
	if status >= 200 {
		n.status = status
	}
	n.ResponseWriter.WriteHeader(status)
}

// ReadFrom lets files go out by sendfile, which wrapping would hide.
func (n *noted) ReadFrom(r io.Reader) (int64, error) { return io.Copy(n.ResponseWriter, r) }

// Unwrap is for http.ResponseController.
func (n *noted) Unwrap() http.ResponseWriter { return n.ResponseWriter }
