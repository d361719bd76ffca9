// Package journal writes down what is about to be done, so that whoever comes
// after a crash knows it.
//
// A journal is a file of records, a line for each: the CRC-32C of the rest in
// hex, a space, the record as JSON. A line is on disk before what it says is
// done, so a last line that is torn says nothing: what it would have said was
// not begun.
package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// ErrBusy is returned by Open when another process has the journal open.
var ErrBusy = errors.New("another process has it open")

// A Journal of records R is open for one process.
type Journal[R any] struct {
	file *os.File
	lock *os.File
	size int64 // of what is whole
}

// Open opens the journal in dir, which it makes if needed, and reads it. head
// is its first line: a later form has another.
func Open[R any](dir, head string) (*Journal[R], []R, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("open journal: %w", err)
	}
	lock, err := takeLock(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, nil, err
	}
	name := fileIn(dir)
	if err := start(name, head); err != nil {
		return nil, nil, errors.Join(err, lock.Close())
	}
	file, err := os.OpenFile(name, os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open journal: %w", err), lock.Close())
	}
	j := &Journal[R]{file: file, lock: lock}
	records, err := j.read(head)
	if err != nil {
		return nil, nil, errors.Join(err, j.Close())
	}
	return j, records, nil
}

// takeLock locks a file for this process. The kernel drops the lock with the
// process, however it ends.
func takeLock(name string) (*os.File, error) {
	lock, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("open journal %s: %w", name, ErrBusy), lock.Close())
	}
	return lock, nil
}

// start makes the file with its head if there is none. It gets its name
// when it is whole.
func start(name, head string) error {
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return WriteWhole(name, []byte(head+"\n"))
}

// read returns the records that are whole and cuts off a torn tail.
func (j *Journal[R]) read(head string) ([]R, error) {
	raw, err := io.ReadAll(j.file)
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	records, whole, err := parse[R](raw, head)
	if err != nil {
		return nil, fmt.Errorf("read journal %s: %w", j.file.Name(), err)
	}
	j.size = int64(whole)
	if whole == len(raw) {
		return records, nil
	}
	if err := errors.Join(j.file.Truncate(j.size), j.file.Sync()); err != nil {
		return nil, fmt.Errorf("mend journal: %w", err)
	}
	return records, nil
}

// parse reads records up to a torn tail. whole is how many bytes are
// before it. A bad line with good ones behind it is no torn tail but damage.
func parse[R any](raw []byte, head string) (records []R, whole int, err error) {
	rest, ok := bytes.CutPrefix(raw, []byte(head+"\n"))
	if !ok {
		return nil, 0, errors.New("it was written by another version of buzzproof, or is no journal")
	}
	whole = len(head) + 1
	for number := 2; len(rest) > 0; number++ {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		r, err := parseRecord[R](line)
		if err != nil || !ended {
			if ended && hasRecord[R](after) {
				return nil, 0, fmt.Errorf("line %d is damaged: %w", number, err)
			}
			return records, whole, nil
		}
		records = append(records, r)
		whole += len(line) + 1
		rest = after
	}
	return records, whole, nil
}

func hasRecord[R any](raw []byte) bool {
	for line := range bytes.Lines(raw) {
		if _, err := parseRecord[R](bytes.TrimSuffix(line, []byte("\n"))); err == nil {
			return true
		}
	}
	return false
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func parseRecord[R any](line []byte) (R, error) {
	var r R
	sum, text, ok := bytes.Cut(line, []byte(" "))
	if !ok {
		return r, errors.New("it is no record")
	}
	want, err := strconv.ParseUint(string(sum), 16, 32)
	if err != nil || uint32(want) != crc32.Checksum(text, castagnoli) {
		return r, errors.New("its checksum is wrong")
	}
	return r, json.Unmarshal(text, &r)
}

// Write appends a record. It is on disk when Write returns nil; when it
// returns an error the file is as it was, or has a torn tail.
func (j *Journal[R]) Write(r R) error {
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	line := fmt.Appendf(nil, "%08x %s\n", crc32.Checksum(text, castagnoli), text)
	if _, err = j.file.WriteAt(line, j.size); err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	j.size += int64(len(line))
	return nil
}

// Size is how many bytes of the file are whole.
func (j *Journal[R]) Size() int64 { return j.size }

// Close gives the journal free.
func (j *Journal[R]) Close() error { return errors.Join(j.file.Close(), j.lock.Close()) }

// Read returns the records of the journal in dir, whoever has it open; none if
// there is no journal.
func Read[R any](dir, head string) ([]R, error) {
	raw, err := os.ReadFile(fileIn(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	records, _, err := parse[R](raw, head)
	if err != nil {
		return nil, fmt.Errorf("read journal %s: %w", fileIn(dir), err)
	}
	return records, nil
}

// WriteWhole writes a file under another name, flushes it and gives it its
// own, so that whoever reads it finds it whole or as it was.
func WriteWhole(name string, data []byte) error {
	f, err := os.OpenFile(name+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(name+".new", name)
	}
	if err == nil {
		err = syncDir(filepath.Dir(name))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// syncDir puts on disk that a file of the folder got its name.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func fileIn(dir string) string { return filepath.Join(dir, "journal") }
