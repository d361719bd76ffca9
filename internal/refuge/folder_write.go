package refuge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// treeName names what a tree puts into a folder.
func treeName(t Tree) string {
	h := sha256.New()
	for _, o := range t.Objects {
		fmt.Fprintf(h, "%q %s\n", o.File, o.Digest)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// mayLink refuses to replace a folder that has something in it.
func (f *folder) mayLink() error {
	info, err := os.Lstat(f.Dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return os.MkdirAll(filepath.Dir(f.Dir), 0o755)
	case err != nil:
		return fmt.Errorf("folder: %w", err)
	case info.Mode().Type() == fs.ModeSymlink:
		return nil
	}
	if err := os.Remove(f.Dir); err != nil {
		return fmt.Errorf("folder %s has something in it: name one that is empty or not there yet", f.Dir)
	}
	return nil
}

// write puts a tree together under another name and renames it when it is on disk.
func (f *folder) write(ctx context.Context, t Tree, to string, m *meter) error {
	part := to + ".part"
	if err := os.RemoveAll(part); err != nil { // what was cut off is quickly made again
		return err
	}
	before := f.held()
	listed := map[string]bool{}
	for _, o := range t.Objects {
		m.total += o.Size
	}
	for _, o := range t.Objects {
		if o.File == "" || listed[o.File] {
			continue
		}
		listed[o.File] = true
		if ctx.Err() != nil {
			return ctx.Err()
		}
		name, err := filepath.Localize(o.File)
		if err != nil {
			return fmt.Errorf("%q is not the name of a file", o.File)
		}
		if err := writeObject(t, o, filepath.Join(part, name), filepath.Join(before, name), m); err != nil {
			return err
		}
	}
	return os.Rename(part, to)
}

// held is the tree of the moment; empty if there is none.
func (f *folder) held() string {
	now, err := os.Readlink(f.Dir)
	if err != nil {
		return ""
	}
	return now
}

// writeObject links a file if it is the one that was there before.
func writeObject(t Tree, o Object, name, before string, m *meter) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	if sameFile(before, o) && os.Link(before, name) == nil {
		return nil
	}
	data, err := readObject(t, o)
	if err != nil {
		return err
	}
	out, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = out.Write(data)
	if err == nil {
		err = out.Sync()
	}
	m.add(o.Size)
	return errors.Join(err, out.Close())
}

// sameFile reports whether a file holds what an object does.
func sameFile(name string, o Object) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return err == nil && n == o.Size && hex.EncodeToString(h.Sum(nil)) == o.Digest
}

// turnLink makes a link lead elsewhere at once.
func turnLink(link, to string) error {
	if err := os.Remove(link + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return errors.Join(os.Symlink(to, link+".new"), os.Rename(link+".new", link))
}
