// Package history keeps what happened on disk: tallies, events and the results
// of checks.
//
// Everything is written by one goroutine, a few seconds late, in one
// transaction. What could not be written stays in memory, within bounds, and is
// written when the disk lets it; whoever serves never comes near.
package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"buzzproof/internal/settings"
)

// A Config says how long what is kept. A field that is zero has its default.
type Config struct {
	// Minutes is how long there are counts for each minute, and each look of the
	// checks. Default: 8 days.
	Minutes settings.Duration `toml:"minutes"`
	// Hours is how long there are panels for each hour; after it an hour has
	// its counts only. Default: 93 days.
	Hours settings.Duration `toml:"hours"`
	// Years is how long there is anything at all: counts for each hour, panels
	// for each day, events, what looks came to in each hour. Default: 25 months, the longest that the
	// CNIL allows statistics to be kept.
	Years settings.Duration `toml:"years"`
}

const day = 24 * time.Hour

// WithDefaults is the configuration with its defaults filled in.
func (c Config) WithDefaults() Config {
	c.defaults()
	return c
}

func (c *Config) defaults() {
	c.Years = settings.Duration(c.Years.Or(760 * day))
	c.Hours = min(c.Years, settings.Duration(c.Hours.Or(93*day)))
	c.Minutes = min(c.Years, settings.Duration(c.Minutes.Or(8*day)))
}

// File is the name of the history in the folder of the state.
const File = "history.db"

// A Store is an open history. It is safe for concurrent use.
type Store struct {
	config Config
	path   string
	keeper keeper // used by the goroutine of Run alone

	mu    sync.Mutex
	db    *sql.DB // nil while it cannot be opened
	aside string  // where a damaged file was put, until the owner is told
}

// Open prepares a history in a folder, which need not exist. It always
// succeeds: what is wrong with the folder is told when something is written.
func Open(dir string, c Config) *Store {
	c.defaults()
	return &Store{config: c, path: filepath.Join(dir, File)}
}

// ErrNone is what there is when nothing was ever kept.
var ErrNone = errors.New("there is no history yet")

// Read opens a history that another process may be writing, to look at.
func Read(dir string) (*Store, error) {
	s := Open(dir, Config{})
	if _, err := os.Stat(s.path); errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", s.path, ErrNone)
	}
	db, err := connect(s.path, "ro")
	if err == nil {
		err = checkVersion(db)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", s.path, err)
	}
	s.db = db
	return s, nil
}

// Close closes the file.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db == nil {
		return nil
	}
	db := s.db
	s.db = nil
	return db.Close()
}

// busy is how long one process waits for another that writes.
const busy = 5 * time.Second

// connect opens the file. A commit is flushed, so that a power cut loses no
// more than a kill does.
func connect(path, mode string) (*sql.DB, error) {
	query := url.Values{"mode": {mode}, "_pragma": {
		fmt.Sprintf("busy_timeout(%d)", busy.Milliseconds()), "synchronous(FULL)", "cache_size(-2000)",
	}}
	if mode != "ro" {
		query.Set("_txlock", "immediate") // what is read in a transaction will be written in it
		query.Add("_pragma", "journal_mode(WAL)")
		query.Add("_pragma", "journal_size_limit(1048576)")
	}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(2) // one writes, one reads
	return db, nil
}

// version is that of the tables below.
const version = 1

const tables = `
CREATE TABLE IF NOT EXISTS spans (
  size INTEGER NOT NULL, -- of the span: 60, 3600 or 86400 seconds, days as the clock on the wall has them
  at INTEGER NOT NULL,   -- when it begins, in seconds
  top INTEGER NOT NULL,  -- how many items a panel of the tally has at most
  tally BLOB NOT NULL,   -- packed, see package tally
  PRIMARY KEY (size, at)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,   -- milliseconds
  kind TEXT NOT NULL,
  event TEXT NOT NULL);  -- JSON of a site.Event
CREATE INDEX IF NOT EXISTS events_at ON events (at);
CREATE TABLE IF NOT EXISTS checks (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,   -- milliseconds
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  took INTEGER NOT NULL, -- microseconds
  detail TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS checks_at ON checks (name, at);
CREATE TABLE IF NOT EXISTS looks (
  name TEXT NOT NULL,    -- of a check
  at INTEGER NOT NULL,   -- when the hour begins, in seconds
  up INTEGER NOT NULL,   -- looks that came to it, as the next three
  slow INTEGER NOT NULL,
  near INTEGER NOT NULL,
  down INTEGER NOT NULL,
  took INTEGER NOT NULL, -- microseconds, of all together
  most INTEGER NOT NULL, -- of the slowest
  PRIMARY KEY (name, at)) WITHOUT ROWID;`

// errNewer is what a history is that a later version of this program wrote.
var errNewer = errors.New("a newer version of buzzproof wrote it")

func checkVersion(db *sql.DB) error {
	var found int
	if err := db.QueryRow("PRAGMA user_version").Scan(&found); err != nil {
		return err
	}
	if found > version {
		return errNewer
	}
	return nil
}

// open returns the open file, opened, made and mended if need be.
func (s *Store) open() (db *sql.DB, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db != nil {
		return s.db, nil
	}
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return nil, err
	}
	db, err = s.ready()
	if damaged(err) {
		if s.aside, err = putAside(s.path); err != nil {
			return nil, err
		}
		db, err = s.ready()
	}
	if err != nil {
		return nil, err
	}
	s.db = db
	return db, nil
}

// ready opens the file, looks it over and makes its tables.
func (s *Store) ready() (*sql.DB, error) {
	// Made here, as SQLite would let everybody read it.
	f, err := os.OpenFile(s.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return nil, err
	}
	db, err := connect(s.path, "rw")
	if err != nil {
		return nil, err
	}
	var verdict string
	if err = checkVersion(db); err == nil {
		err = db.QueryRow("PRAGMA quick_check(1)").Scan(&verdict)
	}
	if err == nil && verdict != "ok" {
		err = errDamaged
	}
	if err == nil {
		_, err = db.Exec(tables + fmt.Sprintf("PRAGMA user_version = %d;", version))
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

var errDamaged = errors.New("the file is damaged")

// damaged reports whether an error says that the file is no good.
func damaged(err error) bool {
	if errors.Is(err, errDamaged) {
		return true
	}
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && (e.Code()&0xff == sqlite3.SQLITE_CORRUPT || e.Code()&0xff == sqlite3.SQLITE_NOTADB)
}

// putAside renames a damaged file, which a clever tool may still read.
func putAside(path string) (string, error) {
	aside := path + ".damaged-" + time.Now().UTC().Format("20060102-150405")
	for _, end := range []string{"-wal", "-shm"} {
		if err := os.Rename(path+end, aside+end); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
	}
	return aside, os.Rename(path, aside)
}

// putWhere is where a damaged file was put since it was asked last.
func (s *Store) putWhere() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	aside := s.aside
	s.aside = ""
	return aside
}

// letGo closes a file that has turned out to be damaged, so that the next
// attempt puts it aside.
func (s *Store) letGo() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db != nil {
		_ = s.db.Close() // it is damaged: what it says does not matter
		s.db = nil
	}
}

// use calls f with the open file.
func (s *Store) use(ctx context.Context, f func(context.Context, *sql.DB) error) error {
	db, err := s.open()
	if err == nil {
		err = f(ctx, db)
	}
	if damaged(err) {
		s.letGo()
	}
	return err
}
