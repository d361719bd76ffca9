package serve

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"buzzproof/internal/coding"
	"buzzproof/internal/snapshot"
)

// errNotAcceptable says that the visitor refuses every form we could send.
var errNotAcceptable = errors.New("no acceptable coding")

// A thing is what can be sent: a file of the tree, or what was made from one.
type thing struct {
	*snapshot.Entry                  // describes the bytes that are sent
	bundle          *snapshot.Bundle // holds part
	part            *snapshot.Part   // codings made beforehand; nil if there are none
	inTree          bool             // the uncoded bytes are the file of Entry, not the part
	ours            bool             // chosen by us for this visit; the next one may get another
}

// whole returns an entry with the codings that were made of it beforehand. The
// texts of a site may have been minified then.
func (h *held) whole(e *snapshot.Entry) *thing {
	bundle, part := h.Made(e.URL, "full")
	switch {
	case part == nil || len(part.Codings) == 0:
		return &thing{Entry: e, inTree: true}
	case part.Digest == e.Digest:
		return &thing{Entry: e, bundle: bundle, part: part, inTree: true}
	}
	shorter := *e
	shorter.Size, shorter.Digest = part.Size, part.Digest
	return &thing{Entry: &shorter, bundle: bundle, part: part}
}

// ready reports whether the thing was made in a coding beforehand.
func (t *thing) ready(c coding.Coding) bool {
	if t.part == nil {
		return false
	}
	_, ok := t.part.In(c)
	return ok
}

// A rendition is one way to send a thing: its bytes in one coding, in memory
// or, when they are many, in an open file.
type rendition struct {
	coding coding.Coding
	tag    string
	size   int64
	data   []byte
	file   *os.File // set when data is not
}

func (v *rendition) close() {
	if v.file != nil {
		_ = v.file.Close() // read only: nothing is lost
	}
}

// tag is the strong entity tag of a thing in a coding. Half of the digest is
// plenty against chance. The number names our encoders and their levels: the
// same text coded differently is another sequence of bytes, and a strong tag
// promises that parts of both may be joined.
func (t *thing) tag(c coding.Coding) string {
	half := t.Digest[:min(len(t.Digest), sha256.Size)]
	switch {
	case c == coding.Identity:
		return `"` + half + `"`
	case t.ready(c):
		return `"` + half + "-" + c.String() + `2"`
	}
	return `"` + half + "-" + c.String() + `1"`
}

// Above 8 MB a visitor would wait half a second for the first byte of what is
// compressed on demand (brotli at level 5: about 20 MB/s on one slow core).
const mostCoded = 8 << 20

// negotiable reports whether a thing is offered in other codings.
func (s *Server) negotiable(t *thing) bool {
	return t.Size <= s.mostCoded() && coding.Pays(t.Type, t.Size)
}

// mostCoded is the size of the largest file that is compressed on demand. What
// the cache cannot keep would be compressed again for every visitor; text
// shrinks to less than half.
func (s *Server) mostCoded() int64 { return min(mostCoded, 2*s.cache.largest()) }

// choose returns the rendition of t that the visitor likes best among those
// that are worth sending.
func (s *Server) choose(ctx context.Context, h *held, t *thing, likes accepted) (*rendition, error) {
	refusesPlain := likes[coding.Identity] == 0
	if !s.negotiable(t) && !refusesPlain {
		return s.rendition(ctx, h, t, coding.Identity)
	}
	if t.Size > s.mostCoded() {
		return nil, errNotAcceptable
	}
	for c, rest, ok := likes.next(); ok; c, rest, ok = rest.next() {
		v, err := s.rendition(ctx, h, t, c)
		if err != nil || c == coding.Identity || v.size < t.Size || refusesPlain {
			return v, err
		}
	}
	return nil, errNotAcceptable
}

// rendition returns t in one coding. Everything that is sent passes through
// here.
func (s *Server) rendition(ctx context.Context, h *held, t *thing, c coding.Coding) (*rendition, error) {
	v := &rendition{coding: c, tag: t.tag(c), size: t.Size}
	var err error
	if c == coding.Identity && t.inTree && t.Size > s.cache.largest() {
		v.file, err = openWhole(h, t.Entry)
		return v, err
	}
	v.data, err = s.cache.get(ctx, cacheKey{t.Digest, c, t.ready(c)}, func() ([]byte, error) {
		if t.ready(c) {
			return t.bundle.Read(t.part, c)
		}
		plain, err := t.plain(h)
		if err != nil || c == coding.Identity {
			return plain, err
		}
		return coding.Encode(plain, c, coding.Fast)
	})
	v.size = int64(len(v.data))
	return v, err
}

// plain returns the uncoded bytes.
func (t *thing) plain(h *held) ([]byte, error) {
	if t.inTree {
		return readWhole(h, t.Entry)
	}
	return t.bundle.Plain(t.part)
}

// openWhole opens the file of e if it has the size it should have.
func openWhole(h *held, e *snapshot.Entry) (*os.File, error) {
	f, err := h.File(e)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Size() != e.Size {
		err = fmt.Errorf("open %s: has %d bytes instead of %d: changed since it was read in", e.File, info.Size(), e.Size)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// readWhole reads the file of e and checks it: under a strong tag and for
// everybody who comes, a torn file would be worse than none.
func readWhole(h *held, e *snapshot.Entry) ([]byte, error) {
	f, err := openWhole(h, e)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data := make([]byte, e.Size)
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, fmt.Errorf("read %s: %w", e.File, err)
	}
	if sum := sha256.Sum256(data); !strings.EqualFold(hex.EncodeToString(sum[:]), e.Digest) {
		return nil, fmt.Errorf("read %s: its content is not what it was: changed since it was read in", e.File)
	}
	return data, nil
}
