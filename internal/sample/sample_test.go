package sample_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/html"

	"buzzproof/internal/sample"
)

// other statuses than 200 that links of the blog may lead to, by the start of
// path and query.
var expected = map[string]int{
	"/?p=":                  http.StatusMovedPermanently,
	"/old/about.html":       http.StatusMovedPermanently,
	"/latest/":              http.StatusFound,
	"/wp-admin/":            http.StatusNotFound,
	"/wp-comments-post.php": http.StatusNotFound,
	"/xmlrpc.php":           http.StatusMethodNotAllowed,
	"/nowhere/":             http.StatusNotFound,
}

func TestEveryLinkOfTheBlogAnswersAsItShould(t *testing.T) {
	w := walkSite(sample.New(sample.Options{}), base+"/", base+"/robots.txt", base+"/.well-known/security.txt", base+"/nowhere/")
	kinds := map[string]int{}
	for at, answer := range w.answers {
		u, _ := url.Parse(at)
		want := http.StatusOK
		for start, status := range expected {
			if strings.HasPrefix(u.RequestURI(), start) {
				want = status
			}
		}
		if answer.Code != want {
			t.Errorf("%s answers %d, want %d (from %s)", at, answer.Code, want, w.from[at])
		}
		kind, _, _ := strings.Cut(answer.Header().Get("Content-Type"), ";")
		kinds[kind]++
	}
	for kind, atLeast := range map[string]int{
		"text/html": 70, "image/jpeg": 24, "image/png": 6, "image/svg+xml": 5, "image/gif": 1, "image/x-icon": 1,
		"text/css": 3, "text/javascript": 1, "font/ttf": 1, "application/manifest+json": 1, "application/gzip": 1,
		"application/rss+xml": 1, "application/atom+xml": 1, "application/feed+json": 1, "application/json": 15,
	} {
		if kinds[kind] < atLeast {
			t.Errorf("the walk met %d answers of type %s, want at least %d", kinds[kind], kind, atLeast)
		}
	}
}

func TestAddressesAnswer(t *testing.T) {
	blog := sample.New(sample.Options{})
	for _, c := range []struct {
		name, method, at string
		status           int
		location         string
	}{
		{"a path without its slash gets one", "GET", "/about", 301, base + "/about/"},
		{"and keeps its query", "GET", "/calendar?month=2016-09", 301, base + "/calendar/?month=2016-09"},
		{"a shortlink leads to its post", "GET", "/?p=77", 301, base + "/my-resume-in-an-operating-system/"},
		{"a shortlink to a Cyrillic slug is escaped", "HEAD", "/?p=51", 301, base + "/%D0%BF%D0%B8%D1%81%D1%8C%D0%BC%D0%B0-%D0%B8%D0%B7-%D1%82%D0%B5%D1%80%D0%BC%D0%B8%D0%BD%D0%B0%D0%BB%D0%B0/"},
		{"a shortlink to nothing is not found", "GET", "/?p=78", 404, ""},
		{"the old address has moved", "GET", "/old/about.html", 301, base + "/about/"},
		{"the latest post is elsewhere tomorrow", "GET", "/latest/", 302, base + "/my-resume-in-an-operating-system/"},
		{"page one is the front page", "GET", "/page/1/", 301, base + "/"},
		{"there is no page four", "GET", "/page/4/", 404, ""},
		{"nor a category nine", "GET", "/?cat=9", 404, ""},
		{"a category has pages", "GET", "/?cat=3&paged=2", 200, ""},
		{"an article has parts", "GET", "/from-the-power-button-to-the-prompt/2/", 200, ""},
		{"the calendar goes on for ever", "GET", "/calendar/?month=2941-12", 200, ""},
		{"a search finds nothing and says so", "GET", "/?s=%3Cscript%3E", 200, ""},
		{"a letter is thanked for", "POST", "/contact/", 303, base + "/contact/thanks/"},
		{"a page takes no letters", "POST", "/about/", 405, ""},
		{"a page cannot be deleted", "DELETE", "/contact/", 405, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			blog.ServeHTTP(w, httptest.NewRequest(c.method, base+c.at, nil))
			if w.Code != c.status || w.Header().Get("Location") != c.location {
				t.Errorf("%s %s: %d to %q, want %d to %q", c.method, c.at, w.Code, w.Header().Get("Location"), c.status, c.location)
			}
		})
	}
}

