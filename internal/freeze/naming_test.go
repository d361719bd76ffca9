package freeze

import (
	"net/url"
	"strings"
	"testing"

	"buzzproof/internal/site"
)

const htmlType = "text/html; charset=UTF-8"

func TestPreferredFile(t *testing.T) {
	long := strings.Repeat("a", 300)
	for _, c := range []struct{ name, key, contentType, want string }{
		{"the front page", "/", htmlType, "index.html"},
		{"a folder's page", "/post/", htmlType, "post/index.html"},
		{"a page without a slash", "/about", htmlType, "about/index.html"},
		{"a page that is a file", "/a/b.html", htmlType, "a/b.html"},
		{"a page made by a program", "/index.php", htmlType, "index.php/index.html"},
		{"a page below a program", "/index.php/Main_Page", htmlType, "index.php/Main_Page/index.html"},
		{"a page chosen by query", "/?cat=3", htmlType, "index-cat=3.html"},
		{"a page of a program chosen by query", "/doku.php?id=wiki", htmlType, "doku.php-id=wiki.html"},
		{"a page of a folder chosen by query", "/shop/?page=2", htmlType, "shop/index-page=2.html"},
		{"a query of two names", "/a.html?x=1&y=2", htmlType, "a-x=1,y=2.html"},
		{"a feed in a folder", "/feed/", "application/rss+xml; charset=UTF-8", "feed/index.xml"},
		{"a feed without extension", "/rss", "text/xml", "rss.xml"},
		{"a picture", "/a.png", "image/png", "a.png"},
		{"a picture negotiated into another format", "/a.jpg", "image/webp", "a.jpg"},
		{"a picture through a program", "/fetch.php?media=logo.png", "image/png", "fetch.php-media=logo.png.png"},
		{"a stylesheet with a version", "/s.css?ver=6.1", "text/css", "s.css"},
		{"a stylesheet from a program", "/css.php", "text/css", "css.php.css"},
		{"letters of another script", "/%D0%BF%D1%80%D0%B8/", htmlType, "при/index.html"},
		{"a colon", "/index.php/Category:Foo", htmlType, "index.php/Category:Foo/index.html"},
		{"an unknown type", "/blob", "application/octet-stream", "blob"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := preferredFile(c.key, c.contentType); got != c.want {
				t.Errorf("file of %q is %q, want %q", c.key, got, c.want)
			}
		})
	}
	for _, key := range []string{"/" + long + "/", "/%2e%2e%2fetc/", "/con/", "/a%00b", "/.git/config", "/a%2Fb", "/%FF%FE/", "/a%5Cb", "/q?x=" + long, "/nul.txt", "/x./y "} {
		for _, contentType := range []string{htmlType, "text/plain", "image/png"} {
			file := preferredFile(key, contentType)
			for segment := range strings.SplitSeq(file, "/") {
				if !isSafeName(segment) && len(segment) > 255 {
					t.Errorf("file of %q has the unsafe part %q", key, segment)
				}
			}
		}
	}
}

func TestFilesNeverCollide(t *testing.T) {
	for _, c := range []struct {
		name string
		keys []string // as html, in the order they are named
		want []string // empty: anything
	}{
		{"names of the same letters, composed and not", []string{"/%C3%A9/", "/e%CC%81/"}, []string{"\u00e9/index.html", ""}},
		{"names that differ in case only", []string{"/Foo/", "/foo/"}, []string{"Foo/index.html", ""}},
		{"a file where another needs a folder", []string{"/a.html", "/a.html/b/"}, []string{"a.html", ""}},
		{"with and without slash", []string{"/a", "/a/"}, []string{"a/index.html", ""}},
		{"queries that read alike", []string{"/?a=b/c", "/?a=b:c"}, []string{"", ""}},
		{"a page named as a query page is", []string{"/index-cat=3.html", "/?cat=3"}, []string{"index-cat=3.html", ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, seen := newRegistry(), map[string]bool{}
			for i, key := range c.keys {
				file := r.name(key, htmlType, key)
				if seen[fold(file)] {
					t.Errorf("%q got the taken file %q", key, file)
				}
				seen[fold(file)] = true
				if c.want[i] != "" && file != c.want[i] {
					t.Errorf("%q got %q, want %q", key, file, c.want[i])
				}
			}
		})
	}
}

func TestOneAssetInTwoSpellingsSharesAFile(t *testing.T) {
	r := newRegistry()
	first := r.name("/s.css?ver=1", "text/css", "same")
	second := r.name("/s.css?ver=2", "text/css", "same")
	third := r.name("/s.css?ver=3", "text/css", "other")
	if first != "s.css" || second != first || third == first {
		t.Errorf("files are %q, %q and %q", first, second, third)
	}
}

func FuzzPreferredFile(f *testing.F) {
	f.Add("/a/../b?x=%zz", htmlType)
	f.Add("//x//", "image/png")
	f.Fuzz(func(t *testing.T, rest, contentType string) {
		u, err := url.Parse("http://h/" + rest)
		if err != nil {
			return
		}
		key := site.Key(u)
		file := newRegistry().name(key, contentType, "")
		for segment := range strings.SplitSeq(file, "/") {
			if segment == "" || segment == "." || segment == ".." || len(segment) > 255 {
				t.Errorf("file of %q is %q", key, file)
			}
		}
	})
}
