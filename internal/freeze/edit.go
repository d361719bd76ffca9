package freeze

import (
	"net/url"
	"strings"

	"buzzproof/internal/refs"
	"buzzproof/internal/site"
	"buzzproof/internal/snapshot"
)

// An editor says what becomes of the references of one document.
type editor struct {
	*atlas
	page    *place
	far     bool // it is read far from the site, as feeds are: no reference may become relative
	hasBase bool
}

func (e *editor) edit(r refs.Ref) refs.Edit {
	s := e.f.scope
	a, ours := s.address(r.URL)
	switch {
	case !ours:
		return e.foreign(r)
	case isForeign(a) && !e.leads(a):
		return refs.Keep()
	case isTemplate(r.Raw) && !r.Absolute && r.Use != refs.Mention:
		return refs.Keep()
	case r.Use == refs.Base:
		e.hasBase = true
		return refs.Set(s.publicKey(a))
	case r.Use == refs.Mention && !e.far:
		return e.mention(r, a)
	case r.Absolute && e.isLeft(a) && (r.Use == refs.Link || r.Use == refs.Feed):
		return refs.Set(e.f.scope.absolute(e.nearest(a)))
	case r.Absolute || r.Use == refs.Name || r.Use == refs.Shortlink || r.Use == refs.Mention:
		return refs.Set(e.absolute(r, a))
	case r.Use == refs.Form:
		return e.form(r, a)
	}
	return e.link(r, a)
}

// foreign leaves other people's addresses alone, but for our own that is
// carried in them: links to share a page name it by its public URL.
func (e *editor) foreign(r refs.Ref) refs.Edit {
	s := e.f.scope
	base := s.public.Scheme + "://" + s.public.Host
	changed, _ := refs.ReplaceEncodedOrigin(r.Raw, s.originPrefixes(), base)
	for _, prefix := range s.originPrefixes() {
		changed = replaceWhole(changed, prefix, base)
	}
	if changed == "" || changed == r.Raw {
		return refs.Keep()
	}
	return refs.Set(changed)
}

// replaceWhole replaces a prefix of URLs wherever a URL may begin with it, but
// not where it is only the beginning of a longer host or port.
func replaceWhole(s, prefix, by string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, prefix)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		if after == "" || strings.ContainsAny(after[:1], "/?#&%\"' ") {
			b.WriteString(by)
		} else {
			b.WriteString(prefix)
		}
		s = after
	}
}

// absolute names an address by its public URL, in the spelling it had.
func (e *editor) absolute(r refs.Ref, a address) string {
	if swapped, ok := e.f.scope.swap(r.Raw); ok && !isForeign(a) {
		return swapped
	}
	return e.f.scope.absolute(e.f.scope.publicKey(a)) + fragment(r.URL)
}

// isLeft reports whether an address is waste, and not merely out of bounds.
func (at *atlas) isLeft(a address) bool {
	class, left := at.left[a]
	return left && class != wasteExcluded && class != wasteOutside
}

// nearest is the page that says most of what an address that was left out
// would: the one of which it is a view (?id=page&do=diff), else the one it is
// chosen from, else the front page. Feeds need it, where nothing can be inert.
func (at *atlas) nearest(a address) (key string) {
	path, query := site.SplitKey(a)
	for pair := range strings.SplitSeq(query, "&") {
		if t := at.resolve(path + "?" + pair); t.place != nil && query != "" {
			return t.place.key
		}
	}
	if t := at.resolve(path); t.place != nil {
		return t.place.key
	}
	return at.f.scope.public.RawPath
}

// mention treats an address inside a script. A file of the copy is named from
// the root, so that scripts work wherever the copy is served; anything else
// may be the beginning of an address and stays whole.
func (e *editor) mention(r refs.Ref, a address) refs.Edit {
	if p := e.places[a]; p != nil && !isHTML(p.answer.Type) && strings.HasPrefix(r.Raw, "http") {
		return refs.Set(p.link() + fragment(r.URL))
	}
	if swapped, ok := e.f.scope.swap(r.Raw); ok {
		return refs.Set(swapped)
	}
	return refs.Keep()
}

