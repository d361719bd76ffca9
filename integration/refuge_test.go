package integration

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"buzzproof/internal/refuge"
	"buzzproof/internal/site"
)

// refuges are all kinds that can be had on this machine, each empty.
var refuges = []struct {
	name string
	open func(t *testing.T, s *stage) refuge.Refuge
	lump bool // any change brings the whole site anew
}{
	{"a bucket", func(t *testing.T, s *stage) refuge.Refuge { return openBucket(t, startS3(t, s).BucketConfig) }, false},
	{"a bucket behind a CDN", func(t *testing.T, s *stage) refuge.Refuge {
		c := startS3(t, s).BucketConfig
		c.Serve, c.Base = "cdn", startCDN(t, c.Endpoint+"/"+c.Bucket)
		return openBucket(t, c)
	}, false},
	{"a machine over ssh", func(t *testing.T, s *stage) refuge.Refuge { return openHost(t, startSSHHost(t, s).HostConfig) }, false},
	{"a folder", func(t *testing.T, s *stage) refuge.Refuge {
		dir := filepath.Join(s.subfolder(t, "folder"), "www")
		web := httptest.NewServer(http.FileServer(http.Dir(dir)))
		t.Cleanup(web.Close)
		return openFolderRefuge(t, refuge.FolderConfig{Dir: dir, Base: web.URL})
	}, false},
	{"a program that takes a folder along", func(t *testing.T, s *stage) refuge.Refuge {
		need(t, "rsync", "rsync")
		dir := s.subfolder(t, "rsynced")
		web := httptest.NewServer(http.FileServer(http.Dir(dir)))
		t.Cleanup(web.Close)
		return openFolderRefuge(t, refuge.FolderConfig{
			Dir: filepath.Join(s.subfolder(t, "folder"), "www"), Base: web.URL,
			PushCommand:  []string{"rsync", "-r", "--checksum", "--delete", "{dir}/", dir + "/"},
			LeaveCommand: []string{"find", dir, "-mindepth", "1", "-delete"},
		})
	}, false},
	{"a machine that is rented", func(t *testing.T, s *stage) refuge.Refuge {
		f, config, _ := startEC2(t, s)
		bootsHere(t, s, f, &config)
		return opened(t, refuge.NewEC2, config)
	}, true},
}

// startCDN stands before a bucket as CDNs do that are told the two usual things:
// which document is sent for a folder, and which page for what is not found.
func startCDN(t *testing.T, bucket string) string {
	cdn := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.EscapedPath()
		if strings.HasSuffix(path, "/") {
			path += "index.html"
		}
		resp, err := http.Get(bucket + path)
		if err == nil && resp.StatusCode >= 400 {
			resp.Body.Close()
			if resp, err = http.Get(bucket + "/404.html"); err == nil {
				resp.StatusCode = http.StatusNotFound
			}
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		for _, name := range []string{"Content-Type", "Content-Encoding", "Cache-Control"} {
			if value := resp.Header.Get(name); value != "" {
				w.Header().Set(name, value)
			}
		}
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	}))
	t.Cleanup(cdn.Close)
	return cdn.URL
}

func openBucket(t testing.TB, c refuge.BucketConfig) refuge.Refuge {
	return opened(t, refuge.NewBucket, c)
}

func openFolderRefuge(t testing.TB, c refuge.FolderConfig) refuge.Refuge {
	return opened(t, refuge.NewFolder, c)
}

// openHost takes the program as it is shipped, and leaves at the end: what runs
// there outlives the test otherwise.
func openHost(t *testing.T, c refuge.HostConfig) refuge.Refuge {
	c.Program = buzzproof(t)
	r := opened(t, refuge.NewHost, c)
	t.Cleanup(func() {
		if err := r.Leave(context.WithoutCancel(t.Context()), false); err != nil {
			t.Errorf("leave: %v", err)
		}
	})
	return r
}

