package traffic

import (
	"bytes"
	"errors"
	"io"

	"buzzproof/internal/accesslog"
	"buzzproof/internal/tail"
)

const (
	chunkSize = 64 << 10
	// maxLine is the longest line that is looked at. Servers cut requests at
	// 8 KB; what is longer was written to do harm.
	maxLine = 1 << 20
)

// A Log is a stream of lines that is being read.
type Log struct {
	name     string
	src      io.Reader
	format   accesslog.Format
	line     uint64 // lines read so far
	rest     []byte // the beginning of a line
	dropping bool   // the line under way is too long
	tooLong  uint64 // lines dropped, not yet told
	err      error
}

// NewLog makes a log of a stream whose format is known.
func NewLog(name string, src io.Reader, format accesslog.Format) *Log {
	return &Log{name: name, src: src, format: format}
}

// Next fills buf, which it may replace by a larger one, with whole lines. Those of
// more than a megabyte are left out. The last chunk of a stream may end without a
// line feed; after it the error is io.EOF.
func (l *Log) Next(buf []byte) ([]byte, error) {
	buf = append(buf[:0], l.rest...)
	l.rest = l.rest[:0]
	for l.err == nil {
		if len(buf) == cap(buf) {
			if len(buf) >= maxLine {
				l.dropping, buf = true, buf[:0]
				l.tooLong++
			} else {
				buf = append(buf, 0)[:len(buf)]
			}
		}
		var n int
		start := len(buf)
		n, l.err = l.src.Read(buf[start:cap(buf)])
		buf = buf[:start+n]
		if l.dropping {
			buf = l.drop(buf)
		}
		// Full enough, or the source has no more at once.
		if end := bytes.LastIndexByte(buf, '\n') + 1; end > 0 && (len(buf) > cap(buf)/2 || n < cap(buf)-start) {
			l.rest = append(l.rest, buf[end:]...)
			return buf[:end], nil
		}
	}
	if errors.Is(l.err, tail.ErrPause) { // the line under way may go on
		l.err = nil
		l.rest = append(l.rest, buf...)
		return nil, tail.ErrPause
	}
	if len(buf) > 0 && (errors.Is(l.err, io.EOF) || bytes.IndexByte(buf, '\n') >= 0) {
		return buf, nil
	}
	return nil, l.err
}

// drop skips to the end of a line that is too long.
func (l *Log) drop(buf []byte) []byte {
	end := bytes.IndexByte(buf, '\n')
	if end < 0 {
		return buf[:0]
	}
	l.dropping = false
	return buf[:copy(buf, buf[end+1:])]
}

// takeLong returns how many lines Next has left out since it was last asked.
func (l *Log) takeLong() uint64 {
	n := l.tooLong
	l.tooLong = 0
	return n
}

// Format returns the format that holds where the log is read next.
func (l *Log) Format() accesslog.Format { return l.format }

// Name returns what the log is called.
func (l *Log) Name() string { return l.name }
