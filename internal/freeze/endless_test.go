package freeze

import (
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"testing"
)

// TestEndlessSpaces freezes sites that make up pages as they are asked for.
func TestEndlessSpaces(t *testing.T) {
	page := func(w http.ResponseWriter, text string, links ...string) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, markup(text, links...))
	}
	for _, c := range []struct {
		name     string
		first    string
		most     int // requests, all counted
		reported bool
		answer   func(w http.ResponseWriter, r *http.Request)
	}{
		{"a calendar by query", "/cal?month=1", 150, true, func(w http.ResponseWriter, r *http.Request) {
			n, _ := strconv.Atoi(r.URL.Query().Get("month"))
			page(w, "nothing this month", fmt.Sprintf("/cal?month=%d", n+1), fmt.Sprintf("/cal?month=%d", n-1))
		}},
		{"a calendar by path", "/2016/09/", 150, true, func(w http.ResponseWriter, r *http.Request) {
			var year, month int
			_, _ = fmt.Sscanf(r.URL.Path, "/%d/%d/", &year, &month)
			page(w, "nothing this month", fmt.Sprintf("/%d/%02d/", year+month/12, month%12+1))
		}},
		{"filters that combine", "/shop/?a=0&amp;b=0&amp;c=0", 150, true, func(w http.ResponseWriter, r *http.Request) {
			q := r.URL.Query()
			var links []string
			for _, name := range []string{"a", "b", "c"} {
				n, _ := strconv.Atoi(q.Get(name))
				next := r.URL.Query()
				next.Set(name, strconv.Itoa(n+1))
				links = append(links, "/shop/?"+strings.ReplaceAll(next.Encode(), "&", "&amp;"))
			}
			page(w, "the same three shirts", links...)
		}},
		{"a relative link that grows", "/a/b/", 60, true, func(w http.ResponseWriter, _ *http.Request) {
			page(w, "relative", "a/b/", "b/a/")
		}},
		{"a folder that goes ever deeper", "/x0/", 60, true, func(w http.ResponseWriter, r *http.Request) {
			page(w, "deeper", path.Join(r.URL.Path, "x"+strconv.Itoa(strings.Count(r.URL.Path, "/")))+"/")
		}},
		{"a list of 300 pages has an end", "/list?page=1", 360, false, func(w http.ResponseWriter, r *http.Request) {
			n, _ := strconv.Atoi(r.URL.Query().Get("page"))
			word := strings.Repeat(string(rune('a'+n%26)), 3+n/26)
			if n < 300 {
				page(w, "about "+word, fmt.Sprintf("/list?page=%d", n+1))
				return
			}
			page(w, "about "+word)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := newOrigin(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.URL.Path == "/":
					page(w, "home", c.first)
				case strings.HasPrefix(r.URL.Path, c.first[:2]):
					c.answer(w, r)
				default:
					http.NotFound(w, r)
				}
			}))
			dir := t.TempDir()
			r := wholeCopy(t, dir, o.URL+"/", Config{})
			if r.Requests > c.most {
				t.Errorf("%d requests, want %d at most", r.Requests, c.most)
			}
			if got := leftOf(r, wasteEndless) > 0; got != c.reported {
				t.Errorf("reported as endless: %v, want %v", got, c.reported)
			}
			if again := wholeCopy(t, dir, o.URL+"/", Config{}); again.ID != r.ID {
				t.Error("the second freeze drew the line elsewhere")
			}
		})
	}
}

func TestALimitOfPagesIsReported(t *testing.T) {
	var b strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&b, "<a href=\"/q?id=%d\">%d</a>\n", i, i)
	}
	site := pages{"/": "<html>" + b.String()}
	o := newOrigin(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/q" {
			_, _ = io.WriteString(w, markup("number "+r.URL.RawQuery))
			return
		}
		site.ServeHTTP(w, r)
	}))
	r := mustCopy(t, t.TempDir(), o.URL+"/", Config{MaxPages: 500})
	if r.Complete || len(r.Missing) < 19_000 || !strings.Contains(r.Missing[0].Why, "limit of 500") {
		t.Errorf("complete is %v with %d missing", r.Complete, len(r.Missing))
	}
	if n := len(o.requests("/q?id=")); n > 500 || n < 400 {
		t.Errorf("%d of the links were asked for, want nearly 500", n)
	}
}

func TestShapeOf(t *testing.T) {
	for _, c := range []struct{ name, address, want string }{
		{"an address of its own has none", "/about/", ""},
		{"digits are one", "/2016/09/05/post-7/", "/0/0/0/post-0/"},
		{"values of queries do not count", "/list?page=7&b=2&a=1", "/list?a&b&page"},
		{"a name that comes twice counts once", "/list?a=1&a=2", "/list?a"},
	} {
		if got := shapeOf(c.address); got != c.want {
			t.Errorf("%s: %q has %q, want %q", c.name, c.address, got, c.want)
		}
	}
}

func TestIsDated(t *testing.T) {
	for address, want := range map[string]bool{
		"/2016/09/": true, "/blog/2016-09-05/": true, "/20160905/": true, "/?month=9": true, "/cal?from=2016-09": true,
		"/events?Date=x": true, "/2024/05/post-7/": false, "/viewtopic.php?t=1&start=15": false, "/page/2016/": false, "/post-1234567/": false, "/2116/09/": false, "/list?page=9": false, "/1984/": false,
	} {
		if got := isDated(address); got != want {
			t.Errorf("%s is dated: %v, want %v", address, got, want)
		}
	}
}

func TestStrays(t *testing.T) {
	for address, want := range map[string]bool{
		"/a/b/a/b/a/b/": false, "/a/b/a/b/a/b/a/b/": true, "/": false, "/a//b//c//d//": false,
		"/1/2/3/4/5/6/7/8/9/": false, strings.Repeat("/x", 4): true, "/a?b=/a/a/a/a": false,
	} {
		if got := strays(address); got != want {
			t.Errorf("%s strays: %v, want %v", address, got, want)
		}
	}
}
