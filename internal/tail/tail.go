// Package tail reads a log that grows, past its rotation.
package tail

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// ErrPause is what a log says that has no more now and may have some later.
var ErrPause = errors.New("no more lines yet")

// A File goes on where a log ends. When its name leads to another file, the old
// one is read to its end and the new one from its start; so is a file that was
// emptied. A line that was cut off by that is ended. What is no regular file, such
// as a named pipe, has no successor: its end is a pause until somebody writes again.
type File struct {
	name    string
	file    *os.File
	regular bool
	at      int64 // how much of a regular file was read
	cut     bool  // in the middle of a line
}

// Follow goes on reading an open file from where it stands. The name is where
// its successor will be.
func Follow(name string, f *os.File) (*File, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("follow %s: %w", name, err)
	}
	if !info.Mode().IsRegular() {
		return &File{name: name, file: f}, nil
	}
	at, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, fmt.Errorf("follow %s: %w", name, err)
	}
	t := &File{name: name, file: f, regular: true, at: at}
	last := make([]byte, 1)
	if at > 0 {
		if _, err := f.ReadAt(last, at-1); err != nil {
			return nil, fmt.Errorf("follow %s: %w", name, err)
		}
		t.cut = last[0] != '\n'
	}
	return t, nil
}

// Read returns ErrPause when there is nothing now, and never io.EOF.
func (t *File) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		n, err := t.file.Read(p)
		t.at += int64(n)
		if n > 0 {
			t.cut = p[n-1] != '\n'
		}
		if n > 0 || err != nil && !errors.Is(err, io.EOF) {
			return n, err
		}
		if !t.regular {
			return 0, ErrPause
		}
		switch moved, err := t.moveOn(); {
		case err != nil:
			return 0, err
		case !moved:
			return 0, ErrPause
		case t.cut && t.at == 0:
			t.cut = false
			p[0] = '\n'
			return 1, nil
		}
	}
}

// moveOn goes to what is to be read next, if there is anything: the rest of the
// file, its start if it was emptied, or the new file of that name. A name that
// leads to no file now may do so soon.
func (t *File) moveOn() (bool, error) {
	mine, err := t.file.Stat()
	if err != nil {
		return false, fmt.Errorf("follow %s: %w", t.name, err)
	}
	if mine.Size() < t.at {
		t.at = 0
		_, err := t.file.Seek(0, io.SeekStart)
		return true, err
	}
	now, err := os.Stat(t.name)
	if err != nil || !now.Mode().IsRegular() || os.SameFile(mine, now) {
		return false, nil
	}
	// Lines may have come between the last read and the rename.
	if mine, err = t.file.Stat(); err != nil || mine.Size() > t.at {
		return err == nil, err
	}
	// A pipe may have taken the name since: to open one can wait for ever.
	next, err := os.OpenFile(t.name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return false, nil // it may be gone again, or not be ours to read yet
	}
	if now, err = next.Stat(); err != nil || !now.Mode().IsRegular() {
		next.Close()
		return false, nil
	}
	t.file.Close()
	t.file, t.at = next, 0
	return true, nil
}

// Close closes the file that is read now.
func (t *File) Close() error { return t.file.Close() }