// form keeps the target of a form, which no copy can answer, on the site.
func (e *editor) form(r refs.Ref, a address) refs.Edit {
	if r.Raw == "" || !isAbsolute(r.Raw) && e.keepsRelative() {
		return refs.Keep()
	}
	return refs.Set(e.f.scope.publicKey(a))
}

// link points a reference at the file in the copy, at where it has moved to,
// or makes it inert when the copy leaves its target out.
func (e *editor) link(r refs.Ref, a address) refs.Edit {
	t := e.resolve(a)
	if t.fragment == "" {
		t.fragment = fragment(r.URL)
	}
	switch {
	case t.place != nil:
		if e.mayKeep(r, a, t.place) {
			return refs.Keep()
		}
		return refs.Set(t.place.link() + t.fragment)
	case t.elsewhere != "":
		return refs.Set(t.elsewhere)
	case t.class == wasteExcluded || t.class == wasteOutside:
		return refs.Set(e.f.scope.absolute(e.f.scope.publicKey(a)) + t.fragment)
	case t.class != "" || r.Use == refs.Service || r.Use == refs.OEmbed:
		return refs.DropAs(e.f.scope.publicKey(a) + t.fragment)
	case !isAbsolute(r.Raw) && e.keepsRelative():
		return refs.Keep()
	}
	return refs.Set(e.f.scope.publicKey(a) + t.fragment)
}

// A target is where an address leads in the copy.
type target struct {
	place     *place
	elsewhere string // URL of another site it redirects to
	fragment  string // that a redirect adds
	class     string // of waste
}

// mostHops is how many redirects browsers follow, about.
const mostHops = 20

// resolve follows an address through the redirects of the site.
func (at *atlas) resolve(a address) target {
	var t target
	for range mostHops {
		if page, ok := at.shortlinks[a]; ok && at.resources[a] == nil {
			a = page
		}
		if t.place = at.places[a]; t.place != nil {
			return t
		}
		if class, left := at.left[a]; left {
			t.class = class
			return t
		}
		r := at.resources[a]
		if r == nil || r.state != moved {
			return t
		}
		if f := fragment(r.to); f != "" {
			t.fragment = f
		}
		next, ours := at.f.scope.address(r.to)
		if !ours {
			t.elsewhere = r.to.String()
			return t
		}
		a = next
	}
	return target{}
}

// leads reports whether an address ends at something the copy holds.
func (at *atlas) leads(a address) bool { return at.resolve(a).place != nil }

// location is the target of a redirect as the copy gives it.
func (at *atlas) location(to *url.URL) string {
	a, ours := at.f.scope.address(to)
	if !ours {
		return to.String()
	}
	if p := at.places[a]; p != nil {
		return p.key + fragment(to)
	}
	return at.f.scope.publicKey(a) + fragment(to)
}

// link is the address of a place that works on any web server.
func (p *place) link() string {
	if p.natural {
		return p.key
	}
	return snapshot.FileKey(p.file)
}

// mayKeep reports whether a reference leads to its target as it is written.
func (e *editor) mayKeep(r refs.Ref, a address, p *place) bool {
	if isAbsolute(r.Raw) || !p.natural || p.key != a || p.answer.Address != a || site.Key(r.URL) != a {
		return false
	}
	return strings.HasPrefix(r.Raw, "/") || e.keepsRelative()
}

// keepsRelative reports whether the document lies in the copy where it lay at
// the origin, so that references relative to it stay right.
func (e *editor) keepsRelative() bool {
	if e.hasBase || e.page.key != e.page.answer.Address {
		return false
	}
	path, _ := site.SplitKey(e.page.key)
	plain, ok := snapshot.PlainFile(path)
	return ok && plain == e.page.file
}

// isAbsolute reports whether a reference names a host.
func isAbsolute(raw string) bool {
	return strings.HasPrefix(raw, "//") || strings.HasPrefix(raw, `\\`) || strings.Contains(raw, ":") && hasScheme(raw)
}

func hasScheme(raw string) bool {
	scheme, _, ok := strings.Cut(raw, ":")
	return ok && !strings.ContainsAny(scheme, "/?#")
}

func fragment(u *url.URL) string {
	if u == nil || u.Fragment == "" {
		return ""
	}
	return "#" + u.EscapedFragment()
}
