package freeze

import (
	"net/http"
	"slices"

	"buzzproof/internal/snapshot"
)

// redirects lists what the origin redirects, and the short addresses that its
// pages claim for themselves.
func (at *atlas) redirects() []snapshot.Redirect {
	var all []snapshot.Redirect
	for a, r := range at.resources {
		if r.state != moved || r.soft && !at.leads(a) {
			continue
		}
		ans, ok := at.f.heldAnswer(a)
		if !ok {
			continue
		}
		all = append(all, snapshot.Redirect{From: at.f.scope.publicKey(a), To: at.location(r.to), Status: redirectStatus(ans.Status)})
	}
	for short, page := range at.shortlinks {
		p := at.places[page]
		if at.resources[short] != nil || p == nil {
			continue
		}
		all = append(all, snapshot.Redirect{From: at.f.scope.publicKey(short), To: p.key, Status: http.StatusMovedPermanently})
	}
	return all
}

// redirectStatus keeps what a browser may follow; 300 and 305 and the like
// become a plain redirect.
func redirectStatus(status int) int {
	if slices.Contains([]int{301, 302, 303, 307, 308}, status) {
		return status
	}
	return http.StatusFound
}
