package integration

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// liteHost is the name that the copies of the real systems go by in a browser.
const liteHost = "lite.example.test"

const (
	mostSlim      = 100_000 // bytes of a slim page with all it needs, as sent
	mostOfFull    = 0.5     // of the full page's bytes
	mostOffPixels = 0.05    // of the pixels above the fold
)

// A system is a real origin and what the judges must know of it.
type system struct {
	name  string
	start func(*testing.T) *origin
	// text is the class or id of the element that holds the text of a post, not
	// are those of what a reader does not count as text inside it.
	text string
	not  []string
	// posts returns the addresses of all posts, those to be looked at first.
	posts func(*testing.T, *origin) []string
}

var systems = []system{
	{
		name: "wordpress", text: "entry-content",
		start: smallWordPress,
		posts: func(t *testing.T, site *origin) []string { return inSitemap(t, site, "/wp-sitemap-posts-post-1.xml") },
	},
	{
		name: "ghost", text: "gh-content", start: startGhost,
		posts: func(t *testing.T, site *origin) []string { return inSitemap(t, site, "/sitemap-posts.xml") },
	},
	{
		name: "dokuwiki", text: "page", not: []string{"dw__toc", "secedit"}, start: startDokuWiki,
		posts: func(*testing.T, *origin) []string {
			return byQuery("/doku.php?id=", "evening", "servers:cache", "servers:line", "start", "servers:start", "deep:down:page", "журнал", "九月", "ete")
		},
	},
	{
		name: "mediawiki", text: "mw-parser-output", not: []string{"toc", "mw-editsection"}, start: startMediaWiki,
		posts: func(*testing.T, *origin) []string {
			return byQuery("/index.php?title=", "A_long_evening", "Cache", "Line", "Main_Page", "Été", "Журнал_сервера", "九月的晚上", "Help:How_to_read")
		},
	},
}

func byQuery(before string, names ...string) []string {
	var uris []string
	for _, name := range names {
		uris = append(uris, before+strings.ReplaceAll(url.QueryEscape(name), "%3A", ":"))
	}
	return uris
}

// inSitemap returns the pages of a sitemap, those with pictures first.
func inSitemap(t *testing.T, site *origin, sitemap string) []string {
	t.Helper()
	var uris []string
	for _, f := range inXML(get(t, strings.TrimSuffix(site.URL, "/")+sitemap).body) {
		if u, err := url.Parse(f.raw); err == nil && f.kind == "loc" &&
			strings.HasPrefix(f.raw, site.URL) && !strings.Contains(u.Path, "/images/") { // pictures have a loc too
			uris = append(uris, u.EscapedPath())
		}
	}
	pictures := map[string]int{}
	for _, uri := range uris {
		pictures[uri] = strings.Count(get(t, strings.TrimSuffix(site.URL, "/")+uri).body, "<img")
	}
	slices.SortStableFunc(uris, func(a, b string) int { return pictures[b] - pictures[a] })
	return uris
}

func TestRenditionsOfARealWordPress(t *testing.T) { expectRenditions(t, systems[0]) }

func TestRenditionsOfARealGhost(t *testing.T) { expectRenditions(t, systems[1]) }

func TestRenditionsOfARealDokuWiki(t *testing.T) { expectRenditions(t, systems[2]) }

func TestRenditionsOfARealMediaWiki(t *testing.T) { expectRenditions(t, systems[3]) }

func expectRenditions(t *testing.T, real system) {
	t.Helper()
	site := real.start(t)
	s := newStage(t)
	dir := s.subfolder(t, "copy")
	freezeWith(t, site, dir, "http://"+liteHost)
	copyURL := up(t, s, dir)
	posts := real.posts(t, site)
	if len(posts) < 7 {
		t.Fatalf("only %d posts: %v", len(posts), posts)
	}
	t.Run("lite pages are whole and small", func(t *testing.T) { expectLites(t, real, copyURL, posts) })
	t.Run("lite pages and postcards are valid", func(t *testing.T) { expectValid(t, real.name, copyURL, posts) })
	browser := openBrowser(t, liteHost, strings.TrimPrefix(copyURL, "http://"))
	for i, uri := range posts[:3] {
		t.Run(fmt.Sprintf("post %d", i+1), func(t *testing.T) {
			expectSlim(t, browser, fmt.Sprintf("%s-%d", real.name, i+1), uri)
			expectAccessible(t, browser, real.name, uri)
		})
	}
}

// expectLites compares the text of every post with that of its lite page.
func expectLites(t *testing.T, real system, copyURL string, posts []string) {
	t.Helper()
	var sizes []int
	small, lines := 0, 0
	for _, uri := range posts {
		said := real.linesIn(t, ask(t, copyURL, uri, "full").root)
		lite := ask(t, copyURL, uri, "lite")
		if unsure(t, copyURL, uri, lite) {
			t.Errorf("%s: its text was not found with confidence", uri)
		}
		if faults := misplaced(lite.text(), said); len(faults) > 0 {
			t.Errorf("%s: %d of %d lines, the first: %s", uri, len(faults), len(said), faults[0])
		}
		if faults := acrossParts(postcards(t, copyURL, uri), said); len(faults) > 0 {
			t.Errorf("%s: %d of %d lines on postcards, the first: %s", uri, len(faults), len(said), faults[0])
		}
		lines += len(said)
		sizes = append(sizes, lite.size)
		if lite.size <= mostLite {
			small++
		}
	}
	t.Logf("bar: lite  %-9s  %d posts with %d lines; brotli median %d bytes, largest %d; %d %% at most %d, at least 75 %%",
		real.name, len(posts), lines, percentile(sizes, 0.5), percentile(sizes, 1), 100*small/len(posts), mostLite)
	if 4*small < 3*len(posts) {
		t.Errorf("only %d of %d lite pages have at most %d bytes", small, len(posts), mostLite)
	}
}

