package refuge

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"buzzproof/internal/coding"
	"buzzproof/internal/site"
)

// A Verifier asks a place for the objects of a tree as a stranger would and
// compares what comes. Its zero value will do.
type Verifier struct {
	// Workers is how many requests run at once; default 8.
	Workers int
	// Bytes is the most that is downloaded, to spare a home line; default no
	// limit. Of what lies beyond, only the headers are asked for, pages last.
	Bytes int64
	// TLS says whom to trust; the name is always that of the site.
	TLS *tls.Config
}

// A Difference is one thing at which a refuge does not answer as the site does.
type Difference struct {
	Key  string `json:"key"`  // public path and query
	What string `json:"what"` // "answer", "status", "body", "type", "encoding", "cache", "location"
	Want string `json:"want"`
	Got  string `json:"got"`
}

func (d Difference) String() string {
	return fmt.Sprintf("%s: %s is %s, want %s", d.Key, d.What, d.Got, d.Want)
}

// A Differs is what a Verifier returns when a place does not answer right.
type Differs struct {
	Base string
	All  []Difference // by key
}

func (e *Differs) Error() string {
	const shown = 3
	texts := make([]string, 0, shown+1)
	for i, d := range e.All {
		if i == shown {
			texts = append(texts, fmt.Sprintf("and %d more", len(e.All)-shown))
			break
		}
		texts = append(texts, d.String())
	}
	return fmt.Sprintf("%s differs from the snapshot: %s", e.Base, strings.Join(texts, "; "))
}

// Verify returns a *Differs if anything is not as the tree says, or the error
// that kept it from looking.
func (v Verifier) Verify(ctx context.Context, p Place, t Tree) error {
	l, err := v.look(p, t)
	if err != nil {
		return err
	}
	defer l.client.CloseIdleConnections()
	objects := slices.Clone(t.Objects)
	slices.SortStableFunc(objects, func(x, y Object) int { // what counts most is downloaded first
		if x.Page != y.Page {
			return map[bool]int{true: -1, false: 1}[x.Page]
		}
		return cmp.Compare(x.Size, y.Size)
	})
	if err := parallel(ctx, cmp.Or(v.Workers, 8), objects, l.object); err != nil {
		return fmt.Errorf("verify %s: %w", p.Base, err)
	}
	if len(l.found) == 0 {
		return nil
	}
	slices.SortFunc(l.found, func(x, y Difference) int {
		return cmp.Or(strings.Compare(x.Key, y.Key), strings.Compare(x.What, y.What))
	})
	return &Differs{Base: p.Base, All: l.found}
}

// A look is one verification under way.
type look struct {
	place  Place
	tree   Tree
	base   *url.URL
	client *http.Client

	mu     sync.Mutex
	budget int64 // what may still be downloaded; less than 0 for no limit
	found  []Difference
}

func (v Verifier) look(p Place, t Tree) (*look, error) {
	base, err := url.Parse(p.Base)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("verify: %q is not the URL of a refuge", p.Base)
	}
	conf := &tls.Config{}
	if v.TLS != nil {
		conf = v.TLS.Clone()
	}
	conf.ServerName = t.Host
	l := &look{place: p, tree: t, base: base, budget: -1}
	if v.Bytes > 0 {
		l.budget = v.Bytes
	}
	l.client = &http.Client{
		Timeout:       2 * time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{ // no proxy: the refuge itself is asked
			TLSClientConfig: conf, MaxIdleConnsPerHost: cmp.Or(v.Workers, 8), DisableCompression: true,
			TLSHandshakeTimeout: 20 * time.Second, ResponseHeaderTimeout: 30 * time.Second, ForceAttemptHTTP2: true,
		},
	}
	return l, nil
}

// object asks for one object. What cannot be asked for is a difference too: a
// refuge that does not answer is no refuge.
func (l *look) object(ctx context.Context, o Object) error {
	key, ok := l.address(o)
	if !ok {
		return nil
	}
	var a *answer
	var err error
	for try := range 3 {
		if a, err = l.ask(ctx, key, l.spend(o.Size)); err == nil && a.status < 500 {
			break
		}
		if wait(ctx, time.Duration(try)*300*time.Millisecond) != nil {
			return ctx.Err()
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		l.add(o, "answer", "one", err.Error())
		return nil
	}
	l.compare(o, a)
	return nil
}

// address is where an object is asked for. It is false for what the place's
// terms leave out.
func (l *look) address(o Object) (string, bool) {
	_, query := site.SplitKey(o.Key)
	switch {
	case o.File == "" && l.place.Terms.Bare:
		return "", false
	case o.Status == http.StatusNotFound:
		return "/buzzproof-looks-for-nothing-" + nonce(), true
	case l.place.Terms.Bare:
		return site.Key(&url.URL{Path: "/" + strings.TrimSuffix(o.File, indexName)}), true
	case query == "" || !l.place.Terms.Files:
		return o.Key, true
	case o.File == "":
		return "", false
	}
	return site.Key(&url.URL{Path: "/" + o.File}), true
}

// spend takes n bytes from the budget and reports whether they were there.
func (l *look) spend(n int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.budget < 0 {
		return true
	}
	if n > l.budget {
		return false
	}
	l.budget -= n
	return true
}

// An answer is what a refuge said.
type answer struct {
	status int
	header http.Header
	from   *url.URL
	digest string // of the uncoded body; empty if only the head was asked for
	size   int64  // bytes of the uncoded body
	text   string // its beginning
}

func (l *look) ask(ctx context.Context, key string, whole bool) (*answer, error) {
	method := http.MethodGet
	if !whole {
		method = http.MethodHead
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(l.base.String(), "/")+key, nil)
	if err != nil {
		return nil, err
	}
	r.Host = l.tree.Host
	r.Header.Set("Accept-Encoding", coding.Gzip.String()) // as the simplest browser does
	r.Header.Set("User-Agent", "Mozilla/5.0 (compatible; buzzproof verifies)")
	resp, err := l.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	a := &answer{status: resp.StatusCode, header: resp.Header, from: r.URL}
	if whole {
		err = a.read(resp.Body)
	}
	return a, err
}

// mostAnswer bounds what is read of an answer that unpacks to more and more.
const mostAnswer = 8 << 30

func (a *answer) read(body io.Reader) error {
	if name := a.header.Get("Content-Encoding"); name != "" {
		c, ok := coding.Named(name)
		if !ok || c != coding.Gzip && c != coding.Identity {
			return fmt.Errorf("it comes in coding %q, which nobody asked for", name)
		}
		var err error
		if body, err = coding.Reader(body, c); err != nil {
			return err
		}
	}
	h, start := sha256.New(), &head{}
	n, err := io.Copy(io.MultiWriter(h, start), io.LimitReader(body, mostAnswer))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("it was cut off after %d bytes", n)
	}
	a.digest, a.size, a.text = hex.EncodeToString(h.Sum(nil)), n, string(start.kept)
	return err
}

// A head keeps the first 4 KB of what is written.
type head struct{ kept []byte }

func (h *head) Write(p []byte) (int, error) {
	h.kept = append(h.kept, p[:min(len(p), 4<<10-len(h.kept))]...)
	return len(p), nil
}

// wait waits for a time, or for the end of ctx, which it returns as an error.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
