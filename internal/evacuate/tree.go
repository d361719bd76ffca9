package evacuate

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"

	"buzzproof/internal/refuge"
	"buzzproof/internal/site"
	"buzzproof/internal/snapshot"
)

// TreeOf shows a snapshot to a refuge, as `up` would answer with it: a text
// that was minified is sent so, if what was made for the snapshot is attached
// to it. dir is the store that holds it. The tree is good as long as the
// snapshot is open.
func TreeOf(s *snapshot.Snapshot, dir string) (refuge.Tree, error) { return treeAs(s, dir, "full") }

// LightTreeOf is the same with the lite form of each page that has one.
func LightTreeOf(s *snapshot.Snapshot, dir string) (refuge.Tree, error) {
	return treeAs(s, dir, "lite")
}

func treeAs(s *snapshot.Snapshot, dir, form string) (refuge.Tree, error) {
	public, err := url.Parse(s.Manifest.Public)
	if err != nil {
		return refuge.Tree{}, fmt.Errorf("public URL of the snapshot: %w", err)
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return refuge.Tree{}, fmt.Errorf("folder of the snapshot: %w", err)
	}
	t := refuge.Tree{ID: s.Manifest.ID, Host: public.Hostname(), Dir: dir}
	entries := make(map[string]*snapshot.Entry, len(s.Manifest.Entries)) // by key of the object
	add := func(o refuge.Object, e *snapshot.Entry) {
		t.Objects = append(t.Objects, o)
		entries[o.Key] = e
	}
	for i := range s.Manifest.Entries {
		e := &s.Manifest.Entries[i]
		add(objectOf(s, e, form), e)
	}
	for _, r := range s.Manifest.Redirects {
		add(redirectOf(r.From, r.To, r.Status), nil)
	}
	if home := site.Key(public); home != "/" && s.Find("/").Status == http.StatusNotFound {
		add(redirectOf("/", home, http.StatusFound), nil)
	}
	if e := s.Manifest.NotFound; e != nil {
		o := objectOf(s, e, form)
		o.Key, o.Status, o.Cache = notFoundKey(entries, o.File), http.StatusNotFound, snapshot.CacheNotFound
		add(o, e)
	}
	t.Open = func(o refuge.Object) (io.ReadCloser, error) {
		if e := entries[o.Key]; e != nil {
			return open(s, e, o, form)
		}
		return nil, fmt.Errorf("open %s: the snapshot has no file for it", o.Key)
	}
	return t, nil
}

// objectOf is an entry as a visitor gets it who is neither steered nor refuses
// what was minified.
func objectOf(s *snapshot.Snapshot, e *snapshot.Entry, form string) refuge.Object {
	o := refuge.Object{
		Key: e.URL, File: e.File, Digest: e.Digest, Size: e.Size,
		Type: cmp.Or(e.Type, "application/octet-stream"), Status: http.StatusOK, Cache: e.Caching(), Page: e.Page,
	}
	if _, part := made(s, e, form); part != nil && len(part.Codings) > 0 {
		o.Digest, o.Size = part.Digest, part.Size
	}
	return o
}

// made is that form of an entry, or the one that looks the same.
func made(s *snapshot.Snapshot, e *snapshot.Entry, form string) (*snapshot.Bundle, *snapshot.Part) {
	if bundle, part := s.Made(e.URL, form); part != nil {
		return bundle, part
	}
	return s.Made(e.URL, "full")
}

func redirectOf(from, to string, status int) refuge.Object {
	return refuge.Object{Key: from, Status: status, Location: to, Cache: snapshot.CachePage, Page: true}
}

// notFoundKey is an address at which nothing else is, for the page of what is
// not found.
func notFoundKey(taken map[string]*snapshot.Entry, file string) string {
	key := snapshot.FileKey(file)
	for {
		if _, there := taken[key]; !there {
			return key
		}
		key += "-"
	}
}

// open returns the bytes that the object promises, which are the file's own
// unless a shorter form of it was made.
func open(s *snapshot.Snapshot, e *snapshot.Entry, o refuge.Object, form string) (io.ReadCloser, error) {
	if o.Digest == e.Digest {
		return s.File(e)
	}
	bundle, part := made(s, e, form)
	if part == nil || part.Digest != o.Digest {
		return nil, fmt.Errorf("open %s: its %s form is gone", o.Key, form)
	}
	plain, err := bundle.Plain(part)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", o.Key, err)
	}
	return io.NopCloser(bytes.NewReader(plain)), nil
}
