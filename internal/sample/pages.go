package sample

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

const (
	siteName = "Ink & Interrupts"
	tagline  = "Notes of a programmer from a cupboard by the sea"
	perPage  = 5
)

// A page is what the theme is given.
type page struct {
	Kind        string // the part of the theme that fills the middle
	Base, Path  string // Path is decoded and may carry a query
	Title       string
	Description string
	Lang        string
	Picture     string
	NoIndex     bool

	Posts []*entry
	Pager pager
	Post  *entry
	Body  string // HTML
	Newer *entry
	Older *entry
	Query string
	Sheet *sheet

	Blog *blog
}

// A pager leads through the pages of a list or the parts of an article.
type pager struct {
	Links      []pageLink
	Prev, Next string
}

type pageLink struct {
	N       int
	Path    string
	Current bool
}

func newPager(pages, current int, path func(int) string) pager {
	var p pager
	if pages < 2 {
		return p
	}
	for n := 1; n <= pages; n++ {
		p.Links = append(p.Links, pageLink{n, path(n), n == current})
	}
	if current > 1 {
		p.Prev = path(current - 1)
	}
	if current < pages {
		p.Next = path(current + 1)
	}
	return p
}

// send renders a page through the theme. Like most CMSs it gives neither an
// ETag nor a date: whoever wants to know whether it changed must read it.
func (b *blog) send(w http.ResponseWriter, r *http.Request, status int, p page) {
	b.render(r)
	p.Base, p.Blog = b.base(r), b
	if p.Lang == "" {
		p.Lang = "en"
	}
	var out bytes.Buffer
	_ = layout(p).Render(&out) // writes to memory cannot fail
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.Header().Add("Link", "<"+p.Base+`/wp-json/>; rel="https://api.w.org/"`)
	if p.Kind == "post" {
		w.Header().Add("Link", "<"+p.Base+p.Post.Short()+">; rel=shortlink")
	}
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // the visitor has gone: nobody is left to tell
}

// scriptSettings is the object that a CMS hands to its scripts, with the
// slashes escaped as PHP's json_encode does.
func scriptSettings(base string) string {
	return strings.ReplaceAll(string(encode(map[string]string{
		"home": base + "/", "ajax": base + "/wp-admin/admin-ajax.php",
		"moon": base + "/assets/moon.svg", "sun": base + "/assets/sun.svg",
	})), "/", `\/`)
}

// structuredData describes a post, or the blog, to search engines.
func structuredData(p page) string {
	data := map[string]any{
		"@context": "https://schema.org", "@type": "Blog", "name": siteName, "url": p.Base + "/",
		"potentialAction": map[string]string{
			"@type": "SearchAction", "target": p.Base + "/?s={search_term_string}",
			"query-input": "required name=search_term_string",
		},
	}
	if p.Kind == "post" {
		address := p.Base + escape(p.Post.Path())
		data = map[string]any{
			"@context": "https://schema.org", "@type": "BlogPosting", "headline": p.Post.Title,
			"url": address, "mainEntityOfPage": address, "inLanguage": p.Post.Lang,
			"datePublished": p.Post.Date.Format("2006-01-02T15:04:05Z"),
			"image":         p.Base + escape(mediaPath(p.Post.Picture, 1200)),
			"author":        map[string]string{"@type": "Person", "name": "Maud", "url": p.Base + "/about/"},
		}
	}
	return string(encode(data))
}

// encode writes JSON that is also safe inside a script element.
func encode(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // only maps and strings are ever given
	}
	return text
}

func (b *blog) addPages() {
	for i, p := range b.posts {
		for n := 1; n <= len(p.Parts); n++ {
			b.routes[p.PartPath(n)] = route{get: b.post(i, n)}
		}
	}
	for _, p := range b.pages {
		b.routes[p.Path()] = route{get: func(w http.ResponseWriter, r *http.Request) {
			b.send(w, r, http.StatusOK, page{
				Kind: "plain", Path: p.Path(), Title: p.Title, Description: p.Excerpt, Post: p,
				Body: b.body(p.Parts[0], r),
			})
		}}
	}
	b.routes["/calendar/"] = route{get: b.calendar}
}

// post answers part n of post i. The reply links of its comments lead back to
// it with ?replytocom=, which changes nothing but the address.
func (b *blog) post(i, n int) http.HandlerFunc {
	e := b.posts[i]
	p := page{
		Kind: "post", Path: e.PartPath(n), Title: e.Title, Description: e.Excerpt, Lang: e.Lang,
		Picture: e.Picture, Post: e, Pager: newPager(len(e.Parts), n, e.PartPath),
	}
	if i > 0 {
		p.Newer = b.posts[i-1]
	}
	if i+1 < len(b.posts) {
		p.Older = b.posts[i+1]
	}
	return func(w http.ResponseWriter, r *http.Request) {
		p := p
		p.Body = b.body(e.Parts[n-1], r)
		b.send(w, r, http.StatusOK, p)
	}
}

