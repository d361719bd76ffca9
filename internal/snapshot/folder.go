package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"buzzproof/internal/site"
)

// notFoundNames are the files that static site generators write for the page
// sent with status 404, in the order of their popularity.
var notFoundNames = []string{"404.html", "404/index.html"}

// openFolder reads a plain folder as a snapshot, so that the output of a
// static site generator can be served without being frozen first. Hidden files
// are not served, but for .well-known (RFC 8615).
func openFolder(dir string) (*Snapshot, error) {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open %s: %w", dir, ErrNoSnapshot)
	}
	if err != nil {
		return nil, fmt.Errorf("open folder: %w", err)
	}
	s := &Snapshot{root: root}
	if err := s.addFolder(".", s.addLink); err != nil {
		return nil, errors.Join(fmt.Errorf("read folder %s: %w", dir, err), root.Close())
	}
	if len(s.Manifest.Entries) == 0 {
		return nil, errors.Join(fmt.Errorf("open %s: %w", dir, ErrNoSnapshot), root.Close())
	}
	s.Manifest.Normalise()
	s.Index = NewIndex(&s.Manifest)
	for _, name := range notFoundNames {
		if e := s.byFile[FileKey(name)]; e != nil {
			s.Manifest.NotFound = e
			break
		}
	}
	return s, nil
}

// storeNames are the files of a store's own at the top of its folder: a store
// without a current snapshot must not be served as if it were a site.
var storeNames = map[string]bool{"snapshots": true, "draft": true, "freeze.log": true, "lock": true}

// addFolder adds the files of a folder, and what addLink makes of its links.
func (s *Snapshot) addFolder(dir string, addLink func(name string) error) error {
	return fs.WalkDir(s.root.FS(), dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case hidden(d.Name()) || storeNames[name]:
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.Type() == fs.ModeSymlink:
			return addLink(name)
		case d.Type().IsRegular():
			return s.addFile(name)
		}
		return nil
	})
}

// hidden reports whether one part of a path is not to be served.
func hidden(part string) bool {
	return strings.HasPrefix(part, ".") && part != "." && part != ".well-known"
}

// addLink adds what a symbolic link leads to. Within a folder that a link led
// to, links to folders are not followed: folders that lead to each other would
// have more paths than anybody can walk.
func (s *Snapshot) addLink(name string) error {
	info := s.behind(name)
	if info != nil && info.IsDir() && !s.leadsUp(name, info) {
		return s.addFolder(name, s.addLinkToFile)
	}
	return s.addLinkToFile(name)
}

// addLinkToFile adds the file that a symbolic link leads to, if it is one.
func (s *Snapshot) addLinkToFile(name string) error {
	if info := s.behind(name); info != nil && info.Mode().IsRegular() {
		return s.addFile(name)
	}
	return nil
}

// behind is what a symbolic link leads to; nil if that is not to be served,
// since it is hidden, or lies outside: the root does not follow such links,
// nor any that is absolute.
func (s *Snapshot) behind(link string) fs.FileInfo {
	info, err := s.root.Stat(link)
	if err != nil {
		return nil
	}
	top, err := filepath.EvalSymlinks(s.root.Name())
	if err != nil {
		return nil
	}
	target, err := filepath.EvalSymlinks(filepath.Join(top, link))
	if err != nil {
		return nil
	}
	within, err := filepath.Rel(top, target)
	if err != nil || slices.ContainsFunc(strings.Split(filepath.ToSlash(within), "/"), hidden) {
		return nil
	}
	return info
}

// leadsUp reports whether a link leads to a folder that it lies in, which then
// would have no end.
func (s *Snapshot) leadsUp(link string, target fs.FileInfo) bool {
	for dir := path.Dir(link); ; dir = path.Dir(dir) {
		if above, err := s.root.Stat(dir); err != nil || os.SameFile(above, target) {
			return true
		}
		if dir == "." {
			return false
		}
	}
}

func (s *Snapshot) addFile(name string) error {
	e, err := s.describe(name)
	if err == nil {
		s.Manifest.Entries = append(s.Manifest.Entries, e)
	}
	return err
}

func (s *Snapshot) describe(name string) (Entry, error) {
	e := Entry{File: name, URL: FileKey(name), Type: TypeByName(name)}
	if path.Base(name) == "index.html" {
		e.URL = strings.TrimSuffix(e.URL, "index.html")
	}
	e.Page = strings.HasPrefix(e.Type, "text/html")
	f, err := s.root.Open(filepath.FromSlash(name))
	if err != nil {
		return e, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return e, err
	}
	h, text := sha256.New(), &utf8Check{}
	if e.Size, err = io.Copy(io.MultiWriter(h, text), f); err != nil {
		return e, fmt.Errorf("read %s: %w", name, err)
	}
	if !text.valid() {
		e.Type, _, _ = strings.Cut(e.Type, "; charset=") // it may say its own
	}
	e.Digest, e.Modified = hex.EncodeToString(h.Sum(nil)), info.ModTime().UTC()
	_, query := site.SplitKey(e.URL)
	e.Immutable = query == "" && HashedName(path.Base(name))
	return e, nil
}
