package integration

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// serveSite serves pages by request URI; a path's suffix says its type.
func serveSite(t *testing.T, pages map[string]string) string {
	t.Helper()
	types := map[string]string{
		".css": "text/css", ".xml": "application/rss+xml", ".json": "application/manifest+json", ".txt": "text/plain",
		".js": "text/javascript", ".png": "image/png",
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := pages[r.URL.RequestURI()]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if target, ok := strings.CutPrefix(body, "-> "); ok {
			w.Header().Set("Location", target)
			w.WriteHeader(http.StatusMovedPermanently)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		for suffix, kind := range types {
			if strings.HasSuffix(r.URL.Path, suffix) {
				w.Header().Set("Content-Type", kind)
			}
		}
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestCheckerJudges(t *testing.T) {
	const public = "https://www.example.org"
	// Whatever the copy lacks is alive at the origin, but for two.
	live := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/dead", "/made-up.html", "/robots.txt":
			http.NotFound(w, r)
		case "/":
			_, _ = w.Write([]byte(`<a href="/dead">`))
		}
	}))
	t.Cleanup(live.Close)
	escaped := strings.ReplaceAll(live.URL, "/", `\/`)
	encoded := url.QueryEscape(live.URL + "/held?a=b")

	tests := []struct {
		name                     string
		pages                    map[string]string
		broken, left, dead, only int
	}{
		{name: "a sound page has nothing wrong with it", pages: map[string]string{"/": `<a href="/held">x</a><a href="https://elsewhere.example.net/">y</a>`}},
		{name: "a link to a page the copy lacks is broken", pages: map[string]string{"/": `<a href="/gone">`}, broken: 1},
		{name: "a link by the public address is followed", pages: map[string]string{"/": `<a href="https://www.example.org/gone">`}, broken: 1},
		{name: "a link that is dead at the origin too is only listed", pages: map[string]string{"/": `<a href="/dead">`}, dead: 1},
		{name: "an address that the copy made up is broken", pages: map[string]string{"/": `<a href="/made-up.html">`}, broken: 1},
		{name: "a page behind a redirect is there", pages: map[string]string{"/": `<a href="/old">`, "/old": "-> /held"}},
		{name: "a redirect to nothing is broken", pages: map[string]string{"/": `<a href="/old">`, "/old": "-> /gone"}, broken: 2},
		{name: "a redirect in circles is broken", pages: map[string]string{"/": `<a href="/a">`, "/a": "-> /b", "/b": "-> /a"}, broken: 3},
		{name: "a redirect to the origin is left", pages: map[string]string{"/": `<a href="/old">`, "/old": "-> " + live.URL + "/held"}, left: 1},
		{name: "a broken page is found behind another", pages: map[string]string{"/": `<a href="/two">`, "/two": `<a href="/three">`}, broken: 1},
		{name: "every candidate of a srcset over several lines counts", pages: map[string]string{"/": "<img srcset='/gone-1.png 1x,\n\t/gone-2.png 2x,/gone,3.png 3x'>"}, broken: 3},
		{name: "pictures for scripts and for those without count", pages: map[string]string{"/": `<img data-src="/gone-1"><noscript><img src="/gone-2"></noscript>`}, broken: 2},
		{name: "a base element moves relative links", pages: map[string]string{"/": `<base href="/deep/"><a href="page">`, "/deep/page": "x"}},
		{name: "styles are read wherever they stand", pages: map[string]string{
			"/":           `<link rel=stylesheet href="/css/a.css"><style>p{background:url(/gone-1)}</style><p style="background:url('/gone-2')">`,
			"/css/a.css":  `/* url(nothing) */ @import "b.css"; p { background: url(gone-3.png) }`,
			"/css/b.css":  `p { background: image-set("gone-4.png" 1x) }`,
			"/css/unused": "",
		}, broken: 4},
		{name: "previews and structured data count", pages: map[string]string{
			"/": `<meta property="og:image" content="https://www.example.org/gone-1"><script type="application/ld+json">{"image":{"url":"https:\/\/www.example.org\/gone-2"}}</script>`,
		}, broken: 2},
		{name: "scripts may name addresses", pages: map[string]string{"/": `<script>var a = "https:\/\/www.example.org\/gone";</script>`}, broken: 1},
		{name: "feeds hold links and pages", pages: map[string]string{
			"/":         `<link rel=alternate href="/feed.xml">`,
			"/feed.xml": `<rss><channel><link>https://www.example.org/gone-1</link><item><guid isPermaLink="false">https://www.example.org/gone</guid><description>&lt;img src="/gone-2"&gt;</description><enclosure url="https://www.example.org/gone-3"/></item></channel></rss>`,
		}, broken: 3},
		{name: "a manifest has icons", pages: map[string]string{
			"/": `<link rel=manifest href="/m/app.json">`, "/m/app.json": `{"icons":[{"src":"gone.png"}]}`,
		}, broken: 1},
		{name: "a form's target is not a reference", pages: map[string]string{"/": `<form action="/gone"></form>`}},
		{name: "fragments, mails and data are not the copy's", pages: map[string]string{"/": `<a href="#x"></a><a href="mailto:a@b.c"></a><img src="data:,x">`}},
		{name: "a link home is left when the copy holds its target", pages: map[string]string{"/": `<a href="` + live.URL + `/held">`}, left: 1},
		{name: "a link home to what the copy lacks is only listed", pages: map[string]string{"/": `<a href="` + live.URL + `/gone">`}, only: 1},
		{name: "backslashes do not hide the origin", pages: map[string]string{"/": `<script>var a = "` + escaped + `\/held";</script>`}, left: 1},
		{name: "percent signs do not hide the origin", pages: map[string]string{"/": `<a href="https://elsewhere.example.net/?u=` + encoded + `">`, "/held?a=b": "x"}, left: 1},
		{name: "a script file may name the origin", pages: map[string]string{"/": `<script src="/a.js"></script>`, "/a.js": `x = '` + live.URL + `/held'`}, left: 1},
		{name: "text for the reader is not a reference", pages: map[string]string{"/": `<p>it ran at ` + live.URL + `/held</p>`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.pages["/held"] = "held"
			r := check(t, serveSite(t, tt.pages), public, live.URL, "/")
			got := [4]int{len(r.broken), len(r.left), len(r.deadAtOrigin), len(r.originOnly)}
			if want := [4]int{tt.broken, tt.left, tt.dead, tt.only}; got != want {
				t.Errorf("broken, left, dead at the origin, only at the origin: got %v, want %v\n%v\n%v\n%v\n%v",
					got, want, r.broken, r.left, r.deadAtOrigin, r.originOnly)
			}
		})
	}
}

func TestSrcsetFollowsTheStandard(t *testing.T) {
	tests := []struct {
		name, value string
		want        []string
	}{
		{"one address", "a.png", []string{"a.png"}},
		{"descriptors", "a.png 1x, b.png 2x", []string{"a.png", "b.png"}},
		{"lines", "a.png 1w,\n\t b.png 2w\n", []string{"a.png", "b.png"}},
		{"commas inside an address", "a,b.png 1x,c,d.png 2x", []string{"a,b.png", "c,d.png"}},
		{"a comma that ends an address", "a.png, b.png", []string{"a.png", "b.png"}},
		{"no descriptors and no space", "a.png,b.png", []string{"a.png,b.png"}},
		{"parentheses in descriptors", "a.png foo(1,2), b.png", []string{"a.png", "b.png"}},
		{"nothing but commas", " , ,", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := srcset(tt.value); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
