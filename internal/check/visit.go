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

	"buzzproof/internal/browse"
	"buzzproof/internal/coding"
	"buzzproof/internal/style"
	"buzzproof/internal/wire"
)

// Bounds of one visit. A page that needs more is told as it is up to there.
const (
	mostFiles = 400
	mostBytes = 256 << 20
	mostHops  = 10
	wholeWait = 2 * time.Minute
)

// A visit is one browser's load of one page.
type visit struct {
	client *wire.Client
	hops   []*wire.Answer // redirects before the page
	front  *wire.Answer   // the page
	page   *browse.Page   // nil if the answer is no HTML

	mu      sync.Mutex
	answers map[string]*item // by address
	order   []*item
	dead    map[string]error // hosts that do not answer
	full    bool             // there was more than is asked for

	owns       func(*wire.Conn) bool // whether a connection goes through the site's line
	eagerTook  time.Duration
	eagerBytes int64
	done       atomic.Int64
}

// An item is one file of the page.
type item struct {
	browse.Want
	answer *wire.Answer
	hops   []*wire.Answer
	err    error
}

var (
	errNotFollowed = errors.New("redirects without end")
	errHost        = errors.New("its host did not answer before")
)

func newVisit(insecure bool, resolver string) *visit {
	return &visit{client: wire.NewClient(insecure, resolver), answers: map[string]*item{}, dead: map[string]error{}}
}

// open gets the page itself, past its redirects.
func (v *visit) open(ctx context.Context, u *url.URL) error {
	began := time.Now()
	a, hops, err := v.follow(ctx, wire.Question{URL: u, Accept: wire.AcceptPage})
	if err != nil {
		return err
	}
	v.hops, v.front = hops, a
	if a.Failure != nil && a.Body == nil {
		return fmt.Errorf("read %s: %w", a.URL.Redacted(), a.Failure)
	}
	if isPage(a) && len(a.Body) <= largestPage {
		v.page = browse.Read(a.URL, a.Body, a.Header.Get("Content-Type"))
	}
	if v.page != nil {
		v.page.Icon()
		v.load(ctx, v.page, 0)
	}
	v.eagerTook, v.eagerBytes = time.Since(began), v.client.Received()
	return nil
}

// largestPage bounds the pages that are read: a tree takes some ten times the
// bytes of its source.
const largestPage = 4 << 20

func isPage(a *wire.Answer) bool {
	kind := coding.MediaType(a.Header.Get("Content-Type"))
	return kind == "text/html" || kind == "application/xhtml+xml"
}

// follow gets an address past redirects.
func (v *visit) follow(ctx context.Context, q wire.Question) (*wire.Answer, []*wire.Answer, error) {
	var hops []*wire.Answer
	for range mostHops {
		a, err := v.client.Get(ctx, q)
		if err != nil {
			return nil, hops, err
		}
		to := a.Header.Get("Location")
		if a.Status < 300 || a.Status >= 400 || a.Status == http.StatusNotModified || to == "" {
			return a, hops, nil
		}
		hops = append(hops, a)
		next, err := q.URL.Parse(to)
		if err != nil || next.Scheme != "http" && next.Scheme != "https" || next.Host == "" {
			return nil, hops, fmt.Errorf("redirect from %s to %q leads nowhere", q.URL.Redacted(), to)
		}
		next.Fragment = ""
		q.URL = next
	}
	return nil, hops, fmt.Errorf("%s: %w", q.URL.Redacted(), errNotFollowed)
}

// mostFrames is how deep pages in pages are followed.
const mostFrames = 2

// load asks for what a page needs at once: what it names, then what its style
// sheets draw in, then the pages in it.
func (v *visit) load(ctx context.Context, p *browse.Page, depth int) {
	var now []browse.Want
	for _, w := range p.Wants {
		if !w.Lazy {
			now = append(now, w)
		}
	}
	v.fetch(ctx, p, now)
	v.fetch(ctx, p, v.drawn(ctx, p))
	if depth >= mostFrames {
		return
	}
	for _, w := range now {
		i := v.find(w.URL)
		if w.Kind == "html" && i != nil && i.answer != nil && isPage(i.answer) && len(i.answer.Body) <= largestPage {
			v.load(ctx, browse.Read(i.answer.URL, i.answer.Body, i.answer.Header.Get("Content-Type")), depth+1)
		}
	}
}

