package freeze

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
)

func TestScopeAddress(t *testing.T) {
	s := newScope(parse(t, "http://localhost:2368/blog/"), parse(t, "https://me.example/"), []string{"CDN.example"})
	for _, c := range []struct {
		name, url string
		want      address // "" for not ours
		public    string
	}{
		{"a page of the origin", "http://localhost:2368/blog/post/", "/blog/post/", "/post/"},
		{"a page by its public URL", "https://me.example/post/", "/blog/post/", "/post/"},
		{"the public name with www", "http://www.me.example/", "/blog/", "/"},
		{"the public name with its port", "https://me.example:443/", "/blog/", "/"},
		{"a file beside the folder", "http://localhost:2368/shared.css", "/shared.css", "/shared.css"},
		{"another spelling", "http://LOCALHOST:2368/blog/%7eme?", "/blog/~me", "/~me"},
		{"an adopted host", "https://cdn.example/a.png", "https://cdn.example/a.png", "/_adopted/cdn.example/a.png"},
		{"slashes that servers merge", "http://localhost:2368//blog/a", "/blog/a", "/a"},
		{"a foreign host", "https://other.example/", "", ""},
		{"another port", "http://localhost:9999/blog/", "", ""},
		{"another program", "mailto:me@me.example", "", ""},
	} {
		got, ours := s.address(parse(t, c.url))
		if got != c.want || ours != (c.want != "") {
			t.Errorf("%s: %s is %q (%v), want %q", c.name, c.url, got, ours, c.want)
		}
		if ours && s.publicKey(got) != c.public {
			t.Errorf("%s: %s is published as %q, want %q", c.name, c.url, s.publicKey(got), c.public)
		}
	}
	if got := s.publicBase(); got != "https://me.example/" {
		t.Errorf("the public site is %s", got)
	}
}

func TestBothSpellingsOfAHostAreOneSite(t *testing.T) {
	for _, public := range []string{"https://bücher.example/", "https://xn--bcher-kva.example/", "https://B%C3%9CCHER.example"} {
		s := newScope(parse(t, "http://localhost:2368/"), parse(t, public), []string{"медиа.example"})
		if got := s.publicBase(); got != "https://xn--bcher-kva.example/" {
			t.Errorf("%s: the public site is %s", public, got)
		}
		for url, want := range map[string]address{
			"https://bücher.example/a": "/a", "https://www.xn--bcher-kva.example/a": "/a", "https://buecher.example/a": "",
			"https://медиа.example/a.png": "https://xn--80ahcnr.example/a.png",
		} {
			if got, _ := s.address(parse(t, url)); got != want {
				t.Errorf("%s: %s is %q, want %q", public, url, got, want)
			}
		}
		for _, raw := range []string{"https://bücher.example/x", "http://xn--bcher-kva.example/x", "http://localhost:2368/x"} {
			if got, _ := s.swap(raw); got != "https://xn--bcher-kva.example/x" {
				t.Errorf("%s: %s becomes %q", public, raw, got)
			}
		}
	}
}

func TestSwap(t *testing.T) {
	s := newScope(parse(t, "http://localhost:2368/blog/"), parse(t, "https://me.example/home/"), nil)
	for _, c := range []struct{ name, raw, want string }{
		{"a page keeps its spelling", "http://localhost:2368/blog/%7Epost?a=1&b#c", "https://me.example/home/%7Epost?a=1&b#c"},
		{"without a scheme", "//localhost:2368/blog/x", "//me.example/home/x"},
		{"in capitals", "HTTP://LocalHost:2368/blog/x", "https://me.example/home/x"},
		{"the folder without its slash", "http://localhost:2368/blog", "https://me.example/home"},
		{"beside the folder", "http://localhost:2368/other/x", "https://me.example/other/x"},
		{"the public one by http", "http://me.example/home/x", "https://me.example/home/x"},
		{"a longer host", "http://localhost:23680/blog/", ""},
		{"a foreign one", "https://other.example/blog/", ""},
		{"a path", "/blog/x", ""},
	} {
		if got, ok := s.swap(c.raw); got != c.want || ok != (c.want != "") {
			t.Errorf("%s: %q becomes %q (%v), want %q", c.name, c.raw, got, ok, c.want)
		}
	}
}

func FuzzScopeAddress(f *testing.F) {
	for _, s := range []string{"/", "//", "/a/../b", "/%2e%2e/", "/?q=//x", "", "/a;jsessionid=1", "//localhost/x", "/blog", "/%2F%2Fevil.example/"} {
		f.Add(s)
	}
	origin, _ := url.Parse("http://localhost:2368/blog/")
	public, _ := url.Parse("https://me.example/a/")
	s := newScope(origin, public, []string{"cdn.example"})
	f.Fuzz(func(t *testing.T, raw string) {
		for _, host := range []string{"http://localhost:2368", "https://me.example", "https://cdn.example"} {
			u, err := url.Parse(host + raw)
			if err != nil {
				continue
			}
			a, ours := s.address(u)
			if !ours {
				continue // raw went on with the host
			}
			key, _, _ := strings.Cut(s.publicKey(a), "?")
			if !strings.HasPrefix(key, "/") || strings.HasPrefix(key, "//") {
				t.Errorf("%s is published as %q, which names a host", u, key)
			}
			if clean := path.Clean(key); strings.Contains(key+"/", "/../") || strings.Contains(key+"/", "/./") {
				t.Errorf("%s is published as %q, not as %q", u, key, clean)
			}
			if asked, err := s.ask(a); err != nil || asked.Host != s.origin.Host && asked.Host != "cdn.example" {
				t.Errorf("%s is asked for as %v (%v)", u, asked, err)
			}
		}
	})
}

