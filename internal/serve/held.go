package serve

import (
	"net/url"
	"sync"
	"sync/atomic"

	"buzzproof/internal/site"
	"buzzproof/internal/snapshot"
)

// A held is a snapshot with the count of those who need it: the server, until
// the snapshot is replaced, and every request that answers from it.
type held struct {
	*snapshot.Snapshot
	users   atomic.Int64
	home    string          // path of the public URL
	actions map[string]bool // keys of the paths that forms post to
	weights sync.Map        // governor.Page by URL
	damaged sync.Map        // URLs whose damaged renditions the owner was told of
}

func hold(s *snapshot.Snapshot) *held {
	h := &held{Snapshot: s, home: "/", actions: map[string]bool{}}
	h.users.Store(1)
	if public, err := url.Parse(s.Manifest.Public); err == nil {
		h.home = site.Key(public)
	}
	for _, form := range s.Manifest.Forms {
		if action, err := url.Parse(form.Action); err == nil {
			path, _ := site.SplitKey(site.Key(action))
			h.actions[path] = true
		}
	}
	return h
}

// take counts one more user, unless the last one has left already.
func (h *held) take() bool {
	for {
		n := h.users.Load()
		if n == 0 {
			return false
		}
		if h.users.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// release counts one user less; the last one closes the snapshot. It was open
// for reading only, so closing it has no error worth hearing.
func (h *held) release() {
	if h.users.Add(-1) == 0 {
		_ = h.Close()
	}
}