func TestACommentLeadsBackToItsPost(t *testing.T) {
	r := httptest.NewRequest("POST", base+"/wp-comments-post.php", strings.NewReader("comment_post_ID=14&comment=hello"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	sample.New(sample.Options{}).ServeHTTP(w, r)
	if w.Code != http.StatusFound || w.Header().Get("Location") != base+"/how-i-host-this-blog/" {
		t.Errorf("got %d to %q", w.Code, w.Header().Get("Location"))
	}
}

func TestAssetsCanBeAskedForConditionally(t *testing.T) {
	blog := sample.New(sample.Options{})
	for _, at := range []string{"/assets/style.css?ver=1.4", "/media/dawn-480.jpg", "/media/caf%C3%A9-480.jpg", "/favicon.ico", "/site.webmanifest"} {
		whole := get(blog, base+at)
		for header, value := range map[string]string{
			"If-None-Match":     whole.Header().Get("ETag"),
			"If-Modified-Since": whole.Header().Get("Last-Modified"),
		} {
			r := httptest.NewRequest("GET", base+at, nil)
			r.Header.Set(header, value)
			w := httptest.NewRecorder()
			blog.ServeHTTP(w, r)
			if w.Code != http.StatusNotModified || w.Body.Len() > 0 || value == "" {
				t.Errorf("%s with %s %q: %d and %d bytes, want 304 and none", at, header, value, w.Code, w.Body.Len())
			}
		}
	}
}

func TestPagesOfTheCMSCarryNoValidator(t *testing.T) {
	blog := sample.New(sample.Options{})
	for _, at := range []string{"/", "/about/", "/feed/", "/sitemap.xml", "/sitemap-posts.xml.gz"} {
		h := get(blog, base+at).Header()
		if h.Get("ETag") != "" || h.Get("Last-Modified") != "" {
			t.Errorf("%s carries %q and %q", at, h.Get("ETag"), h.Get("Last-Modified"))
		}
	}
}

func TestThePackedSitemapNamesEveryPost(t *testing.T) {
	packed := get(sample.New(sample.Options{}), base+"/sitemap-posts.xml.gz").Body
	z, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil || !wellFormed(text) {
		t.Fatalf("the sitemap cannot be read: %v", err)
	}
	if n := bytes.Count(text, []byte("<loc>")); n != 15 {
		t.Errorf("it names %d posts, want 15", n)
	}
}

func TestFeedsAreWellFormed(t *testing.T) {
	blog := sample.New(sample.Options{})
	for _, at := range []string{"/feed/", "/atom.xml", "/sitemap.xml", "/sitemap-pages.xml", "/assets/boot.svg", "/assets/logo.svg"} {
		if !wellFormed(get(blog, base+at).Body.Bytes()) {
			t.Errorf("%s is not well-formed XML", at)
		}
	}
	for _, at := range []string{"/feed.json", "/wp-json/", "/site.webmanifest"} {
		if !json.Valid(get(blog, base+at).Body.Bytes()) {
			t.Errorf("%s is not JSON", at)
		}
	}
	if feed := get(blog, base+"/feed/").Body.String(); strings.Contains(feed, `="/`) || strings.Contains(feed, "{base}") {
		t.Error("the feed has addresses that only work on the site")
	}
}

func wellFormed(text []byte) bool {
	d := xml.NewDecoder(bytes.NewReader(text))
	for {
		if _, err := d.Token(); err != nil {
			return err == io.EOF
		}
	}
}

func TestTwoBlogsSendTheSameBytes(t *testing.T) {
	one := walkSite(sample.New(sample.Options{}), base+"/")
	two := walkSite(sample.New(sample.Options{}), base+"/")
	if len(one.answers) != len(two.answers) {
		t.Fatalf("%d answers, then %d", len(one.answers), len(two.answers))
	}
	for at, answer := range one.answers {
		if !bytes.Equal(answer.Body.Bytes(), two.answers[at].Body.Bytes()) {
			t.Errorf("%s differs", at)
		}
	}
}

func TestTheBlogSpeaksWithTheAddressItWasGiven(t *testing.T) {
	blog := sample.New(sample.Options{Base: "https://ink.example/"})
	answer := get(blog, "http://localhost:2368/about/")
	if body := answer.Body.String(); strings.Contains(body, "localhost") || !strings.Contains(body, `rel="canonical" href="https://ink.example/about/"`) {
		t.Error("the page names another address than the one configured")
	}
}

func TestAnYoungerBlogHasFewerPosts(t *testing.T) {
	blog := sample.New(sample.Options{Posts: 14})
	if at := get(blog, base+"/latest/").Header().Get("Location"); at != base+"/a-cache-is-a-promise/" {
		t.Errorf("its latest post is %s", at)
	}
	if got := get(blog, base+"/my-resume-in-an-operating-system/").Code; got != http.StatusNotFound {
		t.Errorf("the post of tomorrow answers %d", got)
	}
}

func TestPagesTakeTheirTimeAndAssetsDoNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		blog := sample.New(sample.Options{Delay: time.Second})
		for at, want := range map[string]time.Duration{"/": time.Second, "/feed/": time.Second, "/assets/blog.js": 0} {
			start := time.Now()
			get(blog, base+at)
			if took := time.Since(start); took != want {
				t.Errorf("%s took %v, want %v", at, took, want)
			}
		}
	})
}

