package freeze

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"buzzproof/internal/snapshot"
)

// An origin is a site on loopback that remembers what it was asked for.
type origin struct {
	*httptest.Server
	mu    sync.Mutex
	asked []*http.Request
}

func newOrigin(t *testing.T, h http.Handler) *origin {
	t.Helper()
	o := &origin{}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		o.asked = append(o.asked, r)
		o.mu.Unlock()
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(o.Close)
	return o
}

// requests returns the addresses asked for so far that hold the text.
func (o *origin) requests(holding string) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var all []string
	for _, r := range o.asked {
		if strings.Contains(r.RequestURI, holding) {
			all = append(all, r.RequestURI)
		}
	}
	return all
}

func (o *origin) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked = nil
}

// pages answers each address with a page, or with 404. An answer in another
// type names it before a bar: "text/css|body{}".
type pages map[string]string

func (p pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, ok := p[r.RequestURI]
	kind := "text/html; charset=utf-8"
	if before, after, typed := strings.Cut(body, "|"); typed && !strings.HasPrefix(body, "<") {
		kind, body = before, after
	}
	w.Header().Set("Content-Type", kind)
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		body = "<title>lost</title>nothing here"
	}
	_, _ = fmt.Fprint(w, body)
}

// markup is a page with links.
func markup(text string, links ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<!DOCTYPE html><html><head><title>%s</title></head><body><p>%s</p>\n", text, text)
	for _, link := range links {
		fmt.Fprintf(&b, "<a href=\"%s\">%s</a>\n", link, text)
	}
	return b.String() + "</body></html>\n"
}

// with answers some addresses specially and leaves the rest to p.
func (p pages) with(special map[string]http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h, ok := special[r.RequestURI]; ok {
			h(w, r)
			return
		}
		p.ServeHTTP(w, r)
	})
}

// copyOf freezes into dir once and returns the report.
func copyOf(t *testing.T, dir, rawURL string, c Config) (*Report, error) {
	t.Helper()
	store, err := snapshot.OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if c.Origin, err = url.Parse(rawURL); err != nil {
		t.Fatal(err)
	}
	f, err := New(store, c)
	if err != nil {
		t.Fatal(err)
	}
	f.patience = time.Millisecond
	r, err := f.Run(t.Context())
	if err == nil {
		err = store.DropDraft()
	}
	return r, err
}

// mustCopy freezes and demands that it works.
func mustCopy(t *testing.T, dir, rawURL string, c Config) *Report {
	t.Helper()
	r, err := copyOf(t, dir, rawURL, c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// wholeCopy freezes and demands that nothing is missing.
func wholeCopy(t *testing.T, dir, rawURL string, c Config) *Report {
	t.Helper()
	r := mustCopy(t, dir, rawURL, c)
	if !r.Complete {
		t.Errorf("the copy is not complete: missing %v, differs %v", r.Missing, r.Differs)
	}
	return r
}

func parse(t *testing.T, rawURL string) *url.URL {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func open(t *testing.T, dir string) *snapshot.Snapshot {
	t.Helper()
	s, err := snapshot.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// answered returns what the copy says to a key: the text of a page, or the
// status with where it leads.
func answered(t *testing.T, s *snapshot.Snapshot, key string) string {
	t.Helper()
	a := s.Find(key)
	if a.Status != http.StatusOK {
		return strings.TrimSpace(fmt.Sprintf("%d %s", a.Status, a.To))
	}
	f, err := s.File(a.Entry)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	raw, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func leftOf(r *Report, class string) int {
	at := slices.IndexFunc(r.LeftOut, func(l LeftOut) bool { return l.Class == class })
	if at < 0 {
		return 0
	}
	return r.LeftOut[at].Count
}

// urls lists the addresses of a list of the report.
func urls(list []Missing) []string {
	var all []string
	for _, m := range list {
		all = append(all, m.URL)
	}
	return all
}
