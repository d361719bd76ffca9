package refuge

import (
	"cmp"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"buzzproof/internal/coding"
	"buzzproof/internal/site"
)

// compare notes at what an answer differs from an object.
func (l *look) compare(o Object, a *answer) {
	terms, status := l.place.Terms, o.Status
	switch {
	case o.Location != "" && terms.Refresh:
		if a.status != http.StatusOK || a.digest != "" && !strings.Contains(a.text, `http-equiv="refresh"`) {
			l.add(o, "location", "a page that leads to "+o.Location, fmt.Sprintf("status %d", a.status))
		}
		return
	case o.Location != "" && terms.Moved:
		status = http.StatusMovedPermanently
	}
	if a.status != status {
		l.add(o, "status", fmt.Sprint(status), fmt.Sprint(a.status))
		return
	}
	if status == http.StatusNotFound && terms.Bare {
		return
	}
	if o.Location != "" {
		if got := a.header.Get("Location"); !l.leadsTo(a.from, got, o.Location) {
			l.add(o, "location", o.Location, cmp.Or(got, "missing"))
		}
	} else {
		l.compareBody(o, a)
	}
	own := terms.Bare || o.Location != "" && terms.Moved || status == http.StatusNotFound && terms.Files
	if got := a.header.Get("Cache-Control"); !own && got != o.Cache {
		l.add(o, "cache", o.Cache, cmp.Or(got, "missing"))
	}
}

func (l *look) compareBody(o Object, a *answer) {
	if a.digest != "" && a.digest != o.Digest {
		l.add(o, "body", fmt.Sprintf("%d bytes with digest %s", o.Size, o.Digest), fmt.Sprintf("%d with %s", a.size, a.digest))
	}
	if got := a.header.Get("Content-Type"); !sameType(got, o.Type) && !(l.place.Terms.Bare && nearType(got, o.Type)) {
		l.add(o, "type", o.Type, cmp.Or(got, "missing"))
	}
	if got := a.header.Get("Content-Encoding"); l.place.Terms.Gzip && coded(o) && got != coding.Gzip.String() {
		l.add(o, "encoding", "gzip", cmp.Or(got, "missing"))
	}
}

func (l *look) add(o Object, what, want, got string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.found = append(l.found, Difference{Key: o.Key, What: what, Want: want, Got: got})
}

// leadsTo reports whether a Location means the target: within the site it may
// be written with the site's name or with that of the refuge.
func (l *look) leadsTo(from *url.URL, got, want string) bool {
	to, err := from.Parse(got)
	if err != nil || got == "" {
		return false
	}
	target, err := from.Parse(want)
	if err != nil {
		return false
	}
	inside := func(u *url.URL) bool { return u.Host == from.Host || u.Hostname() == l.tree.Host }
	if inside(target) != inside(to) {
		return false
	}
	return site.Key(to) == site.Key(target) && (inside(to) || to.Host == target.Host)
}

// sameType compares media types with their parameters.
func sameType(got, want string) bool {
	if got == want {
		return true
	}
	g, gp, err := mime.ParseMediaType(got)
	w, wp, err2 := mime.ParseMediaType(want)
	return err == nil && err2 == nil && g == w && len(gp) == len(wp) && strings.EqualFold(gp["charset"], wp["charset"])
}

// nearType accepts what a server makes of a file's name, as long as a browser
// does the same with it.
func nearType(got, want string) bool {
	switch bare := coding.MediaType(want); bare {
	case "text/html", "text/css", "text/javascript", "application/javascript", "image/svg+xml":
		return coding.MediaType(got) == bare || strings.HasSuffix(bare, "javascript") && strings.HasSuffix(coding.MediaType(got), "javascript")
	}
	return coding.MediaType(got) != "text/html"
}
