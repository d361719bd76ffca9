package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Fingerprint tells apart what Open would open in dir from one moment to the
// next without reading it, so that whoever serves dir can look often whether
// something newer is there. It is made of the current snapshot's name, or for a
// plain folder of a digest of its files' names, sizes and dates, and of when
// renditions were last made.
func Fingerprint(dir string) (string, error) {
	id, err := CurrentID(dir)
	if errors.Is(err, ErrNoSnapshot) {
		id, err = folderFingerprint(dir)
	}
	if err != nil {
		return "", err
	}
	if r, err := RenditionsOf(dir); err == nil {
		if info, err := os.Stat(filepath.Join(r.dir, finished)); err == nil {
			id += fmt.Sprintf(" %d", info.ModTime().UnixNano())
		}
	}
	return id, nil
}

func folderFingerprint(dir string) (string, error) {
	h := sha256.New()
	look := func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed since its folder was read
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(h, "%q %d %d\n", name, info.Size(), info.ModTime().UnixNano())
		return err
	}
	folder, err := filepath.EvalSymlinks(dir) // what a link leads to changes without the link
	if err == nil {
		err = filepath.WalkDir(folder, look)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("look over %s: %w", dir, ErrNoSnapshot)
	}
	if err != nil {
		return "", fmt.Errorf("look over folder: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
