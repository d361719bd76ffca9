package snapshot

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"buzzproof/internal/site"
)

// An Answer is what a snapshot has to say to one address.
type Answer struct {
	Status int    // 200, a redirect's status, or 404
	Entry  *Entry // what to send: nil for a redirect, and for 404 without a page of the site's own
	To     string // where a redirect leads: path from the root of the site, or an absolute URL
	Query  string // the query of the address when the answer was found without it
}

// An Index finds the answer to an address the way the origin would have
// answered it. Freezing uses it to check links and serving uses it to follow
// them, so that a link which passed the check cannot fail the visitor.
type Index struct {
	manifest  *Manifest
	byURL     map[string]*Entry
	byFile    map[string]*Entry
	redirects map[string]*Redirect
	selecting map[string]map[string]bool // path -> query names that choose among its pages
}

// NewIndex indexes a manifest, which must not change afterwards.
func NewIndex(m *Manifest) *Index {
	x := &Index{
		manifest:  m,
		byURL:     make(map[string]*Entry, len(m.Entries)),
		byFile:    make(map[string]*Entry, len(m.Entries)),
		redirects: make(map[string]*Redirect, len(m.Redirects)),
		selecting: map[string]map[string]bool{},
	}
	for i := range m.Entries {
		e := &m.Entries[i]
		x.byURL[e.URL] = e
		x.addFile(e)
		if e.Page {
			x.addSelecting(e.URL)
		}
	}
	for i := range m.Redirects {
		r := &m.Redirects[i]
		x.redirects[r.From] = r
		x.addSelecting(r.From)
	}
	for _, f := range m.Forms {
		if f.Search {
			x.addSearch(f)
		}
	}
	return x
}

// addFile indexes an entry under the address a plain web server would give its
// file. When two addresses share one file, the plainer one speaks for it.
func (x *Index) addFile(e *Entry) {
	key := FileKey(e.File)
	if other, taken := x.byFile[key]; !taken || len(e.URL) < len(other.URL) {
		x.byFile[key] = e
	}
}

func (x *Index) addSelecting(key string) {
	p, query := site.SplitKey(key)
	if query == "" {
		return
	}
	if x.selecting[p] == nil {
		x.selecting[p] = map[string]bool{}
	}
	for name := range queryNames(query) {
		x.selecting[p][name] = true
	}
}

func (x *Index) addSearch(f Form) {
	action, err := url.Parse(f.Action)
	if err != nil {
		return
	}
	p, _ := site.SplitKey(site.Key(action))
	for _, field := range f.Fields {
		x.addSelecting(p + "?" + url.QueryEscape(field))
	}
}

// Find answers the address with the given key.
func (x *Index) Find(key string) Answer {
	if a, ok := x.exact(key); ok {
		return a
	}
	if a, ok := x.otherSlash(key); ok {
		return a
	}
	if p, query := site.SplitKey(key); query != "" && !x.selects(p, query) {
		a := x.Find(p)
		a.Query = query
		return a
	}
	return Answer{Status: http.StatusNotFound, Entry: x.manifest.NotFound}
}

func (x *Index) exact(key string) (Answer, bool) {
	if e, ok := x.byURL[key]; ok {
		return Answer{Status: http.StatusOK, Entry: e}, true
	}
	if r, ok := x.redirects[key]; ok {
		return Answer{Status: r.Status, To: r.To}, true
	}
	e, ok := x.byFile[key]
	if !ok {
		return Answer{}, false
	}
	if movesHome(e) {
		return Answer{Status: http.StatusMovedPermanently, To: e.URL}, true
	}
	return Answer{Status: http.StatusOK, Entry: e}, true
}

// otherSlash answers a page's address with its closing slash wrong as the
// origin did. Where that was not found out, visitors are led to the page.
func (x *Index) otherSlash(key string) (Answer, bool) {
	p, query := site.SplitKey(key)
	habit, other := x.manifest.Slash.Missing, p+"/"
	if strings.HasSuffix(p, "/") {
		habit, other = x.manifest.Slash.Extra, strings.TrimRight(p, "/")
	}
	if query != "" {
		other += "?" + query
	}
	e, ok := x.byURL[other]
	switch {
	case !ok || !e.Page || habit == http.StatusNotFound:
		return Answer{}, false
	case habit == http.StatusOK:
		return Answer{Status: http.StatusOK, Entry: e}, true
	case habit == 0:
		habit = http.StatusMovedPermanently
	}
	return Answer{Status: habit, To: other}, true
}

// selects reports whether the query chooses among the pages at p, as ?p=7
// does and ?utm_source=feed does not.
func (x *Index) selects(p, query string) bool {
	names := x.selecting[p]
	for name := range queryNames(query) {
		if names[name] {
			return true
		}
	}
	return false
}

// movesHome reports whether a request for the file of an entry is sent on to
// the address the origin gave it. A plain web server can only offer the file,
// so links in the tree lead there; readers who come through buzzproof must
// keep addresses that still work when the origin answers again. Parts of a
// page are not worth a second round trip.
func movesHome(e *Entry) bool {
	return e.Page || strings.Contains(e.Type, "xml") || strings.Contains(e.Type, "feed")
}

// FileKey is the address under which a plain web server offers a file.
func FileKey(file string) string {
	return site.Key(&url.URL{Path: "/" + file})
}

// PlainFile returns the file a plain web server sends for the path of a key:
// the path itself, with index.html for a folder.
func PlainFile(key string) (string, bool) {
	p, _ := site.SplitKey(key)
	file, err := url.PathUnescape(strings.TrimPrefix(p, "/"))
	if err != nil {
		return "", false
	}
	if file == "" || strings.HasSuffix(file, "/") {
		file += "index.html"
	}
	return file, path.Clean("/"+file) == "/"+file
}

func queryNames(query string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for pair := range strings.SplitSeq(query, "&") {
			name, _, _ := strings.Cut(pair, "=")
			if decoded, err := url.QueryUnescape(name); err == nil {
				name = decoded
			}
			if name != "" && !yield(name) {
				return
			}
		}
	}
}
