package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"buzzproof/internal/site"
)

// usualFile holds what the detector knows.
func (w *watchman) usualFile() string { return filepath.Join(w.dir, "usual.json") }

// recall takes up what was known when the program ended.
func (w *watchman) recall() {
	data, err := os.ReadFile(w.usualFile())
	if err == nil {
		err = w.detector.UnmarshalBinary(data)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.log.Warn("what is usual must be learnt anew", "error", err)
	}
}

// remember writes down what is usual and how the line is, whole or not at all.
func (w *watchman) remember() {
	data, err := w.detector.MarshalBinary()
	if err == nil {
		err = writeWhole(w.usualFile(), data, 0o600)
	}
	status := w.server.Status()
	if line := (lineKnown{status.Line.Rate, status.Costs[site.Full]}); err == nil && line.Rate > 0 && line.FullPage > 0 {
		if data, err = json.Marshal(line); err == nil {
			err = writeWhole(filepath.Join(w.dir, lineFile), data, 0o600)
		}
	}
	if err != nil {
		w.log.Debug("what is usual is not written down", "error", err)
	}
}

// writeWhole writes a file under another name, flushes it and renames it.
func writeWhole(path string, data []byte, mode fs.FileMode) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(f.Name(), path)
}

// parseAddr reads an address that the owner types.
func parseAddr(s string) (netip.Addr, error) {
	a, err := netip.ParseAddr(strings.TrimSpace(s))
	if err != nil {
		return a, misuse("%q is no address", s)
	}
	return a.Unmap(), nil
}