// scroll asks for what only those get who read to the end.
func (v *visit) scroll(ctx context.Context) {
	if v.page == nil {
		return
	}
	var later []browse.Want
	for _, w := range v.page.Wants {
		if w.Lazy {
			later = append(later, w)
		}
	}
	v.fetch(ctx, v.page, later)
}

// fetch asks for files that nobody asked for yet, as many at a time as a
// browser.
func (v *visit) fetch(ctx context.Context, p *browse.Page, wants []browse.Want) {
	work := make(chan *item)
	var workers sync.WaitGroup
	for range wire.Parallel {
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
func (v *visit) enter(w browse.Want) *item {
	v.mu.Lock()
	defer v.mu.Unlock()
	key := w.URL.String()
	if v.answers[key] != nil || v.page != nil && key == v.front.URL.String() {
		return nil
	}
	if len(v.order) >= mostFiles {
		v.full = true
		return nil
	}
	i := &item{Want: w}
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
func (v *visit) one(ctx context.Context, p *browse.Page, i *item) {
	defer v.done.Add(1)
	v.mu.Lock()
	_, dead := v.dead[i.URL.Host]
	v.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		i.err = context.Cause(ctx)
		return
	case dead:
		i.err = errHost
		return
	case v.client.Received() > mostBytes:
		v.mu.Lock()
		v.full = true
		v.mu.Unlock()
		i.err = wire.ErrTooLarge
		return
	}
	accept := "*/*"
	switch i.Kind {
	case "images":
		accept = wire.AcceptImage
	case "html":
		accept = wire.AcceptPage
	case "css":
		accept = "text/css,*/*;q=0.1"
	}
	i.answer, i.hops, i.err = v.follow(ctx, wire.Question{URL: i.URL, Accept: accept, Referer: p.URL.String(), Apart: i.Apart})
	if i.err != nil && i.URL.Host != p.URL.Host && len(i.hops) == 0 {
		v.mu.Lock()
		v.dead[i.URL.Host] = i.err
		v.mu.Unlock()
	}
}

// drawn returns what the style sheets of a page ask for. Sheets that sheets
// import are asked for on the way.
func (v *visit) drawn(ctx context.Context, p *browse.Page) []browse.Want {
	load := func(u *url.URL) (style.Sheet, bool) {
		v.fetch(ctx, p, []browse.Want{{URL: u, Kind: "css"}})
		return v.sheet(u)
	}
	var sheets []style.Sheet
	for _, ref := range p.Sheets {
		s := style.Sheet{Text: ref.Text, Base: p.Base}
		if ref.URL != nil {
			var ok bool
			if s, ok = v.sheet(ref.URL); !ok {
				continue
			}
		}
		s.Media = ref.Media
		sheets = append(sheets, s)
	}
	set, err := style.Read(sheets, load)
	if err != nil {
		return nil
	}
	loads := set.Loads(p.Doc, browse.Holds)
	var wants []browse.Want
	for _, u := range loads.Pictures {
		if (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
			at := *u
			at.Fragment = ""
			wants = append(wants, browse.Want{URL: &at, Kind: "images"})
		}
	}
	for _, u := range browse.Fonts(p.Doc, loads) {
		wants = append(wants, browse.Want{URL: u, Kind: "fonts"})
	}
	return wants
}

// sheet returns a style sheet that has come.
func (v *visit) sheet(u *url.URL) (style.Sheet, bool) {
	i := v.find(u)
	if i == nil || i.answer == nil || i.answer.Status != http.StatusOK || len(i.answer.Body) > style.MaxText {
		return style.Sheet{}, false
	}
	return style.Sheet{Text: string(i.answer.Body), Base: i.answer.URL}, true
}
