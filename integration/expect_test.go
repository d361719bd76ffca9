package integration

import (
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// expectSound fails the test for every broken reference and every one that is
// left to the origin.
func expectSound(t *testing.T, r report) {
	t.Helper()
	t.Logf("bar: references  %d documents, %d references, %d broken, %d left to the origin, both at most 0; %d forms",
		r.documents, r.references, len(r.broken), len(r.left), r.forms)
	t.Logf("documents by type: %v", r.types)
	t.Logf("dead at the origin too: %s", summary(r.deadAtOrigin))
	t.Logf("named at the origin, not in the copy: %s", summary(r.originOnly))
	if r.documents < 10 || r.references < 100 {
		t.Errorf("the checker saw only %d documents and %d references", r.documents, r.references)
	}
	if len(r.broken) > 0 {
		t.Errorf("broken: %s", summary(r.broken))
	}
	if len(r.left) > 0 {
		t.Errorf("left to the origin: %s", summary(r.left))
	}
}

// A tally counts faults and shows the first twenty.
type tally struct {
	t     *testing.T
	count int
}

func (c *tally) fault(format string, args ...any) {
	c.t.Helper()
	c.count++
	if c.count <= 20 {
		c.t.Errorf(format, args...)
	}
}

// A page is a final answer after redirects.
type page struct {
	status int
	kind   string // media type
	path   string // request URI of the last address
	body   string
}

var patient = &http.Client{Timeout: time.Minute}

func get(t *testing.T, address string) page {
	t.Helper()
	resp, err := patient.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("read %s: %v", address, err)
	}
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		kind = resp.Header.Get("Content-Type")
	}
	return page{resp.StatusCode, kind, resp.Request.URL.RequestURI(), string(body)}
}

// listed returns the request URIs that the origin's sitemaps and feeds name,
// following sitemap indexes, the documents themselves included.
func listed(t *testing.T, site *origin, documents ...string) []string {
	t.Helper()
	base, err := url.Parse(site.URL)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for queue := documents; len(queue) > 0; queue = queue[1:] {
		if seen[queue[0]] {
			continue
		}
		seen[queue[0]] = true
		if !strings.Contains(queue[0], "sitemap") && !slices.Contains(documents, queue[0]) {
			continue // a page, not a list of pages
		}
		for _, f := range inXML(get(t, strings.TrimSuffix(site.URL, "/")+queue[0]).body) {
			target, err := base.Parse(f.raw)
			// HTML inside feeds is the link checker's business.
			if err == nil && target.Host == base.Host && !strings.Contains(f.kind, ": ") {
				queue = append(queue, target.RequestURI())
			}
		}
	}
	var uris []string
	for uri := range seen {
		uris = append(uris, uri)
	}
	slices.Sort(uris)
	return uris
}

// expectTypes compares status and media type of every listed address.
func expectTypes(t *testing.T, site *origin, copyURL string, documents ...string) {
	t.Helper()
	uris := listed(t, site, documents...)
	wrong := tally{t: t}
	for _, uri := range uris {
		want := get(t, strings.TrimSuffix(site.URL, "/")+uri)
		got := get(t, copyURL+uri)
		if want.status == http.StatusOK && (got.status != want.status || got.kind != want.kind) {
			wrong.fault("%s: the origin answers %d %s, the copy %d %s", uri, want.status, want.kind, got.status, got.kind)
		}
	}
	t.Logf("bar: sitemaps and feeds  %d addresses, %d answer otherwise than at the origin, at most 0", len(uris), wrong.count)
	if len(uris) < 10 {
		t.Errorf("the sitemaps and feeds name only %d addresses", len(uris))
	}
}

// expectQueries compares the answers to every address with a query among
// requests that the origin answered with a page or a redirect.
func expectQueries(t *testing.T, site *origin, copyURL string, asked []request) {
	t.Helper()
	seen := map[string]bool{}
	wrong := tally{t: t}
	for _, r := range asked {
		if !strings.Contains(r.URI, "?") || seen[r.URI] || r.Method != http.MethodGet || r.Status >= 400 {
			continue
		}
		seen[r.URI] = true
		want := get(t, strings.TrimSuffix(site.URL, "/")+r.URI)
		got := get(t, copyURL+r.URI)
		if got.status != want.status || got.kind != want.kind || title(got.body) != title(want.body) {
			wrong.fault("%s: the origin answers %d %s %q, the copy %d %s %q",
				r.URI, want.status, want.kind, title(want.body), got.status, got.kind, title(got.body))
		}
	}
	t.Logf("bar: addresses with a query  %d, %d answer otherwise than at the origin, at most 0", len(seen), wrong.count)
	if len(seen) == 0 {
		t.Error("no address with a query was tried")
	}
}

func expectNotFound(t *testing.T, site *origin, copyURL string) {
	t.Helper()
	const nowhere = "/nobody-ever-came-here-qzx/"
	want := get(t, strings.TrimSuffix(site.URL, "/")+nowhere)
	got := get(t, copyURL+nowhere)
	if got.status != want.status || title(got.body) != title(want.body) {
		t.Errorf("the origin answers %d %q, the copy %d %q", want.status, title(want.body), got.status, title(got.body))
	}
}

// expectSamePages compares the text of every page, as two servers of the same
// tree give it. A page with a query is asked for by its file: other servers
// look for files by path alone.
func expectSamePages(t *testing.T, m manifest, ours, theirs string) {
	t.Helper()
	pages, wrong := 0, tally{t: t}
	for _, e := range m.Entries {
		if !e.Page {
			continue
		}
		pages++
		uri := e.URL
		if strings.Contains(uri, "?") {
			uri = (&url.URL{Path: "/" + e.File}).EscapedPath()
		}
		want, got := get(t, ours+e.URL), get(t, theirs+uri)
		if got.status != want.status || got.kind != want.kind || words(got.body) != words(want.body) {
			wrong.fault("%s: up answers %d %s with %d bytes of text, the other server %s %d %s with %d",
				e.URL, want.status, want.kind, len(words(want.body)), uri, got.status, got.kind, len(words(got.body)))
		}
	}
	t.Logf("bar: other server  %d pages, %d differ, at most 0", pages, wrong.count)
	if pages < 10 {
		t.Errorf("the manifest has only %d pages", pages)
	}
}

// title returns the text of a page's title, or of a feed's.
func title(page string) string {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return ""
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "title" {
			return strings.TrimSpace(text(n))
		}
	}
	return ""
}

// words returns what a page says, in order, without markup.
func words(page string) string {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return ""
	}
	var said []string
	for n := range root.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "script" && n.Parent.Data != "style" {
			said = append(said, strings.Fields(n.Data)...)
		}
	}
	return strings.Join(said, " ")
}
