// Package coding turns bytes into the content codings of HTTP and back: fast
// while a visitor waits, small when nobody does.
package coding

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"math/bits"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	kgzip "github.com/klauspost/compress/gzip"
	kzstd "github.com/klauspost/compress/zstd"
)

// A Coding is a content coding of RFC 9110 section 8.4.1.
type Coding uint8

// The codings in the order of preference among equals: text comes out smallest
// from BR, and Zstd unpacks faster than Gzip at about the same size.
const (
	BR Coding = iota
	Zstd
	Gzip
	Identity
	Count // how many there are
)

var names = [Count]string{"br", "zstd", "gzip", "identity"}

func (c Coding) String() string { return names[c] }

// Named returns the coding of that name; ok is false for one not known here.
func Named(name string) (c Coding, ok bool) {
	for c := range Count {
		if names[c] == name {
			return c, true
		}
	}
	return Identity, false
}

// An Effort is how hard an encoder tries.
type Effort uint8

const (
	// Fast keeps up with a first visitor waiting: brotli at some 20 MB/s on one
	// slow core.
	Fast Effort = iota
	// Fair is for what is coded for every page of a site: 3 % more bytes than
	// Small, in a quarter of the time.
	Fair
	// Small is for what is coded once and sent often: a tenth less than Fast.
	Small
)

// The levels by effort. They are part of entity tags: a change here is a change
// of the version in serve's tags.
var levels = [...]struct {
	br, gzip int
	zstd     kzstd.EncoderLevel
}{
	Fast:  {5, 6, kzstd.SpeedBetterCompression},
	Fair:  {10, 9, kzstd.SpeedBetterCompression},
	Small: {11, 9, kzstd.SpeedBestCompression},
}

// Encode returns data in a coding; for Identity data itself.
func Encode(data []byte, c Coding, e Effort) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(len(data)/3 + 64)
	var err error
	switch c {
	case BR:
		err = writeAll(brotli.NewWriterOptions(&out, brotli.WriterOptions{Quality: levels[e].br, LGWin: window(len(data))}), data)
	case Zstd:
		return encodeZstd(data, e)
	case Gzip:
		var w *kgzip.Writer
		if w, err = kgzip.NewWriterLevel(&out, levels[e].gzip); err == nil {
			err = writeAll(w, data)
		}
	default:
		return data, nil
	}
	if err != nil {
		return nil, fmt.Errorf("encode as %s: %w", c, err)
	}
	return bytes.Clone(out.Bytes()), nil
}

// window is the number of bits of the smallest window that holds the whole
// text, RFC 7932 section 9.1. With the usual 22 bits the encoder clears 32 MB
// of tables before each page, which takes longer than coding it.
func window(size int) int { return min(max(bits.Len(uint(size)+16), 10), 22) }

func writeAll(w io.WriteCloser, data []byte) error {
	if _, err := w.Write(data); err != nil {
		return err
	}
	return w.Close()
}

// encoders are kept from one page to the next: a new one takes 5 MB for its
// tables, several times the work of coding a page. No more are made than are in
// use at once, and the collector takes back what lies idle. The second ones are
// for the few texts that are larger than smallText; they take 13 MB.
var encoders [len(levels)][2]sync.Pool

// Windows of zstd. Browsers refuse more than 8 MB (RFC 9659). A smaller one
// takes less memory and gives the same bytes for what fits into it.
const (
	smallText   = 1 << 20
	widestFrame = 8 << 20
)

func encodeZstd(data []byte, e Effort) ([]byte, error) {
	pool, window := &encoders[e][0], smallText
	if len(data) > smallText {
		pool, window = &encoders[e][1], widestFrame
	}
	w, ok := pool.Get().(*kzstd.Encoder)
	if !ok {
		var err error
		w, err = kzstd.NewWriter(nil, kzstd.WithEncoderLevel(levels[e].zstd), kzstd.WithEncoderConcurrency(1),
			kzstd.WithWindowSize(window), kzstd.WithLowerEncoderMem(true))
		if err != nil {
			return nil, fmt.Errorf("encode as zstd: %w", err)
		}
	}
	defer pool.Put(w)
	return w.EncodeAll(data, nil), nil
}

// Decode undoes Encode. size is the length that the result must have; more is
// never produced.
func Decode(coded []byte, c Coding, size int64) ([]byte, error) {
	r, err := Reader(bytes.NewReader(coded), c)
	if size < 0 || size == math.MaxInt64 {
		err = fmt.Errorf("no text has %d bytes", size)
	}
	if err == nil {
		var plain []byte
		plain, err = io.ReadAll(io.LimitReader(r, size+1))
		if err == nil && int64(len(plain)) == size {
			return plain, nil
		}
		if err == nil {
			err = fmt.Errorf("it does not hold %d bytes", size)
		}
	}
	return nil, fmt.Errorf("decode %s: %w", c, err)
}

// Reader returns what in holds in a coding, as it comes. How much that is only
// its caller can bound.
func Reader(in io.Reader, c Coding) (io.Reader, error) {
	switch c {
	case BR:
		return brotli.NewReader(in), nil
	case Zstd:
		r, err := kzstd.NewReader(in, kzstd.WithDecoderConcurrency(1), kzstd.WithDecoderLowmem(true), kzstd.WithDecoderMaxWindow(8<<20))
		if err != nil {
			return nil, err
		}
		return r.IOReadCloser(), nil
	case Gzip:
		return kgzip.NewReader(in)
	}
	return in, nil
}

// Pays reports whether size bytes of a media type are worth coding. Below 200
// bytes the coding's own frame and the headers that name it eat what it saves;
// the answer fits one packet either way.
func Pays(contentType string, size int64) bool {
	return size >= 200 && compressible(MediaType(contentType))
}

// compressible reports whether a media type is text or something like it.
// Pictures, films, woff and archives are compressed already.
func compressible(mediaType string) bool {
	if strings.HasPrefix(mediaType, "text/") || strings.HasSuffix(mediaType, "+xml") || strings.HasSuffix(mediaType, "+json") {
		return true
	}
	switch mediaType {
	case "application/json", "application/xml", "application/javascript", "application/x-javascript",
		"application/ecmascript", "application/wasm", "application/rtf", "application/xml-dtd",
		"application/vnd.ms-fontobject", "application/x-font-ttf", "application/font-sfnt",
		"font/ttf", "font/otf", "font/sfnt", "font/collection",
		"application/x-raw-disk-image", // a floppy is mostly empty
		"image/x-icon", "image/vnd.microsoft.icon", "image/bmp", "image/x-ms-bmp":
		return true
	}
	return false
}

// MediaType strips a Content-Type of its parameters.
func MediaType(contentType string) string {
	bare, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(bare))
}
