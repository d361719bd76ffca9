package freeze

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"buzzproof/internal/refs"
	"buzzproof/internal/site"
)

// consider decides whether an address that was found is asked for.
func (w *walker) consider(found finding, from address, t trail) {
	w.add(found, from, t, found.use == refs.Mention)
}

func (w *walker) add(found finding, from address, t trail, soft bool) {
	a := found.address
	if found.use == refs.Service && !w.f.keeps(wasteService) {
		w.doors[a] = true // it may be a page as well: the front page is often preconnected
		return
	}
	link := found.use != refs.Embed && found.use != refs.Mention && found.use != refs.Service && !found.sitemap
	if r := w.resources[a]; r != nil {
		r.soft = r.soft && soft
		r.link = r.link || link
		return
	}
	if _, known := w.left[a]; known {
		return
	}
	if class := w.class(a, link, t); class != "" && !(found.declared && w.trusts(class, a)) {
		w.leave(a, class)
		return
	}
	w.resources[a] = &resource{link: link, soft: soft, from: from, trail: t}
	w.f.count.found.Add(1)
	_, query := site.SplitKey(a)
	switch {
	case !link:
		w.parts = append(w.parts, a)
	case query != "":
		w.late = append(w.late, a)
	default:
		w.pages = append(w.pages, a)
	}
}

// class names the waste an address belongs to, if any.
func (w *walker) class(a address, link bool, t trail) string {
	if class := w.f.sieve.class(a, w.f.scope.publicKey(a), link); class != "" {
		return class
	}
	if link && !w.f.scope.inside(a) && !w.f.keeps(wasteOutside) && !isForeign(a) {
		return wasteOutside
	}
	if link && w.endless.refuses(a, t) && !w.f.keeps(wasteEndless) {
		return wasteEndless
	}
	return ""
}

// trusts reports whether a sitemap that lists an address proves that it is a
// page: not against the owner's own word, and where asking might act, only of
// what could be a page about it, such as /docs/delete/.
func (w *walker) trusts(class string, a address) bool {
	if class == wasteActs {
		return !strings.ContainsAny(a, "?0123456789")
	}
	return class != wasteExcluded && class != wasteOutside
}

func (w *walker) leave(a address, class string) {
	w.leftCount[class]++
	if w.leftExample[class] == "" {
		w.leftExample[class] = w.f.scope.publicKey(a)
	}
	if len(w.left) < leftKept {
		w.left[a] = class
	}
}

func (f *Freezer) keeps(class string) bool { return slices.Contains(f.config.With, class) }

// circles reports whether an address redirects without ever arriving.
func (w *walker) circles(a address) bool {
	for range mostHops {
		r := w.resources[a]
		if r == nil || r.state != moved {
			return false
		}
		next, ours := w.f.scope.address(r.to)
		if !ours {
			return false
		}
		a = next
	}
	return true
}

// account lists what the owner should know of.
func (w *walker) account() {
	for _, a := range slices.Sorted(maps.Keys(w.doors)) {
		if _, known := w.left[a]; !known && w.resources[a] == nil {
			w.leave(a, wasteService)
		}
	}
	for a, r := range w.resources {
		switch {
		case r.soft:
		case r.state == dead:
			w.dead = append(w.dead, w.f.missing(a, "not there at the origin either", r.from))
		case r.state == locked:
			w.login = append(w.login, w.f.missing(a, "the origin wants a login", r.from))
		case r.state == moved && w.circles(a):
			w.dead = append(w.dead, w.f.missing(a, "redirects in a circle at the origin", r.from))
		case r.state == waiting:
			w.missing = append(w.missing, w.f.missing(a, fmt.Sprintf("beyond the limit of %d addresses", w.f.config.MaxPages), r.from))
		}
	}
}