func TestIsNatural(t *testing.T) {
	for _, c := range []struct {
		name, key, file, kind string
		want                  bool
	}{
		{"a folder's page", "/a/", "a/index.html", "text/html", true},
		{"a page without its slash", "/a", "a/index.html", "text/html", true},
		{"a picture", "/a.png", "a.png", "image/png", true},
		{"a picture with a version", "/a.png?v=1", "a.png", "image/png", true},
		{"a page by its query", "/?p=1", "index-p=1.html", "text/html", false},
		{"a page by its query in the plain file", "/?p=1", "index.html", "text/html", false},
		{"a file under another name", "/feed/", "feed/index.xml", "application/rss+xml", false},
		{"letters of another script", "/caf%C3%A9.png", "café.png", "image/png", true},
	} {
		if got := isNatural(c.key, c.file, c.kind); got != c.want {
			t.Errorf("%s: %s in %s is natural: %v", c.name, c.key, c.file, got)
		}
	}
}

// TestSettle freezes origins whose front page is only a redirect.
func TestSettle(t *testing.T) {
	to := func(status int, target string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", target)
			w.WriteHeader(status)
		}
	}
	public := "https://me.example/"
	for _, c := range []struct {
		name   string
		start  string
		public string
		root   http.HandlerFunc
		pages  int    // of the copy
		fails  string // what the error says
	}{
		{"to the same folder with its slash", "/blog", "", to(301, "/blog/"), 1, ""},
		{"to a language", "/", "", to(302, "/en/"), 1, ""},
		{"to another host", "/", "", to(301, "https://other.example/"), 0, "https://other.example/"},
		{"in a circle", "/", "", to(302, "/"), 0, "circle"},
		{"to nowhere", "/", "", to(302, ""), 0, "302 Found"},
		{"a login", "/", "", to(401, ""), 0, "wants a login"},
		{"not there", "/", "", to(404, ""), 0, "404 Not Found"},
		{"broken", "/", "", to(500, ""), 0, "500"},
		{"to the public name, whatever it is asked by", "/", public, to(301, public), 0, "to itself"},
		{"to the public name, until it is asked by it", "/", public, func(w http.ResponseWriter, r *http.Request) {
			if r.Host != "me.example" || r.Header.Get("X-Forwarded-Proto") != "https" {
				to(301, public)(w, r)
				return
			}
			pages{"/": markup("home")}.ServeHTTP(w, r)
		}, 1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOrigin(t, pages{"/blog/": markup("blog"), "/en/": markup("english")}.with(map[string]http.HandlerFunc{c.start: c.root}))
			config := Config{}
			if c.public != "" {
				config.Public = parse(t, c.public)
			}
			r, err := copyOf(t, t.TempDir(), o.URL+c.start, config)
			switch {
			case c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails)):
				t.Errorf("got %v, want an error with %q", err, c.fails)
			case c.fails == "" && err != nil:
				t.Error(err)
			case c.fails == "" && (r.Pages != c.pages || !r.Complete):
				t.Errorf("%d pages, missing %v", r.Pages, r.Missing)
			}
		})
	}
}

func TestAdoptedHosts(t *testing.T) {
	const cdn = "127.0.0.1:1" // where nobody listens
	o := newOrigin(t, pages{"/": `<html><img src="https://` + cdn + `/a.png"><link rel="stylesheet" href="https://fonts.invalid/f.css">`})
	r := mustCopy(t, t.TempDir(), o.URL+"/", Config{})
	if !r.Complete || len(r.Hosts) != 2 {
		t.Errorf("complete is %v, foreign hosts are %v, want them counted and left alone", r.Complete, r.Hosts)
	}
	dir := t.TempDir()
	r = mustCopy(t, dir, o.URL+"/", Config{Adopt: []string{cdn}})
	if len(r.Missing) != 1 || !strings.Contains(r.Missing[0].URL, "/_adopted/127.0.0.1_1/a.png") || len(r.Hosts) != 1 {
		t.Errorf("missing is %v, foreign hosts are %v, want one of each", r.Missing, r.Hosts)
	}
	if got := answered(t, open(t, dir), "/"); !strings.Contains(got, "https://"+cdn+"/a.png") {
		t.Errorf("a picture that could not be adopted is no longer drawn from its host: %s", got)
	}
}

func TestTextsForPeopleNameThePublicSite(t *testing.T) {
	site := pages{"/": markup("home"), "/key.txt": "text/plain|a key"}
	o := newOrigin(t, site)
	site["/.well-known/security.txt"] = "text/plain|Encryption: " + o.URL + "/key.txt\nPolicy: " + o.URL + "/\n"
	dir := t.TempDir()
	wholeCopy(t, dir, o.URL+"/", Config{Public: parse(t, "https://me.example/")})
	want := "Encryption: https://me.example/key.txt\nPolicy: https://me.example/\n"
	if got := answered(t, open(t, dir), "/.well-known/security.txt"); got != want {
		t.Errorf("security.txt says %q, want %q", got, want)
	}
}
