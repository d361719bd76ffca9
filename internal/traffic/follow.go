package traffic

import (
	"errors"
	"io"
	"os"
)

// ErrPause is what a log says that has no more lines now and may have some
// later.
var ErrPause = errors.New("no more lines yet")

// A tail goes on reading a log where it ends, also when it is rotated: the old
// file is read to its end, then the new one of that name from its start.
type tail struct {
	name string
	file *os.File
	at   int64 // how much of the file was read
}

// Follow makes the source go on after its end. It is false for what cannot
// grow: pipes and packed logs.
func (s *Source) Follow() bool {
	if s.file == nil {
		return false
	}
	info, err := s.file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	s.close = nil
	t := &tail{name: s.Name, file: s.file}
	s.close = append(s.close, func() { t.file.Close() })
	// What was read ahead to recognise the format comes first.
	s.Reader = io.MultiReader(io.LimitReader(s.head, int64(s.head.Buffered())), t)
	t.at, err = s.file.Seek(0, io.SeekCurrent)
	return err == nil
}

// Read returns ErrPause when there is nothing now.
func (t *tail) Read(p []byte) (int, error) {
	for {
		n, err := t.file.Read(p)
		t.at += int64(n)
		if n > 0 || err != nil && !errors.Is(err, io.EOF) {
			return n, err
		}
		if !t.rotated() {
			return 0, ErrPause
		}
	}
}

// rotated moves on to the new file of the name, or to the start of one that
// was emptied. A name that leads nowhere now may do so soon.
func (t *tail) rotated() bool {
	mine, err := t.file.Stat()
	if err != nil {
		return false
	}
	if mine.Size() < t.at {
		_, err := t.file.Seek(0, io.SeekStart)
		t.at = 0
		return err == nil
	}
	now, err := os.Stat(t.name)
	if err != nil || os.SameFile(mine, now) {
		return false
	}
	if mine.Size() > t.at { // lines came between the last read and the rename
		return true
	}
	next, err := os.Open(t.name)
	if err != nil {
		return false
	}
	t.file.Close()
	t.file, t.at = next, 0
	return true
}