// The founding site's pages weighed about 220 KB, everything counted.
func TestAPostWeighsWhatTheFoundingSiteWeighed(t *testing.T) {
	blog := sample.New(sample.Options{})
	seen := map[string]bool{}
	weight := 0
	var add func(at string)
	add = func(at string) {
		answer := get(blog, at)
		weight += answer.Body.Len()
		for _, to := range references(at, answer) {
			wide := strings.Contains(to, "/media/") && !strings.Contains(to, "-800.") // a desk's browser takes 800
			part := strings.Contains(to, "/assets/") || strings.Contains(to, "/media/")
			icon := strings.Contains(to, "icon-") || strings.Contains(to, "logo") || strings.Contains(to, "sun") || strings.Contains(to, "2x")
			if part && !wide && !icon && !seen[to] {
				seen[to] = true
				add(to)
			}
		}
	}
	add(base + "/my-resume-in-an-operating-system/")
	if weight < 200_000 || weight > 240_000 {
		t.Errorf("the post weighs %d bytes, want 220 KB within a tenth", weight)
	}
}

// Whatever a stranger asks for may stand in a page as text, never as markup.
func TestStrangersAddNothingToAPageButText(t *testing.T) {
	blog := sample.New(sample.Options{})
	page := func(host, at string) string {
		r := httptest.NewRequest("GET", base+at, nil)
		r.Host = host
		w := httptest.NewRecorder()
		blog.ServeHTTP(w, r)
		return w.Body.String()
	}
	for _, hostile := range []string{
		`"><script>alert(1)</script>`, `' onfocus='alert(1)`, `</title><script>alert(1)</script>`, `<!--`, `]]>`, `javascript:alert(1)`,
		`</script><img src=x onerror=alert(1)>`, `&quot;&gt;&lt;b&gt;`, `\u003cb\u003e`, "\u2028</style>", `{{figure "dawn" "" ""}}`,
	} {
		t.Run(hostile, func(t *testing.T) {
			search, harmless := page("blog.example", "/?s="+url.QueryEscape(hostile)), page("blog.example", "/?s=zzz")
			if got, want := skeleton(search), skeleton(harmless); !slices.Equal(got, want) {
				t.Errorf("a search has the tags %q, want %q", got, want)
			}
			if value, _, _ := strings.Cut(strings.SplitAfter(search, ` name="s" value="`)[1], `"`); html.UnescapeString(value) != hostile {
				t.Errorf("the field holds %q", value)
			}
			if got, want := page("blog.example", "/"+url.PathEscape(hostile)), page("blog.example", "/zzz"); got != want {
				t.Errorf("a page that is missing shows its path: %s", got)
			}
			front := page(hostile, "/")
			if got, want := skeleton(front), skeleton(page("blog.example", "/")); !slices.Equal(got, want) {
				t.Errorf("at such a host the front page has the tags %q, want %q", got, want)
			}
			for _, before := range []string{"<script>var ink = ", `<script type="application/ld+json">`} {
				script, _, _ := strings.Cut(strings.SplitAfter(front, before)[1], "</script>")
				if data := strings.TrimSuffix(script, ";"); !json.Valid([]byte(data)) || strings.ContainsAny(data, "<>\u2028") {
					t.Errorf("a script is told %s", data)
				}
			}
		})
	}
}

// skeleton lists the tags of a page with the names of their attributes, and
// how the address of each attribute that holds one begins.
func skeleton(text string) []string {
	var tags []string
	for z := html.NewTokenizer(strings.NewReader(text)); z.Next() != html.ErrorToken; {
		token := z.Token()
		if token.Type == html.TextToken {
			continue
		}
		tag := token.Type.String() + " " + token.Data
		for _, a := range token.Attr {
			tag += " " + a.Key
			if scheme, _, found := strings.Cut(a.Val, "://"); found {
				tag += "=" + scheme
			}
		}
		tags = append(tags, tag)
	}
	return tags
}
