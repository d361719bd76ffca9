package evacuate

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"buzzproof/internal/coding"
	"buzzproof/internal/refuge"
	"buzzproof/internal/snapshot"
)

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// frozen makes a snapshot of a small site and returns it with its store.
func frozen(t *testing.T, public string) (*snapshot.Snapshot, string) {
	t.Helper()
	dir, files := t.TempDir(), t.TempDir()
	texts := map[string]string{
		"index.html": "<p>front</p>", "index-p=7.html": "<p>seven</p>", "app.3f9c2b1a.css": "p  {  }",
		"feed.xml": "<rss/>", "404.html": "<p>nothing</p>",
	}
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(files, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	entry := func(url, file, mime string) snapshot.Entry {
		return snapshot.Entry{
			URL: url, File: file, Type: mime, Size: int64(len(texts[file])), Digest: digest(texts[file]),
			Page: mime == "text/html", Immutable: mime == "text/css",
		}
	}
	nothing := entry("/404.html", "404.html", "text/html")
	m := &snapshot.Manifest{
		Public: public,
		Entries: []snapshot.Entry{
			entry("/blog/", "index.html", "text/html"), entry("/blog/?p=7", "index-p=7.html", "text/html"),
			entry("/app.3f9c2b1a.css", "app.3f9c2b1a.css", "text/css"), entry("/feed/", "feed.xml", "application/rss+xml"),
		},
		Redirects: []snapshot.Redirect{{From: "/old", To: "/blog/", Status: 301}},
		NotFound:  &nothing,
	}
	store, err := snapshot.OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := store.Commit(m, func(e *snapshot.Entry) (string, error) { return filepath.Join(files, e.File), nil }, nil); err != nil {
		t.Fatal(err)
	}
	s, err := snapshot.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, dir
}

func treeOf(t *testing.T, s *snapshot.Snapshot, dir string) (refuge.Tree, map[string]refuge.Object) {
	t.Helper()
	tree, err := TreeOf(s, dir)
	if err != nil {
		t.Fatal(err)
	}
	objects := map[string]refuge.Object{}
	for _, o := range tree.Objects {
		if _, twice := objects[o.Key]; twice {
			t.Errorf("%s is there twice", o.Key)
		}
		objects[o.Key] = o
	}
	return tree, objects
}

func TestATreeSaysHowEveryAddressIsAnswered(t *testing.T) {
	s, dir := frozen(t, "https://blog.example.org:8443/blog/")
	tree, objects := treeOf(t, s, dir)
	if tree.ID != s.Manifest.ID || tree.Host != "blog.example.org" || tree.Dir != dir {
		t.Errorf("tree of %s at %s in %s", tree.ID, tree.Host, tree.Dir)
	}
	for _, c := range []struct {
		name, key string
		want      refuge.Object
	}{
		{"a page", "/blog/", refuge.Object{File: "index.html", Type: "text/html", Status: 200, Cache: snapshot.CachePage, Page: true}},
		{"a page with a query", "/blog/?p=7", refuge.Object{File: "index-p=7.html", Type: "text/html", Status: 200, Cache: snapshot.CachePage, Page: true}},
		{"what never changes", "/app.3f9c2b1a.css", refuge.Object{File: "app.3f9c2b1a.css", Type: "text/css", Status: 200, Cache: snapshot.CacheImmutable}},
		{"a feed, which changes like a page", "/feed/", refuge.Object{File: "feed.xml", Type: "application/rss+xml", Status: 200, Cache: snapshot.CachePage}},
		{"what has moved", "/old", refuge.Object{Status: 301, Location: "/blog/", Cache: snapshot.CachePage, Page: true}},
		{"the root of a site that lies below it", "/", refuge.Object{Status: 302, Location: "/blog/", Cache: snapshot.CachePage, Page: true}},
		{"what is not found", "/404.html", refuge.Object{File: "404.html", Type: "text/html", Status: http.StatusNotFound, Cache: snapshot.CacheNotFound, Page: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := objects[c.key]
			digest, size := got.Digest, got.Size
			got.Key, got.Digest, got.Size = "", "", 0
			if !ok || got != c.want {
				t.Fatalf("%s is %+v, want %+v", c.key, got, c.want)
			}
			if c.want.Location == "" {
				checkBody(t, tree, objects[c.key], digest, size)
			}
		})
	}
	if _, err := tree.Open(objects["/old"]); err == nil {
		t.Error("a redirect has a body")
	}
}

func checkBody(t *testing.T, tree refuge.Tree, o refuge.Object, want string, size int64) {
	t.Helper()
	body, err := tree.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	if err != nil || digest(string(text)) != want || int64(len(text)) != size {
		t.Errorf("the body of %s is %q, %v", o.Key, text, err)
	}
}

func TestWhatWasMinifiedIsSentSo(t *testing.T) {
	s, dir := frozen(t, "https://blog.example.org/")
	made, err := snapshot.RenditionsOf(dir)
	if err != nil {
		t.Fatal(err)
	}
	b := &snapshot.Bundle{Key: "abcdef"}
	b.Add("full", "text/css", []byte("p{}"), map[coding.Coding][]byte{coding.Identity: []byte("p{}")})
	if err := made.Put(b); err != nil {
		t.Fatal(err)
	}
	making := &snapshot.Making{ID: s.Manifest.ID, Bundles: map[string][]string{"/app.3f9c2b1a.css": {b.Key}}}
	if err := made.Finish(making); err != nil {
		t.Fatal(err)
	}
	if !s.Attach(made) {
		t.Fatal("nothing is attached")
	}
	tree, objects := treeOf(t, s, dir)
	checkBody(t, tree, objects["/app.3f9c2b1a.css"], digest("p{}"), 3)
}