func (b *blog) body(text string, r *http.Request) string {
	return strings.ReplaceAll(text, "{base}", b.base(r))
}

func (b *blog) addLists() {
	pages := b.addList("/", b.posts, page{Title: siteName, Description: tagline})
	b.routes["/"] = route{get: b.home(pages[0])}
	b.routes["/page/1/"] = route{get: b.redirect("/", http.StatusMovedPermanently)}
	for _, tag := range b.tags() {
		tagged := b.which(func(e *entry) bool { return slices.Contains(e.Tags, tag) })
		b.addList(tagPath(tag), tagged, page{Title: "Tag: " + tag, Description: "Posts about " + tag})
	}
	for _, m := range b.months() {
		title := m.Date.Format("January 2006")
		of := b.which(func(e *entry) bool { return e.Month() == m.Month() })
		b.addList(m.Month(), of, page{Title: title, Description: "Posts of " + title})
	}
}

// addList answers a list of posts page by page, and returns the handlers.
func (b *blog) addList(path string, posts []*entry, p page) []http.HandlerFunc {
	address := func(n int) string {
		if n == 1 {
			return path
		}
		return path + "page/" + strconv.Itoa(n) + "/"
	}
	var handlers []http.HandlerFunc
	for n := 1; n <= pagesFor(posts); n++ {
		handler := func(w http.ResponseWriter, r *http.Request) { b.list(w, r, p, posts, n, address) }
		b.routes[address(n)] = route{get: handler}
		handlers = append(handlers, handler)
	}
	return handlers
}

func pagesFor(posts []*entry) int { return (len(posts) + perPage - 1) / perPage }

// list answers page n of a list; past its end there is nothing.
func (b *blog) list(w http.ResponseWriter, r *http.Request, p page, posts []*entry, n int, address func(int) string) {
	if n > pagesFor(posts) {
		b.missing(w, r)
		return
	}
	p.Kind, p.Path = "list", address(n)
	p.Posts = posts[(n-1)*perPage : min(n*perPage, len(posts))]
	p.Pager = newPager(pagesFor(posts), n, address)
	b.send(w, r, http.StatusOK, p)
}

// home answers the front page and all that a CMS hides in its query.
func (b *blog) home(front http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		switch {
		case query.Has("p"):
			b.shortlink(w, r)
		case query.Has("cat"):
			b.category(w, r)
		case query.Has("s"):
			b.search(w, r)
		default:
			front(w, r)
		}
	}
}

func (b *blog) shortlink(w http.ResponseWriter, r *http.Request) {
	id, _ := number(r, "p")
	at := slices.IndexFunc(b.posts, func(e *entry) bool { return e.ID == id })
	if at < 0 {
		b.missing(w, r)
		return
	}
	b.redirect(b.posts[at].Path(), http.StatusMovedPermanently)(w, r)
}

func (b *blog) category(w http.ResponseWriter, r *http.Request) {
	id, _ := number(r, "cat")
	n, ok := number(r, "paged")
	if !ok {
		n = 1
	}
	posts := b.which(func(e *entry) bool { return e.Category == id })
	b.list(w, r, page{Title: categories[id], Description: "Posts in " + categories[id]}, posts, n, func(n int) string {
		if n == 1 {
			return fmt.Sprintf("/?cat=%d", id)
		}
		return fmt.Sprintf("/?cat=%d&paged=%d", id, n)
	})
}

func (b *blog) search(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query().Get("s")
	found := b.which(func(e *entry) bool {
		return strings.Contains(strings.ToLower(e.Title+e.Excerpt+strings.Join(e.Parts, " ")), strings.ToLower(query))
	})
	b.send(w, r, http.StatusOK, page{
		Kind: "list", Path: r.URL.RequestURI(), Title: "Search: " + query, NoIndex: true, Query: query, Posts: found,
	})
}

func (b *blog) missing(w http.ResponseWriter, r *http.Request) {
	b.send(w, r, http.StatusNotFound, page{Kind: "missing", Path: r.URL.Path, Title: "Nothing here", NoIndex: true})
}

// recent and shelves stand in the side column of the theme.
func (b *blog) recent() []*entry { return b.posts[:min(4, len(b.posts))] }
func shelves() []int             { return slices.Sorted(maps.Keys(categories)) }
