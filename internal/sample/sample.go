// Package sample is a small blog as a living CMS would serve it.
//
// It exists so that a demo, a test or a benchmark has an origin at hand with
// everything that makes real sites hard to freeze: query addresses, shortlinks,
// an endless calendar, links that act, pictures in five notations. The same
// request always gets the same bytes: there is no clock and no chance in it.
package sample

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Options are the knobs of the blog. The zero value is the whole blog, fast.
type Options struct {
	// Delay is how long the CMS takes to render a page or a feed. Assets,
	// which its web server would send by itself, are never delayed.
	Delay time.Duration

	// Posts is how many posts are published so far, oldest first; 0 means all.
	// A second blog with one more shows what one new article changes.
	Posts int

	// Base is the address the CMS believes to have, without a closing slash,
	// as in "https://blog.example". When empty it is taken from each request.
	Base string
}

// New returns the blog.
func New(o Options) http.Handler {
	posts := published(o.Posts)
	b := &blog{options: o, posts: posts, pages: allPages(), routes: map[string]route{}}
	b.addAssets()
	b.addPages()
	b.addLists()
	b.addFeeds()
	b.addMachinery()
	return b
}

type blog struct {
	options Options
	posts   []*entry // newest first
	pages   []*entry
	routes  map[string]route // by decoded path
}

// A route answers one path. Without post it answers only GET and HEAD.
type route struct {
	get  http.HandlerFunc
	post http.HandlerFunc
}

func (b *blog) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	found, ok := b.routes[path]
	if !ok {
		if _, folder := b.routes[path+"/"]; folder {
			b.redirect(path+"/", http.StatusMovedPermanently)(w, r)
			return
		}
		found = route{get: b.missing}
	}
	switch {
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		found.get(w, r)
	case r.Method == http.MethodPost && found.post != nil:
		found.post(w, r)
	default:
		w.Header().Set("Allow", found.allow())
		http.Error(w, "405 method not allowed", http.StatusMethodNotAllowed)
	}
}

func (t route) allow() string {
	if t.post != nil {
		return "GET, HEAD, POST"
	}
	return "GET, HEAD"
}

// base is the address of the site without its closing slash. Like a CMS that
// was told its own URL, the blog writes it in full wherever it can.
func (b *blog) base(r *http.Request) string {
	if b.options.Base != "" {
		return strings.TrimSuffix(b.options.Base, "/")
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// redirect sends the visitor to a decoded path of the site, in full.
func (b *blog) redirect(path string, status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		to := b.base(r) + escape(path)
		if r.URL.RawQuery != "" && r.URL.Path != "/" {
			to += "?" + r.URL.RawQuery
		}
		w.Header().Set("Location", to)
		w.WriteHeader(status)
	}
}

// escape writes a decoded path as it stands in a URL.
func escape(path string) string {
	return (&url.URL{Path: path}).EscapedPath()
}

// render pays the price of a dynamic page before it is sent.
func (b *blog) render(r *http.Request) {
	if b.options.Delay <= 0 {
		return
	}
	wait := time.NewTimer(b.options.Delay)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-r.Context().Done():
	}
}

// number reads a query parameter that must be a number of at least 1.
func number(r *http.Request, name string) (int, bool) {
	n, err := strconv.Atoi(r.URL.Query().Get(name))
	return n, err == nil && n > 0
}
