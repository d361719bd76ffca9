package snapshot

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func page(url, file string) Entry {
	return Entry{URL: url, File: file, Type: "text/html", Page: true}
}

// manifest is a site with one of everything that Find tells apart.
func manifest(slash Slash) *Manifest {
	m := &Manifest{
		Public: "https://me.example/", Slash: slash, NotFound: &Entry{File: "404.html", Type: "text/html", Page: true},
		Entries: []Entry{
			page("/", "index.html"), page("/post/", "post/index.html"), page("/about", "about/index.html"), page("/?cat=3", "index-cat=3.html"),
			page("/doku.php?id=a&x=1", "doku.php-id=a.html"), page("/doku.php", "doku.php/index.html"), page("/caf%C3%A9/", "café/index.html"),
			{URL: "/feed/", File: "feed/index.xml", Type: "application/rss+xml"},
			{URL: "/s.css?ver=1", File: "s.css", Type: "text/css"},
			{URL: "/s.css?ver=22", File: "s.css", Type: "text/css"},
			{URL: "/img.php?id=7", File: "img.php-id=7.png", Type: "image/png"},
		},
		Redirects: []Redirect{{"/?p=7", "/post/", 301}, {"/old", "https://elsewhere.example/", 302}, {"/loop", "/loop", 302}},
		Forms:     []Form{{Action: "/doku.php", Fields: []string{"q"}, Search: true}, {Action: "://", Fields: []string{"z"}, Search: true}},
	}
	m.Normalise()
	return m
}

// text writes an answer in one line.
func text(a Answer) string {
	s := fmt.Sprint(a.Status)
	if a.Entry != nil {
		s += " " + a.Entry.File
	}
	if a.To != "" {
		s += " to " + a.To
	}
	if a.Query != "" {
		s += " without " + a.Query
	}
	return s
}

func TestFind(t *testing.T) {
	for _, c := range []struct {
		name, key string
		slash     Slash
		want      string
	}{
		{"a page by its address", "/post/", Slash{}, "200 post/index.html"},
		{"a page by its query", "/?cat=3", Slash{}, "200 index-cat=3.html"},
		{"a redirect as the origin gave it", "/?p=7", Slash{}, "301 to /post/"},
		{"a redirect to elsewhere", "/old", Slash{}, "302 to https://elsewhere.example/"},
		{"a circle is answered and left to the browser", "/loop", Slash{}, "302 to /loop"},
		{"a page's file leads home", "/post/index.html", Slash{}, "301 to /post/"},
		{"a query page's file leads home", "/index-cat=3.html", Slash{}, "301 to /?cat=3"},
		{"a feed's file leads home", "/feed/index.xml", Slash{}, "301 to /feed/"},
		{"a picture's file is sent at once", "/img.php-id=7.png", Slash{}, "200 img.php-id=7.png"},
		{"a shared file speaks for both", "/s.css", Slash{}, "200 s.css"},
		{"a query that marks a reader does not matter", "/post/?utm_source=x", Slash{}, "200 post/index.html without utm_source=x"},
		{"a query nobody knows does not matter", "/about?b=1", Slash{}, "200 about/index.html without b=1"},
		{"a query that selects does", "/?cat=9", Slash{}, "404 404.html"},
		{"a query of a shortlink selects", "/?p=9", Slash{}, "404 404.html"},
		{"a query that selects elsewhere does not", "/post/?cat=3", Slash{}, "200 post/index.html without cat=3"},
		{"a search has no answer", "/doku.php?q=word", Slash{}, "404 404.html"},
		{"an asset's version does not matter", "/s.css?ver=3", Slash{}, "200 s.css without ver=3"},
		{"a missing slash is added", "/post", Slash{}, "301 to /post/"},
		{"a missing slash as the origin does", "/post", Slash{Missing: 302}, "302 to /post/"},
		{"a missing slash that does not matter", "/post", Slash{Missing: 200}, "200 post/index.html"},
		{"a missing slash that is an error", "/post", Slash{Missing: 404}, "404 404.html"},
		{"an extra slash is taken away", "/about/", Slash{}, "301 to /about"},
		{"an extra slash as the origin does", "/about/", Slash{Extra: 308}, "308 to /about"},
		{"two extra slashes", "/about//", Slash{}, "301 to /about"},
		{"a missing slash before a query", "/post?utm_source=x", Slash{}, "301 to /post/ without utm_source=x"},
		{"a feed has no slash habits", "/feed", Slash{}, "404 404.html"},
		{"letters of another script", "/caf%C3%A9/", Slash{}, "200 café/index.html"},
		{"nothing at all", "/nothing", Slash{}, "404 404.html"},
		{"an empty key", "", Slash{}, "301 to /"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := text(NewIndex(manifest(c.slash)).Find(c.key)); got != c.want {
				t.Errorf("%q answers %q, want %q", c.key, got, c.want)
			}
		})
	}
}

