package health

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"buzzproof/internal/settings"
)

// FileConfig looks how old a file is: a backup, the output of a job.
type FileConfig struct {
	Common
	// Path of the file, or a pattern such as /backup/*.tar, of which the newest
	// counts.
	Path string `toml:"path"`
	// Age is how old it may be, such as 26h. Default: any.
	Age settings.Duration `toml:"age"`
	// Size is how many bytes it has at least. Default 0.
	Size int64 `toml:"size"`
}

type file struct{ FileConfig }

func (c *FileConfig) open() (Check, error) {
	if _, err := filepath.Match(c.Path, ""); c.Path == "" || err != nil {
		return nil, errors.New("path wants a file, or a pattern such as /backup/*.tar")
	}
	return &file{*c}, nil
}

func (c *file) Look(context.Context) (Outcome, error) {
	newest, name, err := c.newest()
	switch {
	case err != nil:
		return down(0, err), nil
	case newest == nil:
		return down(0, fmt.Errorf("there is no %s", c.Path)), nil
	}
	age := max(0, time.Since(newest.ModTime()))
	said := fmt.Sprintf("%s: %v old, %d bytes", name, age.Round(time.Second), newest.Size())
	switch {
	case c.Age > 0 && age > time.Duration(c.Age):
		return down(0, fmt.Errorf("%s, want %v at most", said, time.Duration(c.Age))), nil
	case newest.Size() < c.Size:
		return down(0, fmt.Errorf("%s, want %d at least", said, c.Size)), nil
	}
	return Outcome{State: Up, Detail: said}, nil
}

func (c *file) newest() (newest os.FileInfo, name string, err error) {
	paths, err := filepath.Glob(c.Path)
	if err != nil {
		return nil, "", err
	}
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, "", err
		}
		if newest == nil || info.ModTime().After(newest.ModTime()) {
			newest, name = info, filepath.Base(p)
		}
	}
	return newest, name, nil
}
