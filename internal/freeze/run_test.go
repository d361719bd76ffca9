package freeze

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"buzzproof/internal/snapshot"
)

func TestProgressIsToldWhileItRuns(t *testing.T) {
	var f *Freezer
	seen := make(chan Progress, 1)
	o := newOrigin(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/last" {
			seen <- f.Progress()
		}
		pages{"/": markup("home", "/last"), "/last": markup("last")}.ServeHTTP(w, r)
	}))
	store, err := snapshot.OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if f, err = New(store, Config{Origin: parse(t, o.URL)}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	now := <-seen
	if now.Step != "reading the site" || now.Found < 2 || now.Pages != 1 || now.Requests < 2 || now.Elapsed <= 0 || now.Elapsed > time.Minute {
		t.Errorf("progress was %+v", now)
	}
	if done := f.Progress(); done.Pages != 2 || done.Step != "committing" {
		t.Errorf("progress is %+v at the end", done)
	}
}

func TestWhatNewRefuses(t *testing.T) {
	home := &url.URL{Scheme: "https", Host: "me.example", Path: "/"}
	for _, c := range []struct {
		name string
		c    Config
		want string
	}{
		{"no origin", Config{}, "must be a URL"},
		{"an origin in a file", Config{Origin: &url.URL{Scheme: "file", Path: "/x"}}, "must be a URL"},
		{"a pattern that cannot match", Config{Origin: home, Exclude: []string{"/[a"}}, "pattern"},
		{"a pattern that no path is like", Config{Origin: home, Exclude: []string{"private/*"}}, "/private/*"},
		{"a URL in the place of a pattern", Config{Origin: home, Include: []string{"https://me.example/a/*"}}, "without the name of the host"},
		{"a pattern that begins with any letter but a slash", Config{Origin: home, Exclude: []string{"?lang=/de/*"}}, "/?lang=/de/*"},
		{"a URL in the place of a host", Config{Origin: home, Adopt: []string{"https://cdn.example"}}, "name of a host"},
		{"a pattern in the place of a host", Config{Origin: home, Adopt: []string{"*.cdn.example"}}, "name of a host"},
		{"a class nobody knows", Config{Origin: home, With: []string{"everything"}}, `"everything"`},
		{"links that act, even when asked", Config{Origin: home, With: []string{"acts"}}, `"acts"`},
		{"fewer workers than none", Config{Origin: home, Jobs: -1}, "less than nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := New(nil, c.c); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %s", err, c.want)
			}
		})
	}
}

func TestASiteThatSendsTooMuchIsLeft(t *testing.T) {
	o := newOrigin(t, book(30))
	dir := t.TempDir()
	if _, err := copyOf(t, dir, o.URL+"/", Config{MaxTotal: 5000}); err == nil || !strings.Contains(err.Error(), "over the limit") {
		t.Errorf("got %v, want that it is too much", err)
	}
	wholeCopy(t, dir, o.URL+"/", Config{})
}
