package app

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"buzzproof/internal/image"
	"buzzproof/internal/pid1"
	"buzzproof/internal/snapshot"
)

// watchPort is where a machine made by image can be watched.
const watchPort = "8088"

// leastKey is the length that screenKey believes; shorter ones it replaces by
// one that nobody would know.
const leastKey = 16

// watching returns the server's arguments for a screen that others may look
// at on the port of that number, and the files with its key, for the site in
// dir. Without a key there is no screen.
func (o *imageOptions) watching(dir string, port int) (arguments []string, files []image.File, err error) {
	if o.watch == "" {
		return []string{"--watch", "off"}, nil, nil
	}
	key, err := reveal("--watch-key", o.watch)
	if err != nil {
		return nil, nil, err
	}
	if key = strings.TrimSpace(key); len(key) < leastKey {
		return nil, nil, withStatus(statusMisused, errors.New("--watch-key: the key is shorter than 16 letters\nmake one: openssl rand -hex 16"))
	}
	s, err := snapshot.Open(dir)
	if err != nil {
		return nil, nil, explainEmpty(err, dir)
	}
	state := siteState("srv/state", s.Manifest.Public)
	if err := s.Close(); err != nil {
		return nil, nil, fmt.Errorf("close the copy: %w", err)
	}
	files = []image.File{
		{Name: filepath.ToSlash(filepath.Dir(state)), Mode: fs.ModeDir | 0o700},
		{Name: filepath.ToSlash(state), Mode: fs.ModeDir | 0o700},
		{Name: filepath.ToSlash(filepath.Join(state, "watch.key")), Mode: 0o600, Data: []byte(key + "\n")},
	}
	return []string{"--watch", pid1.Port(port), "--watch-only"}, files, nil
}
