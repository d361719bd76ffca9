package article

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// FuzzExtract checks what holds for every page: what is kept stands on the
// page in this order, nothing is pointed to that is not there, and the counts
// fit each other.
func FuzzExtract(f *testing.F) {
	pages, _ := filepath.Glob("testdata/pages/*.html")
	for _, name := range pages {
		source, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(source)
	}
	f.Add([]byte("<table>a<article><p>One.<table><nav>b"))
	f.Add([]byte(`<h1><a href=/x>T</a><main><div class=comment><p>x<div class=comment><p>y`))
	at := &url.URL{Scheme: "https", Host: "site.example", Path: "/here/"}
	f.Fuzz(func(t *testing.T, source []byte) {
		doc := Parse(source)
		before := size(doc)
		tm := NewTemplate()
		tm.Add(doc)
		p := Extract(doc, at, tm)
		if size(doc) != before {
			t.Fatal("the page was changed")
		}
		check(t, doc, p)
	})
}

func check(t *testing.T, doc *html.Node, p *Page) {
	t.Helper()
	if p.Kind == Unsure && (p.Body != nil || p.Why == "") || p.Kind != Unsure && p.Why != "" {
		t.Errorf("kind %v with body %v says why %q", p.Kind, p.Body != nil, p.Why)
	}
	if p.Kept > p.Readable || p.Kept < 0 {
		t.Errorf("kept %d of %d", p.Kept, p.Readable)
	}
	ids := map[string]bool{}
	for n := doc; n != nil; n = next(n, doc) {
		ids[attr(n, "id")] = true
	}
	seen := []rune(letters(strings.Join(textOf(doc), "")))
	for _, text := range textOf(p.Body) {
		for _, r := range letters(text) {
			at := slices.Index(seen, r)
			if at < 0 {
				t.Errorf("%q is kept, but does not stand there", text)
				return
			}
			seen = seen[at+1:]
		}
	}
	for _, body := range append([]*html.Node{p.Body}, bodies(p)...) {
		for n := body; n != nil; n = next(n, body) {
			if id := attr(n, "id"); id != "" && !ids[id] {
				t.Errorf("no element has the id %q", id)
			}
		}
	}
	for _, l := range append([]Link{p.Home, p.About, p.Contact, p.Previous, p.Next}, p.Menu...) {
		if l.URL != nil && !l.URL.IsAbs() {
			t.Errorf("%s is relative", l.URL)
		}
	}
}

func bodies(p *Page) []*html.Node {
	var found []*html.Node
	for _, c := range p.Comments {
		found = append(found, c.Body)
	}
	return found
}

func size(doc *html.Node) int {
	count := 0
	for n := doc; n != nil; n = next(n, doc) {
		count += 1 + len(n.Attr) + len(n.Data)
	}
	return count
}
