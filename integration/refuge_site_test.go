package integration

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"buzzproof/internal/evacuate"
	"buzzproof/internal/lighten"
	"buzzproof/internal/refuge"
	"buzzproof/internal/snapshot"
	language "buzzproof/internal/words"
)

// A fledSite is a store with a site that has everything that is awkward to
// take along.
type fledSite struct {
	dir   string
	files map[string][]byte // by name in the tree
	m     snapshot.Manifest
}

func newFledSite(t testing.TB, s *stage) *fledSite {
	f := &fledSite{dir: s.subfolder(t, "store"), files: map[string][]byte{}, m: snapshot.Manifest{Public: "https://" + s3Host + "/"}}
	page := func(words string) string {
		return "<!doctype html><title>" + words + "</title><p>" + strings.Repeat(words+" ", 200)
	}
	f.put("/", "index.html", "text/html; charset=utf-8", page("front"))
	f.put("/about/", "about/index.html", "text/html; charset=utf-8", page("about"))
	f.put("/?p=7", "index-p=7.html", "text/html; charset=utf-8", page("seven"))
	f.put("/%D0%BF%D1%80%D0%B8/", "при/index.html", "text/html; charset=utf-8", page("привет"))
	f.put("/c++/a%20b.html", "c++/a b.html", "text/html; charset=utf-8", page("spaces"))
	f.put("/50%25.txt", "50%.txt", "text/plain; charset=utf-8", strings.Repeat("half ", 500))
	f.put("/feed/", "feed/index.xml", "application/rss+xml; charset=utf-8", "<rss>"+strings.Repeat("<item/>", 300)+"</rss>")
	f.put("/app.3f9c2b1a.css", "app.3f9c2b1a.css", "text/css", strings.Repeat("p { color: red }\n", 100))
	f.put("/no-extension", "no-extension", "application/json", `{"a":1}`)
	f.put("/empty.txt", "empty.txt", "text/plain", "")
	picture := make([]byte, 300_000)
	for i := range picture {
		picture[i] = byte(rand.IntN(256))
	}
	f.put("/picture.png", "picture.png", "image/png", string(picture))
	nothing := f.entry("/404.html", "404.html", "text/html; charset=utf-8", page("nothing here"))
	f.m.NotFound = &nothing
	f.m.Redirects = []snapshot.Redirect{
		{From: "/old", To: "/about/", Status: 301},
		{From: "/away", To: "https://other.example.net/x?y=1", Status: 301},
	}
	return f
}

func (f *fledSite) entry(url, file, mime, text string) snapshot.Entry {
	f.files[file] = []byte(text)
	sum := sha256.Sum256([]byte(text))
	return snapshot.Entry{
		URL: url, File: file, Type: mime, Size: int64(len(text)), Digest: hex.EncodeToString(sum[:]),
		Page: strings.HasPrefix(mime, "text/html"), Immutable: strings.Contains(file, "3f9c2b1a"),
	}
}

// put adds a file or gives it another content.
func (f *fledSite) put(url, file, mime, text string) {
	f.drop(url)
	f.m.Entries = append(f.m.Entries, f.entry(url, file, mime, text))
}

func (f *fledSite) drop(url string) {
	for i, e := range f.m.Entries {
		if e.URL == url {
			f.m.Entries = append(f.m.Entries[:i], f.m.Entries[i+1:]...)
			return
		}
	}
}

// tree commits what the site is now and shows it to refuges.
func (f *fledSite) tree(t testing.TB) refuge.Tree {
	t.Helper()
	store, err := snapshot.OpenStore(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	from := t.TempDir()
	number := 0
	m := f.m
	m.Entries = append([]snapshot.Entry(nil), f.m.Entries...)
	_, err = store.Commit(&m, func(e *snapshot.Entry) (string, error) {
		number++
		name := filepath.Join(from, fmt.Sprint(number))
		return name, os.WriteFile(name, f.files[e.File], 0o644)
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := snapshot.Open(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { snap.Close() })
	tree, err := evacuate.TreeOf(snap, f.dir)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// lighten makes the renditions of what the site is now.
func (f *fledSite) lighten(t testing.TB) {
	t.Helper()
	snap, err := snapshot.Open(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	folder, err := snapshot.RenditionsOf(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	known, err := language.Load("")
	if err != nil {
		t.Fatal(err)
	}
	l, err := lighten.New(snap, folder, lighten.Config{Words: known})
	if err == nil {
		_, err = l.Run(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// moved is how many bytes a push brought.
func moved(t testing.TB, r refuge.Refuge, tree refuge.Tree) int64 {
	t.Helper()
	var most int64
	if err := r.Push(t.Context(), tree, func(done, _ int64) { most = max(most, done) }); err != nil {
		t.Fatalf("push: %v", err)
	}
	return most
}

// verified asks the refuge for everything.
func verified(ctx context.Context, r refuge.Refuge, tree refuge.Tree) error {
	place, err := r.Place(ctx)
	if err != nil {
		return err
	}
	return refuge.Verifier{}.Verify(ctx, place, tree)
}

// noise is a body of so many bytes that does not compress.
func noise(n int) string {
	source := rand.New(rand.NewPCG(1, uint64(n)))
	raw := make([]byte, 0, n/2+8)
	for len(raw) < n/2+1 {
		raw = binary.BigEndian.AppendUint64(raw, source.Uint64())
	}
	return hex.EncodeToString(raw)[:n]
}

func sha256Hex(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
