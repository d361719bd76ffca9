package snapshot

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Renditions is the folder of what was made from the entries of snapshots. A
// bundle is named by what it was made from, so snapshots share what they have
// in common, and making can be broken off and goes on where it was:
//
//	DIR/renditions/ID.json    which bundles belong to which address of a snapshot
//	DIR/renditions/ab/abc...  a bundle
type Renditions struct{ dir string }

// A Making says what was made for a snapshot.
type Making struct {
	Schema  int                 `json:"schema"`
	ID      string              `json:"id"`      // of the snapshot
	Bundles map[string][]string `json:"bundles"` // keys by URL of the entry
}

// RenditionsOf returns the folder of what was made for what Open opens in dir.
// A plain folder is not ours to write into: its renditions lie in the user's
// cache, and the error says why there is none.
func RenditionsOf(dir string) (*Renditions, error) {
	if _, err := CurrentID(dir); !errors.Is(err, ErrNoSnapshot) {
		return &Renditions{filepath.Join(dir, "renditions")}, nil
	}
	cache, err := os.UserCacheDir()
	if err == nil {
		dir, err = filepath.Abs(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("folder of renditions: %w", err)
	}
	return &Renditions{filepath.Join(cache, "buzzproof", digestOf([]byte(dir))[:16])}, nil
}

func (r *Renditions) bundleFile(key string) string {
	return filepath.Join(r.dir, key[:min(2, len(key))], key)
}

func (r *Renditions) makingFile(id string) string { return filepath.Join(r.dir, id+".json") }

// Bundle returns the bundle of that key; the error is fs.ErrNotExist if there
// is none.
func (r *Renditions) Bundle(key string) (*Bundle, error) {
	b, err := readBundle(r.bundleFile(key))
	if err == nil && b.Key != key {
		return nil, fmt.Errorf("read %s: it is that of %s", b.file, b.Key)
	}
	return b, err
}

// Put writes a bundle, whole or not at all. It is on disk for good after Sync.
func (r *Renditions) Put(b *Bundle) error {
	data, err := b.marshal()
	if err == nil {
		err = writeWhole(r.bundleFile(b.Key), data)
	}
	if err != nil {
		return fmt.Errorf("put bundle: %w", err)
	}
	return nil
}

// Making returns what was made for a snapshot; the error is fs.ErrNotExist if
// nothing was.
func (r *Renditions) Making(id string) (*Making, error) {
	raw, err := os.ReadFile(r.makingFile(id))
	if err != nil {
		return nil, err
	}
	var m Making
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, fmt.Errorf("read %s: %w", r.makingFile(id), err)
	}
	if m.Schema != Schema || m.ID != id {
		return nil, fmt.Errorf("read %s: it is of schema %d and snapshot %s", r.makingFile(id), m.Schema, m.ID)
	}
	return &m, nil
}

// finished is a file that changes whenever something was made, for readers who
// look often, see Fingerprint.
const finished = "finished"

// Finish makes what was made for a snapshot known to its readers, once it is
// on disk.
func (r *Renditions) Finish(m *Making) error {
	m.Schema = Schema
	raw, err := json.Marshal(m)
	if err == nil {
		err = os.MkdirAll(r.dir, 0o755)
	}
	if err == nil {
		err = syncTree(r.dir)
	}
	if err == nil {
		err = writeWhole(r.makingFile(m.ID), append(raw, '\n'))
	}
	if err == nil {
		err = writeWhole(filepath.Join(r.dir, finished), []byte(m.ID+"\n"))
	}
	if err != nil {
		return fmt.Errorf("finish renditions: %w", err)
	}
	return nil
}

// writeWhole writes a file under another name and renames it.
func writeWhole(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), "new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// sparedFor is how old a bundle must be to be swept: one that belongs to no
// snapshot yet may be part of a making under way.
const sparedFor = time.Hour

// Sweep removes what was made for snapshots that are gone.
func (r *Renditions) Sweep(keep []string) error {
	wanted := r.wanted(keep)
	old := time.Now().Add(-sparedFor)
	err := filepath.WalkDir(r.dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || wanted[d.Name()] {
			return err
		}
		info, err := d.Info()
		if err == nil && info.ModTime().Before(old) {
			err = os.Remove(name)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("sweep renditions: %w", err)
	}
	return nil
}

// wanted returns the names of the files that snapshots need.
func (r *Renditions) wanted(keep []string) map[string]bool {
	wanted := map[string]bool{finished: true}
	for _, id := range keep {
		m, err := r.Making(id)
		if err != nil {
			continue
		}
		wanted[id+".json"] = true
		for _, keys := range m.Bundles {
			for _, key := range keys {
				wanted[key] = true
			}
		}
	}
	return wanted
}

// IDs returns the names of the snapshots in the store.
func (s *Store) IDs() ([]string, error) {
	entries, err := os.ReadDir(s.snapshots())
	if err != nil {
		return nil, fmt.Errorf("list snapshots: %w", err)
	}
	var ids []string
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".new") {
			ids = append(ids, e.Name())
		}
	}
	return ids, nil
}

// made is what a snapshot's readers know of its renditions.
type made struct {
	*Making
	folder *Renditions
	known  sync.Map // []*Bundle by URL: a site's pages are few enough to keep what was read
}

// Attach lets the snapshot's readers find what was made for it in r. It
// reports whether something was; a list that cannot be read is as good as
// none, since it can be made anew.
func (s *Snapshot) Attach(r *Renditions) bool {
	m, err := r.Making(s.Manifest.ID)
	if err == nil {
		s.made = &made{Making: m, folder: r}
	}
	return err == nil
}

// Bundles returns what was made from the entry at a URL. Bundles that cannot
// be read are left out: the entry itself is still there.
func (s *Snapshot) Bundles(url string) []*Bundle {
	if s.made == nil {
		return nil
	}
	if known, ok := s.made.known.Load(url); ok {
		return known.([]*Bundle)
	}
	var all []*Bundle
	for _, key := range s.made.Making.Bundles[url] {
		if b, err := s.made.folder.Bundle(key); err == nil {
			all = append(all, b)
		}
	}
	s.made.known.Store(url, all)
	return all
}

// Made returns the part of that name made from the entry at a URL, or nil.
func (s *Snapshot) Made(url, name string) (*Bundle, *Part) {
	for _, b := range s.Bundles(url) {
		if p := b.Part(name); p != nil {
			return b, p
		}
	}
	return nil, nil
}
