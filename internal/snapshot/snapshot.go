// Package snapshot keeps frozen copies of a site on disk.
//
// A store is a folder. Each snapshot in it is a plain tree that any web server
// can serve, with a manifest beside it, named by the digest of its content and
// never changed once it has that name. One symbolic link, current, says which
// snapshot is served; moving it is the only step a reader can observe, so
// whatever happens before that step leaves the previous copy in place:
//
//	DIR/current               -> snapshots/ID/tree
//	DIR/manifest.json         -> current/../manifest.json
//	DIR/snapshots/ID/tree     the files
//	DIR/snapshots/ID/manifest.json
//	DIR/snapshots/ID/origin/  what the origin answered, for the next freeze
//	DIR/draft/                a freeze under way, or one that was cut off
//	DIR/renditions/           what was made from the entries, see Renditions
//	DIR/freeze.log            a line for every freeze
package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// ErrNoSnapshot is returned by Open when the folder holds no snapshot yet.
var ErrNoSnapshot = errors.New("no snapshot")

// A Snapshot is one frozen copy, open for reading. It stays readable when a
// newer one becomes current, until it is closed.
type Snapshot struct {
	Manifest Manifest
	*Index
	root *os.Root
	made *made // nil until renditions are there
}

// Open opens the current snapshot of the store in dir, or a plain folder of
// files as if it had been frozen. It returns ErrNoSnapshot for a folder that
// is empty or missing.
func Open(dir string) (*Snapshot, error) {
	if _, err := CurrentID(dir); errors.Is(err, ErrNoSnapshot) {
		return openFolder(dir)
	}
	base, err := filepath.EvalSymlinks(filepath.Join(dir, "current"))
	if err != nil {
		return nil, fmt.Errorf("open snapshot: %w", err)
	}
	return openAt(filepath.Dir(base))
}

// openAt opens the snapshot in one folder of a store.
func openAt(dir string) (*Snapshot, error) {
	manifest, err := readManifest(filepath.Join(dir, "manifest.json"))
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(filepath.Join(dir, "tree"))
	if err != nil {
		return nil, fmt.Errorf("open snapshot: %w", err)
	}
	s := &Snapshot{Manifest: *manifest, root: root}
	s.Index = NewIndex(&s.Manifest)
	return s, nil
}

func readManifest(name string) (*Manifest, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	var m Manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, fmt.Errorf("read manifest %s: %w", name, err)
	}
	if m.Schema != Schema {
		return nil, fmt.Errorf("read manifest %s: schema %d is not %d: made by another version of buzzproof", name, m.Schema, Schema)
	}
	return &m, nil
}

// File opens the file of an entry for reading.
func (s *Snapshot) File(e *Entry) (*os.File, error) {
	f, err := s.root.Open(filepath.FromSlash(e.File))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", e.File, err)
	}
	return f, nil
}

// Verify reads every file and returns an error naming the first few that are
// missing or are not what the manifest says.
func (s *Snapshot) Verify() error {
	var wrong []error
	entries := s.Manifest.Entries
	if s.Manifest.NotFound != nil {
		entries = append(entries[:len(entries):len(entries)], *s.Manifest.NotFound)
	}
	for i := range entries {
		if err := s.verify(&entries[i]); err != nil {
			wrong = append(wrong, err)
		}
		if len(wrong) == 10 {
			break
		}
	}
	return errors.Join(wrong...)
}

func (s *Snapshot) verify(e *Entry) error {
	f, err := s.File(e)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return fmt.Errorf("read %s: %w", e.File, err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != e.Digest {
		return fmt.Errorf("verify %s: digest is %s, the manifest says %s", e.File, got, e.Digest)
	}
	return nil
}

// Close releases the snapshot's folder.
func (s *Snapshot) Close() error { return s.root.Close() }
