package evacuate

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

// journalHead is the first line: a later form has another number.
const journalHead = "buzzproof evacuations 1\n"

// ErrBusy is returned by Open when another process has the journal open.
var ErrBusy = errors.New("another buzzproof is evacuating or coming home")

// A journal is a file of records, a line for each: the CRC-32C of the rest in
// hex, a space, the record as JSON. A line is on disk before what it says is
// done, so a last line that is torn says nothing: what it would have said was
// not begun.
type journal struct {
	file *os.File
	lock *os.File
	size int64 // of what is whole
}

// openJournal opens the journal in dir for one process and reads it.
func openJournal(dir string) (*journal, []Record, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("open journal: %w", err)
	}
	lock, err := takeLock(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, nil, err
	}
	name := journalFile(dir)
	if err := startJournal(name); err != nil {
		return nil, nil, errors.Join(err, lock.Close())
	}
	file, err := os.OpenFile(name, os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open journal: %w", err), lock.Close())
	}
	j := &journal{file: file, lock: lock}
	records, err := j.read()
	if err != nil {
		return nil, nil, errors.Join(err, j.close())
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

// startJournal makes the file with its head if there is none. It gets its name
// when it is whole.
func startJournal(name string) error {
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return writeWhole(name, []byte(journalHead))
}

// read returns the records that are whole and cuts off a torn tail.
func (j *journal) read() ([]Record, error) {
	raw, err := io.ReadAll(j.file)
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	records, whole, err := parseJournal(raw)
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

// parseJournal reads records up to a torn tail. whole is how many bytes are
// before it. A bad line with good ones behind it is no torn tail but damage.
func parseJournal(raw []byte) (records []Record, whole int, err error) {
	rest, ok := bytes.CutPrefix(raw, []byte(journalHead))
	if !ok {
		return nil, 0, errors.New("it was written by another version of buzzproof, or is no journal")
	}
	whole = len(journalHead)
	for number := 2; len(rest) > 0; number++ {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		r, err := parseRecord(line)
		if err != nil || !ended {
			if ended && hasRecord(after) {
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

func hasRecord(raw []byte) bool {
	for line := range bytes.Lines(raw) {
		if _, err := parseRecord(bytes.TrimSuffix(line, []byte("\n"))); err == nil {
			return true
		}
	}
	return false
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func parseRecord(line []byte) (Record, error) {
	var r Record
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

// write appends a record. It is on disk when write returns nil; when it
// returns an error the file is as it was, or has a torn tail.
func (j *journal) write(r Record) error {
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

func (j *journal) close() error { return errors.Join(j.file.Close(), j.lock.Close()) }

// writeWhole writes a file under another name, flushes it and gives it its
// own, so that whoever reads it finds it whole or as it was.
func writeWhole(name string, data []byte) error {
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

func journalFile(dir string) string { return filepath.Join(dir, "journal") }
