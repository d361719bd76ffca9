// Package serve answers visits from a snapshot.
//
// An answer is decided in full before its first byte is written: which entry,
// which coding, which part of it, whether the visitor has it already. What is
// left is to send bytes that are known by their digest, so files are kept in
// memory by digest and coding whichever snapshot they came from, and a newer
// snapshot can take over between two requests.
package serve

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"sync/atomic"
	"time"

	"buzzproof/internal/line"
	"buzzproof/internal/recorder"
	"buzzproof/internal/snapshot"
)

// Config says how a site is served. The zero value is ready for use.
type Config struct {
	// Memory is the budget in bytes for file contents kept in memory, plain
	// and compressed. Files beyond it are read from disk. Default: 256 MB.
	Memory int64

	// Connections is how many connections are open at once. When all are
	// taken, the one that has waited longest without a request makes room for
	// the newcomer. Default: 2048, which costs about 100 MB with TLS (50 KB each).
	Connections int

	// Stall is how long a visitor may take for each 32 KB of an answer, or to
	// send what we do not want. The default, a minute, demands 546 bytes a
	// second: less than any line that a person would wait at.
	Stall time.Duration

	// Grace is how long running requests may take to end once the server is
	// told to stop. Default: 10 seconds.
	Grace time.Duration

	// Proxies are the addresses whose Forwarded and X-Forwarded-For headers
	// are believed. Default: none.
	Proxies []netip.Prefix

	// ProxyProtocol demands a PROXY header, version 1 or 2, at the beginning
	// of every connection from Proxies and refuses all other connections.
	ProxyProtocol bool

	// Line is the uplink that everything is sent through, so that the ladder
	// knows what fits. Whoever made it runs it. Default: none, and every page
	// is sent in full.
	Line *line.Line

	// Handshake says when TLS handshakes are kept as small as they can be.
	// Default: while the line is strained.
	Handshake Handshake

	// Before makes what stands before the site: it gets the site and a way to
	// tell who makes a request. Default: nothing.
	Before func(site http.Handler, client func(*http.Request) netip.Addr) http.Handler

	// Record is told of every answer when it is over: pages, parts of pages,
	// redirects, errors, and what Before answers itself. It must not wait for
	// anything. Default: nobody is told.
	Record func(recorder.Hit)

	// Log hears what the owner should know. Default: slog.Default.
	Log *slog.Logger
}

// A Server answers visits to one site.
type Server struct {
	config    Config
	cache     *cache
	steerer   *steerer     // nil without a line
	sparing   atomic.Int32 // of a hundred visitors
	elsewhere atomic.Pointer[string]
	current   atomic.Pointer[held]
	forced    atomic.Int32 // rung that the owner has chosen, plus one; 0 while the ladder chooses
}

// New returns a server that answers from s. It owns s from here on.
func New(s *snapshot.Snapshot, c Config) *Server {
	c.Memory = cmp.Or(c.Memory, 256<<20)
	c.Connections = cmp.Or(c.Connections, 2048)
	c.Stall = cmp.Or(c.Stall, time.Minute)
	c.Grace = cmp.Or(c.Grace, 10*time.Second)
	c.Log = cmp.Or(c.Log, slog.Default())
	server := &Server{config: c, cache: newCache(c.Memory)}
	if c.Line != nil {
		server.steerer = &steerer{line: c.Line}
	}
	server.current.Store(hold(s))
	return server
}

// Spare sends the lite page to so many of a hundred visitors who ask for nothing
// in particular: all while the site is answered elsewhere and only stragglers
// come here, fewer and fewer when everybody comes home.
func (s *Server) Spare(percent int) { s.sparing.Store(int32(percent)) }

// Swap lets a newer snapshot answer from the next request on. Requests that
// run keep the old one, which is closed when the last of them has ended.
func (s *Server) Swap(next *snapshot.Snapshot) {
	s.current.Swap(hold(next)).release()
}

// Close gives the snapshot back. No request may come afterwards.
func (s *Server) Close() { s.current.Load().release() }

// acquire takes hold of the current snapshot for one request. A snapshot that
// is let go between the load and the taking has been replaced: look again.
func (s *Server) acquire() *held {
	for {
		if h := s.current.Load(); h.take() {
			return h
		}
	}
}

// ServeHTTP answers one visit.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer s.catch(w, r)
	h := s.acquire()
	defer func() { h.release() }()
	err := s.answer(w, r, h)
	if err != nil && s.current.Load() != h {
		// The old snapshot's files may be swept away as soon as a newer one is
		// current: what could not be read from one is asked of the other.
		h.release()
		h = s.acquire()
		err = s.answer(w, r, h)
	}
	if err != nil {
		if r.Context().Err() == nil { // else it is the visitor who left
			s.config.Log.Error("no answer", "url", r.URL.String(), "error", err)
		}
		w.Header().Set("Retry-After", "2")
		plain(w, r, http.StatusServiceUnavailable, "This page cannot be read at the moment. Please try again.\n")
	}
}

// catch keeps a panic within the request that caused it. The connection is
// closed, since nobody knows how much of the answer has left.
func (s *Server) catch(w http.ResponseWriter, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	s.config.Log.Error("panic", "url", r.URL.String(), "cause", cause, "stack", string(debug.Stack()))
	clear(w.Header())
	w.Header().Set("Connection", "close")
	plain(w, r, http.StatusInternalServerError, "Something went wrong on our side.\n")
}
