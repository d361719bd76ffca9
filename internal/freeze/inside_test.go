package freeze

import (
	"net/http"
	"strings"
	"testing"
)

// A site is read from inside of its own network: its name leads out to the
// line, and its server tells sites apart by that name.
func TestASiteIsReadFromInside(t *testing.T) {
	site := pages{"/": markup("home", "/a", "http://www.me.invalid/b"), "/a": markup("a"), "/b": markup("b")}
	o := newOrigin(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, _, _ := strings.Cut(r.Host, ":"); name != "me.invalid" && name != "www.me.invalid" {
			http.Error(w, "another site", http.StatusTeapot)
			return
		}
		site.ServeHTTP(w, r)
	}))
	at := strings.TrimPrefix(o.URL, "http://")
	for _, c := range []struct {
		name, origin string
		config       Config
	}{
		{"by the address that its name stands for", "http://me.invalid/", Config{Inside: at}},
		{"when it moves to its other name", "http://www.me.invalid/", Config{Inside: at}},
		{"by another URL, called by its name", o.URL + "/", Config{Public: parse(t, "https://me.invalid/"), ByName: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if r := wholeCopy(t, t.TempDir(), c.origin, c.config); r.Pages < 2 {
				t.Errorf("%d pages, want more", r.Pages)
			}
		})
	}
	if _, err := copyOf(t, t.TempDir(), o.URL+"/", Config{Public: parse(t, "https://me.invalid/")}); err == nil {
		t.Error("the server gave the site away without its name: this test shows nothing")
	}
}
