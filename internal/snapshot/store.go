package snapshot

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// ErrLocked is returned by OpenStore when another process writes to the store.
var ErrLocked = errors.New("another freeze is writing here")

// A Store is a folder of snapshots, open for writing by one process.
type Store struct {
	dir  string
	lock *os.File
}

// OpenStore opens the store in dir for writing and creates it when missing.
// It refuses a folder that holds something else, so that a mistyped -o cannot
// mix a copy into a person's files.
func OpenStore(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err := refuseForeign(dir); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	// The kernel drops the lock with the process, however it ends.
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", dir, ErrLocked), lock.Close())
	}
	return &Store{dir: dir, lock: lock}, nil
}

// Locked reports whether a process writes to the store in dir.
func Locked(dir string) bool {
	lock, err := os.Open(filepath.Join(dir, "lock"))
	if err != nil {
		return false
	}
	defer lock.Close()
	return syscall.Flock(int(lock.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) != nil // given back by Close
}

// ownNames are what a store may hold at its top.
var ownNames = []string{"current", "current.new", "manifest.json", "manifest.json.new", "snapshots", "draft", "draft.old", "freeze.log", "lock", "renditions"}

func refuseForeign(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	ours := len(entries) == 0
	for _, e := range entries {
		ours = ours || e.Name() == "lock" || e.Name() == "snapshots"
	}
	for _, e := range entries {
		if !ours || !slices.Contains(ownNames, e.Name()) && e.Name() != "lost+found" {
			return fmt.Errorf("open store %s: it holds %s, which is not a snapshot's; choose an empty folder: freeze -o DIR, or up -s DIR", dir, e.Name())
		}
	}
	return nil
}

// Close gives the store free for other processes.
func (s *Store) Close() error { return s.lock.Close() }

// Dir is the folder of the store.
func (s *Store) Dir() string { return s.dir }

// DraftDir is where a freeze keeps what it has until it is committed. It
// outlives a process that was killed.
func (s *Store) DraftDir() string { return filepath.Join(s.dir, "draft") }

// OriginDir is where the current snapshot keeps what the origin answered. The
// folder may be missing.
func (s *Store) OriginDir() string {
	id, err := CurrentID(s.dir)
	if err != nil {
		id = "none"
	}
	return filepath.Join(s.snapshots(), id, "origin")
}

// DropDraft removes what a freeze has kept so far. The draft goes at once, by a
// rename: half a draft would be asked for again.
func (s *Store) DropDraft() error {
	gone := s.DraftDir() + ".old"
	if err := os.RemoveAll(gone); err != nil {
		return fmt.Errorf("drop draft: %w", err)
	}
	if err := os.Rename(s.DraftDir(), gone); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("drop draft: %w", err)
	}
	if err := os.RemoveAll(gone); err != nil {
		return fmt.Errorf("drop draft: %w", err)
	}
	return nil
}

// Current opens the current snapshot or returns ErrNoSnapshot.
func (s *Store) Current() (*Snapshot, error) {
	link, err := filepath.EvalSymlinks(filepath.Join(s.dir, "current"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoSnapshot
	}
	if err != nil {
		return nil, fmt.Errorf("open current snapshot: %w", err)
	}
	return openAt(filepath.Dir(link))
}

// CurrentID returns the name of the current snapshot of the store in dir, or
// ErrNoSnapshot. It is cheap enough to be asked every second.
func CurrentID(dir string) (string, error) {
	link, err := os.Readlink(filepath.Join(dir, "current"))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.EINVAL) { // a site's own folder may be called current
		return "", ErrNoSnapshot
	}
	if err != nil {
		return "", fmt.Errorf("read current: %w", err)
	}
	return filepath.Base(filepath.Dir(link)), nil
}

// Log appends a line in JSON to the store's log.
func (s *Store) Log(line any) error {
	raw, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(s.dir, "freeze.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	if _, err := f.Write(append(raw, '\n')); err != nil {
		return errors.Join(fmt.Errorf("log: %w", err), f.Close())
	}
	return f.Close()
}

// Prune removes all but the keep snapshots that were current last. The current
// one stays whatever its age.
func (s *Store) Prune(keep int) error {
	current, err := CurrentID(s.dir)
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(s.snapshots())
	if err != nil {
		return fmt.Errorf("prune: %w", err)
	}
	age := map[string]time.Time{}
	var others []string
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || e.Name() == current {
			continue
		}
		others = append(others, e.Name())
		age[e.Name()] = info.ModTime()
	}
	slices.SortFunc(others, func(a, b string) int { return age[b].Compare(age[a]) })
	for i, name := range others {
		if i+1 < keep && !strings.HasSuffix(name, ".new") {
			continue
		}
		if err := s.discard(name); err != nil {
			return fmt.Errorf("prune: %w", err)
		}
	}
	return nil
}

// discard removes a snapshot. It loses its name first: one that is removed in
// part must not be taken for whole when its site comes back.
func (s *Store) discard(name string) error {
	old := filepath.Join(s.snapshots(), name)
	dying := strings.TrimSuffix(old, ".new") + ".new"
	if old != dying {
		if err := errors.Join(os.RemoveAll(dying), os.Rename(old, dying)); err != nil {
			return err
		}
	}
	return os.RemoveAll(dying)
}

func (s *Store) snapshots() string { return filepath.Join(s.dir, "snapshots") }
