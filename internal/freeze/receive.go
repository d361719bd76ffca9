package freeze

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"

	"buzzproof/internal/archive"
	"buzzproof/internal/fetch"
	"buzzproof/internal/refs"
	"buzzproof/internal/site"
	"buzzproof/internal/snapshot"
)

// receive takes the body in: a document into memory, anything else to disk.
func (f *Freezer) receive(ans *archive.Answer, body io.Reader) (text []byte, err error) {
	counted := &countingReader{r: body, total: &f.count.received}
	start := make([]byte, 3072)
	n, err := io.ReadFull(counted, start)
	start = start[:n]
	ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) && !counted.cut
	if err != nil && !ended {
		return nil, err
	}
	whole := io.MultiReader(bytes.NewReader(start), counted)
	ans.Type = typeOf(*ans, start)
	if !isDocument(*ans, start) {
		ans.Digest, ans.Size, err = f.keepFile(whole)
		return nil, err
	}
	if text, err = f.readText(whole); err != nil {
		return nil, err
	}
	if text, err = unwrap(*ans, text); err != nil {
		return nil, err
	}
	if utf8, changed := refs.Transcode(text, ans.Type); changed {
		text, ans.Type = utf8, mediaType(ans.Type)+"; charset=utf-8"
	}
	ans.Digest, ans.Size = archive.Digest(text), int64(len(text))
	return text, nil
}

// usualText is a document that any number of workers may hold at once.
const usualText = 4 << 20

// readText reads a document into memory. The few that are unusually long are
// read one after the other, or eight workers with a hostile origin could hold
// a gigabyte.
func (f *Freezer) readText(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, usualText))
	if err != nil || len(text) < usualText {
		return text, err
	}
	f.large.Lock()
	defer f.large.Unlock()
	rest, err := io.ReadAll(io.LimitReader(r, maxText-usualText+1))
	if err != nil {
		return nil, err
	}
	if len(rest) > maxText-usualText {
		return nil, fmt.Errorf("document: %w of %d MB", fetch.ErrTooLarge, maxText>>20)
	}
	return append(text, rest...), nil
}

// A countingReader adds up what is received. cut tells a body that broke off
// from one that is shorter than the buffer it is read into.
type countingReader struct {
	r     io.Reader
	total interface{ Add(int64) int64 }
	cut   bool
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.total.Add(int64(n))
	c.cut = c.cut || err != nil && !errors.Is(err, io.EOF)
	return n, err
}

// typeOf is the Content-Type, or what the name and the bytes say where it is
// missing. Styles and scripts that are sent as plain text are named for what
// they are: a copy that forbids guessing would break them. A charset that the
// origin does not name is not named either: documents may say their own.
func typeOf(ans archive.Answer, start []byte) string {
	name := baseOf(ans.Address)
	byName := snapshot.TypeByName(name)
	given := mediaType(ans.Type)
	working := sameType(byName, "text/css") || sameType(byName, "text/javascript")
	if working && (given == "text/plain" || given == "application/octet-stream") {
		_, charset, named := strings.Cut(ans.Type, ";")
		if named {
			return mediaType(byName) + ";" + charset
		}
		return mediaType(byName)
	}
	if ans.Type != "" {
		return ans.Type
	}
	if byName != "application/octet-stream" {
		return mediaType(byName)
	}
	return mediaType(http.DetectContentType(start))
}

// isDocument reports whether a body may hold references.
func isDocument(ans archive.Answer, start []byte) bool {
	name, _ := site.SplitKey(ans.Address)
	if isHTML(ans.Type) || isPackedXML(name, ans.Type) {
		return true
	}
	return refs.For(ans.Type, start, name) != refs.KindNone
}

// isPackedXML recognises sitemap.xml.gz, which is a file that is packed, not a
// body that is sent packed.
func isPackedXML(name, contentType string) bool {
	return strings.HasSuffix(strings.ToLower(name), ".xml.gz") && sameType("application/gzip", mediaType(contentType)) ||
		strings.HasSuffix(strings.ToLower(name), ".xml.gz") && mediaType(contentType) == "application/octet-stream"
}

// unwrap undoes a second packing: servers behind servers send pages packed
// twice and say so once.
func unwrap(ans archive.Answer, text []byte) ([]byte, error) {
	name, _ := site.SplitKey(ans.Address)
	for range 2 {
		if !bytes.HasPrefix(text, []byte{0x1f, 0x8b, 8}) || isPackedXML(name, ans.Type) {
			return text, nil
		}
		unpacked, err := gunzip(text)
		if err != nil {
			return nil, err
		}
		text = unpacked
	}
	return text, nil
}

func gunzip(packed []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(z, maxText+1))
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	if len(text) > maxText {
		return nil, fmt.Errorf("unpack: %w of %d MB", fetch.ErrTooLarge, maxText>>20)
	}
	return text, nil
}

// isVersioned reports whether an address names one state of a file.
func isVersioned(a address) bool {
	_, query := site.SplitKey(a)
	for _, name := range queryNames(query) {
		if name == "v" || name == "ver" || name == "version" {
			return true
		}
	}
	return snapshot.HashedName(baseOf(a))
}

// lifetime reads max-age of a Cache-Control field, in seconds.
func lifetime(cacheControl string) int {
	for directive := range strings.SplitSeq(cacheControl, ",") {
		value, ok := strings.CutPrefix(strings.TrimSpace(strings.ToLower(directive)), "max-age=")
		if seconds, err := strconv.Atoi(strings.Trim(value, `"`)); ok && err == nil {
			return seconds
		}
	}
	return 0
}

func statusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return fmt.Sprintf("%d %s", status, text)
	}
	return strconv.Itoa(status)
}

func baseOf(a address) string {
	p, _ := site.SplitKey(a)
	return path.Base(p)
}
