package snapshot

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// A Content says where the bytes of an entry lie before they are in the tree.
type Content func(e *Entry) (path string, err error)

// Commit makes the manifest's site the current snapshot and reports whether
// that changed anything. The tree is put together from files that exist
// already, by hard links: entries unchanged since an earlier snapshot share
// its bytes. fill, which may be nil, adds files beside the tree.
//
// Until the last rename the previous snapshot stays current. What a cut-off
// Commit leaves behind is removed by the next one.
func (s *Store) Commit(m *Manifest, content Content, fill func(dir string) error) (changed bool, err error) {
	m.Normalise()
	if current, err := CurrentID(s.dir); err == nil && current == m.ID && s.whole(m.ID) {
		return false, nil
	}
	if !s.whole(m.ID) {
		if err := s.assemble(m, content, fill); err != nil {
			return false, err
		}
	}
	return true, s.makeCurrent(m.ID)
}

// whole reports whether a snapshot of this name is on disk. The rename that
// gave it its name came after its bytes.
func (s *Store) whole(id string) bool {
	_, err := os.Stat(filepath.Join(s.snapshots(), id, "manifest.json"))
	return err == nil
}

func (s *Store) assemble(m *Manifest, content Content, fill func(dir string) error) error {
	building := filepath.Join(s.snapshots(), m.ID+".new")
	for _, old := range []string{building, filepath.Join(s.snapshots(), m.ID)} { // what a crash left, without a manifest
		if err := os.RemoveAll(old); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
	}
	tree := filepath.Join(building, "tree")
	if err := os.MkdirAll(tree, 0o755); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if err := plant(tree, m, content); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if fill != nil {
		if err := fill(building); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
	}
	if err := writeManifest(filepath.Join(building, "manifest.json"), m); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	// One flush for the whole tree instead of one for each of its files.
	if err := syncTree(building); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if err := os.Rename(building, filepath.Join(s.snapshots(), m.ID)); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return syncDir(s.snapshots())
}

// plant links every entry's file into the tree.
func plant(tree string, m *Manifest, content Content) error {
	made := map[string]bool{}
	planted := map[string]bool{}
	put := func(e *Entry) error {
		if planted[e.File] {
			return nil
		}
		planted[e.File] = true
		name := filepath.Join(tree, filepath.FromSlash(e.File))
		if dir := filepath.Dir(name); !made[dir] {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
			made[dir] = true
		}
		from, err := content(e)
		if err != nil {
			return err
		}
		return linkOrCopy(from, name)
	}
	for i := range m.Entries {
		if err := put(&m.Entries[i]); err != nil {
			return err
		}
	}
	if m.NotFound != nil {
		return put(m.NotFound)
	}
	return nil
}

// linkOrCopy copies where the file system has no hard links, or not that many
// to one file.
func linkOrCopy(from, to string) error {
	linkErr := os.Link(from, to)
	if linkErr == nil || errors.Is(linkErr, fs.ErrExist) || errors.Is(linkErr, fs.ErrNotExist) {
		return linkErr
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return errors.Join(err, out.Close())
	}
	return out.Close()
}

func writeManifest(name string, m *Manifest) error {
	raw, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(raw, '\n'), 0o644)
}

// makeCurrent moves the link that readers follow, in one rename.
func (s *Store) makeCurrent(id string) error {
	if err := s.datePrevious(); err != nil {
		return fmt.Errorf("make snapshot current: %w", err)
	}
	links := []struct{ name, target string }{
		// Not Join, which would take the two dots back: the way leads through current.
		{"manifest.json", "current/../manifest.json"},
		{"current", filepath.Join("snapshots", id, "tree")},
	}
	for _, l := range links {
		if err := s.link(l.name, l.target); err != nil {
			return fmt.Errorf("make snapshot current: %w", err)
		}
	}
	return syncDir(s.dir)
}

// datePrevious gives the snapshot that is being replaced the date until which
// it was current, whenever it was made: Prune goes by it. An owner may have
// gone back to an old one.
func (s *Store) datePrevious() error {
	id, err := CurrentID(s.dir)
	if errors.Is(err, ErrNoSnapshot) {
		return nil
	}
	if err == nil {
		now := time.Now()
		err = os.Chtimes(filepath.Join(s.snapshots(), id), now, now)
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil // somebody removed it, or made it: then it goes by its own date
	}
	return err
}

func (s *Store) link(name, target string) error {
	fresh := filepath.Join(s.dir, name+".new")
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Symlink(target, fresh); err != nil {
		return err
	}
	return os.Rename(fresh, filepath.Join(s.dir, name))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
