package freeze

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"buzzproof/internal/archive"
)

// Contents lie in the draft under the name of their digest until the snapshot
// is put together. What the last snapshot holds already is not written again.

func (f *Freezer) contentDir() string { return filepath.Join(f.store.DraftDir(), "content") }

// contentPath finds the file that holds a content.
func (f *Freezer) contentPath(digest string) (string, error) {
	fresh := filepath.Join(f.contentDir(), digest)
	if _, err := os.Lstat(fresh); err == nil {
		return fresh, nil
	}
	if file, ok := f.files[digest]; ok {
		return filepath.Join(f.store.Dir(), "current", filepath.FromSlash(file)), nil
	}
	return "", fmt.Errorf("content %s: %w", digest, fs.ErrNotExist)
}

// hasContent reports whether a content need not be fetched or written.
func (f *Freezer) hasContent(digest string) bool {
	path, err := f.contentPath(digest)
	if err != nil {
		return false
	}
	_, err = os.Stat(path)
	return err == nil
}

// keepText writes a content unless it is there and returns its digest.
func (f *Freezer) keepText(text []byte) (string, error) {
	digest := archive.Digest(text)
	if f.hasContent(digest) {
		return digest, nil
	}
	tmp, err := os.CreateTemp(f.contentDir(), "part-")
	if err != nil {
		return "", fmt.Errorf("keep content: %w", err)
	}
	_, err = tmp.Write(text)
	return digest, f.finish(tmp, digest, err)
}

// keepFile copies a body of any length to disk and returns its digest and
// length.
func (f *Freezer) keepFile(body io.Reader) (digest string, size int64, err error) {
	tmp, err := os.CreateTemp(f.contentDir(), "part-")
	if err != nil {
		return "", 0, fatal(fmt.Errorf("keep content: %w", err))
	}
	h := sha256.New()
	source := &sourceReader{r: body}
	size, err = io.Copy(io.MultiWriter(tmp, h), source)
	if err != nil && source.err == nil {
		err = fatal(err) // the disk's fault, not the origin's
	}
	digest = hex.EncodeToString(h.Sum(nil))
	return digest, size, f.finish(tmp, digest, err)
}

// finish gives a written file the name of its digest, or removes it.
func (f *Freezer) finish(tmp *os.File, digest string, err error) error {
	err = errors.Join(err, tmp.Chmod(0o644), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), filepath.Join(f.contentDir(), digest))
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}

// A sourceReader remembers whether it was the source that failed.
type sourceReader struct {
	r   io.Reader
	err error
}

func (s *sourceReader) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// A fatalError ends the freeze: no other address would fare better.
type fatalError struct{ error }

func (e fatalError) Unwrap() error { return e.error }

func fatal(err error) error { return fatalError{err} }

func isFatal(err error) bool {
	_, ok := errors.AsType[fatalError](err)
	return ok
}
