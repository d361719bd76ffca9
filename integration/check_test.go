package integration

import (
	"compress/gzip"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// The checker walks a served copy as a browser, a feed reader and a search
// engine would together, and judges every reference it meets. It shares no code
// with buzzproof: a mistake in the program's parsers must not hide itself.
type checker struct {
	copy   *url.URL // the server of the copy
	public *url.URL // the address the copy speaks of itself by
	origin *url.URL // the living site, asked only about what the copy lacks

	client  *http.Client
	answers map[string]answer          // of the copy, by request URI
	alive   map[string]bool            // at the origin, by request URI
	named   map[string]map[string]bool // request URIs that the origin's documents name
	queue   []string
	report  report
}

// A reference is one place in the copy that names an address.
type reference struct {
	from string // request URI of the document
	kind string // where it stands there, such as "img srcset"
	raw  string // as it is written
	why  string // what is wrong with it
}

func (r reference) String() string {
	return fmt.Sprintf("%s: %s %q: %s", r.from, r.kind, r.raw, r.why)
}

// A report is what a walk found out.
type report struct {
	documents, references, forms int
	types                        map[string]int // documents by media type

	broken       []reference // to the copy, and the copy does not have it
	left         []reference // to the origin, though the copy has it
	deadAtOrigin []reference // broken, but as broken as at the origin
	originOnly   []reference // to the origin, and the copy does not have it
}

// An answer is what the copy said to one request URI.
type answer struct {
	status   int
	location string // of a redirect
	kind     string // media type without parameters
	body     string // of a document that can hold references
	header   http.Header
}

// check walks the copy served at copyURL from the path start.
func check(t *testing.T, copyURL, public, origin, start string) report {
	t.Helper()
	c := &checker{answers: map[string]answer{}, alive: map[string]bool{}, named: map[string]map[string]bool{}, report: report{types: map[string]int{}}}
	for _, p := range []struct {
		to   **url.URL
		from string
	}{{&c.copy, copyURL}, {&c.public, public}, {&c.origin, origin}} {
		parsed, err := url.Parse(p.from)
		if err != nil {
			t.Fatal(err)
		}
		*p.to = parsed
	}
	c.client = &http.Client{
		Timeout:       time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if err := c.walk(start); err != nil {
		t.Fatalf("walk the copy at %s: %v", copyURL, err)
	}
	return c.report
}

func (c *checker) walk(start string) error {
	c.queue = []string{start}
	if c.aliveAtOrigin("/robots.txt") {
		c.queue = append(c.queue, "/robots.txt")
	}
	read := map[string]bool{}
	for len(c.queue) > 0 {
		uri := c.queue[0]
		c.queue = c.queue[1:]
		if read[uri] {
			continue
		}
		read[uri] = true
		a, err := c.ask(uri)
		if err != nil {
			return err
		}
		c.read(uri, a)
	}
	return nil
}

// ask returns the copy's answer to a request URI, asking once.
func (c *checker) ask(uri string) (answer, error) {
	if known, ok := c.answers[uri]; ok {
		return known, nil
	}
	resp, err := c.client.Get("http://" + c.copy.Host + uri)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		kind = ""
	}
	a := answer{status: resp.StatusCode, location: resp.Header.Get("Location"), kind: kind, header: resp.Header}
	var body io.Reader = resp.Body
	if strings.HasSuffix(uri, ".gz") && strings.Contains(uri, "sitemap") && resp.StatusCode == http.StatusOK {
		if body, err = gzip.NewReader(resp.Body); err != nil {
			return answer{}, fmt.Errorf("unpack %s: %w", uri, err)
		}
		a.kind = "application/xml"
	}
	if isText(a.kind) {
		data, err := io.ReadAll(body)
		if err != nil {
			return answer{}, fmt.Errorf("read %s: %w", uri, err)
		}
		a.body = string(data)
	}
	c.answers[uri] = a
	return a, nil
}

func isText(kind string) bool {
	return strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "xml") || strings.HasSuffix(kind, "json") ||
		strings.HasSuffix(kind, "javascript")
}

