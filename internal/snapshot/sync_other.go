//go:build !linux

package snapshot

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// syncTree brings everything below dir to the disk, file by file.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	})
}