func opened[C any](t testing.TB, open func(C) (refuge.Refuge, error), c C) refuge.Refuge {
	t.Helper()
	r, err := open(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestEveryRefugeKeepsItsWord is the conformance suite: whatever is asked of
// one kind is asked of all.
func TestEveryRefugeKeepsItsWord(t *testing.T) {
	for _, kind := range refuges {
		t.Run(kind.name, func(t *testing.T) {
			s := newStage(t)
			r := kind.open(t, s)
			f := newFledSite(t, s)
			for _, finding := range r.Check(t.Context()) {
				rootly := finding.About == "key" && finding.Mend != "" // who tests may be root, and nothing needs that
				if !finding.OK && !rootly {
					t.Errorf("before anything was pushed: %+v", finding)
				}
			}
			first := f.tree(t)
			if r, ok := r.(interface {
				Room(context.Context, refuge.Tree) site.Finding
			}); ok {
				if found := r.Room(t.Context(), first); !found.OK || found.Found == "" {
					t.Errorf("room: %+v", found)
				}
			}
			if got := moved(t, r, first); got < 300_000 {
				t.Errorf("the first push brought %d bytes", got)
			}
			answersAs(t, r, first)
			if got := moved(t, r, first); got != 0 {
				t.Errorf("a second push brought %d bytes", got)
			}

			f.put("/about/", "about/index.html", "text/html; charset=utf-8", "<!doctype html><title>about</title><p>changed")
			f.put("/new/", "new/index.html", "text/html; charset=utf-8", "<!doctype html><title>new</title><p>new")
			f.drop("/no-extension")
			second := f.tree(t)
			if got := moved(t, r, second); got == 0 || got > 100_000 && !kind.lump {
				t.Errorf("a push of two small pages brought %d bytes", got)
			}
			answersAs(t, r, second)
			if got := statusAt(t, r, "/no-extension"); got == http.StatusOK {
				t.Error("what the site has no more is still there")
			}

			moved(t, r, first) // back again: nothing of the second may be left over
			answersAs(t, r, first)

			if err := r.Leave(t.Context(), true); err != nil {
				t.Fatalf("leave the bytes: %v", err)
			}
			if got := moved(t, r, first); got != 0 {
				t.Errorf("after leaving the bytes there a push brought %d", got)
			}
			answersAs(t, r, first)
			for range 2 { // the second finds nothing
				if err := r.Leave(t.Context(), false); err != nil {
					t.Fatalf("leave: %v", err)
				}
			}
			if err := verified(t.Context(), r, first); err == nil {
				t.Error("it still answers after it was left")
			}
		})
	}
}

func answersAs(t *testing.T, r refuge.Refuge, tree refuge.Tree) {
	t.Helper()
	if err := verified(t.Context(), r, tree); err != nil {
		if d, ok := errors.AsType[*refuge.Differs](err); ok {
			for _, one := range d.All {
				t.Error(one)
			}
		}
		t.Fatal(err)
	}
}

// statusAt asks the refuge for an address of the site, 0 if nobody is there.
func statusAt(t *testing.T, r refuge.Refuge, key string) int {
	t.Helper()
	place, err := r.Place(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ask, err := http.NewRequestWithContext(t.Context(), http.MethodGet, place.Base+key, nil)
	if err != nil {
		t.Fatal(err)
	}
	ask.Host = s3Host
	resp, err := http.DefaultTransport.RoundTrip(ask)
	if err != nil {
		return 0
	}
	resp.Body.Close()
	return resp.StatusCode
}

// TestASecretOfARefugeIsNeverSaid breaks every kind and reads what it says.
func TestASecretOfARefugeIsNeverSaid(t *testing.T) {
	s := newStage(t)
	v, h := startS3(t, s), startSSHHost(t, s)
	v.process.stop()
	h.process.stop()
	tree := newFledSite(t, s).tree(t)
	secrets := []string{s3Secret, "planted-s3-key", strings.Split(h.Key.Reveal(), "\n")[1]}
	h.Program = buzzproof(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // nobody is there: do not wait for him
	for _, r := range []refuge.Refuge{openBucket(t, v.BucketConfig), opened(t, refuge.NewHost, h.HostConfig)} {
		var said []string
		for _, f := range r.Check(ctx) {
			said = append(said, f.Found, f.Mend)
		}
		_, placed := r.Place(ctx)
		for _, err := range []error{r.Push(ctx, tree, nil), placed, r.Leave(ctx, false)} {
			if err != nil {
				said = append(said, err.Error())
			}
		}
		if len(said) < 2 || slices.ContainsFunc(secrets, func(secret string) bool { return strings.Contains(strings.Join(said, "\n"), secret) }) {
			t.Errorf("it says %q", said)
		}
	}
}
