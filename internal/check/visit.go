package check

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"buzzproof/internal/coding"
	"buzzproof/internal/style"
)

// A visit is one browser's load of one page.
type visit struct {
	client *client
	hops   []*answer // redirects before the page
	front  *answer   // the page
	page   *page     // nil if the answer is no HTML

	mu      sync.Mutex
	answers map[string]*item // by address
	order   []*item
	dead    map[string]error // hosts that do not answer
	full    bool             // there was more than is asked for

	owns       func(*wire) bool // whether a connection goes through the site's line
	eagerTook  time.Duration
	eagerBytes int64
	done       atomic.Int64
}

// An item is one file of the page.
type item struct {
	want
	answer *answer
	hops   []*answer
	err    error
}

var (
	errNotFollowed = errors.New("redirects without end")
	errHost        = errors.New("its host did not answer before")
)

func newVisit(insecure bool) *visit {
	return &visit{client: newClient(insecure), answers: map[string]*item{}, dead: map[string]error{}}
}

// open gets the page itself, past its redirects.
func (v *visit) open(ctx context.Context, u *url.URL) error {
	began := time.Now()
	a, hops, err := v.follow(ctx, u, acceptPage, "")
	if err != nil {
		return err
	}
	v.hops, v.front = hops, a
	if a.failure != nil && a.body == nil {
		return fmt.Errorf("read %s: %w", a.url.Redacted(), a.failure)
	}
	if coding.MediaType(a.header.Get("Content-Type")) == "text/html" || coding.MediaType(a.header.Get("Content-Type")) == "application/xhtml+xml" {
		v.page = readPage(a.url, a.body, a.header.Get("Content-Type"))
	}
	if v.page != nil {
		v.page.icon()
		v.load(ctx, v.page, 0)
	}
	v.eagerTook, v.eagerBytes = time.Since(began), v.client.received()
	return nil
}

// follow gets an address past redirects.
func (v *visit) follow(ctx context.Context, u *url.URL, accept, referer string) (*answer, []*answer, error) {
	var hops []*answer
	for range mostHops {
		a, err := v.client.get(ctx, u, accept, referer)
		if err != nil {
			return nil, hops, err
		}
		to := a.header.Get("Location")
		if a.status < 300 || a.status >= 400 || a.status == http.StatusNotModified || to == "" {
			return a, hops, nil
		}
		hops = append(hops, a)
		next, err := u.Parse(to)
		if err != nil || next.Scheme != "http" && next.Scheme != "https" || next.Host == "" {
			return nil, hops, fmt.Errorf("redirect from %s to %q leads nowhere", u.Redacted(), to)
		}
		next.Fragment = ""
		u = next
	}
	return nil, hops, fmt.Errorf("%s: %w", u.Redacted(), errNotFollowed)
}

// mostFrames is how deep pages in pages are followed.
const mostFrames = 2

// load asks for what a page needs at once: what it names, then what its style
// sheets draw in, then the pages in it.
func (v *visit) load(ctx context.Context, p *page, depth int) {
	var now []want
	for _, w := range p.wants {
		if !w.lazy {
			now = append(now, w)
		}
	}
	v.fetch(ctx, p, now)
	v.fetch(ctx, p, v.drawn(ctx, p))
	if depth >= mostFrames {
		return
	}
	for _, w := range now {
		i := v.find(w.url)
		if w.kind == "html" && i != nil && i.answer != nil && coding.MediaType(i.answer.header.Get("Content-Type")) == "text/html" {
			v.load(ctx, readPage(i.answer.url, i.answer.body, i.answer.header.Get("Content-Type")), depth+1)
		}
	}
}

// scroll asks for what only those get who read to the end.
func (v *visit) scroll(ctx context.Context) {
	if v.page == nil {
		return
	}
	var later []want
	for _, w := range v.page.wants {
		if w.lazy {
			later = append(later, w)
		}
	}
	v.fetch(ctx, v.page, later)
}

// fetch asks for files that nobody asked for yet, as many at a time as a
// browser.
func (v *visit) fetch(ctx context.Context, p *page, wants []want) {
	work := make(chan *item)
	var workers sync.WaitGroup
	for range parallel {
		workers.Go(func() {
			for i := range work {
				v.one(ctx, p, i)
			}
		})
	}
	for _, w := range wants {
		if i := v.enter(w); i != nil {
			work <- i
		}
	}
	close(work)
	workers.Wait()
}

// enter notes a want. It is nil for one that is known, or one too many.
func (v *visit) enter(w want) *item {
	v.mu.Lock()
	defer v.mu.Unlock()
	key := w.url.String()
	if v.answers[key] != nil || v.page != nil && key == v.front.url.String() {
		return nil
	}
	if len(v.order) >= mostFiles {
		v.full = true
		return nil
	}
	i := &item{want: w}
	v.answers[key] = i
	v.order = append(v.order, i)
	return i
}

func (v *visit) find(u *url.URL) *item {
	if u == nil {
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.answers[u.String()]
}

// one asks for one file.
func (v *visit) one(ctx context.Context, p *page, i *item) {
	defer v.done.Add(1)
	v.mu.Lock()
	_, dead := v.dead[i.url.Host]
	v.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		i.err = context.Cause(ctx)
		return
	case dead:
		i.err = errHost
		return
	case v.client.received() > mostBytes:
		v.mu.Lock()
		v.full = true
		v.mu.Unlock()
		i.err = errTooLarge
		return
	}
	accept := "*/*"
	switch i.kind {
	case "images":
		accept = acceptImage
	case "html":
		accept = acceptPage
	case "css":
		accept = "text/css,*/*;q=0.1"
	}
	i.answer, i.hops, i.err = v.follow(ctx, i.url, accept, p.url.String())
	if i.err != nil && i.url.Host != p.url.Host && len(i.hops) == 0 {
		v.mu.Lock()
		v.dead[i.url.Host] = i.err
		v.mu.Unlock()
	}
}

// drawn returns what the style sheets of a page ask for. Sheets that sheets
// import are asked for on the way.
func (v *visit) drawn(ctx context.Context, p *page) []want {
	load := func(u *url.URL) (style.Sheet, bool) {
		v.fetch(ctx, p, []want{{url: u, kind: "css"}})
		return v.sheet(u)
	}
	var sheets []style.Sheet
	for _, ref := range p.sheets {
		s := style.Sheet{Text: ref.text, Base: p.base}
		if ref.url != nil {
			var ok bool
			if s, ok = v.sheet(ref.url); !ok {
				continue
			}
		}
		s.Media = ref.media
		sheets = append(sheets, s)
	}
	set, err := style.Read(sheets, load)
	if err != nil {
		return nil
	}
	loads := set.Loads(p.doc, holds)
	var wants []want
	for _, u := range loads.Pictures {
		if (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
			at := *u
			at.Fragment = ""
			wants = append(wants, want{url: &at, kind: "images"})
		}
	}
	for _, u := range fontsOf(p.doc, loads) {
		wants = append(wants, want{url: u, kind: "fonts"})
	}
	return wants
}

// sheet returns a style sheet that has come.
func (v *visit) sheet(u *url.URL) (style.Sheet, bool) {
	i := v.find(u)
	if i == nil || i.answer == nil || i.answer.status != http.StatusOK || len(i.answer.body) > style.MaxText {
		return style.Sheet{}, false
	}
	return style.Sheet{Text: string(i.answer.body), Base: i.answer.url}, true
}
