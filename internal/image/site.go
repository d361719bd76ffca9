package image

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"buzzproof/internal/coding"
	"buzzproof/internal/floppy"
	"buzzproof/internal/site"
	"buzzproof/internal/snapshot"
)

// Site returns the files of a copy of the site in dir with more addresses
// added, to lie in the folder under. The copy is put together in scratch, an
// empty folder, by the same Commit that a freeze ends with.
func Site(dir string, more []floppy.File, under, scratch string) ([]File, error) {
	s, err := snapshot.Open(dir)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	m := s.Manifest
	before := m.ID
	tree := dir
	if _, err := snapshot.CurrentID(dir); err == nil {
		tree = filepath.Join(dir, "current")
	}
	added := map[string]string{}
	m.Entries = append([]snapshot.Entry(nil), m.Entries...)
	for _, f := range more {
		e := addition(f)
		if s.Find(e.URL).Status != http.StatusNotFound {
			return nil, fmt.Errorf("add %s: the site has that address itself", e.URL)
		}
		name := filepath.Join(scratch, "more-"+e.Digest)
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			return nil, fmt.Errorf("add %s: %w", e.URL, err)
		}
		added[e.File] = name
		m.Entries = append(m.Entries, e)
	}
	store := filepath.Join(scratch, "site")
	if err := commit(store, &m, tree, added); err != nil {
		return nil, err
	}
	if err := addRenditions(dir, before, store, m.ID, more); err != nil {
		return nil, err
	}
	return collect(store, under)
}

// addition is the entry of a file that is added.
func addition(f floppy.File) snapshot.Entry {
	sum := sha256.Sum256(f.Data)
	return snapshot.Entry{
		URL: "/" + strings.TrimSuffix(f.Path, "index.html"), File: f.Path, Type: f.Type, Size: int64(len(f.Data)),
		Digest: hex.EncodeToString(sum[:]), Page: strings.HasPrefix(f.Type, "text/html"), Immutable: f.Immutable,
	}
}

func commit(dir string, m *snapshot.Manifest, tree string, added map[string]string) error {
	store, err := snapshot.OpenStore(dir)
	if err != nil {
		return err
	}
	_, err = store.Commit(m, func(e *snapshot.Entry) (string, error) {
		if name, ok := added[e.File]; ok {
			return name, nil
		}
		return filepath.Join(tree, filepath.FromSlash(e.File)), nil
	}, nil)
	return errors.Join(err, store.Close())
}

// addRenditions gives the copy what was made from the site's entries, and the
// plain form of what is added.
func addRenditions(from, before, to, after string, more []floppy.File) error {
	made, err := snapshot.RenditionsOf(to)
	if err != nil {
		return err
	}
	making := &snapshot.Making{Bundles: map[string][]string{}}
	if err := takeRenditions(from, before, made, making); err != nil {
		return err
	}
	for _, f := range more {
		if f.Plain == nil {
			continue
		}
		b, err := modest(f)
		if err == nil {
			err = made.Put(b)
		}
		if err != nil {
			return fmt.Errorf("add plain form of %s: %w", f.Path, err)
		}
		making.Bundles[addition(f).URL] = []string{b.Key}
	}
	if len(making.Bundles) == 0 {
		return nil
	}
	making.ID = after
	return made.Finish(making)
}

// takeRenditions puts what was made from the site's entries among made. A site
// without renditions has none on the disk either.
func takeRenditions(from, before string, made *snapshot.Renditions, making *snapshot.Making) error {
	if _, err := snapshot.CurrentID(from); err != nil {
		return nil
	}
	old, err := snapshot.RenditionsOf(from)
	if err != nil {
		return err
	}
	known, err := old.Making(before)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, keys := range known.Bundles {
		for _, key := range keys {
			b, err := old.Bundle(key)
			if err == nil {
				err = made.Put(b)
			}
			if err != nil {
				return fmt.Errorf("take rendition: %w", err)
			}
		}
	}
	*making = *known
	return nil
}

// modest makes the plain form of a file into its renditions for a narrow line,
// and lets what the full form may ask for count as a part of it: the ladder
// gives it to visitors only while the line can bear that.
func modest(f floppy.File) (*snapshot.Bundle, error) {
	sum := sha256.Sum256(append(append([]byte(f.Path), 0), f.Plain...))
	b := &snapshot.Bundle{Key: hex.EncodeToString(sum[:]), Figures: map[string]int64{"other": f.Asks}}
	coded := map[coding.Coding][]byte{}
	for c := range coding.Count {
		data, err := coding.Encode(f.Plain, c, coding.Small)
		if err != nil {
			return nil, err
		}
		coded[c] = data
	}
	for _, rung := range []site.Rung{site.Slim, site.Lite} {
		b.Add(rung.String(), f.Type, f.Plain, coded)
	}
	return b, nil
}

// collect reads a folder, except what only writers to a store need.
func collect(dir, under string) ([]File, error) {
	var files []File
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() == "lock" {
			return err
		}
		below, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		f := File{Name: filepath.ToSlash(filepath.Join(under, below)), Mode: 0o444}
		switch {
		case d.IsDir():
			f.Mode = fs.ModeDir | 0o555
		case d.Type()&fs.ModeSymlink != 0:
			var to string
			to, err = os.Readlink(name)
			f.Mode, f.Data = fs.ModeSymlink|0o777, []byte(filepath.ToSlash(to))
		default:
			f.Data, err = os.ReadFile(name)
		}
		files = append(files, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("collect the site: %w", err)
	}
	return files, nil
}
