package freeze

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"buzzproof/internal/snapshot"
)

// book is a site of n pages, each of which links to all of them.
func book(n int) pages {
	var links []string
	for i := range n {
		links = append(links, fmt.Sprintf("/chapter-%c%c/", 'a'+i/26, 'a'+i%26))
	}
	site := pages{"/": markup("home", links...)}
	for _, link := range links {
		site[link] = markup("the text of "+link, links...)
	}
	return site
}

// diesAfter is a site that cuts every connection after n answers, until it is
// mended.
type diesAfter struct {
	site http.Handler
	left atomic.Int64
}

func (d *diesAfter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if d.left.Add(-1) < 0 {
		panic(http.ErrAbortHandler)
	}
	d.site.ServeHTTP(w, r)
}

func TestAnOriginThatDiesIsResumed(t *testing.T) {
	mortal := &diesAfter{site: book(60)}
	mortal.left.Store(40)
	o := newOrigin(t, mortal)
	dir := t.TempDir()
	_, err := copyOf(t, dir, o.URL+"/", Config{})
	if !errors.Is(err, ErrOriginDown) {
		t.Fatalf("got %v, want ErrOriginDown", err)
	}
	if _, err := snapshot.CurrentID(dir); !errors.Is(err, snapshot.ErrNoSnapshot) {
		t.Errorf("half a site became current: %v", err)
	}
	mortal.left.Store(1 << 30)
	o.forget()
	r := wholeCopy(t, dir, o.URL+"/", Config{})
	if r.Pages != 61 || r.Resumed < 30 {
		t.Errorf("%d pages with %d answers kept, want 61 with 30 at least", r.Pages, r.Resumed)
	}
	if n := len(o.requests("")); n > 61+len(guesses)-30 {
		t.Errorf("the second run asked %d times", n)
	}
}

func TestADeadOriginLeavesThePreviousCopy(t *testing.T) {
	mortal := &diesAfter{site: book(60)}
	mortal.left.Store(1 << 30)
	o := newOrigin(t, mortal)
	dir := t.TempDir()
	first := wholeCopy(t, dir, o.URL+"/", Config{})
	for _, lives := range []int64{0, 1, 10, 40} {
		mortal.left.Store(lives)
		if _, err := copyOf(t, dir, o.URL+"/", Config{}); !errors.Is(err, ErrOriginDown) {
			t.Errorf("an origin that died after %d answers gave %v, want ErrOriginDown", lives, err)
		}
		if id, err := snapshot.CurrentID(dir); err != nil || id != first.ID {
			t.Errorf("after %d answers the current copy is %q (%v), want the first", lives, id, err)
		}
	}
	mortal.left.Store(1 << 30)
	if again := wholeCopy(t, dir, o.URL+"/", Config{}); again.Changed || again.ID != first.ID {
		t.Errorf("the site came back as it was, yet the copy changed")
	}
}

func TestAPageThatFailsIsKeptFromTheFreezeBefore(t *testing.T) {
	var broken atomic.Bool
	site := pages{"/": markup("home", "/a", "/b"), "/a": markup("steady"), "/b": markup("fragile")}
	o := newOrigin(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken.Load() && r.RequestURI == "/b" {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		site.ServeHTTP(w, r)
	}))
	dir := t.TempDir()
	wholeCopy(t, dir, o.URL+"/", Config{})
	broken.Store(true)
	r := mustCopy(t, dir, o.URL+"/", Config{})
	if r.Complete || len(r.Missing) != 1 || !strings.Contains(r.Missing[0].Why, "500") {
		t.Errorf("complete is %v, missing is %v", r.Complete, r.Missing)
	}
	if got := answered(t, open(t, dir), "/b"); !strings.Contains(got, "fragile") {
		t.Errorf("the page of the freeze before was lost: %q; %v", got, r.Missing)
	}
	broken.Store(false)
	if r := wholeCopy(t, dir, o.URL+"/", Config{}); r.Changed {
		t.Error("the page came back as it was, yet the copy changed")
	}
}

func TestABrokenPartDoesNotStopTheFreeze(t *testing.T) {
	site := book(40)
	site["/"] += markup("more", "/alive")
	site["/alive"] = markup("alive")
	o := newOrigin(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.RequestURI, "/chapter") {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		site.ServeHTTP(w, r)
	}))
	r := mustCopy(t, t.TempDir(), o.URL+"/", Config{})
	if r.Pages != 2 || len(r.Missing) != 40 {
		t.Errorf("%d pages and %d missing, want 2 and 40", r.Pages, len(r.Missing))
	}
}