// read judges what one document of the copy refers to.
func (c *checker) read(uri string, a answer) {
	if a.location != "" {
		c.judge(uri, found{kind: "Location", raw: a.location})
	}
	if a.status != http.StatusOK {
		return
	}
	c.report.documents++
	c.report.types[a.kind]++
	for _, link := range a.header.Values("Link") {
		for _, raw := range linkHeader(link) {
			c.judge(uri, found{kind: "Link header", raw: raw})
		}
	}
	for _, f := range referencesOf(a.kind, uri, a.body) {
		c.judge(uri, f)
	}
	for _, f := range mentionsOf(a.kind, a.body, c.origin.Host) {
		c.judgeMention(uri, f)
	}
}

// judge decides on one reference and queues what it leads to.
func (c *checker) judge(uri string, f found) {
	target, ok := c.resolve(uri, f)
	if !ok {
		return
	}
	if f.form {
		c.report.forms++
		return
	}
	switch target.Host {
	case c.origin.Host:
		if f.kind == "Location" {
			c.judgeMention(uri, f)
		}
		return // in documents judgeMention sees it, with every other spelling
	case c.copy.Host, c.public.Host:
	default:
		return
	}
	c.report.references++
	target.Fragment = ""
	c.queue = append(c.queue, target.RequestURI())
	status, err := c.lead(target.RequestURI())
	if status == http.StatusOK {
		return
	}
	why := fmt.Sprintf("status %d", status)
	if err != nil {
		why = err.Error()
	}
	wrong := reference{from: uri, kind: f.kind, raw: f.raw, why: why}
	if c.namedAtOrigin(uri, target.RequestURI()) && !c.aliveAtOrigin(target.RequestURI()) {
		c.report.deadAtOrigin = append(c.report.deadAtOrigin, wrong)
	} else {
		c.report.broken = append(c.report.broken, wrong)
	}
}

// judgeMention decides on one place that names the origin.
func (c *checker) judgeMention(uri string, f found) {
	target, ok := c.resolve(uri, f)
	if !ok {
		target = &url.URL{Path: "/"}
	}
	wrong := reference{from: uri, kind: f.kind, raw: f.raw, why: "names the origin"}
	if status, err := c.lead(target.RequestURI()); err == nil && status == http.StatusOK {
		c.report.left = append(c.report.left, wrong)
	} else {
		c.report.originOnly = append(c.report.originOnly, wrong)
	}
}

// resolve turns a reference in a document of the copy into an absolute URL.
func (c *checker) resolve(uri string, f found) (*url.URL, bool) {
	base, err := c.public.Parse(uri)
	if err != nil {
		return nil, false
	}
	if f.base != "" {
		if declared, err := parseLoosely(f.base); err == nil {
			base = base.ResolveReference(declared)
		}
	}
	ref, err := parseLoosely(f.raw)
	if err != nil {
		return nil, false
	}
	target := base.ResolveReference(ref)
	return target, target.Scheme == "http" || target.Scheme == "https"
}

// lead follows a request URI through the copy's redirects to its last status.
// A redirect to somebody else counts as answered.
func (c *checker) lead(uri string) (int, error) {
	for range 6 {
		a, err := c.ask(uri)
		if err != nil || a.location == "" || a.status < 300 || a.status > 399 {
			return a.status, err
		}
		target, ok := c.resolve(uri, found{raw: a.location})
		if !ok {
			return 0, fmt.Errorf("redirect to %q", a.location)
		}
		if target.Host != c.copy.Host && target.Host != c.public.Host {
			return http.StatusOK, nil
		}
		uri = target.RequestURI()
	}
	return 0, fmt.Errorf("redirects without end")
}

// summary describes a list of references: how many, and the first ones, one of
// each kind before the second of any.
func summary(refs []reference) string {
	if len(refs) == 0 {
		return "0"
	}
	seen := map[string]int{}
	ranked := slices.Clone(refs)
	rank := map[reference]int{}
	for _, r := range refs {
		seen[r.kind]++
		rank[r] = seen[r.kind]
	}
	slices.SortStableFunc(ranked, func(a, b reference) int { return rank[a] - rank[b] })
	var b strings.Builder
	fmt.Fprintf(&b, "%d", len(refs))
	for _, r := range ranked[:min(25, len(ranked))] {
		fmt.Fprintf(&b, "\n\t%s", r)
	}
	return b.String()
}