// linesIn returns the lines of a post's text, as the system marks it.
func (real system) linesIn(t *testing.T, root *html.Node) []string {
	t.Helper()
	var text *html.Node
	var out []*html.Node
	for n := range root.Descendants() {
		if text == nil && isNamed(n, real.text) {
			text = n
		}
		if slices.ContainsFunc(real.not, func(name string) bool { return isNamed(n, name) }) {
			out = append(out, n)
		}
	}
	if text == nil {
		t.Fatalf("no element has the class %s", real.text)
	}
	for _, n := range out {
		if n.Parent != nil {
			n.Parent.RemoveChild(n)
		}
	}
	// The title over the text is a matter of its own.
	title := titleOver(text)
	return slices.DeleteFunc(linesOf(text, false), func(line string) bool { return line == title })
}

// titleOver returns the first heading of the highest order in a text.
func titleOver(text *html.Node) string {
	for n := range text.Descendants() {
		if n.Type == html.ElementNode && n.Data == "h1" {
			return strings.Join(linesOf(n, false), " ")
		}
	}
	return ""
}

// isNamed reports whether an element has a name as its id or as a class.
func isNamed(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == "id" && a.Val == name || a.Key == "class" && slices.Contains(strings.Fields(a.Val), name) {
			return true
		}
	}
	return false
}

func expectValid(t *testing.T, name, copyURL string, posts []string) {
	t.Helper()
	documents := map[string][]byte{}
	for _, uri := range posts {
		for _, query := range []string{"lite", "postcard", "preview"} {
			documents[withQuery(uri, query)] = []byte(ask(t, copyURL, uri, query).page)
		}
	}
	messages := validate(t, documents)
	t.Logf("bar: validator  %-9s  %d documents, %d errors, at most 0", name, len(documents), len(messages))
	expectNone(t, "errors in HTML", messages, func(m message) string { return m.Message })
}

// expectSlim compares the slim page with the full one in the browser.
func expectSlim(t *testing.T, browser context.Context, name, uri string) {
	t.Helper()
	address := "http://" + liteHost + uri
	full := visitPage(t, browser, withQuery(address, "full"), 1280, 900)
	slim := visitPage(t, browser, withQuery(address, "slim"), 1280, 900)
	_, fullBytes := full.total()
	_, slimBytes := slim.total()
	off := pixelsDiffering(t, "slim-"+name, full.shot, slim.shot)
	share := float64(slimBytes) / float64(max(1, fullBytes))
	t.Logf("bar: slim  %s  %.1f KB, at most %d; %.2f of full, at most %.2f; layout shift %.3f, at most 0; %.2f %% of the pixels above the fold differ, at most %.0f %%",
		name, float64(slimBytes)/1000, mostSlim/1000, share, mostOfFull, slim.shift, off*100, mostOffPixels*100)
	t.Logf("full %s: %s", uri, full)
	t.Logf("slim %s: %s", uri, slim)
	if slimBytes > mostSlim || share > mostOfFull {
		t.Errorf("%s: slim has %d bytes, full %d", uri, slimBytes, fullBytes)
	}
	if slim.shift > 0 {
		t.Errorf("%s: slim jumps by %.4f, full by %.4f", uri, slim.shift, full.shift)
	}
	if off > mostOffPixels {
		t.Errorf("%s: %.2f %% of the pixels differ: see slim-%s-*.png in artefacts", uri, off*100, name)
	}
	lite := visitPage(t, browser, withQuery(address, "lite"), 1280, 900)
	if n, _ := lite.total(); n != 1 || lite.shift != 0 {
		t.Errorf("%s: lite jumps by %.4f and makes %s: %v", uri, lite.shift, lite, lite.urls)
	}
	keep(t, "lite-"+name+".png", lite.shot)
}

// expectAccessible judges all renditions of a page; of the slim one only that
// it breaks no rule more often than the full one.
func expectAccessible(t *testing.T, browser context.Context, name, uri string) {
	t.Helper()
	address := "http://" + liteHost + uri
	for _, query := range []string{"lite", "postcard"} {
		expectNone(t, uri+" as "+query, axe(t, browser, withQuery(address, query)), func(v violation) string { return v.ID })
	}
	slim := byRule(axe(t, browser, withQuery(address, "slim")))
	full, worse := map[string][]violation{}, 0
	if len(slim) > 0 {
		full = byRule(axe(t, browser, withQuery(address, "full")))
	}
	for rule, broken := range slim {
		if len(broken) > len(full[rule]) {
			worse++
			t.Errorf("%s: slim breaks %s %d times, full %d, such as %s", uri, rule, len(broken), len(full[rule]), broken[0])
		}
	}
	t.Logf("bar: axe-core  %-9s  %s: lite and postcard no violation; %d rules broken more often by slim than by full, at most 0", name, uri, worse)
}

func byRule(violations []violation) map[string][]violation {
	rules := map[string][]violation{}
	for _, v := range violations {
		rules[v.ID] = append(rules[v.ID], v)
	}
	return rules
}
