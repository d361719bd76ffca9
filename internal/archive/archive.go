// Package archive keeps what an origin answered, so that nothing is asked
// twice: not by a freeze that was cut off and runs again, nor by the next one.
//
// It is two append-only files. The log has a JSON line for each answer; the
// pack has the texts, each compressed on its own, at the offset the line
// names. A line is written after its text, so a line that can be read has a
// text that is whole, and what a crash tore off the end is cut away.
package archive

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
)

// An Answer is what the origin said to one address.
type Answer struct {
	Address string    `json:"address"` // as the freeze names it
	URL     string    `json:"url"`     // as it was asked
	At      time.Time `json:"at"`
	Status  int       `json:"status"`

	Type         string   `json:"type,omitempty"`
	ETag         string   `json:"etag,omitempty"`
	LastModified string   `json:"last_modified,omitempty"`
	CacheControl string   `json:"cache_control,omitempty"`
	Location     string   `json:"location,omitempty"`
	Link         []string `json:"link,omitempty"`
	Refresh      string   `json:"refresh,omitempty"`

	Size   int64  `json:"size"`             // bytes of the decoded body
	Digest string `json:"sha256,omitempty"` // of the decoded body

	// Offset and Length place the compressed text in the pack. A Length of
	// zero means that the body is not kept here: it has none, or it is a file
	// that goes into the snapshot as it came.
	Offset int64 `json:"offset,omitempty"`
	Length int64 `json:"length,omitempty"`
}

// An Archive is open for reading and appending. It is safe for concurrent use.
type Archive struct {
	mu      sync.Mutex
	answers map[string]Answer
	log     *os.File
	pack    *os.File
	end     int64 // of the pack

	encoder *zstd.Encoder
	decoder *zstd.Decoder
}

const (
	logName  = "answers.jsonl"
	packName = "texts.pack"
)

// MaxText bounds a text, so that a broken length cannot ask for all memory.
const MaxText = 64 << 20

// Open opens the archive in dir, which is created when missing.
func Open(dir string) (*Archive, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	a, err := open(dir, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	if err := a.mend(); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// OpenRead opens the archive in dir for reading only. One that is missing is
// empty.
func OpenRead(dir string) (*Archive, error) {
	a, err := open(dir, os.O_RDONLY)
	if errors.Is(err, os.ErrNotExist) {
		return &Archive{}, nil
	}
	if err != nil {
		return nil, err
	}
	if _, err := a.load(); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func open(dir string, flag int) (*Archive, error) {
	a := &Archive{answers: map[string]Answer{}}
	var err error
	if a.log, err = os.OpenFile(filepath.Join(dir, logName), flag, 0o644); err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	if a.pack, err = os.OpenFile(filepath.Join(dir, packName), flag, 0o644); err != nil {
		return nil, errors.Join(fmt.Errorf("open archive: %w", err), a.log.Close())
	}
	if a.encoder, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2), zstd.WithWindowSize(1<<20)); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	if a.decoder, err = zstd.NewReader(nil, zstd.WithDecoderMaxMemory(MaxText), zstd.WithDecoderConcurrency(2)); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// mend loads what is whole and cuts off what a crash left behind it.
func (a *Archive) mend() error {
	whole, err := a.load()
	if err != nil {
		return err
	}
	if err := a.log.Truncate(whole); err != nil {
		return fmt.Errorf("mend archive: %w", err)
	}
	if err := a.pack.Truncate(a.end); err != nil {
		return fmt.Errorf("mend archive: %w", err)
	}
	if _, err := a.log.Seek(whole, io.SeekStart); err != nil {
		return fmt.Errorf("mend archive: %w", err)
	}
	return nil
}

// load reads the log up to the first line that is torn or whose text is not in
// the pack, and returns the length of what was good.
func (a *Archive) load() (whole int64, err error) {
	info, err := a.pack.Stat()
	if err != nil {
		return 0, fmt.Errorf("read archive: %w", err)
	}
	lines := bufio.NewReaderSize(a.log, 64<<10)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return whole, nil
		}
		if err != nil {
			return 0, fmt.Errorf("read archive: %w", err)
		}
		var ans Answer
		if json.Unmarshal(bytes.TrimSpace(line), &ans) != nil || ans.Offset < 0 || ans.Length < 0 || ans.Offset+ans.Length > info.Size() {
			return whole, nil
		}
		a.answers[ans.Address] = ans
		a.end = max(a.end, ans.Offset+ans.Length)
		whole += int64(len(line))
	}
}

// Put appends an answer and its text, which is nil for an answer whose body is
// kept elsewhere or that has none. A later answer to the same address replaces
// the earlier one.
func (a *Archive) Put(ans Answer, text []byte) error {
	var packed []byte
	if len(text) > 0 {
		packed = a.encoder.EncodeAll(text, make([]byte, 0, len(text)/3+64))
	}
	return a.append(ans, packed)
}

func (a *Archive) append(ans Answer, packed []byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	ans.Offset, ans.Length = 0, int64(len(packed))
	if len(packed) > 0 {
		ans.Offset = a.end
		if _, err := a.pack.WriteAt(packed, a.end); err != nil {
			return fmt.Errorf("keep text of %s: %w", ans.URL, err)
		}
	}
	line, err := json.Marshal(ans)
	if err != nil {
		return fmt.Errorf("keep answer of %s: %w", ans.URL, err)
	}
	if _, err := a.log.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("keep answer of %s: %w", ans.URL, err)
	}
	a.end += ans.Length
	a.answers[ans.Address] = ans
	return nil
}

// Get returns the last answer to an address.
func (a *Archive) Get(address string) (Answer, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	ans, ok := a.answers[address]
	return ans, ok
}

// Len returns the number of addresses answered.
func (a *Archive) Len() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.answers)
}

// All yields every answer in the order of the addresses.
func (a *Archive) All() iter.Seq[Answer] {
	a.mu.Lock()
	addresses := slices.Sorted(maps.Keys(a.answers))
	a.mu.Unlock()
	return func(yield func(Answer) bool) {
		for _, address := range addresses {
			if ans, ok := a.Get(address); ok && !yield(ans) {
				return
			}
		}
	}
}

// Text returns the text of an answer, checked against its digest. It is nil
// for an answer whose body is not kept here.
func (a *Archive) Text(ans Answer) ([]byte, error) {
	if ans.Length == 0 {
		return nil, nil
	}
	packed, err := a.packed(ans)
	if err != nil {
		return nil, err
	}
	text, err := a.decoder.DecodeAll(packed, make([]byte, 0, min(ans.Size, MaxText)))
	if err != nil {
		return nil, fmt.Errorf("read text of %s: %w", ans.URL, err)
	}
	if Digest(text) != ans.Digest {
		return nil, fmt.Errorf("read text of %s: it is not what the origin sent", ans.URL)
	}
	return text, nil
}

func (a *Archive) packed(ans Answer) ([]byte, error) {
	packed := make([]byte, ans.Length)
	if _, err := a.pack.ReadAt(packed, ans.Offset); err != nil {
		return nil, fmt.Errorf("read text of %s: %w", ans.URL, err)
	}
	return packed, nil
}

// Close closes both files.
func (a *Archive) Close() error {
	var errs []error
	for _, f := range []*os.File{a.log, a.pack} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	if a.decoder != nil {
		a.decoder.Close()
	}
	return errors.Join(errs...)
}

// Digest is the name of a content: its SHA-256 in hex.
func Digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
