package freeze

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestPagesThatAreAlikeAreNotEndless freezes sites whose pages differ in
// numbers and pictures only. All of them were written, and all must come.
func TestPagesThatAreAlikeAreNotEndless(t *testing.T) {
	for _, c := range []struct {
		name string
		site func() pages
		want int // pages
	}{
		{"a list of forty pages that leads to numbered posts", func() pages {
			p := pages{"/": markup("home", "/page/1/")}
			for i := 1; i <= 40; i++ {
				links := []string{fmt.Sprintf("/page/%d/", i+1)}
				if i == 40 {
					links = nil
				}
				for j := range 3 {
					post := fmt.Sprintf("/post/%d/", i*3+j)
					links = append(links, post)
					p[post] = markup("Body of post")
				}
				p[fmt.Sprintf("/page/%d/", i)] = markup("Page", links...)
			}
			return p
		}, 161},
		{"a hundred numbered posts under a date, all on the front page", func() pages {
			p, links := pages{}, []string{}
			for i := range 100 {
				post := fmt.Sprintf("/2024/%02d/post-%d/", i%12+1, i)
				links = append(links, post)
				p[post] = markup(fmt.Sprintf("Body of post %d.", i))
			}
			p["/"] = markup("home", links...)
			return p
		}, 101},
		{"a chain of sixty photographs without a word", func() pages {
			p := pages{"/": markup("home", "/photo/1")}
			for i := 1; i <= 60; i++ {
				p[fmt.Sprintf("/photo/%d", i)] = fmt.Sprintf(`<html><img src="/img/%d.png"><a href="/photo/%d">Next</a>`, i, min(i+1, 60))
				p[fmt.Sprintf("/img/%d.png", i)] = "image/png|\x89PNG\r\n\x1a\n"
			}
			return p
		}, 61},
		{"two hundred products chosen by two names, all on the front page", func() pages {
			p, links := pages{}, []string{}
			for i := range 200 {
				product := fmt.Sprintf("/product.php?cat=%d&id=%d", i%7, i)
				links = append(links, strings.ReplaceAll(product, "&", "&amp;"))
				p[product] = markup(fmt.Sprintf("Product %d", i))
			}
			p["/"] = markup("home", links...)
			return p
		}, 201},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := newOrigin(t, c.site())
			if r := wholeCopy(t, t.TempDir(), o.URL+"/", Config{}); r.Pages != c.want {
				t.Errorf("%d pages, want %d; left out: %v", r.Pages, c.want, r.LeftOut)
			}
		})
	}
}

// TestANewPageOfATrimmedShapeComesAlong: a line that was drawn once through a
// calendar must not keep new posts out.
func TestANewPageOfATrimmedShapeComesAlong(t *testing.T) {
	site := pages{"/": markup("home", "/cal?month=1")}
	o := newOrigin(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n int
		if _, err := fmt.Sscanf(r.URL.RawQuery, "month=%d", &n); err == nil && n < 5000 {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, markup("nothing", fmt.Sprintf("/cal?month=%d", n+1)))
			return
		}
		site.ServeHTTP(w, r)
	}))
	dir := t.TempDir()
	first := wholeCopy(t, dir, o.URL+"/", Config{})
	site["/cal?month=9000"] = markup("The fair")
	site["/"] = markup("home", "/cal?month=1", "/cal?month=9000")
	if second := wholeCopy(t, dir, o.URL+"/", Config{}); second.Pages != first.Pages+1 {
		t.Errorf("%d pages after %d: the month that the front page links to did not come", second.Pages, first.Pages)
	}
}

func TestAFileWithSomethingBelowIsFrozen(t *testing.T) {
	site := pages{
		"/":       markup("home", "/p.html", "/p.html/amp", "/docs.html", "/docs.html/"),
		"/p.html": markup("page"), "/p.html/amp": markup("page, fast"),
		"/docs.html": markup("docs"), "/docs.html/": markup("docs, as a folder"),
	}
	if r := wholeCopy(t, t.TempDir(), newOrigin(t, site).URL+"/", Config{}); r.Pages != 5 {
		t.Errorf("%d pages, want 5", r.Pages)
	}
}

func TestAnOriginInMaintenanceDoesNotReplaceTheCopy(t *testing.T) {
	links, site := []string{}, pages{}
	for i := range 30 {
		page := fmt.Sprintf("/about-%c%d/", 'a'+i%26, i)
		links, site[page] = append(links, page), markup("about "+page)
	}
	home := markup("home", links...)
	site["/"] = home
	o := newOrigin(t, site)
	dir := t.TempDir()
	first := wholeCopy(t, dir, o.URL+"/", Config{})
	site["/"] = markup("We will be back soon")
	if _, err := copyOf(t, dir, o.URL+"/", Config{}); !errors.Is(err, ErrRuin) {
		t.Fatalf("error is %v, want ErrRuin", err)
	}
	if r := wholeCopy(t, dir, o.URL+"/", Config{Shrink: true}); r.Pages != 1 {
		t.Errorf("%d pages when the owner says that it shrank, want 1", r.Pages)
	}
	site["/"] = home
	if again := wholeCopy(t, dir, o.URL+"/", Config{}); again.ID != first.ID {
		t.Error("the site came back as another")
	}
}
