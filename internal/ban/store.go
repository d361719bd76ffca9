package ban

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// A Store is the file of bans in a folder. Several programs may change it.
type Store struct{ dir string }

// In returns the store in a folder, which need not be there yet.
func In(dir string) Store { return Store{dir} }

// Path is where the file lies.
func (s Store) Path() string { return filepath.Join(s.dir, "bans.json") }

// largest is as much as is read: Most bans have 4 MB.
const largest = 32 << 20

// Read returns what holds now. No file is an empty list.
func (s Store) Read(now time.Time) (List, error) {
	f, err := os.Open(s.Path())
	if errors.Is(err, fs.ErrNotExist) {
		return List{Schema: 1}, nil
	}
	if err != nil {
		return List{}, fmt.Errorf("read bans: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, largest+1))
	if err != nil {
		return List{}, fmt.Errorf("read bans: %w", err)
	}
	if len(data) > largest {
		return List{}, fmt.Errorf("read bans: %s has more than %d MB", s.Path(), largest>>20)
	}
	l, err := parse(data)
	if err != nil {
		return List{}, fmt.Errorf("read bans: %s: %w\nmend the file, or remove it to begin without bans", s.Path(), err)
	}
	l.Forget(now)
	return l, nil
}

// Change reads the list, lets do change it and writes it, whole or not at all.
// Others who want to change it wait meanwhile.
func (s Store) Change(now time.Time, do func(*List)) (err error) {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("change bans: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(s.dir, "bans.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("change bans: %w", err)
	}
	defer lock.Close() // gives the lock back
	if err := seize(lock); err != nil {
		return fmt.Errorf("change bans: lock %s: %w", lock.Name(), err)
	}
	l, err := s.Read(now)
	if err != nil {
		return err
	}
	do(&l)
	l.Forget(now)
	if err := s.write(&l); err != nil {
		return fmt.Errorf("change bans: %w", err)
	}
	return nil
}

// seize waits for a lock that others hold for some milliseconds at a time.
func seize(lock *os.File) error {
	const pause, most = 10 * time.Millisecond, 500 // five seconds in all
	for range most {
		err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		time.Sleep(pause)
	}
	return errors.New("another program holds it")
}

// write puts a new file in the place of the old one once it is on the disk.
// Only the owner may read it: it holds addresses.
func (s Store) write(l *List) error {
	if l.Bans == nil {
		l.Bans = []Ban{}
	}
	data, err := json.MarshalIndent(l, "", " ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(s.dir, "bans-*.tmp") // readable by its owner alone
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails when all went well: it has another name
	_, err = f.Write(append(data, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), s.Path()); err != nil {
		return err
	}
	d, err := os.Open(s.dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
