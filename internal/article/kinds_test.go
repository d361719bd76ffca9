package article

import (
	"net/url"
	"strings"
	"testing"
)

func TestPostsAreNoLists(t *testing.T) {
	text := strings.Repeat(mill, 5)
	thread := `<article class="message"><h4><a class="username" href="/members/ann.1/">Ann</a></h4><div class="message-body">` + text + `</div></article>`
	for _, c := range []struct{ name, at, source, title string }{
		{"the name of the site leads home", "/mill/", `<title>The mill | Brooks</title><body><div><h1><a href="https://site.example">Brooks</a></h1><div class="entry"><h2>The mill</h2>` + text + `</div></div>`, "The mill"},
		{"the name of the site leads to the folder it lies in", "/blog/2009/mill/", `<title>The mill | Brooks</title><body><div><h1><a href="/blog/">Brooks</a></h1><div><h2><a href="/blog/2009/mill/">The mill</a></h2>` + text + `</div></div>`, "The mill"},
		{"a heading in the text leads to another page", "/mill/", `<title>Mill</title><body><div class="head"><h1>Mill</h1></div><div class="news">` + text + `<h4><a href="/dam/">The dam</a></h4>` + text + `</div><div class="more"><h4><a href="/ford/">The ford</a></h4><p>It is dry in summer.</p></div>`, "Mill"},
		{"a thread whose messages are headed by names", "/threads/mill.7/", `<title>Mill</title><body><h1>Mill</h1><div>` + thread + thread + `</div>`, "Mill"},
	} {
		at := &url.URL{Scheme: "https", Host: "site.example", Path: c.at}
		p := Extract(Parse([]byte(c.source)), at, nil)
		if p.Kind != Post || p.Title != c.title || strings.Count(said(p), millText) < 5 {
			t.Errorf("%s: kind %d %q %s: %s", c.name, p.Kind, p.Title, p.Why, said(p))
		}
	}
}

func TestListsAreNoPosts(t *testing.T) {
	entry := func(to string) string {
		return `<div class="post"><h2><a href="` + to + `">The dam</a></h2>` + mill + `</div>`
	}
	for _, c := range []struct{ name, source string }{
		{"entries with speaking addresses", entry("/dam/") + entry("/ford/")},
		{"entries with addresses that are numbers", entry("/?p=7") + entry("/?p=9")},
		{"entries that are tagged with what boxes are called", strings.ReplaceAll(entry("/dam/")+entry("/ford/"), "post", "post tag-newsletter category-gdpr")},
		{"entries under a motto", `<h1><a href="/">Brooks</a></h1><p>All that flows.</p>` + entry("/dam/") + entry("/ford/")},
	} {
		p := extract(`<title>Brooks</title><body><div id="posts">` + c.source + `</div>`)
		if p.Kind != List || len(p.Items) != 2 {
			t.Errorf("%s: kind %d %s, %d items", c.name, p.Kind, p.Why, len(p.Items))
		}
	}
}
