package snapshot

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestVerifyFindsAFlippedByte(t *testing.T) {
	b := newBench(t)
	b.commit(t, "a.txt", "what it was", "b.txt", "other")
	s, err := Open(b.Dir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	name := filepath.Join(b.Dir(), "current", "a.txt")
	if err := os.WriteFile(name, []byte("what it wAs"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(); err == nil || !strings.Contains(err.Error(), "a.txt") || strings.Contains(err.Error(), "b.txt") {
		t.Errorf("got %v, want that a.txt is wrong", err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that a.txt is missing", err)
	}
}

func TestTheLinksOfAFolderAreFollowedWithinIt(t *testing.T) {
	for _, c := range []struct {
		name  string
		files []string
		links map[string]string // to what each leads; @ is the folder
		want  []string
	}{
		{"a folder and a file", []string{"2016/sub/a.html"}, map[string]string{"latest": "2016", "index.html": "2016/sub/a.html"}, []string{
			"2016/sub/a.html", "index.html", "latest/sub/a.html",
		}},
		{"what lies outside", []string{"a.html", "../secret.txt", "../away/secret.txt"}, map[string]string{
			"up.txt": "../secret.txt", "out.txt": "@/../secret.txt", "away": "../away", "back.html": "../site/a.html",
		}, []string{"a.html"}},
		{"an absolute path into the folder", []string{"a.html"}, map[string]string{"b.html": "@/a.html", "c": "@"}, []string{"a.html"}},
		{"nothing", []string{"a.html"}, map[string]string{"dangling": "nowhere", "itself": "itself"}, []string{"a.html"}},
		{"folders that it lies in", []string{"2016/sub/a.html"}, map[string]string{"2016/sub/loop": "..", "2016/root": ".."}, []string{"2016/sub/a.html"}},
		{"folders that lead to each other", []string{"x/a", "y/b", "z/c"}, map[string]string{
			"x/y": "../y", "x/z": "../z", "y/x": "../x", "y/z": "../z", "z/x": "../x", "z/y": "../y",
		}, []string{"x/a", "x/y/b", "x/z/c", "y/b", "y/x/a", "y/z/c", "z/c", "z/x/a", "z/y/b"}},
		{"a file, in a folder that was led to", []string{"2016/a"}, map[string]string{"latest": "2016", "2016/b": "a"}, []string{
			"2016/a", "2016/b", "latest/a", "latest/b",
		}},
		{"hidden files", []string{".env", ".git/config", "a/.b/c", ".well-known/d"}, map[string]string{
			"env.txt": ".env", "git": ".git", "config": ".git/config", "b": "a/.b", "twice": "env.txt", "known": ".well-known", "d": "known/d",
		}, []string{".well-known/d", "d", "known/d"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "site")
			var err error
			for _, name := range c.files {
				name = filepath.Join(dir, name)
				err = errors.Join(err, os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte("x"), 0o644))
			}
			for link, to := range c.links {
				err = errors.Join(err, os.Symlink(strings.Replace(to, "@", dir, 1), filepath.Join(dir, link)))
			}
			if err != nil {
				t.Fatal(err)
			}
			s, err := Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			var got []string
			for _, e := range s.Manifest.Entries {
				got = append(got, e.File)
			}
			if slices.Sort(got); !slices.Equal(got, c.want) {
				t.Errorf("the folder has %q, want %q", got, c.want)
			}
		})
	}
}

func TestOpenFolder(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"index.html": "home", "current/index.html": "now", "404.html": "lost", ".git/config": "secret", ".well-known/security.txt": "Contact:",
		"app.3f9c2b1a.css": "x", "sub/.hidden": "secret", "snapshots/x": "a store's own",
	} {
		name = filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for key, want := range map[string]string{
		"/": "200 index.html", "/index.html": "301 to /", "/current/": "200 current/index.html", "/.git/config": "404 404.html",
		"/.well-known/security.txt": "200 .well-known/security.txt", "/sub/.hidden": "404 404.html", "/snapshots/x": "404 404.html", "/current": "301 to /current/",
	} {
		if got := text(s.Find(key)); got != want {
			t.Errorf("%s answers %q, want %q", key, got, want)
		}
	}
	if e := s.Find("/app.3f9c2b1a.css").Entry; e == nil || !e.Immutable {
		t.Errorf("a file named by its content is %+v, want it immutable", e)
	}
	if err := s.Verify(); err != nil {
		t.Error(err)
	}
	if _, err := Fingerprint(dir); err != nil {
		t.Error(err)
	}
	for _, empty := range []string{t.TempDir(), filepath.Join(dir, "none")} {
		if _, err := Open(empty); !errors.Is(err, ErrNoSnapshot) {
			t.Errorf("%s gave %v, want ErrNoSnapshot", empty, err)
		}
	}
}

func TestOpenRefusesAnotherSchema(t *testing.T) {
	b := newBench(t)
	m, _ := b.commit(t, "a.txt", "x")
	name := filepath.Join(b.snapshots(), m.ID, "manifest.json")
	for _, c := range []struct{ raw, want string }{{`{"schema":2}`, "another version"}, {`{`, "read manifest"}} {
		if err := os.WriteFile(name, []byte(c.raw), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(b.Dir()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s gave %v, want %q", c.raw, err, c.want)
		}
	}
}
