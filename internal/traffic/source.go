package traffic

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"buzzproof/internal/accesslog"
)

// headSize is how much of a log is looked at to recognise its format. It is
// less than a chunk, so that what follows is read into chunks without a copy.
const headSize = chunkSize / 2

// maxWindow is how far back a packed log may refer: zstd's own limit for
// files that are unpacked without being asked, which bounds their memory.
const maxWindow = 8 << 20

// ErrUnreadable tells of a log that is there and gives nothing, such as an
// archive that is damaged at its beginning.
var ErrUnreadable = errors.New("nothing of it can be read")

// A Source is a log that is open for reading.
type Source struct {
	Name string
	io.Reader
	close []func()
	file  *os.File // nil unless it can grow
	head  *bufio.Reader
}

// Open opens a log, plain or packed by gzip or zstd; which, its first bytes
// say, since rotated logs have many names.
func Open(name string) (*Source, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err // names operation and file
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errors.Join(&fs.PathError{Op: "read", Path: name, Err: errors.New("is a folder; name the logs in it")}, f.Close())
	}
	s, err := Unpack(name, f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	s.close = append(s.close, func() { f.Close() })
	if s.file != nil {
		s.file = f
	}
	return s, nil
}

// Unpack reads a log from a stream. The error is ErrUnreadable.
func Unpack(name string, r io.Reader) (*Source, error) {
	s := &Source{Name: name}
	raw := bufio.NewReaderSize(r, 4096)
	magic, err := raw.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w: %w", name, ErrUnreadable, err)
	}
	var plain io.Reader = raw
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(raw)
		if err != nil {
			return nil, fmt.Errorf("unpack %s: %w: %w", name, ErrUnreadable, err)
		}
		plain = z
	case bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, fmt.Errorf("unpack %s: %w: %w", name, ErrUnreadable, err)
		}
		s.close = append(s.close, z.Close)
		plain = z
	default:
		s.file, _ = r.(*os.File)
	}
	s.head = bufio.NewReaderSize(plain, headSize)
	s.Reader = s.head
	return s, nil
}

// Recognise tells the format by the first lines. The error is ErrUnreadable.
func (s *Source) Recognise() (accesslog.Kind, bool, error) {
	head, err := s.head.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) && len(head) == 0 {
		return accesslog.Kind{}, false, fmt.Errorf("read %s: %w: %w", s.Name, ErrUnreadable, err)
	}
	if end := bytes.LastIndexByte(head, '\n'); end >= 0 {
		head = head[:end]
	}
	kind, ok := accesslog.Recognise(head)
	return kind, ok, nil
}

// HasLine reports whether there is a whole line to recognise the format by.
func (s *Source) HasLine() bool {
	head, _ := s.head.Peek(headSize) // an error comes again when it is read
	return len(head) == headSize || bytes.IndexByte(head, '\n') >= 0
}

// Empty reports whether there is nothing to read.
func (s *Source) Empty() bool {
	_, err := s.head.Peek(1)
	return errors.Is(err, io.EOF)
}

// Close closes the log.
func (s *Source) Close() {
	for _, c := range s.close {
		c()
	}
}