func TestAnInterruptedFreezeIsResumed(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	var asked atomic.Int64
	site := book(60)
	o := newOrigin(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 50 {
			interrupt()
		}
		site.ServeHTTP(w, r)
	}))
	dir := t.TempDir()
	store, err := snapshot.OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	f, err := New(store, Config{Origin: parse(t, o.URL+"/")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want to be interrupted", err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if r := wholeCopy(t, dir, o.URL+"/", Config{}); r.Resumed < 30 || r.Pages != 61 {
		t.Errorf("%d answers were kept for %d pages, want 30 at least for 61", r.Resumed, r.Pages)
	}
}

func TestAnUnchangedSiteChangesNothingOnDisk(t *testing.T) {
	site := book(5)
	site["/"] += `<img src="/big.png"><link rel="stylesheet" href="/s.css">`
	site["/s.css"] = "text/css|body { color: red }"
	var sent atomic.Int64
	o := newOrigin(t, site.with(map[string]http.HandlerFunc{"/big.png": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		w.Header().Set("ETag", `"big"`)
		if r.Header.Get("If-None-Match") == `"big"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		sent.Add(1)
		_, _ = w.Write(make([]byte, 100_000))
	}}))
	dir := t.TempDir()
	first := wholeCopy(t, dir, o.URL+"/", Config{})
	before := inventory(t, dir)
	if again := wholeCopy(t, dir, o.URL+"/", Config{}); again.ID != first.ID || again.Changed {
		t.Errorf("an unchanged site gave another copy")
	}
	if after := inventory(t, dir); !slices.Equal(before, after) {
		t.Errorf("the disk was\n%s\nand is\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
	if sent.Load() != 1 {
		t.Errorf("an unchanged picture was sent %d times", sent.Load())
	}
	site["/chapter-aa/"] = markup("rewritten")
	second := wholeCopy(t, dir, o.URL+"/", Config{})
	if second.ID == first.ID || !second.Changed {
		t.Error("a changed page gave the same copy")
	}
	one, two := inode(t, dir, first.ID, "big.png"), inode(t, dir, second.ID, "big.png")
	if one != two || sent.Load() != 1 {
		t.Errorf("the picture is two files on disk (%d, %d) and was sent %d times", one, two, sent.Load())
	}
}

// inventory lists every file below dir with its date and inode.
func inventory(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.Walk(dir, func(name string, info os.FileInfo, err error) error {
		if err != nil || name == dir || filepath.Base(name) == "lock" {
			return err
		}
		all = append(all, fmt.Sprintf("%s %d %v %d", strings.TrimPrefix(name, dir), info.Size(), info.ModTime(), info.Sys().(*syscall.Stat_t).Ino))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func inode(t *testing.T, dir, id, file string) uint64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, "snapshots", id, "tree", file))
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t).Ino
}

func TestAVolatilePageIsUnchanged(t *testing.T) {
	var n atomic.Int64
	o := newOrigin(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.RequestURI != "/" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		i := n.Add(1)
		_, _ = fmt.Fprintf(w, `<!DOCTYPE html><html><head><meta name="csrf-token" content="tok%d/+=">
<script nonce="n%d">var wgRequestId = {"wgRequestId":"%d","requestId": "id%d"};</script></head>
<body data-time="%d"><form method="post"><input type="hidden" name="_wpnonce" value="%d"></form><p>steady</p>
<!-- made in %d ms --></body></html>`, i, i, 1473107400000+i, i, 1473107400+i, i, i)
	}))
	dir := t.TempDir()
	first := wholeCopy(t, dir, o.URL+"/", Config{})
	if again := wholeCopy(t, dir, o.URL+"/", Config{}); again.ID != first.ID {
		t.Error("only noise changed, yet the copy has another name")
	}
}

func TestADiskThatIsFull(t *testing.T) {
	mount := t.TempDir()
	if err := smallDisk(mount); err != nil {
		if os.Getenv("BUZZPROOF_REQUIRE_PEERS") == "1" {
			t.Fatal(err)
		}
		t.Skipf("a small disk takes root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(mount, 0); err != nil {
			t.Error(err)
		}
	})
	var big atomic.Int64
	site := book(3)
	site["/"] += `<img src="/big.png">`
	o := newOrigin(t, site.with(map[string]http.HandlerFunc{"/big.png": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write(slices.Repeat([]byte{byte(big.Load())}, int(big.Load())))
	}}))
	big.Store(1000)
	dir := filepath.Join(mount, "copy")
	first := wholeCopy(t, dir, o.URL+"/", Config{})
	big.Store(3 << 20)
	if _, err := copyOf(t, dir, o.URL+"/", Config{}); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v, want that the disk is full", err)
	}
	if id, err := snapshot.CurrentID(dir); err != nil || id != first.ID {
		t.Errorf("the current copy is %q (%v), want the first", id, err)
	}
	if err := open(t, dir).Verify(); err != nil {
		t.Error(err)
	}
	big.Store(2000)
	wholeCopy(t, dir, o.URL+"/", Config{})
}