func TestPlainFile(t *testing.T) {
	for _, c := range []struct {
		key, want string
		ok        bool
	}{
		{"/", "index.html", true},
		{"/a/", "a/index.html", true},
		{"/a.css?v=1", "a.css", true},
		{"/caf%C3%A9", "café", true},
		{"/%2e%2e/x", "../x", false},
		{"//a", "/a", false},
		{"/a//b", "a//b", false},
		{"/%zz", "", false},
	} {
		if got, ok := PlainFile(c.key); ok != c.ok || ok && got != c.want {
			t.Errorf("%q is the file %q (%v), want %q (%v)", c.key, got, ok, c.want, c.ok)
		}
	}
}

func TestTheIDIsOfWhatVisitorsSee(t *testing.T) {
	id := func(change func(m *Manifest)) string {
		m := manifest(Slash{})
		change(m)
		m.Normalise()
		return m.ID
	}
	same := id(func(*Manifest) {})
	for _, c := range []struct {
		name   string
		change func(m *Manifest)
		new    bool
	}{
		{"the order of the entries", func(m *Manifest) { m.Entries[0], m.Entries[1] = m.Entries[1], m.Entries[0] }, false},
		{"how much was left out", func(m *Manifest) { m.Left = map[string]int{"acts": 7} }, false},
		{"a form", func(m *Manifest) { m.Forms = nil }, false},
		{"a byte", func(m *Manifest) { m.Entries[0].Digest = "x" }, true},
		{"a type", func(m *Manifest) { m.Entries[0].Type = "text/plain" }, true},
		{"a redirect", func(m *Manifest) { m.Redirects[0].Status = 308 }, true},
		{"the public URL", func(m *Manifest) { m.Public = "https://other.example/" }, true},
		{"the page for what is missing", func(m *Manifest) { m.NotFound = nil }, true},
		{"a habit", func(m *Manifest) { m.Slash.Missing = 302 }, true},
	} {
		if got := id(c.change) != same; got != c.new {
			t.Errorf("%s changes the id: %v, want %v", c.name, got, c.new)
		}
	}
}

func FuzzManifest(f *testing.F) {
	good, err := json.Marshal(manifest(Slash{Missing: 301, Extra: 404}))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, "/post/")
	f.Add([]byte(`{"schema":1,"entries":[{"url":"","file":"","page":true},{"url":"?","file":"../.."}],"redirects":[{"from":"/a","to":"/a?","status":0}]}`), "//?/?")
	f.Add([]byte(`{"forms":[{"action":"%zz","search":true,"fields":["","=","&"]}],"slash":{"missing":-1,"extra":200}}`), "/%zz//")
	f.Fuzz(func(t *testing.T, raw []byte, key string) {
		var m Manifest
		if json.Unmarshal(raw, &m) != nil {
			return
		}
		m.Normalise()
		x := NewIndex(&m)
		keys := []string{key, "", "/", "//", "?", key + "/", key + "?x"}
		for _, e := range m.Entries {
			keys = append(keys, e.URL, strings.TrimSuffix(e.URL, "/"), FileKey(e.File))
		}
		for _, k := range keys {
			a := x.Find(k)
			if a.Status == http.StatusOK && a.Entry == nil {
				t.Errorf("%q answers 200 with nothing", k)
			}
			if file, ok := PlainFile(k); ok && strings.Contains("/"+file+"/", "/../") {
				t.Errorf("%q is the file %q", k, file)
			}
		}
	})
}
