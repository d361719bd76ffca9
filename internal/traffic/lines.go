package traffic

import (
	"bytes"
	"errors"
	"io"
)

const (
	chunkSize = 128 << 10
	// maxLine is the longest line that is looked at. Servers cut requests at
	// 8 KB; what is longer was written to do harm.
	maxLine = 1 << 20
)

// lines cuts a stream into chunks of whole lines.
type lines struct {
	src      io.Reader
	rest     []byte // the beginning of a line
	dropping bool   // the line under way is too long
	tooLong  uint64 // lines dropped
	err      error
}

// next fills buf, which it may replace by a larger one, with whole lines. The
// last chunk of a stream may end without a line feed.
func (l *lines) next(buf []byte) ([]byte, error) {
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
		if end := bytes.LastIndexByte(buf[min(start, len(buf)):], '\n'); end >= 0 && (len(buf) > cap(buf)/2 || n < cap(buf)-start) {
			end += min(start, len(buf)) + 1
			l.rest = append(l.rest, buf[end:]...)
			return buf[:end], nil
		}
	}
	if len(buf) > 0 && (errors.Is(l.err, io.EOF) || bytes.IndexByte(buf, '\n') >= 0) {
		return buf, nil
	}
	return nil, l.err
}

// drop skips to the end of a line that is too long.
func (l *lines) drop(buf []byte) []byte {
	end := bytes.IndexByte(buf, '\n')
	if end < 0 {
		return buf[:0]
	}
	l.dropping = false
	return buf[:copy(buf, buf[end+1:])]
}
