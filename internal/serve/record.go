package serve

import (
	"io"
	"net/http"
	"time"

	"buzzproof/internal/recorder"
	"buzzproof/internal/site"
	"buzzproof/internal/snapshot"
	"buzzproof/internal/tally"
)

// recorded stands around everything that answers and hands each answer to
// Config.Record when it is over.
func (s *Server) recorded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		n := &noted{ResponseWriter: w}
		next.ServeHTTP(n, r)
		n.hit.At, n.hit.Took = began, time.Since(began)+s.waiting(n)
		s.config.Record(n.whole(r, s))
	})
}

// waiting is how long a page that was handed over will wait for the line: it is
// the last of the texts now.
func (s *Server) waiting(n *noted) time.Duration {
	if n.hit.Kind != recorder.Page || s.steerer == nil || s.steerer.line.Aside() {
		return 0
	}
	return s.steerer.line.Load().Text
}

// noted remembers what an answer was like.
type noted struct {
	http.ResponseWriter
	hit recorder.Hit
}

// whole is the hit with what the request says.
func (n *noted) whole(r *http.Request, s *Server) recorder.Hit {
	h := n.hit
	if h.Status == 0 {
		h.Status = http.StatusOK
	}
	if h.Key == "" {
		h.Key = site.Key(r.URL)
	}
	if r.TLS != nil {
		h.TLS = r.TLS.Version
	}
	h.Address, h.Referrer, h.Agent, h.Host = s.client(r), r.Referer(), r.UserAgent(), r.Host
	h.Method, h.Protocol = r.Method, r.Proto
	h.MIME = n.Header().Get("Content-Type")
	return h
}

// WriteHeader notes the final status, not that of early hints.
func (n *noted) WriteHeader(status int) {
	if status >= 200 {
		n.hit.Status = status
	}
	n.ResponseWriter.WriteHeader(status)
}

func (n *noted) Write(p []byte) (int, error) {
	written, err := n.ResponseWriter.Write(p)
	n.hit.Bytes += int64(written)
	return written, err
}

// ReadFrom lets files go out by sendfile, which wrapping would hide.
func (n *noted) ReadFrom(r io.Reader) (int64, error) {
	written, err := io.Copy(n.ResponseWriter, r)
	n.hit.Bytes += written
	return written, err
}

// Unwrap is for http.ResponseController.
func (n *noted) Unwrap() http.ResponseWriter { return n.ResponseWriter }

// note tells the recorder, if there is one around, what is sent: an entry of
// the site, as what.
func note(w http.ResponseWriter, e *snapshot.Entry, t *thing) {
	for {
		switch outer := w.(type) {
		case *noted:
			outer.entry(e, t)
			return
		case interface{ Unwrap() http.ResponseWriter }:
			w = outer.Unwrap()
		default:
			return
		}
	}
}

func (n *noted) entry(e *snapshot.Entry, t *thing) {
	n.hit.Key, n.hit.Kind, n.hit.Source = e.URL, recorder.Asset, tally.Frozen
	if !e.Page {
		return
	}
	n.hit.Kind, n.hit.Rung = recorder.Page, site.Full
	for _, rung := range []site.Rung{site.Slim, site.Lite, site.Postcard} {
		if t.rung() == rung.String() {
			n.hit.Rung = rung
		}
	}
}
